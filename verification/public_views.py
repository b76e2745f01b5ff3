"""How we do ourselves, and what was decided: pages about no single tool."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from catalog import feeds
from catalog.pages import numbered
from core.readonly import read_only
from verification import log_feed, status_page
from verification.models import LogEntry

PAGE_SIZE = 50


@read_only
def status(request: HttpRequest) -> HttpResponse:
    """Our own outages, what waits to be looked at, and how fresh what we know is."""
    return render(request, "verification/status.html", {"status": status_page.status()})


@read_only
def status_as_json(request: HttpRequest) -> HttpResponse:
    """The same for programs."""
    response = JsonResponse(status_page.as_json(status_page.status()))
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@read_only
def log(request: HttpRequest) -> HttpResponse:
    """All decisions, the latest first."""
    kind = request.GET.get("kind", "")
    if kind and kind not in LogEntry.Kind.values:
        raise BadRequest(f"“kind” is one of {', '.join(LogEntry.Kind.values)}.")
    entries = LogEntry.objects.visible_to(request.user).select_related("tool").newest_first()
    found: Any = Paginator(entries.filter(kind=kind) if kind else entries, PAGE_SIZE)
    page = numbered(found, request.GET.get("page", "1"))
    context = {"page": page, "kind": kind, "kinds": LogEntry.Kind.choices}
    return render(request, "verification/log.html", context)


@read_only
def feed(request: HttpRequest, form: str) -> HttpResponse:
    """The latest decisions for feed readers."""
    write, content_type = feeds.WRITERS[form]
    response = HttpResponse(write(log_feed.decisions()), content_type=content_type)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
