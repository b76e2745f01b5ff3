"""Health and error pages."""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template import TemplateDoesNotExist
from django.templatetags.static import static
from django.views.decorators.cache import never_cache
from kombu import Connection
from kombu.exceptions import KombuError

from core.readonly import read_only


@read_only
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Answer that this process serves requests; asks nothing of others."""
    return JsonResponse({"status": "ok"})


@read_only
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when database (migrated) and broker answer, else 503 with what is missing."""
    checks = {"database": _database(), "broker": _broker()}
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse({"status": "ok" if ready else "not ready", **checks}, status=200 if ready else 503)


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "does not answer"
    return f"{len(pending)} migrations to run" if pending else "ok"


def _broker() -> str:
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OSError, KombuError):
        return "does not answer"
    return "ok"


@read_only
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead programs that ask for /favicon.ico without reading a page to the one there is."""
    return redirect(static("img/favicon.svg"))


def _error(request: HttpRequest, status: int, title: str, reason: str) -> HttpResponse:
    context = {"status": status, "title": title, "reason": reason}
    response = render(request, "errors/error.html", context, status=status)
    response.told = True  # type: ignore[attr-defined]  # core.middleware.own_error_pages leaves it as it is
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say what in the request cannot be used. Only BadRequest's own sentence is shown."""
    fallback = "The request could not be read. Check the address, or start again from the list of tools."
    reason = str(exception) if type(exception) is BadRequest else fallback
    return _error(request, 400, "That request does not work", reason)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form came without its token; `reason` is for the log, not for people."""
    told = "This address takes no such request, or the form was open too long. Go back, reload the page and try again."
    return _error(request, 403, "Not accepted", told)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that this account may not do that."""
    fallback = "This page is not open to you. If you have an account that may see it, sign in with that one."
    reason = str(exception) if isinstance(exception, PermissionDenied) and str(exception) else fallback
    return _error(request, 403, "Not allowed", reason)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is here and offer the search."""
    sentence = exception.args[0] if isinstance(exception, Http404) and exception.args else ""
    told = sentence if isinstance(sentence, str) else ""
    reason = told or "Nothing is listed at this address. It may have been mistyped, or the link may be old."
    return _error(request, 404, "Not found", reason)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that the fault is ours. Must work when the database does not."""
    try:
        return render(request, "errors/500.html", status=500)
    except (TemplateDoesNotExist, ValueError):  # ValueError: static files were not collected
        return HttpResponse("The site made a mistake. Try again in a minute.", status=500, content_type="text/plain")
