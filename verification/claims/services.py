"""Granting, renewing and ending claims. Each is a row with its dates; the log says when one began and why it ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from catalog.models import Tool
from catalog.services import hold
from verification import journal
from verification.claims.evidence import Said, findings
from verification.claims.kinds import KINDS, bound, holds
from verification.contract import Listing
from verification.listing import fingerprint, listing_of
from verification.models import Claim, LogEntry, Run, StepResult

BATCH = 500
COMPARED_AT_ONCE = 2_000


@transaction.atomic
def grant(  # noqa: PLR0913 - one row, its columns by name
    tool: Tool,
    kind: Claim.Kind,
    *,
    at: dt.datetime,
    listing: Listing,
    sentence: str,
    receipt: dict[str, Any],
    run: Run | None = None,
    by: Any = None,
    now: dt.datetime | None = None,
) -> Claim | None:
    """Grant a claim or renew the one that holds, from a proof of `at`; an older proof changes nothing.

    Returns None when its time would be over already at `now`: what has lapsed does not begin again; and when a person
    withdrew such a claim after the proof: that needs a later one.
    """
    hold([tool.pk])
    held = Claim.objects.select_for_update().filter(tool=tool, kind=kind, ended_at=None).first()
    key = bound(kind, listing)
    expires = at + holds(kind, listing)
    if held is not None and held.bound == key and at < held.expires_at:
        if at > held.renewed_at:
            held.renewed_at, held.expires_at = at, expires
            held.sentence, held.receipt, held.run, held.by = sentence[:600], receipt, run, by
            held.save(update_fields=["renewed_at", "expires_at", "sentence", "receipt", "run", "by"])
        return held
    withdrawn = withdrawn_at(tool, kind)
    if expires <= (now or timezone.now()) or (withdrawn is not None and at <= withdrawn):
        return None
    if held is not None:
        why = Claim.Ended.CHANGED if held.bound != key else Claim.Ended.LAPSED
        end(held, at=max(at, held.renewed_at), why=why)
    claim = Claim.objects.create(
        tool=tool, kind=kind, granted_at=at, renewed_at=at, expires_at=expires, bound=key, sentence=sentence[:600],
        receipt=receipt, run=run, by=by,
    )  # fmt: skip
    journal.note(
        at=at, kind=LogEntry.Kind.PERSON if by else LogEntry.Kind.CLAIM, key=f"claim:{claim.pk}:granted", tool=tool,
        run=run, sentence=f"{claim.get_kind_display()}: granted until {expires:%-d %b %Y}. {sentence}",
    )  # fmt: skip
    return claim


def withdrawn_at(tool: Tool, kind: Claim.Kind) -> dt.datetime | None:
    """Return when a person last withdrew such a claim of a tool."""
    rows = Claim.objects.filter(tool=tool, kind=kind, ended=Claim.Ended.WITHDRAWN)
    last: dt.datetime | None = rows.aggregate(last=Max("ended_at"))["last"]
    return last


@transaction.atomic
def end(claim: Claim, *, at: dt.datetime, why: str, sentence: str = "", by: Any = None) -> bool:
    """End a claim; return False when it had ended before."""
    changed = Claim.objects.filter(pk=claim.pk, ended_at=None).update(ended_at=at, ended=why)
    if changed:
        reason = Claim.Ended(why).label
        journal.note(
            at=at, kind=LogEntry.Kind.PERSON if by else LogEntry.Kind.CLAIM, key=f"claim:{claim.pk}:ended",
            tool=claim.tool, sentence=f"{claim.get_kind_display()}: ended, {reason}. {sentence}".strip(),
        )  # fmt: skip
    return changed == 1


def grant_by_run(run: Run, **_signal: object) -> None:
    """Grant and end claims by what a full run saw; called in the transaction that announces the run."""
    if run.light or run.finished_at is None or run.was_told_late():
        return
    listing = listing_of(run.tool)
    if fingerprint(listing) != run.fingerprint:
        return  # what it saw is of a listing that is no more
    rows = StepResult.objects.filter(run=run).order_by("step__position")
    said = [
        Said(one.key, one.verdict, one.code, one.soft, one.sentence, one.pk)
        for one in rows.defer("detail", "exchanges")
    ]
    for finding in findings(said, listing):
        receipt = {"results": list(finding.results), "checker": run.checker}
        if finding.supported:
            grant(
                run.tool, finding.kind, at=run.finished_at, listing=listing, sentence=finding.sentence, receipt=receipt,
                run=run,
            )  # fmt: skip
        else:
            for claim in Claim.objects.filter(tool=run.tool, kind=finding.kind, ended_at=None):
                end(claim, at=run.finished_at, why=Claim.Ended.REFUTED, sentence=finding.sentence)


def review(tool: Tool, *, by: Any, at: dt.datetime | None = None) -> Claim:
    """Note that a person went through the listing as it stands."""
    at = at or timezone.now()
    listing = listing_of(tool)
    receipt = {"fingerprint": fingerprint(listing)}
    said = "A person went through the listing as it stood that day."
    claim = grant(tool, Claim.Kind.REVIEWED, at=at, now=at, listing=listing, sentence=said, receipt=receipt, by=by)
    assert claim is not None  # it begins now
    return claim


def end_lapsed(*, at: dt.datetime) -> set[int]:
    """End claims whose time and grace are over, up to 500 of a kind; return the keys of their tools."""
    tools: set[int] = set()
    active = Claim.objects.filter(ended_at=None).select_related("tool")
    for kind, row in KINDS.items():
        for claim in active.filter(kind=kind, expires_at__lte=at - row.grace).order_by("expires_at", "id")[:BATCH]:
            if end(claim, at=claim.expires_at + row.grace, why=Claim.Ended.LAPSED):
                tools.add(claim.tool_id)
    return tools


def end_changed(*, at: dt.datetime) -> set[int]:
    """End claims whose listing has changed; return the keys of their tools.

    A claim is compared with its listing once after it was granted and once after each edit, up to 2,000 at a time; what
    is read in between compares for itself (`holding`).
    """
    edited = Claim.objects.filter(ended_at=None).exclude(compared_at=F("tool__changed_at")).select_related("tool")
    rows = list(edited.prefetch_related("tool__plans", "tool__interfaces").order_by("id")[:COMPARED_AT_ONCE])
    listings = {claim.tool_id: listing_of(claim.tool) for claim in rows}
    tools: set[int] = set()
    for claim in rows:
        if claim.bound != bound(Claim.Kind(claim.kind), listings[claim.tool_id]):
            tools |= {claim.tool_id} if end(claim, at=at, why=Claim.Ended.CHANGED) else set()
        claim.compared_at = claim.tool.changed_at
    Claim.objects.bulk_update(rows, ["compared_at"], batch_size=BATCH)
    return tools


def holding(
    claims: Iterable[Claim], listing: Listing, at: dt.datetime, *, grace: bool = False
) -> dict[Claim.Kind, Claim]:
    """Return those of a tool's claims that hold at a time for the listing as it is; `grace`: count for the level.

    Dates and bounds are looked at here, too: what the sweeps have not ended yet does not hold either.
    """
    found: dict[Claim.Kind, Claim] = {}
    for claim in claims:
        kind = Claim.Kind(claim.kind)
        until = claim.expires_at + (KINDS[kind].grace if grace else dt.timedelta())
        if claim.ended_at is None and claim.granted_at <= at < until and claim.bound == bound(kind, listing):
            found[kind] = claim
    return found
