"""From deliveries to receivers: claim a due one, send it outside of any transaction, write what came of it.

The row is the truth. A claim raises `attempts`, takes a lease on the delivery and its endpoint and writes down the try;
only the holder of the last claim may write what came of it (a fence). One delivery at a time goes to an endpoint, the
oldest due first, and several endpoints are sent to at once, so that a slow one keeps nobody else waiting. A worker that
dies in between sends again, with the same webhook-id: receivers know by it what they had. Times are the database's.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
import time
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from api.hooks import events, services, signing
from api.hooks.services import LOST
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core import safehttp, sealed
from core.safehttp import Answer, Limits, Policy

log = logging.getLogger(__name__)
State = WebhookDelivery.State

TIMEOUT = 15.0  # seconds; what Standard Webhooks advises senders to wait at least
READ = 1_024  # bytes of an answer's body that are read, and forgotten
LEASE = 60  # seconds; longer than TIMEOUT and the writing
PLACES = 2  # rounds at a time: receivers that hang do not take all workers
LOCK = 1_107_202  # names these places among the advisory locks
TURN = 30.0  # seconds after which a round takes no further delivery
AT_ONCE = 8  # endpoints that a round sends to at the same time
SLOW_AT_ONCE = 4  # of them those that are slow or fail: the other half is for those who are not
SLOW = 2_000  # milliseconds; who took longer to answer is slow
# seconds before the next try (Standard Webhooks, "Retry schedule"), the last after three and a half days in all
PAUSES = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
TRIES = len(PAUSES) + 1
OURS = 1_800  # seconds after a try that went wrong here, which is not counted: half an hour after it is mended at most
JITTER = 0.1  # so much longer a pause may be: what failed together does not come back together
GIVE_UP = dt.timedelta(days=5)  # an endpoint that takes nothing for so long, and in so many tries, is disabled
GONE = 410
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT d.id, e.id AS endpoint
  FROM api_webhookendpoint e
  JOIN accounts_user u ON u.id = e.account_id AND u.is_active
  CROSS JOIN LATERAL (
    SELECT d.id, d.due_at FROM api_webhookdelivery d
    WHERE d.endpoint_id = e.id AND d.state = 'due' AND d.due_at <= statement_timestamp()
      AND (d.lease_until IS NULL OR d.lease_until < statement_timestamp())
    ORDER BY d.due_at, d.id LIMIT 1
  ) d
  WHERE e.state = 'active' AND (e.busy_until IS NULL OR e.busy_until < statement_timestamp())
    AND (%(slow)s OR NOT (e.slow OR e.failing_since IS NOT NULL))
  ORDER BY (e.slow OR e.failing_since IS NOT NULL), d.due_at, d.id LIMIT 1 FOR UPDATE OF e SKIP LOCKED
), busy AS (
  UPDATE api_webhookendpoint e SET busy_until = statement_timestamp() + %(lease)s * interval '1 second'
  FROM due WHERE e.id = due.endpoint
), lost AS (
  UPDATE api_webhookattempt a SET error = %(lost)s, ended_at = statement_timestamp()
  FROM due WHERE a.delivery_id = due.id AND a.ended_at IS NULL
), begun AS (
  INSERT INTO api_webhookattempt (delivery_id, number, at, error)
  SELECT due.id, 1 + COALESCE((SELECT max(a.number) FROM api_webhookattempt a WHERE a.delivery_id = due.id), 0),
    statement_timestamp(), '' FROM due
)
UPDATE api_webhookdelivery d
SET attempts = attempts + 1, lease_until = statement_timestamp() + %(lease)s * interval '1 second'
FROM due WHERE d.id = due.id RETURNING d.id
"""  # the lock of the endpoint stands for those of its deliveries: whoever changes one holds it


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
    """What came of one try; `ours` when it says nothing of the receiver, as it went wrong here.

    Such a try is not counted, unless it `ends` the delivery.
    """

    taken: bool
    status: int | None
    error: str
    took_ms: int
    ours: bool = False
    ends: bool = False


def deliver() -> Round:
    """Write the deliveries of new changes and send what is due, for about 30 seconds."""
    done = Round()
    with _place() as free:
        if not free:
            return done
        done.made = events.sweep()
        if Policy.from_settings().enabled:  # else all waits, and no try is used up
            _send_due(done)
    told = ", ".join(f"{count} {name}" for name, count in vars(done).items() if count)
    log.log(logging.INFO if told else logging.DEBUG, "Webhooks: %s.", told or "nothing to do")
    return done


def _send_due(done: Round) -> None:
    """Send to several endpoints at once. The threads only send: all statements are made here."""
    until = time.monotonic() + TURN
    running: dict[Future[Outcome], WebhookDelivery] = {}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while True:
            while len(running) < AT_ONCE and time.monotonic() < until and (row := claim(slow=_room(running))):
                running[pool.submit(send, row)] = row
            if not running:
                break
            for ended in wait(running, timeout=1, return_when=FIRST_COMPLETED).done:
                _write(running.pop(ended), ended.result(), done)
    done.more = time.monotonic() >= until


def _room(running: dict[Future[Outcome], WebhookDelivery]) -> bool:
    """Return whether one more that may take long may be sent to."""
    ends = [row.endpoint for row in running.values()]
    return sum(one.slow or one.failing_since is not None for one in ends) < SLOW_AT_ONCE


@contextmanager
def _place() -> Iterator[bool]:
    """Yield whether one of the PLACES is free, and hold it; who is killed loses it with its connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n FROM generate_series(1, %s) n WHERE pg_try_advisory_lock(%s, n) LIMIT 1", [PLACES, LOCK]
        )
        row = cursor.fetchone()
        try:
            yield row is not None
        finally:
            if row is not None:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK, row[0]])


def claim(*, slow: bool = True) -> WebhookDelivery | None:
    """Take the delivery that is due the longest, those of slow and failing endpoints last, or, by `slow`, not at all.

    None when there is none.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"lease": LEASE, "lost": LOST, "slow": slow})
        row = cursor.fetchone()
    return WebhookDelivery.objects.select_related("endpoint__account").filter(pk=row[0]).first() if row else None


def send(row: WebhookDelivery) -> Outcome:
    """Send one delivery once. No redirect is followed: a receiver that moved is told its new address by its owner."""
    if row.attempts > TRIES:  # each claim counts, so that what ends every worker comes to an end too
        return Outcome(False, None, "All tries were used up; the last were cut off.", 0, ours=True, ends=True)
    try:
        return _sent(row)
    except sealed.CannotOpen:
        return Outcome(False, None, "The secret cannot be read any more. Make another one.", 0, ours=True)
    except Exception:  # whatever one delivery does, it keeps the others from nothing
        log.exception("Delivery %s could not be sent.", row.pk)
        return Outcome(False, None, "Something went wrong on our side. It is in our log.", 0, ours=True)


def _sent(row: WebhookDelivery) -> Outcome:
    """Send it. Raises sealed.CannotOpen."""
    body, at, began = bytes(row.body), timezone.now(), time.monotonic()
    signers = signing.secrets_of(row.endpoint, at)
    answer = safehttp.fetch(
        row.endpoint.url, method="POST", content=body, follow=False, limits=Limits(total=TIMEOUT),
        headers={"Content-Type": events.MEDIA_TYPE, **signing.headers(row.event_id, at, body, signers)},
        until=lambda read: len(read) >= READ,
    )  # fmt: skip
    took = round((time.monotonic() - began) * 1_000)
    taken = answer.status is not None and 200 <= answer.status < 300
    ours = answer.status is None and answer.verdict == "inconclusive"
    return Outcome(taken, answer.status, "" if taken else _sentence(answer), took, ours)


def _sentence(answer: Answer) -> str:
    """Return what went wrong; never what the receiver wrote."""
    if answer.status is None:
        return answer.message[:400]
    if 300 <= answer.status < 400:
        return f"The receiver answered with {answer.status}: redirects are not followed. Change the address."
    return f"The receiver answered with {answer.status}; it has to be from 200 to 299."


@transaction.atomic
def _write(row: WebhookDelivery, outcome: Outcome, done: Round) -> None:
    """Note what came of a try and what follows from it, if our claim is still the last one."""
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=row.endpoint_id).first()
    ours = WebhookDelivery.objects.filter(pk=row.pk, attempts=row.attempts, lease_until=row.lease_until)
    if endpoint is None or not ours.select_for_update().exists():
        return
    tried = {"status": outcome.status, "error": outcome.error, "took_ms": outcome.took_ms}
    WebhookAttempt.objects.filter(delivery=row, ended_at=None).update(ended_at=Now(), **tried)
    state, due_at = _next(row, outcome)
    ended = None if state == State.DUE else Now()
    counted = row.attempts - (outcome.ours and not outcome.ends)
    ours.update(state=state, due_at=due_at, lease_until=None, ended_at=ended, attempts=counted, **tried)
    done.delivered += state == State.DELIVERED
    done.put_off += state == State.DUE
    done.failed += state == State.FAILED
    endpoint.busy_until, endpoint.slow = None, outcome.took_ms > SLOW
    if outcome.taken:
        endpoint.failing_since = None
    elif not outcome.ours and row.type != events.TEST:  # who tries out a receiver that is not ready yet fails nothing
        endpoint.failing_since = endpoint.failing_since or timezone.now()
    endpoint.save(update_fields=["busy_until", "failing_since", "slow"])
    if endpoint.state != WebhookEndpoint.State.DISABLED and not outcome.taken and not outcome.ours:
        _give_up(endpoint, outcome)


def _give_up(endpoint: WebhookEndpoint, outcome: Outcome) -> None:
    """Disable an endpoint that wants nothing more, or has taken nothing for long and in many tries.

    Tries are counted too, as time alone also passes while this site is down.
    """
    since = endpoint.failing_since
    if outcome.status == GONE:
        services.disable(endpoint, "The receiver answered with 410: it wants nothing more.")
    elif since is not None and timezone.now() - since > GIVE_UP:
        tries = WebhookAttempt.objects.filter(delivery__endpoint=endpoint, at__gte=since - dt.timedelta(minutes=1))
        if len(tries.values_list("pk")[:TRIES]) == TRIES:
            services.disable(endpoint, f"Nothing was taken for five days. The last time: {outcome.error}"[:400])


def _next(row: WebhookDelivery, outcome: Outcome) -> tuple[str, Now | dt.datetime]:
    """Return the state after a try, and when the next one is due."""
    if outcome.taken:
        return State.DELIVERED, row.due_at
    if outcome.ours and not outcome.ends:
        return State.DUE, timezone.now() + dt.timedelta(seconds=OURS)
    if outcome.status == GONE or outcome.ends or row.attempts > len(PAUSES):
        return State.FAILED, row.due_at
    pause = PAUSES[row.attempts - 1] * (1 + random.random() * JITTER)  # noqa: S311 - spreads, hides nothing
    return State.DUE, timezone.now() + dt.timedelta(seconds=pause)
