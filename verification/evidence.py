"""From exchanges to evidence: what was sent and received, redacted, cut, stored once by its sha256."""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.utils import timezone

from core import safehttp
from core.safehttp import Hop
from verification import redaction
from verification.context import Exchange
from verification.models import Evidence

LONGEST = 65_536  # bytes of a body that are kept
BEYOND = 8_192  # bytes after them that are looked at too, so that no secret is cut in two and missed
KEEP = dt.timedelta(days=90)
HEADER_VALUE = 500  # characters of a header's value that are kept
TEXT = re.compile(r"^(text/|application/(.*\+)?(json|xml|yaml|javascript)|application/(x-)?yaml)|^$")


def keep(exchanges: Iterable[Exchange]) -> tuple[list[dict[str, Any]], list[Evidence]]:
    """Return what a result stores of its exchanges (JSON), and the bodies to store with `store`."""
    rows: list[dict[str, Any]] = []
    bodies: dict[str, Evidence] = {}
    for exchange in exchanges:
        answer = exchange.answer
        sent = body_of(exchange.sent, "application/json") if exchange.sent else None
        got = body_of(answer.body, answer.content_type) if answer.body else None
        for one in (sent, got):
            if one is not None:
                bodies[one.sha256] = one
        rows.append(
            {
                "at": exchange.at.isoformat(timespec="milliseconds"),
                "url": redaction.text(answer.url),
                "verdict": answer.verdict,
                "code": answer.code,
                "message": redaction.text(answer.message),
                "flags": list(answer.flags),
                "hops": [_hop(hop) for hop in answer.hops],
                "sent": sent.sha256 if sent else "",
                "received": got.sha256 if got else "",
            }
        )
    return rows, list(bodies.values())


def store(bodies: Iterable[Evidence]) -> None:
    """Store bodies that are not there yet; those that are live on (call inside the result's transaction).

    A body that many send is not written again by each, but once a day: workers would wait for each other's row.
    """
    rows = {one.sha256: one for one in bodies}
    if not rows:
        return
    young = Evidence.objects.filter(sha256__in=rows, expires_at__gt=timezone.now() + KEEP - dt.timedelta(days=1))
    for sha256 in young.values_list("sha256", flat=True):
        del rows[sha256]
    Evidence.objects.bulk_create(
        sorted(rows.values(), key=lambda one: one.sha256),  # one order: no deadlocks between workers
        update_conflicts=True,
        unique_fields=["sha256"],
        update_fields=["expires_at"],
    )


def body_of(data: bytes, mime: str) -> Evidence:
    """Return the evidence of a body: a text redacted and cut to 64 KiB; of anything else only its sha256 and size."""
    text = _text(data[: LONGEST + BEYOND], mime)
    kept, redacted = b"", False
    if text is not None:
        seen = redaction.text(text)
        redacted = seen != text
        if len(data) > LONGEST + BEYOND:  # what stands last may be the first half of a secret
            seen = seen[:-BEYOND]
        kept = seen.encode("latin-1")[:LONGEST]
    return Evidence(
        sha256=hashlib.sha256(data if text is None else kept).hexdigest(),
        mime=mime[:100],
        content=kept,
        size=len(data),
        cut=len(data) > LONGEST,
        redacted=redacted,
        expires_at=timezone.now() + KEEP,
    )


def as_text(body: Evidence) -> str:
    """Return a stored body as text for a page, "" when it was none; to be escaped like any other text."""
    return bytes(body.content).decode("utf-8", "replace").replace("\x00", "�")


def _text(data: bytes, mime: str) -> str | None:
    """Return a body with each byte as a character, None when it is no text. UTF-16 is told as UTF-8.

    What calls itself text in an encoding of one byte a character is text too; whatever has a NUL is none.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
    if b"\x00" in data:
        return None
    if not TEXT.match(mime):
        try:
            codecs.getincrementaldecoder("utf-8")().decode(data)  # the last character may be cut
        except UnicodeDecodeError:
            return None
    return data.decode("latin-1")  # the patterns are ASCII, and every byte comes back


def _hop(hop: Hop) -> dict[str, Any]:
    return {
        "method": hop.method,
        "url": redaction.text(hop.url),
        "answers": list(hop.answers),
        "dialled": hop.dialled,
        "status": hop.status,
        "sent": _headers(hop.sent),
        "headers": _headers(hop.headers),
        "timings": asdict(hop.timings),
        "certificate": asdict(hop.certificate) if hop.certificate else None,
    }


def _headers(headers: safehttp.Headers) -> list[list[str]]:
    return [[name[:100], redaction.header(name, value)[:HEADER_VALUE]] for name, value in headers[:60]]
