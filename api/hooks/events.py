"""From the change log to deliveries: for each endpoint what it wants to be told of, in the order of serials.

How far an endpoint was looked through is a column of its row, moved in the transaction that writes its deliveries: a
worker that is killed leaves nothing out and writes nothing twice.
"""

from __future__ import annotations

import secrets
import time
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from api.change_views import change
from api.models import WebhookDelivery, WebhookEndpoint
from api.rendering import moment
from catalog.changes import public
from catalog.models import Change, ListItem, Saved

TYPES: dict[str, str] = {
    "catalog.tool.listed": "A tool was listed.",
    "catalog.tool.changed": "What is said of a tool changed.",
    "catalog.tool.removed": "A tool was removed from the catalog.",
}
TEST = "catalog.test"
OF_ACTION = {"created": "catalog.tool.listed", "updated": "catalog.tool.changed", "removed": "catalog.tool.removed"}
MEDIA_TYPE = "application/cloudevents+json"
AT_ONCE = 500  # changes that are looked through in one transaction
WAITING = 1_000  # deliveries that may wait for an endpoint: the rest waits in the change log, which takes no room
TURN = 10.0  # seconds after which a round looks through the log for no further endpoint: what is due is sent first
FARTHEST = 10_000  # serials that an endpoint may be behind: what is older is left out


def last_serial() -> int:
    """Return the last serial of the change log; 0 while it is empty."""
    found: int | None = Change.objects.aggregate(last=Max("serial"))["last"]
    return found or 0


def sweep() -> int:
    """Write the deliveries of changes that endpoints were not looked through for; return how many.

    Those that are farthest behind come first, so that what one round leaves the next begins with.
    """
    last, made, until = last_serial(), 0, time.monotonic() + TURN
    behind = WebhookEndpoint.objects.filter(state=WebhookEndpoint.State.ACTIVE, position__lt=last)
    for pk in behind.order_by("position", "pk").values_list("pk", flat=True):
        made += _advance(pk)
        if time.monotonic() > until:
            break
    return made


@transaction.atomic
def _advance(pk: int) -> int:
    """Look through the next changes for one endpoint, if no other worker does; return how many deliveries it made."""
    free = WebhookEndpoint.objects.select_for_update(skip_locked=True, of=("self",))
    endpoint = free.filter(pk=pk, state=WebhookEndpoint.State.ACTIVE, account__is_active=True).first()
    if endpoint is None:
        return 0
    last = last_serial()
    if last - endpoint.position > FARTHEST:
        leave_out(endpoint, endpoint.position, last - FARTHEST)
        endpoint.save(update_fields=["position", "left_out_from", "left_out_to", "left_out_at"])
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint, state=WebhookDelivery.State.DUE).order_by("due_at")
    room = min(AT_ONCE, WAITING - len(waiting.values_list("pk")[:WAITING]))
    rows = list(Change.objects.since(endpoint.position)[:room]) if room else []
    if not rows:
        return 0
    told = [one for one in public(rows) if OF_ACTION[one.action] in endpoint.types]
    wanted = _wanted(endpoint, told)
    made = WebhookDelivery.objects.bulk_create([delivery(endpoint, one) for one in wanted], ignore_conflicts=True)
    endpoint.position = rows[-1].serial
    endpoint.save(update_fields=["position", "slugs"])
    return len(made)


def leave_out(endpoint: WebhookEndpoint, start: int, end: int) -> None:
    """Pass over what stands between two serials of the change log, and take note of it. Saves nothing.

    What was passed over before and is still told of stays in it: whoever reads from there misses nothing.
    """
    if end > start:
        known = endpoint.left_out_from
        endpoint.left_out_from = start if known is None else min(known, start)
        endpoint.left_out_to = max(endpoint.left_out_to or 0, end)
        endpoint.left_out_at = timezone.now()
    endpoint.position = max(endpoint.position, end)


def _wanted(endpoint: WebhookEndpoint, rows: list[Change]) -> list[Change]:
    """Keep the changes of tools that an endpoint is told of. A tool that gets another slug is followed to it."""
    if endpoint.only == WebhookEndpoint.Only.ALL:
        return rows
    tools: set[int | None] = set()
    slugs = set(endpoint.slugs)
    if endpoint.only == WebhookEndpoint.Only.KEPT:
        kept = [
            *Saved.objects.filter(user=endpoint.account_id).values_list("tool", "slug"),
            *ListItem.objects.filter(list__user=endpoint.account_id).values_list("tool", "slug"),
        ]
        tools = {tool for tool, _ in kept}
        slugs = {slug for tool, slug in kept if tool is None}  # the tool's row is gone, its tombstone may still come
    found = []
    for row in rows:
        before, after = row.fields.get("slug") or (row.slug, row.slug)
        if row.tool_id in tools or {row.slug, before, after} & slugs:
            found.append(row)
            if before in endpoint.slugs and after and after != before:
                endpoint.slugs = sorted({*endpoint.slugs, after} - {before})
                slugs.add(after)
    return found


def delivery(endpoint: WebhookEndpoint, row: Change) -> WebhookDelivery:
    """Return the delivery of a change, not saved. Its event has the same id at every endpoint."""
    event_id, kind = f"change-{row.serial}", OF_ACTION[row.action]
    said = change(row)
    body = _event(event_id, kind, said["at"], said, subject=row.slug)
    kept = endpoint.only == WebhookEndpoint.Only.KEPT
    return WebhookDelivery(endpoint=endpoint, event_id=event_id, type=kind, serial=row.serial, body=body, of_kept=kept)


def test_delivery(endpoint: WebhookEndpoint) -> WebhookDelivery:
    """Return a delivery that tells of nothing, not saved."""
    event_id = f"test-{secrets.token_hex(12)}"
    body = _event(event_id, TEST, moment(timezone.now()), {"webhook": endpoint.key})
    return WebhookDelivery(endpoint=endpoint, event_id=event_id, type=TEST, body=body)


def _event(event_id: str, kind: str, at: Any, data: dict[str, Any], subject: str = "") -> bytes:
    """Return an event of CloudEvents 1.0 in structured mode (its JSON format)."""
    said = {
        "specversion": "1.0", "id": event_id, "source": settings.SITE_URL, "type": kind, "subject": subject, "time": at,
        "datacontenttype": "application/json", "data": data,
    }  # fmt: skip
    if not subject:
        del said["subject"]  # an attribute without a value is left out
    return orjson.dumps(said)
