"""All that changes webhooks: pages, the API and the worker come here. Each change is on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from api.hooks import events, signing
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from catalog.models import Tool
from core import audit, outbox, safehttp, sealed
from core.safehttp import Policy, Refused
from core.site import absolute

MOST = 10  # endpoints of an account
MOST_SLUGS = 100
LOST = "This try was cut off here. Whether the receiver got it is not known."
State, Only = WebhookEndpoint.State, WebhookEndpoint.Only
NOT_HTTPS = "The address has to begin with https://, as https://ci.example.com/catalog does"
NO_IP = "a webhook goes to a host name, as the certificate of https is for a name."
ADDRESSES = {  # what core.safehttp says of the addresses of listings, said of those of webhooks
    "scheme": f"{NOT_HTTPS}.",
    "ip_literal": f"{{host}} is an IP address, and {NO_IP}",
    "bad_ipv6": f"The host in square brackets is not a name, and {NO_IP}",
    "port": "Nothing is sent to port {port}. Use 443, which needs not be written, 8443, 8080 or 80.",
}


class TooMany(ValueError):
    """An account has as many webhooks as it may; the message says what to do."""


class NotNow(ValueError):
    """This cannot be done as the webhook stands; the message says why and what to do."""


class Wrong(ValueError):
    """Something of what a webhook is to be cannot be; `where` names it."""

    def __init__(self, where: str, told: str) -> None:
        super().__init__(told)
        self.where = where


@dataclass(frozen=True)
class Wanted:
    """What a webhook is to be."""

    url: str
    types: list[str] = field(default_factory=lambda: [*events.TYPES])
    only: str = Only.ALL
    slugs: list[str] = field(default_factory=list)
    description: str = ""


@transaction.atomic
def create(*, account: User, wanted: Wanted) -> tuple[WebhookEndpoint, str]:
    """Make a webhook that is told of changes from now on; return its row and its secret, which is shown this once.

    Raises TooMany, Wrong.
    """
    User.objects.select_for_update().get(pk=account.pk)  # two windows at once count alike
    if WebhookEndpoint.objects.filter(account=account).count() >= MOST:
        raise TooMany(f"You have {MOST} webhooks. Remove one that you do not need first.")
    secret = signing.new_secret()
    row = WebhookEndpoint.objects.create(
        account=account, secret=sealed.seal(secret, signing.PURPOSE), position=events.last_serial(), **_checked(wanted)
    )
    audit.record(actor=account, action="webhook.made", obj=row, detail={"types": row.types, "only": row.only})
    return row, signing.written(secret)


@transaction.atomic
def change(row: WebhookEndpoint, wanted: Wanted, *, by: User) -> WebhookEndpoint:
    """Let a webhook be something else; what waits goes to its new address. Raises Wrong."""
    held = _held(row)
    values = _checked(wanted, held)
    changed = sorted(name for name, value in values.items() if getattr(held, name) != value)
    for name in changed:
        setattr(held, name, values[name])
    if changed:
        held.save(update_fields=changed)
        audit.record(actor=by, action="webhook.changed", obj=held, detail={"fields": changed})
    return held


@transaction.atomic
def rotate(row: WebhookEndpoint, *, by: User) -> tuple[WebhookEndpoint, str]:
    """Give a webhook another secret and return it; for 24 hours both sign. The one before the last stops at once.

    One that cannot be read any more signs nothing, so that the new one stands alone.
    """
    held, secret = _held(row), signing.new_secret()
    held.previous_secret = held.previous_until = None
    if signing.readable(held):
        held.previous_secret, held.previous_until = held.secret, timezone.now() + signing.OVERLAP
    held.secret = sealed.seal(secret, signing.PURPOSE)
    held.save(update_fields=["secret", "previous_secret", "previous_until"])
    audit.record(actor=by, action="webhook.rotated", obj=held)
    return held, signing.written(secret)


@transaction.atomic
def pause(row: WebhookEndpoint, *, by: User) -> WebhookEndpoint:
    """Send nothing until it is resumed; what happens meanwhile is sent then. Raises NotNow."""
    held = _held(row)
    if held.state == State.DISABLED:
        raise NotNow("This webhook is disabled, so that there is nothing to pause.")
    if held.state != State.PAUSED:
        held.state = State.PAUSED
        held.save(update_fields=["state"])
        audit.record(actor=by, action="webhook.paused", obj=held)
    return held


@transaction.atomic
def resume(row: WebhookEndpoint, *, by: User) -> WebhookEndpoint:
    """Send again: after a pause from where it stopped, after it was disabled from now on."""
    held = _held(row)
    if held.state == State.ACTIVE:
        return held
    if held.state == State.DISABLED:
        events.leave_out(held, held.position, events.last_serial())
    held.state, held.reason, held.disabled_at, held.failing_since = State.ACTIVE, "", None, None
    held.save()
    audit.record(actor=by, action="webhook.resumed", obj=held)
    return held


def disable(row: WebhookEndpoint, reason: str) -> None:
    """End a webhook, whose row the caller holds in a transaction, and tell its owner by mail."""
    row.state, row.reason, row.disabled_at = State.DISABLED, reason, timezone.now()
    waiting = WebhookDelivery.objects.filter(endpoint=row, state=WebhookDelivery.State.DUE)
    WebhookAttempt.objects.filter(delivery__in=waiting, ended_at=None).update(error=LOST, ended_at=Now())
    first = waiting.aggregate(first=Min("serial"))["first"]
    if first is not None:
        events.leave_out(row, first - 1, row.position)
    row.save()
    waiting.update(
        state=WebhookDelivery.State.CANCELLED, ended_at=Now(), lease_until=None, error="The webhook was disabled."
    )
    outbox.post(
        to=row.account.email, kind="api.webhook_disabled", template="webhook_disabled", user=row.account,
        key=f"api.webhook-disabled:{row.pk}:{row.disabled_at.timestamp():.0f}",
        context={"url": row.url, "reason": reason, "link": absolute(reverse("api:webhook", args=[row.key]))},
    )  # fmt: skip
    audit.record(actor=audit.SITE, action="webhook.disabled", obj=row)


@transaction.atomic
def remove(row: WebhookEndpoint, *, by: User) -> None:
    """Delete a webhook and all that is known of what was sent there."""
    held = _held(row)
    about = audit.ref(held)
    held.delete()
    audit.record(actor=by, action="webhook.removed", obj=audit.Ref(about.type, about.id))


@transaction.atomic
def send_test(row: WebhookEndpoint, *, by: User) -> WebhookDelivery:
    """Let a test event be sent within seconds; return its delivery. Raises NotNow."""
    held = _sending(row)
    made = events.test_delivery(held)
    made.save()
    made.refresh_from_db()
    audit.record(actor=by, action="webhook.tested", obj=held)
    return made


@transaction.atomic
def redeliver(row: WebhookDelivery, *, by: User) -> WebhookDelivery:
    """Let an event be sent again within seconds, with the same webhook-id and as many tries as at first. Raises NotNow.

    One that waits is tried at once.
    """
    held = _sending(row.endpoint)
    again = WebhookDelivery.objects.select_for_update().get(pk=row.pk)
    if again.lease_until is not None and again.lease_until > timezone.now():
        raise NotNow("This event is being sent just now. Look at it again in a minute.")
    again.state, again.attempts, again.due_at = WebhookDelivery.State.DUE, 0, timezone.now()
    again.lease_until = again.ended_at = None
    again.save(update_fields=["state", "attempts", "due_at", "lease_until", "ended_at"])
    audit.record(actor=by, action="webhook.redelivered", obj=held, detail={"event": again.event_id})
    return again


def _held(row: WebhookEndpoint) -> WebhookEndpoint:
    return WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("account").get(pk=row.pk)


def _sending(row: WebhookEndpoint) -> WebhookEndpoint:
    held = _held(row)
    if held.state != State.ACTIVE:
        raise NotNow(f"This webhook is {held.state}: nothing is sent there. Resume it first.")
    return held


def waits_for_kept(row: WebhookEndpoint) -> bool:
    """Return whether an event waits that was made while a webhook was told of what its owner keeps."""
    return row.deliveries.filter(state=WebhookDelivery.State.DUE, of_kept=True).exists()


def _checked(wanted: Wanted, held: WebhookEndpoint | None = None) -> dict[str, Any]:
    """Return the columns of what a webhook is to be. Raises Wrong. What `held` says already is not judged again."""
    types = [name for name in events.TYPES if name in wanted.types]
    if not types or set(wanted.types) - set(events.TYPES):
        raise Wrong("types", f"Choose at least one of {', '.join(events.TYPES)}.")
    if wanted.only not in Only.values:
        raise Wrong("only", f"Has to be one of {', '.join(Only.values)}.")
    slugs = checked_slugs(wanted.only, wanted.slugs, held.slugs if held else ())
    url = wanted.url if held and wanted.url == held.url else checked_url(wanted.url)
    return {
        "url": url, "types": types, "only": wanted.only, "slugs": slugs,
        "description": wanted.description,
    }  # fmt: skip


def checked_url(url: str) -> str:
    """Return an address in one spelling that deliveries may go to: https of a public name. Raises Wrong.

    http passes only where probes may reach inside (PROBE_ALLOW_NETS), which no production site allows.
    """
    policy = Policy.from_settings()
    try:
        target = safehttp.parse(url, policy)
    except Refused as refused:
        told = ADDRESSES.get(refused.code)
        raise Wrong("url", told.format(**refused.values) if told else refused.message) from None
    if "http" in target.flags and not policy.allow_nets:
        raise Wrong("url", f"{NOT_HTTPS}: over http others could read what is sent, and change it.")
    return target.url


def checked_slugs(only: str, slugs: Iterable[str], standing: Iterable[str] = ()) -> list[str]:
    """Return the slugs that a webhook is to be told of, in order, each once. Raises Wrong.

    Those `standing` there already stay, also of tools that were delisted since.
    Those that would not be looked at are refused: whoever named them believes to be told of them alone.
    """
    wanted = sorted(set(slugs))
    if only != Only.TOOLS:
        if wanted:
            raise Wrong("slugs", "Tools are named here and would be passed over. Choose “These tools” (only=tools) "
                        "to be told of them alone, or leave this empty.")  # fmt: skip
        return []
    if not wanted or len(wanted) > MOST_SLUGS:
        raise Wrong("slugs", f"Name 1 to {MOST_SLUGS} tools by their slugs.")
    return known(wanted, standing)


def known(wanted: list[str], standing: Iterable[str] = ()) -> list[str]:
    """Return these slugs when each is `standing` there already, or one of a listed tool. Raises Wrong."""
    found = set(standing) | set(Tool.objects.listed().filter(slug__in=wanted).values_list("slug", flat=True))
    missing = [one for one in wanted if one not in found]
    if missing:
        raise Wrong(
            "slugs",
            f"There is no listed tool “{missing[0][:80]}”. Take it from the end of its address: /tools/ollama/.",
        )
    return wanted


def forget_secrets(now: dt.datetime) -> int:
    """Delete secrets that sign no more; return how many."""
    old = WebhookEndpoint.objects.filter(previous_until__lt=now)
    return old.update(previous_secret=None, previous_until=None)


def renew_secrets() -> int:
    """Seal what SECRET_KEY_FALLBACKS still opens by the present SECRET_KEY; return how many webhooks it was."""
    done = 0
    for pk in WebhookEndpoint.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            row = WebhookEndpoint.objects.select_for_update().filter(pk=pk).first()
            done += row is not None and _renewed(row)
    return done


def _renewed(row: WebhookEndpoint) -> bool:
    changed = []
    for name in ("secret", "previous_secret"):
        kept = getattr(row, name)
        with suppress(sealed.CannotOpen):  # its page says what to do
            if kept is not None and (again := sealed.renewed(bytes(kept), signing.PURPOSE)):
                setattr(row, name, again)
                changed.append(name)
    if changed:
        row.save(update_fields=changed)
    return bool(changed)
