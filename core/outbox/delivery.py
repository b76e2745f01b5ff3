"""From the outbox to a mail server: claim a due mail, hand it over outside any transaction, write what came of it.

The row is the truth. A claim raises `attempts` and takes a lease; only the holder of the last claim may write (a
fence). A worker that dies between the server's "250" and the note of it sends the mail a second time, with the same
Message-ID: SMTP has no way to avoid that. In every other case a mail goes out once. Times are the database's.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Least, Now
from django.utils import timezone

from core import mailfiles
from core.outbox import bounces, lists
from core.outbox.addresses import envelope
from core.outbox.models import OutgoingMail
from core.outbox.outcomes import Outcome, Verdict
from core.outbox.smtp import Server

log = logging.getLogger(__name__)
State = OutgoingMail.State

LEASE = 300  # seconds; longer than the hard time limit of the task (core/tasks.py), so that no two send one mail
TURN = 30.0  # seconds after which a round takes no further mail and lets others have the process
PAUSES = (60, 120, 300, 900, 1_800, 3_600, 7_200, 14_400)  # seconds before the next try; the last again and again
REST = dt.timedelta(seconds=30)  # in which nothing is tried after a server could not be reached
GRACE = dt.timedelta(minutes=10)  # so much later than `gives_up_at` a mail may be tried; then it is too late
LOST = "The worker that was sending it stopped. It may have arrived: it is sent again with the same Message-ID."
TOO_LATE = "Nothing was sent in time: the mail server could not be reached, or no worker ran."
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM core_outgoingmail WHERE state = 'queued' AND due_at <= statement_timestamp()
  ORDER BY NOT (list_name = ''), due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
UPDATE core_outgoingmail m
SET state = 'sending', attempts = attempts + 1, lease_until = statement_timestamp() + %s * interval '1 second'
FROM due WHERE m.id = due.id RETURNING m.id
"""


@dataclass
class Round:
    """What one round did; `more` when it ended before the outbox was empty of due mails."""

    sent: int = 0
    put_off: int = 0
    failed: int = 0
    dropped: int = 0
    lost: int = 0
    more: bool = False


def deliver() -> Round:
    """Send what is due, one after the other over one connection, for about 30 seconds."""
    done = Round(lost=_lost())
    if OutgoingMail.objects.filter(server_down_at__gt=Now() - REST).exists():
        return done
    until = time.monotonic() + TURN
    server = Server() if settings.MAIL else mailfiles.Folder(settings.EMAIL_FILE_PATH)
    try:
        while mail := claim():
            if _one(mail, server, done):
                break
            if time.monotonic() > until:
                done.more = True
                break
    finally:
        server.close()
    told = ", ".join(f"{count} {name}" for name, count in vars(done).items() if count)
    log.log(logging.INFO if told else logging.DEBUG, "Mail: %s.", told or "nothing to do")
    return done


def claim() -> OutgoingMail | None:
    """Take the mail that is due the longest, those of lists last; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [LEASE])
        row = cursor.fetchone()
    return OutgoingMail.objects.filter(pk=row[0]).first() if row else None


def _one(mail: OutgoingMail, server: Server | mailfiles.Folder, done: Round) -> bool:
    """Try one claimed mail and write what came of it; return whether the server cannot be reached."""
    if mail.list_name and (lists.has_left(mail.list_name, mail.to, mail.user_id) or lists.refusal(mail.to)):
        done.dropped += _end(mail, State.DROPPED, "Left the list, or takes no mail.", message=b"")
        return False
    if timezone.now() > mail.gives_up_at + GRACE:
        done.failed += _end(mail, State.FAILED, f"{TOO_LATE} {mail.reason}".strip()[:400])
        return False
    outcome = server.send(bytes(mail.message), envelope(mail.to), mail.token)
    _write(mail, outcome, done)
    return outcome.unreachable


@transaction.atomic
def _write(mail: OutgoingMail, outcome: Outcome, done: Round) -> None:
    if outcome.verdict is Verdict.TAKEN:
        done.sent += _end(mail, State.SENT, "", message=b"")
    elif outcome.verdict is Verdict.LATER and timezone.now() < mail.gives_up_at:
        done.put_off += _put_off(mail, outcome.reason, Now() if outcome.unreachable else None)
    else:
        returned = {} if outcome.verdict is Verdict.LATER else {"bounced_at": Now()}
        done.failed += _end(mail, State.FAILED, outcome.reason, **returned)
        if outcome.verdict is Verdict.NOBODY:
            bounces.refuses(mail.to, outcome.reason)


def _ours(mail: OutgoingMail) -> QuerySet[OutgoingMail]:
    """The fence: the mail's row while our claim is the last one."""
    return OutgoingMail.objects.filter(
        pk=mail.pk, state=State.SENDING, attempts=mail.attempts, lease_until=mail.lease_until
    )


def _put_off(mail: OutgoingMail, reason: str, server_down_at: Now | None = None) -> int:
    pause = dt.timedelta(seconds=PAUSES[min(mail.attempts, len(PAUSES)) - 1])
    due = Least(Now() + pause, "gives_up_at")  # the last try is at the very end
    return _ours(mail).update(
        state=State.QUEUED, lease_until=None, due_at=due, reason=reason, server_down_at=server_down_at
    )


def _end(mail: OutgoingMail, state: OutgoingMail.State, reason: str, **changes: Any) -> int:
    if state == State.FAILED:
        log.warning("Mail %s (%s) was not delivered; `manage.py mail list` says why.", mail.pk, mail.kind)
    changes |= {"state": state, "lease_until": None, "ended_at": Now(), "reason": reason, "server_down_at": None}
    return _ours(mail).update(**changes)


def _lost() -> int:
    """Put back the mails whose worker died."""
    expired = OutgoingMail.objects.filter(state=State.SENDING, lease_until__lt=Now())
    with transaction.atomic():
        found = list(expired.select_for_update(skip_locked=True).values_list("pk", flat=True)[:200])
        return OutgoingMail.objects.filter(pk__in=found).update(
            state=State.QUEUED, lease_until=None, due_at=Now(), reason=LOST
        )
