"""From deliveries to receivers: claim a due one, send it outside of any transaction, write what came of it.

The row is the truth. A claim raises `attempts` and takes a lease on the delivery and its endpoint; only the holder of
the last claim may write (a fence). One delivery at a time goes to an endpoint, the oldest due first. A worker that dies
in between sends again, with the same webhook-id: receivers know by it what they had. Times are the database's.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from api.hooks import events, services, signing
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core import safehttp, sealed
from core.safehttp import Answer, Limits

log = logging.getLogger(__name__)
State = WebhookDelivery.State

TIMEOUT = 15.0  # seconds; what Standard Webhooks advises senders to wait at least
READ = 1_024  # bytes of an answer's body that are read, and forgotten
LEASE = 60  # seconds; longer than TIMEOUT and the writing
AT_ONCE = 2  # rounds at a time: receivers that hang do not take all workers
LOCK = 1_107_202  # names these places among the advisory locks
TURN = 30.0  # seconds after which a round takes no further delivery
# seconds before the next try (Standard Webhooks, "Retry schedule"), the last after three and a half days in all
PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.1  # so much longer a pause may be: what failed together does not come back together
GIVE_UP = dt.timedelta(days=5)  # an endpoint that takes nothing for so long is disabled
GONE = 410
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT d.id, e.id AS endpoint
  FROM api_webhookdelivery d JOIN api_webhookendpoint e ON e.id = d.endpoint_id
  WHERE d.state = 'due' AND d.due_at <= statement_timestamp()
    AND (d.lease_until IS NULL OR d.lease_until < statement_timestamp())
    AND e.state = 'active' AND (e.busy_until IS NULL OR e.busy_until < statement_timestamp())
  ORDER BY e.failing_since IS NOT NULL, d.due_at, d.id LIMIT 1 FOR UPDATE SKIP LOCKED
), busy AS (
  UPDATE api_webhookendpoint e SET busy_until = statement_timestamp() + %(lease)s * interval '1 second'
  FROM due WHERE e.id = due.endpoint
)
UPDATE api_webhookdelivery d
SET attempts = attempts + 1, lease_until = statement_timestamp() + %(lease)s * interval '1 second'
FROM due WHERE d.id = due.id RETURNING d.id
"""  # who fails comes last, so that those who hang keep nobody waiting who does not


@dataclass
class Round:
    """What one round did; `more` when it ended before there was nothing due."""

    made: int = 0
    delivered: int = 0
    put_off: int = 0
    failed: int = 0
    more: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of one try."""

    taken: bool
    status: int | None
    error: str
    took_ms: int


def deliver() -> Round:
    """Write the deliveries of new changes and send what is due, one after the other, for about 30 seconds."""
    done = Round()
    with _place() as free:
        if not free:
            return done
        done.made = events.sweep()
        until = time.monotonic() + TURN
        while row := claim():
            _write(row, send(row), done)
            if time.monotonic() > until:
                done.more = True
                break
    told = ", ".join(f"{count} {name}" for name, count in vars(done).items() if count)
    log.log(logging.INFO if told else logging.DEBUG, "Webhooks: %s.", told or "nothing to do")
    return done


@contextmanager
def _place() -> Iterator[bool]:
    """Yield whether one of the AT_ONCE places is free, and hold it; who is killed loses it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM generate_series(1, %s) n WHERE pg_try_advisory_lock(%s, n) LIMIT 1", [AT_ONCE, LOCK]
        )
        row = cursor.fetchone()
        try:
            yield row is not None
        finally:
            if row is not None:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, row[0]])


def claim() -> WebhookDelivery | None:
    """Take the delivery that is due the longest, those of failing endpoints last; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE})
        row = cursor.fetchone()
    return WebhookDelivery.objects.select_related("endpoint__account").filter(pk=row[0]).first() if row else None


def send(row: WebhookDelivery) -> Outcome:
    """Send one delivery once. No redirect is followed: a receiver that moved is told its new address by its owner."""
    body, at, began = bytes(row.body), timezone.now(), time.monotonic()
    try:
        signers = signing.secrets_of(row.endpoint, at)
    except sealed.CannotOpen:
        return Outcome(False, None, "The secret cannot be read any more. Rotate it, then send this again.", 0)
    answer = safehttp.fetch(
        row.endpoint.url, method="POST", content=body, follow=False, limits=Limits(total=TIMEOUT),
        headers={"Content-Type": events.MEDIA_TYPE, **signing.headers(row.event_id, at, body, signers)},
        until=lambda read: len(read) >= READ,
    )  # fmt: skip
    took = round((time.monotonic() - began) * 1_000)
    taken = answer.status is not None and 200 <= answer.status < 300
    return Outcome(taken, answer.status, "" if taken else _sentence(answer), took)


def _sentence(answer: Answer) -> str:
    """Return what went wrong; never what the receiver wrote."""
    if answer.status is None:
        return answer.message[:400]
    if 300 <= answer.status < 400:
        return f"The receiver answered with {answer.status}: redirects are not followed. Change the address."
    return f"The receiver answered with {answer.status}; it has to be from 200 to 299."


@transaction.atomic
def _write(row: WebhookDelivery, outcome: Outcome, done: Round) -> None:
    """Note a try and what follows from it, if our claim is still the last one."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=row.endpoint_id).first()
    ours = WebhookDelivery.objects.filter(pk=row.pk, attempts=row.attempts, lease_until=row.lease_until)
    if endpoint is None or not ours.select_for_update().exists():
        return
    tried = {"status": outcome.status, "error": outcome.error, "took_ms": outcome.took_ms}
    WebhookAttempt.objects.create(delivery=row, number=_number(row), **tried)
    state, due_at = _next(row, outcome)
    ended = None if state == State.DUE else Now()
    ours.update(state=state, due_at=due_at, lease_until=None, ended_at=ended, **tried)
    done.delivered += state == State.DELIVERED
    done.put_off += state == State.DUE
    done.failed += state == State.FAILED
    endpoint.busy_until = None
    endpoint.failing_since = None if outcome.taken else endpoint.failing_since or timezone.now()
    endpoint.save(update_fields=["busy_until", "failing_since"])
    if endpoint.state == WebhookEndpoint.State.DISABLED:
        return
    if outcome.status == GONE:
        services.disable(endpoint, "The receiver answered with 410: it wants nothing more.")
    elif endpoint.failing_since and timezone.now() - endpoint.failing_since > GIVE_UP:
        services.disable(endpoint, f"Nothing was taken for five days. The last time: {outcome.error}"[:400])


def _number(row: WebhookDelivery) -> int:
    """Return which try this is of all there were; `attempts` begins anew when a delivery is sent again by hand."""
    last = WebhookAttempt.objects.filter(delivery=row).order_by("-number").values_list("number", flat=True).first()
    return (last or 0) + 1


def _next(row: WebhookDelivery, outcome: Outcome) -> tuple[str, Now | dt.datetime]:
    """Return the state after a try, and when the next one is due."""
    if outcome.taken:
        return State.DELIVERED, row.due_at
    if outcome.status == GONE or row.attempts > len(PAUSES):
        return State.FAILED, row.due_at
    pause = PAUSES[row.attempts - 1] * (1 + random.random() * JITTER)  # noqa: S311 - spreads, hides nothing
    return State.DUE, timezone.now() + dt.timedelta(seconds=pause)
