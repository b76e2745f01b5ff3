"""Mails that came back: which one, whether for good, and which address takes no mail from now on.

A delivery report (RFC 3464) is believed when it holds the mark of a mail of ours: 128 random bits that only who got
that mail knows. Whatever else it says is text of a stranger: it is cut, cleaned and shown, never followed.
"""

from __future__ import annotations

import email
import re
from dataclasses import dataclass
from email.message import Message
from enum import Enum

from django.db import transaction
from django.db.models.functions import Now

from core.outbox.addresses import folded
from core.outbox.models import OutgoingMail, RefusingAddress
from core.outbox.rendering import printable
from core.outbox.smtp import ENHANCED, about_the_mailbox

LONGEST = 1_000_000  # bytes of a report that are read
MOST_PARTS = 40  # words in it that could begin a part: the parser goes one call deeper for each level of nesting
MOST_MARKS = 20
PART = re.compile(rb"multipart|message/", re.IGNORECASE)
MARK = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?=@)")


class Said(Enum):
    """What was made of a report, as the command tells it."""

    REFUSES = "The address takes no mail: no list is sent there any more."
    FAILED = "The mail did not arrive; the address may work again. Noted."
    NO_FAILURE = "No mail failed for good by this report. Nothing was noted."
    NOT_OURS = "It names no mail of this site. Nothing was noted."
    NO_REPORT = "This is no delivery report (RFC 3464) that can be read. Nothing was noted."


@dataclass(frozen=True)
class Failure:
    """One recipient of a report whose mail failed for good."""

    recipients: frozenset[str]
    status: str
    reason: str


def refuses(address: str, reason: str) -> None:
    """Note that an address takes no mail: no list is sent there; what somebody needs to sign in still is."""
    RefusingAddress.objects.update_or_create(address=folded(address), defaults={"reason": reason[:400], "at": Now()})


def receive(raw: bytes, recipient: str = "") -> Said:
    """Read a delivery report and note what it says of a mail of ours.

    `recipient` is the address it was sent to, where the mail server says so ("bounces+MARK@…").
    """
    raw = raw[:LONGEST]
    if len(PART.findall(raw)) > MOST_PARTS:
        return Said.NO_REPORT
    report = email.message_from_bytes(raw)
    blocks = _blocks(report)
    if blocks is None:
        return Said.NO_REPORT
    mail = _mail(" ".join([recipient, raw.decode("latin-1"), *_returned(report)]))
    if mail is None:
        return Said.NOT_OURS
    failures = [found for block in blocks if (found := _failure(block))]
    about_us = [one for one in failures if folded(mail.to) in one.recipients]
    if not failures:
        return Said.NO_FAILURE
    return _note(mail, (about_us or failures)[0], certain=bool(about_us) or len(blocks) == 1)


@transaction.atomic
def _note(mail: OutgoingMail, failure: Failure, *, certain: bool) -> Said:
    OutgoingMail.objects.filter(pk=mail.pk).update(bounced_at=Now(), reason=failure.reason)
    if certain and about_the_mailbox(failure.status):
        refuses(mail.to, failure.reason)
        return Said.REFUSES
    return Said.FAILED


def _mail(text: str) -> OutgoingMail | None:
    marks = list(dict.fromkeys(MARK.findall(text)))[:MOST_MARKS]
    return OutgoingMail.objects.filter(token__in=marks).order_by("pk").first()


def _blocks(report: Message) -> list[Message] | None:
    """Return the fields of each recipient; None when there is no delivery report."""
    for part in report.walk():
        if part.get_content_type() == "message/delivery-status" and part.is_multipart():
            found = [block for block in _messages(part) if block.get("Action")]
            return found or None
    return None


def _returned(report: Message) -> list[str]:
    """Return the headers of the mail that came back, also where they are encoded (RFC 3462)."""
    parts = [part for part in report.walk() if part.get_content_type() in {"text/rfc822-headers", "message/rfc822"}]
    decoded = [part.get_payload(decode=True) for part in parts if not part.is_multipart()]
    return [text.decode("latin-1") for text in decoded if isinstance(text, bytes)]


def _messages(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _failure(block: Message) -> Failure | None:
    """Return what a block says when it is a failure for good (Action, Status: RFC 3464 2.3.3 and 2.3.4)."""
    if _line(block, "Action").lower() != "failed":
        return None
    said = _line(block, "Diagnostic-Code")
    told, precise = ENHANCED.search(_line(block, "Status")), ENHANCED.search(said)
    status = told[1] if told else precise[1] if precise else ""
    if status.endswith(".0.0") and precise and precise[1][0] == status[0]:
        status = precise[1]
    if not status.startswith("5."):
        return None
    named = (_line(block, name).partition(";")[2].strip() for name in ("Original-Recipient", "Final-Recipient"))
    return Failure(
        frozenset(folded(one) for one in named if one), status, f"It came back: {status} {said}".strip()[:400]
    )


def _line(block: Message, name: str) -> str:
    return printable(str(block.get(name, ""))[:2_000])
