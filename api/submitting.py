"""What the views of submissions share: finding one's own, holding it, judging a record."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.http import Http404

from api import bodies, preconditions
from api.base import View
from api.problems import Problem
from api.shapes import submissions as shapes
from catalog.records import Record
from submissions import record_parts, services, upload
from submissions.models import Submission

READ, WRITE = "submissions:read", "submissions:write"


def mine(view: View, key: str, *, lock: bool = False) -> Submission:
    """Return a submission of the caller's account. Raises Http404."""
    rows = Submission.objects.of(view.caller.user).select_related("tool", "shadow").filter(key=key)
    row = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if row is None:
        raise Http404("There is no such submission, or it is not yours.")
    return row


@contextmanager
def held(view: View, key: str) -> Iterator[Submission]:
    """Let nobody else change a submission of the caller's account meanwhile, and see that it is what If-Match names.

    One transaction. Raises Http404, Problem.
    """
    with transaction.atomic():
        row = mine(view, key, lock=True)
        preconditions.check(view.request, lambda: whole(row))
        yield row


def record_of(data: Record) -> Record:
    """Return the record of a body, its texts cleaned. Raises Problem with all that is wrong when it cannot be kept."""
    record, wrong = record_parts.read(data)
    if not wrong:
        return record
    errors = [
        {"pointer": bodies.pointer("record", *place), "detail": f"{told[:1].upper()}{told[1:]}."}
        for place, told in wrong
    ]
    named = {place[0] for place, _ in wrong if place}
    sound = {name: value for name, value in record.items() if name not in named}
    rest = {name: told for name, told in services.problems(sound).items() if shapes.PART.split(name)[0] not in named}
    errors += shapes.wrong(rest)
    count = f"{len(errors)} things are" if len(errors) > 1 else "One thing is"
    raise Problem("invalid", f"{count} wrong with the record; errors says where.", errors=errors[: bodies.MOST_ERRORS])


def listed_already(record: Record) -> str:
    """Return a sentence when a listed tool is surely the same one, with the calls to make instead; else ""."""
    if one := upload.listed(record):
        asked = f'{{"tool": "{one.tool.slug}"}}'
        return (
            f"It is listed already, as /api/v1/tools/{one.tool.slug}: {one.why} To change it, POST {asked} to"
            f" /api/v1/submissions; to prove that it is yours, POST {asked} and a method to"
            " /api/v1/ownership/challenges."
        )
    return ""


def complete(row: Submission) -> None:
    """Refuse what is not complete. Raises Problem with all that is wrong."""
    if problems := services.problems(row.record):
        raise incomplete(problems)


def incomplete(problems: Any) -> Problem:
    """Return the problem of a record that cannot be sent as it is."""
    found = shapes.wrong(problems)
    return Problem(
        "invalid", "The record is not complete, or something in it cannot be; errors says where.", errors=found
    )


def whole(row: Submission) -> dict[str, Any]:
    """Return a submission with its record and what is wrong with that."""
    return shapes.whole(row, services.problems(row.record))
