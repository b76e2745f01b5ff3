"""Pages about somebody's data: a copy of it, its end, and what the site stores of everybody."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from pathlib import Path

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.confirming import confirmed
from accounts.models import User
from accounts.privacy import erasing, exporting, registry
from accounts.privacy.models import DataExport, Erasure
from core import audit, clients, retention
from core.limited import limited, writes
from core.ratelimit import Limit
from core.readonly import read_only

SCHEMA = Path(__file__).with_name("personal-data.schema.json")
COPIES = Limit("data-copies", 3, 86_400, "closed", "You asked for more than {quota} copies of your data in {window}.")
WISHES = Limit("erasures", 6, 86_400, "closed", "You changed your mind more than {quota} times in {window}.")


@read_only
def page(request: HttpRequest) -> HttpResponse:
    """Say what is stored of whom, how long and why; the same words for everybody, without a cookie."""
    sender = settings.DEFAULT_FROM_EMAIL
    context = {
        "rows": retention.rows(),
        "contact": "" if sender == "webmaster@localhost" else sender,
        "copy_days": settings.DATA_EXPORT_DAYS,
        "erasure_days": settings.ERASURE_DAYS,
        "cookies": (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME),
    }
    return render(request, "privacy/page.html", context)


@read_only
@cache_control(public=True, max_age=86_400)
def schema(request: HttpRequest) -> HttpResponse:
    """Say what is in a copy, to programs, those of other sites too."""
    response = HttpResponse(SCHEMA.read_bytes(), content_type="application/schema+json")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@confirmed
@limited(COPIES, by=clients.who, when=writes)
def data(request: HttpRequest) -> HttpResponse:
    """Show where a copy of one's data stands; a POST asks for one."""
    user = _me(request)
    if request.method == "POST":
        exporting.ask(user=user)
        return redirect("account_data")
    row = DataExport.objects.filter(user=user).defer("content").first()
    if row and row.until and row.until <= timezone.now():
        row = None
    return render(request, "privacy/data.html", {"copy": row, "days": settings.DATA_EXPORT_DAYS})


@require_safe
@confirmed
def data_file(request: HttpRequest, key: uuid.UUID) -> HttpResponseBase:
    """Give somebody their copy; one of others, or one that is not kept any more, is not there."""
    user = _me(request)
    row = DataExport.objects.filter(pk=key, user=user).exclude(made_at=None).first()
    if row is None or row.until is None or row.until <= timezone.now():
        told = f"That copy is not there: each is kept for {settings.DATA_EXPORT_DAYS} days, for who asked for it."
        get_adapter().add_message(request, messages.ERROR, message=f"{told} Ask for a new one.")
        return redirect("account_data")
    with transaction.atomic():
        audit.record(actor=user, action="account.data_fetched", obj=user)
    name = f"personal-data-{row.made_at:%Y-%m-%d}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(exporting.read(row), content_type="application/json", headers=headers)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def erase(request: HttpRequest) -> HttpResponseBase:
    """Say what an erasure does; a POST begins its time. While one waits, show when it comes and how to stop it."""
    wish = Erasure.objects.open().filter(user=_me(request)).first()
    if wish and request.method != "POST":
        return render(request, "privacy/waiting.html", {"wish": wish})
    return _erase(request)


@confirmed
@limited(WISHES, by=clients.who, when=writes)
def _erase(request: HttpRequest) -> HttpResponse:
    user = _me(request)
    if request.method == "POST":
        with contextlib.suppress(erasing.LastAdministrator):  # the page says so
            erasing.ask(user=user)
        return redirect("account_erase")
    context = {
        "days": settings.ERASURE_DAYS,
        "due": timezone.now() + dt.timedelta(days=settings.ERASURE_DAYS),
        "goes": [part.told for part in registry.parts() if part.told],
        "stays": sorted({one.why for one in registry.stays()}),
        "last_administrator": erasing.is_last_administrator(user),
    }
    return render(request, "privacy/erase.html", context)


@require_POST
@login_required
@limited(WISHES, by=clients.who)
def keep(request: HttpRequest) -> HttpResponse:
    """Take the wish to be erased back. Asks nobody who they are: nothing is lost by it."""
    told = "Your account stays. Nothing was erased." if erasing.cancel(user=_me(request)) else "Nothing was waiting."
    get_adapter().add_message(request, messages.SUCCESS, message=told)
    return redirect("account_overview")


def _me(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
