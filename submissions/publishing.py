"""From an approved submission to the catalog."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import leaks
from catalog import services as catalog
from catalog.choices import SaidBy
from catalog.models import Alias, Category, Tool
from catalog.records import record_of, with_record_rows
from catalog.services import Said
from catalog.text import fold
from submissions import changes
from submissions.models import Submission, SubmissionLogo
from submissions.moving import move
from verification import services as verification
from verification.models import Run


class NotPublishable(ValueError):
    """It cannot be listed as it stands; the message says why."""


def publish(submission: Submission, *, actor: Any) -> None:
    """List a new tool, or change the listed one, and have it verified. Call it in a transaction.

    Raises NotPublishable, NotAllowed, Overtaken.
    """
    if any(leaks.found(submission.record)):  # it was sent before sending looked for them
        raise NotPublishable("A text in it looks like a secret key. Send it back: the form says where it stands.")
    tool = (_list if submission.kind == Submission.Kind.NEW else _change)(submission, actor)
    move(submission, "publish", by=actor, tool=tool, shadow=None if submission.shadow == tool else submission.shadow)
    proposed = SubmissionLogo.objects.filter(submission=submission).first()
    if proposed is not None:
        who = SaidBy.OWNER if submission.by_owner else SaidBy.SUBMITTER
        catalog.set_logo(tool, bytes(proposed.large), said_by=who, source=proposed.source, actor=actor)
    transaction.on_commit(lambda: _verify(tool.pk), robust=True)


def _list(submission: Submission, actor: Any) -> Tool:
    if submission.shadow is None:
        raise NotPublishable("Nothing was checked, so nothing can be listed. Send it back and let it be sent again.")
    return catalog.list_draft(submission.shadow, slug=free_slug(submission.name), actor=actor)


def _change(submission: Submission, actor: Any) -> Tool:
    tool = submission.tool
    if tool is None or not tool.is_listed:
        raise NotPublishable("The tool is no longer listed, so nothing of it can be changed.")
    catalog.take_turn()
    current = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
    both = changes.collisions(submission.base, submission.record, current)
    if both:
        raise NotPublishable(
            f"Somebody else changed the same meanwhile: {', '.join(both)}. Ask the submitter to look at it again."
        )
    who = SaidBy.OWNER if submission.by_owner else SaidBy.SUBMITTER
    kept = {name: value for name, value in current.items() if name in changes.LEFT_OUT}
    record = kept | changes.rebased(submission.base, submission.record, current)
    record = changes.stated(record, who, slug=tool.slug, known=current)
    categories = {one.slug: one for one in Category.objects.select_related("parent")}
    said = Said(who, timezone.now().date(), record["homepage"])
    catalog.update_tool(tool, record, categories=categories, actor=actor, said=dict.fromkeys(record, said))
    tool.refresh_from_db()
    return tool


def free_slug(name: str) -> str:
    """Return an address for a tool of this name that no tool has or had: "acme", "acme-2", …"""
    words = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in fold(name))
    wanted = "-".join(words.split())[:70].strip("-") or "tool"
    taken = set(Tool.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    taken |= set(Alias.objects.filter(slug__startswith=wanted, tool__isnull=False).values_list("slug", flat=True))
    number = 1
    while (slug := wanted if number == 1 else f"{wanted}-{number}") in taken:
        number += 1
    return slug


def _verify(pk: int) -> None:
    """Begin the first run of the listing as it is listed; the schedule takes over from there."""
    tool = Tool.objects.listed().filter(pk=pk).first()
    if tool is None:
        return
    try:
        verification.start_run(tool=tool, trigger=Run.Trigger.SCHEDULE)
    except LookupError:
        return  # nothing that could be checked
