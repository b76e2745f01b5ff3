"""Pages of one's webhooks: the list, making one, one with its deliveries, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts.confirming import confirmed
from api import limits
from api.hooks import events, services, shapes, signing
from api.hooks.forms import RotateForm, WebhookForm
from api.hooks.services import NotNow, TooMany, Wrong
from api.models import WebhookDelivery, WebhookEndpoint
from catalog.models import Change
from core import sent_forms
from core.kept_forms import away
from core.ratelimit import Limit
from core.signed_in import View, signed_in
from core.templatetags.ui import plural

RECEIVER = (resources.files("api.examples") / "receiver.py").read_text("utf-8")
SHOWN = 50  # deliveries on a page
STATES = {"active": ("ok", "Active"), "paused": ("skip", "Paused"), "disabled": ("fail", "Disabled")}
FAILING = ("warn", "Failing")
DELIVERED = {
    "due": ("skip", "Waiting"),
    "delivered": ("ok", "Delivered"),
    "failed": ("fail", "Failed"),
    "cancelled": ("skip", "Not sent"),
}
ALL: dict[str, Any] = {"types": [*events.TYPES], "only": "all"}


def mine(*methods: str, limit: Limit = limits.CHANGE_HOOKS) -> Callable[[View], View]:
    """Let signed-in people pass, by these methods, and keep answers out of every cache."""

    def decorate(view: View) -> View:
        return signed_in(view, methods, limit=limit, away=away)

    return decorate


@mine("GET")
def listed(request: HttpRequest) -> HttpResponse:
    """List one's webhooks, the latest first."""
    rows = WebhookEndpoint.objects.visible_to(request.user).order_by("-created_at", "-id")
    context = {"hooks": [(row, _state(row)) for row in rows], "most": services.MOST, "receiver": RECEIVER}
    return render(request, "api/webhooks.html", context)


@mine("GET", "POST", limit=limits.MAKE_HOOK)
@confirmed
def make(request: HttpRequest) -> HttpResponse:
    """Ask where to tell what, make the webhook, and show its secret this once."""
    user: Any = request.user
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=ALL)
    if request.method == "POST" and form.is_valid():
        try:
            with sent_forms.once(user, form.mark) as note:
                row, secret = services.create(account=user, wanted=form.wanted)
                note(row.key)
        except sent_forms.SentBefore as before:
            return _shown_before(request, before.made)
        except Wrong as error:
            form.refuse(error)
        except TooMany as error:
            form.add_error(None, str(error))
        else:
            return render(request, "api/webhook_made.html", {"row": row, "secret": secret})
    return render(request, "api/webhook_new.html", {"form": form}, status=422 if form.errors else 200)


@mine("GET")
def one(request: HttpRequest, key: str) -> HttpResponse:
    """Show a webhook with its latest deliveries."""
    row = _mine(request, key)
    rows = list(shapes.with_tries(WebhookDelivery.objects.filter(endpoint=row)).order_by("-id")[:SHOWN])
    about = dict(Change.objects.filter(serial__in=[one.serial for one in rows]).values_list("serial", "slug"))
    context = {
        "row": row,
        "state": _state(row),
        "told": [words for name, words in events.TYPES.items() if name in row.types],
        "deliveries": [(one, DELIVERED[one.state], about.get(one.serial or 0), _next(row, one)) for one in rows],
        "shown": SHOWN,
        "readable": signing.readable(row),
    }
    return render(request, "api/webhook.html", context)


@mine("GET", "POST")
def edit(request: HttpRequest, key: str) -> HttpResponse:
    """Change where something is told, what, and of which tools."""
    row, user = _mine(request, key), request.user
    said = {"url": row.url, "description": row.description, "types": row.types, "only": row.only}
    initial = said | {"slugs": "\n".join(row.slugs)}
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.change(row, form.wanted, by=user)  # type: ignore[arg-type]  # signed_in let nobody else pass
        except Wrong as error:
            form.refuse(error)
        else:
            messages.success(request, "Saved.")
            return redirect("api:webhook", row.key)
    return render(request, "api/webhook_edit.html", {"form": form, "row": row}, status=422 if form.errors else 200)


@mine("GET", "POST")
@confirmed
def rotate(request: HttpRequest, key: str) -> HttpResponse:
    """Make another secret and show it this once."""
    row, user = _mine(request, key), request.user
    form = RotateForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with sent_forms.once(user, form.mark) as note:
                row, secret = services.rotate(row, by=user)  # type: ignore[arg-type]  # as above
                note(row.key)
        except sent_forms.SentBefore as before:
            return _shown_before(request, before.made)
        return render(request, "api/webhook_made.html", {"row": row, "secret": secret, "rotated": True})
    context = {"row": row, "form": form, "readable": signing.readable(row)}
    return render(request, "api/webhook_rotate.html", context, status=422 if form.errors else 200)


@mine("GET", "POST")
def remove(request: HttpRequest, key: str) -> HttpResponse:
    """Say what goes with a webhook, and remove it when that is answered with yes."""
    row = _mine(request, key)
    if request.method == "POST":
        services.remove(row, by=request.user)  # type: ignore[arg-type]  # as above
        messages.success(request, f"The webhook to {row.url} is removed.")
        return redirect("api:webhooks")
    return render(request, "api/webhook_remove.html", {"row": row})


@mine("POST")
def pause(request: HttpRequest, key: str) -> HttpResponse:
    """Pause a webhook."""
    return _done(request, _mine(request, key), services.pause, "Paused: what happens now is sent when you resume it.")


@mine("POST")
def resume(request: HttpRequest, key: str) -> HttpResponse:
    """Resume a webhook."""
    return _done(request, _mine(request, key), services.resume, "Active: changes are sent again.")


@mine("POST", limit=limits.SEND_HOOK)
def test(request: HttpRequest, key: str) -> HttpResponse:
    """Send a test event."""
    told = "A test is on its way. Load this page again in a few seconds to see how it went."
    return _done(request, _mine(request, key), services.send_test, told)


@mine("POST", limit=limits.SEND_HOOK)
def redeliver(request: HttpRequest, key: str, id: str) -> HttpResponse:
    """Send an event again."""
    row = _mine(request, key)
    event = WebhookDelivery.objects.select_related("endpoint").filter(endpoint=row, event_id=id).first()
    if event is None:
        raise Http404("There is no such delivery; they are kept for 30 days.")
    told = f"{id} is on its way again. Load this page again in a few seconds to see how it went."
    return _done(request, row, lambda _, by: services.redeliver(event, by=by), told)


def _done(request: HttpRequest, row: WebhookEndpoint, do: Callable[..., Any], told: str) -> HttpResponse:
    """Do something with a webhook and lead back to its page, which says what came of it."""
    try:
        do(row, by=request.user)
        messages.success(request, told)
    except NotNow as error:
        messages.error(request, str(error))
    return redirect("api:webhook", row.key)


def _state(row: WebhookEndpoint) -> tuple[str, str]:
    """Return how a webhook stands: its shape and words."""
    return FAILING if row.state == "active" and row.failing_since else STATES[row.state]


def _next(row: WebhookEndpoint, one: WebhookDelivery) -> str:
    """Return when something that waits is tried next, or what it waits for."""
    if one.state != WebhookDelivery.State.DUE:
        return ""
    if row.state != "active":
        return "It waits until you resume this webhook."
    seconds = round((one.due_at - timezone.now()).total_seconds())
    if seconds < 1:
        return "It is tried within seconds."
    for size, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            return f"Next try in {plural(round(seconds / size), noun)}."
    return f"Next try in {plural(seconds, 'second')}."


def _shown_before(request: HttpRequest, key: str) -> HttpResponse:
    """Say that this form made a secret already, which is shown no more; nothing was made now."""
    row = WebhookEndpoint.objects.visible_to(request.user).filter(key=key).first()
    return render(request, "api/webhook_made_before.html", {"row": row}, status=409)


def _mine(request: HttpRequest, key: str) -> WebhookEndpoint:
    row = WebhookEndpoint.objects.visible_to(request.user).filter(key=key).first()
    if row is None:
        raise Http404("There is no such webhook, or it is not yours.")
    return row
