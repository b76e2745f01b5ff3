"""The only way to write proposed facts: put forward, accept, reject. A fact never changes without a person.

Each of them holds the tool (`catalog.services.hold`) before it locks a proposal: in one order nobody waits in a circle.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import services as catalog
from catalog.choices import SaidBy
from catalog.models import Category, Tool
from catalog.records import record_of, with_record_rows
from catalog.validation import problems_of
from catalog.yamlfile import Located
from core import audit
from core.safehttp import Policy
from verification import evidence, journal
from verification.listing import listing_of
from verification.models import LogEntry, ProposedFact
from verification.polite import PoliteGate
from verification.published import crawl, record, shown
from verification.published.crawl import Crawl, Look
from verification.published.proposal import BESIDE, Proposal

OPEN = ProposedFact.State.OPEN
SAID: dict[str, str] = {
    ProposedFact.State.ACCEPTED: "accepted: the listing says so now.",
    ProposedFact.State.REJECTED: "rejected: the listing stays as it is.",
}
FRESH = dt.timedelta(days=30)  # for so long what was read may be accepted


class Stale(Exception):
    """The listing, or the proposal, is no longer what the editor decided on."""


class Unfit(Exception):
    """The record would break a rule of the catalog with this value."""


@dataclass(frozen=True)
class Proposed:
    """What a look at a tool's sources changed in the list of proposals."""

    opened: int = 0
    refreshed: int = 0
    superseded: int = 0
    confirmed: int = 0  # values that the listing states already


def look(tool: Tool, *, policy: Policy | None = None) -> Iterator[Look]:
    """Yield each source of a tool as it has been looked at, in our turn, as if a person waited."""
    return crawl.steps(listing_of(tool), gate=PoliteGate(asked_for=True, policy=policy), policy=policy)


def propose(tool: Tool, *, policy: Policy | None = None) -> Proposed:
    """Look at a tool's sources and keep what they say otherwise than the listing, for an editor to decide on."""
    return keep(tool, Crawl(tool.homepage, list(look(tool, policy=policy))))


@transaction.atomic
def keep(tool: Tool, found: Crawl) -> Proposed:
    """Keep the proposals of a crawl. What is open already is refreshed; what a source no longer says is superseded.

    What an editor has rejected is not put forward again while the source says the same. Only sources that answered
    supersede, also with nothing to say: one that could not be read today has not taken anything back.
    """
    catalog.hold([tool.pk])  # one crawl of a tool writes at a time
    listed = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
    bodies = {one.kind: _store(one) for one in found.looks}
    opened = refreshed = confirmed = 0
    kept: set[int] = set()
    for one in found.proposals:
        now = record.current(listed, one.field, one.value)
        if record.same(one.field, now, one.value):
            confirmed += 1
            continue
        known = ProposedFact.objects.filter(
            tool=tool, field=one.field, source_kind=one.source_kind, value=one.value
        ).order_by("-id")
        before = known.filter(state=OPEN).first()
        if before is None and known.filter(state=ProposedFact.State.REJECTED).update(seen_at=one.at):
            continue  # seen again, so that it is remembered (verification/retention.py)
        row = _values(one, now, bodies.get(one.source_kind, ""))
        if one.field == "interface" and now is None and record.beside(listed, one.value):
            row["flags"] = [*one.flags, BESIDE]
        if before is None:
            kept.add(ProposedFact.objects.create(tool=tool, field=one.field, value=one.value,
                                                 source_kind=one.source_kind, **row).pk)  # fmt: skip
            opened += 1
        else:
            ProposedFact.objects.filter(pk=before.pk).update(**row)
            kept.add(before.pk)
            refreshed += 1
    read = [one.kind for one in found.looks if one.answered]
    gone = ProposedFact.objects.filter(tool=tool, state=OPEN, source_kind__in=read).exclude(pk__in=kept)
    superseded = gone.update(state=ProposedFact.State.SUPERSEDED, decided_at=timezone.now())
    return Proposed(opened, refreshed, superseded, confirmed)


def _store(one: Look) -> str:
    """Store the bodies of a look; return the sha256 of the last one, which is what was read."""
    rows, bodies = evidence.keep(one.exchanges)
    evidence.store(bodies)
    return str(rows[-1]["received"]) if rows else ""


def _values(one: Proposal, now: Any, body: str) -> dict[str, Any]:
    return {"current": now, "source_url": one.source_url, "quote": one.quote, "flags": list(one.flags),
            "seen_at": one.at, "evidence": body}  # fmt: skip


@transaction.atomic
def accept(proposal: ProposedFact, *, change: str, by: Any) -> dict[str, list[Any]]:
    """Make the listing say what a proposal says, with the vendor as the one who says it; return the differences.

    `change`: what `by` has seen of it (`ProposedFact.change`). Raises Stale when it is decided already, is another
    change than that, was read too long ago, or the listing has changed since it was put forward; Unfit when the record
    would break a rule of the catalog.
    """
    catalog.hold([proposal.tool_id])  # no other writer of the listing comes between the look and the change
    row = _open(proposal)
    tool = with_record_rows(Tool.objects.all()).get(pk=row.tool_id)
    if row.change != change:
        raise Stale("This is another change than the one that you were shown. Look at the new row, then decide.")
    if row.seen_at < timezone.now() - FRESH:
        raise Stale(
            f"It was read on {row.seen_at:%Y-%m-%d}, which is too long ago. Read it again first: "
            f"manage.py published {tool.slug} --propose"
        )
    listed = record_of(tool)
    if record.current(listed, row.field, row.value) != row.current:
        raise Stale(f"The listing of {tool.name} has changed since this was proposed. Look at the source again.")
    after = record.applied(listed, row.field, row.value, day=f"{row.seen_at:%Y-%m-%d}")
    categories = {one.slug: one for one in Category.objects.select_related("parent")}
    parents = {slug: one.parent.slug for slug, one in categories.items() if one.parent}
    old = {(one.field, one.message) for one in problems_of(Located(listed, "", 0), parents)}
    broken = [one for one in problems_of(Located(after, "", 0), parents) if (one.field, one.message) not in old]
    if broken:
        raise Unfit(f"{broken[0].field} {broken[0].message}. Edit the tool by hand instead.")
    said = catalog.Said(SaidBy.DOCS, row.seen_at.astimezone(dt.UTC).date(), row.source_url)
    fact = record.FACT_OF.get(row.field)
    found = catalog.update_tool(tool, after, categories=categories, actor=by, said={fact: said} if fact else {})
    _decide(row, ProposedFact.State.ACCEPTED, by)
    return found


@transaction.atomic
def reject(proposal: ProposedFact, *, by: Any) -> None:
    """Leave the listing as it is. Raises Stale when it is decided already."""
    catalog.hold([proposal.tool_id])
    _decide(_open(proposal), ProposedFact.State.REJECTED, by)


def _open(proposal: ProposedFact) -> ProposedFact:
    row = ProposedFact.objects.select_for_update().filter(pk=proposal.pk, state=OPEN).first()
    if row is None:
        raise Stale("Somebody has decided on this already, or the source no longer says it.")
    return row


def _decide(row: ProposedFact, state: str, by: Any) -> None:
    """Note the decision, also in the public log: what it was about, not the value, which may have been refused."""
    at = timezone.now()
    ProposedFact.objects.filter(pk=row.pk).update(state=state, decided_by=by, decided_at=at)
    about = f"{shown.label(row.field)}: {crawl.SOURCES.get(row.source_kind, row.source_kind)}"
    journal.note(
        at=at, kind=LogEntry.Kind.PERSON, key=f"proposal:{row.pk}:{state}", tool=row.tool,
        sentence=f"What the site itself says ({about}) was {SAID[state]}",
    )  # fmt: skip
    detail = {"state": state, "field": row.field, "tool": row.tool_id}
    audit.record(actor=by, action="verification.fact_decided", obj=row, detail=detail)
