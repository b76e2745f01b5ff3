"""Pages of one's keys: the list, making, replacing, revoking, and what was used."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.confirming import confirmed
from api import keys, limits, usage
from api.forms import KeyForm, RotateForm
from api.models import ApiKey
from api.scopes import SCOPES
from core import sent_forms
from core.kept_forms import away
from core.ratelimit import Limit
from core.signed_in import View, signed_in


def mine(*methods: str, limit: Limit = limits.CHANGE_KEYS) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods, and keep answers out of every cache."""

    def decorate(view: View) -> View:
        return signed_in(view, methods, limit=limit, away=away)

    return decorate


@mine("GET")
def listed(request: HttpRequest) -> HttpResponse:
    """List one's keys, those that work first, then the latest, with what each may and when it was used."""
    now = timezone.now()
    rows = list(ApiKey.objects.visible_to(request.user).newest_first().prefetch_related("replacements"))
    rows.sort(key=lambda one: not one.works(now))
    context = {"keys": [(one, _state(one, now)) for one in rows], "most": keys.MOST}
    return render(request, "api/keys.html", context)


def _state(key: ApiKey, now: dt.datetime) -> tuple[str, str]:
    """Return how a key stands: its shape and words."""
    if key.revoked_at:
        return "fail", "Revoked"
    if not key.works(now):
        return "skip", "Expired"
    return ("warn", "Being replaced") if key.replacements.all() else ("ok", "Works")


@mine("GET", "POST", limit=limits.MAKE_KEY)
@confirmed
def make(request: HttpRequest) -> HttpResponse:
    """Ask what a key is for, make it, and show it this once."""
    form = KeyForm(request.POST if request.method == "POST" else None, initial={"scopes": ["catalog:read"]})
    if request.method == "POST" and form.is_valid():
        user: Any = request.user
        wanted, lasts = form.cleaned_data, form.until
        try:
            with sent_forms.once(user, form.mark) as note:
                until = timezone.now() + lasts if lasts else None
                row, key = keys.create(owner=user, name=wanted["name"], scopes=wanted["scopes"], expires_at=until)
                note(row.prefix)
        except sent_forms.SentBefore as before:
            return _made_before(request, before.made)
        except keys.TooMany as error:
            form.add_error(None, str(error))
        else:
            return render(request, "api/key_made.html", {"row": row, "key": key, "may": _may(row)})
    return render(request, "api/key_new.html", {"form": form}, status=422 if form.errors else 200)


@mine("GET", "POST", limit=limits.MAKE_KEY)
@confirmed
def rotate(request: HttpRequest, prefix: str) -> HttpResponse:
    """Make a key that takes another's place, and show it this once."""
    row = _mine(request, prefix)
    form = RotateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        overlap = dt.timedelta(days=int(form.cleaned_data["overlap"]))
        try:
            with sent_forms.once(request.user, form.mark) as note:
                new, key = keys.rotate(row, ends_in=overlap)
                note(new.prefix)
        except sent_forms.SentBefore as before:
            return _made_before(request, before.made)
        except (keys.NotLive, keys.TooMany) as error:
            form.add_error(None, str(error))
        else:
            row.refresh_from_db()
            context = {"row": new, "key": key, "may": _may(new), "old": row, "at_once": not overlap}
            return render(request, "api/key_made.html", context)
    return render(request, "api/key_rotate.html", {"row": row, "form": form}, status=422 if form.errors else 200)


def _made_before(request: HttpRequest, prefix: str) -> HttpResponse:
    """Say that this form made a key already, which is shown no more; nothing was made now."""
    row = ApiKey.objects.visible_to(request.user).filter(prefix=prefix).first()
    return render(request, "api/key_made_before.html", {"row": row}, status=409)


@mine("GET", "POST")
def revoke(request: HttpRequest, prefix: str) -> HttpResponse:
    """Say what stops when a key is revoked, and end it when that is answered with yes."""
    user: Any = request.user
    row = _mine(request, prefix)
    if request.method == "POST" and keys.revoke(row, by=user):
        messages.success(request, f"“{row.name}” is revoked and works no more.")
        return redirect("api:keys")
    if not row.works(timezone.now()):
        messages.info(request, "That key had ended already.")
        return redirect("api:keys")
    context = {"row": row, "may": _may(row), "replaced": row.replacements.exists()}
    return render(request, "api/key_revoke.html", context)


@mine("GET")
def used(request: HttpRequest) -> HttpResponse:
    """Show what one used in the last 30 days, by day and by key."""
    user: Any = request.user
    report = usage.of(user.pk, timezone.now().date())
    names = {one.pk: str(one) for one in ApiKey.objects.visible_to(user)}
    rows = [(names.get(key, "Apps, by OAuth"), row) for key, row in report.keys.items()]
    context = {
        "report": report,
        "rows": sorted(rows, key=lambda row: (-row[1].units, row[0])),
        "minute": limits.KEY.most,
        "day": limits.ACCOUNT_DAY.most,
    }
    return render(request, "api/usage.html", context)


def _may(key: ApiKey) -> list[str]:
    """Return what a key may, in words."""
    return [words for name, words in SCOPES.items() if name in key.scopes]


def _mine(request: HttpRequest, prefix: str) -> ApiKey:
    row = ApiKey.objects.visible_to(request.user).select_related("owner").filter(prefix=prefix).first()
    if row is None:
        raise Http404("There is no such key, or it is not yours.")
    return row
