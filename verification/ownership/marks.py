"""What a proof says of the tools it covers: their claim `identity` begins, is renewed and ends with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Tool
from catalog.services import hold
from verification.claims import services as claims
from verification.claims.kinds import KINDS, bound
from verification.health import standing
from verification.listing import listing_of
from verification.models import Claim, Run
from verification.models.ownership import ClaimState, Method, OwnershipClaim
from verification.ownership.owners import owners_of
from verification.ownership.scope import Claimed, covers


def tools_of(claim: Claimed) -> list[Tool]:
    """Return the tools whose home page a claim is about, whether it holds or not; delisted ones too."""
    # a host in other letters than ASCII has many spellings; `covers` reads it as a browser does
    near = Q(homepage__icontains=claim.name) | Q(homepage__regex="[^ -~]")
    named = Tool.objects.filter(near).order_by("pk").prefetch_related("plans", "interfaces")
    return [tool for tool in named if covers(claim, tool.homepage)]


def note(claim: OwnershipClaim, *, at: dt.datetime) -> None:
    """Bring the tools a claim is about in step with what is proved at `at`; called in the transaction that moved it."""
    tools = tools_of(claim)
    hold(tool.pk for tool in tools)
    if changed := [tool.pk for tool in tools if note_tool(tool, at=at)]:
        standing.refresh(changed, at=at)


@transaction.atomic
def note_tool(tool: Tool, *, at: dt.datetime) -> bool:
    """Grant, renew or end one tool's claim `identity`; return whether anything was written.

    A proof that is missing for the moment (stale) renews nothing and ends nothing. An account is never named.
    """
    hold([tool.pk])  # and only then read what is proved: others may just end it
    active = Claim.objects.select_for_update(of=("self",)).select_related("tool")
    held = active.filter(tool=tool, kind=Claim.Kind.IDENTITY, ended_at=None).first()
    holding = _holding(tool, at)
    if not holding:
        return held is not None and _end(held, tool, at)
    if not tool.is_listed:
        return False
    proof = next((one for one in holding if one.state == ClaimState.VERIFIED and _until(one) > at), None)
    if proof is None:
        return held is not None and _reword(held, holding[0], holding)
    assert proof.checked_at is not None
    now = claims.grant(
        tool, Claim.Kind.IDENTITY, at=proof.checked_at, listing=listing_of(tool), sentence=_said(proof),
        receipt=_receipt(proof), now=at,
    )  # fmt: skip
    assert now is not None  # its time is not over
    if held is None or (now.pk, now.renewed_at) != (held.pk, held.renewed_at):
        return True
    return _reword(now, proof, holding)


def _holding(tool: Tool, at: dt.datetime) -> list[OwnershipClaim]:
    """Return the proofs that hold, the latest seen first; what a person withdrew needs a proof made after that."""
    last = claims.withdrawn_at(tool, Claim.Kind.IDENTITY)
    proofs = owners_of(tool, at).order_by("-checked_at", "scope", "id")
    return list(proofs.filter(proved_at__gt=last) if last else proofs)


def _until(proof: OwnershipClaim) -> dt.datetime:
    """Return until when the last look at a proof lets the claim hold."""
    assert proof.checked_at is not None
    return proof.checked_at + KINDS[Claim.Kind.IDENTITY].holds


def _reword(held: Claim, proof: OwnershipClaim, holding: Sequence[OwnershipClaim]) -> bool:
    """Let a claim name `proof`, and hold no longer than by it, where the one that it names holds no more."""
    if held.receipt.get("ownership") in {one.pk for one in holding}:
        return False
    held.sentence, held.receipt = _said(proof), _receipt(proof)
    if held.granted_at < _until(proof) < held.expires_at:
        held.expires_at = _until(proof)
    held.save(update_fields=["sentence", "receipt", "expires_at"])
    return True


def _end(held: Claim, tool: Tool, at: dt.datetime) -> bool:
    if held.bound != bound(Claim.Kind.IDENTITY, listing_of(tool)):
        return claims.end(held, at=at, why=Claim.Ended.CHANGED)
    said = "No account's proof for its domain holds any more."
    return claims.end(held, at=at, why=Claim.Ended.REFUTED, sentence=said)


def _said(proof: OwnershipClaim) -> str:
    return f"An account here proved that it controls {proof.name} ({Method(proof.method).label})."


def _receipt(proof: OwnershipClaim) -> dict[str, Any]:
    return {"ownership": proof.pk, "name": proof.name, "method": proof.method}


def note_run(run: Run, **_signal: object) -> None:
    """Look at the tool of a finished full run: its home page may be another one by now, that a proof covers."""
    if not run.light:
        note_tool(run.tool, at=run.finished_at or timezone.now())


@transaction.atomic
def note_gone(instance: OwnershipClaim, **_signal: object) -> None:
    """End what rested on a claim that was deleted, with its account or by itself."""
    if instance.proved_at is not None:
        note(instance, at=timezone.now())


@transaction.atomic
def note_account(instance: Any, *, created: bool, update_fields: Collection[str] | None, **_signal: object) -> None:
    """End what rested on the claims of an account that was closed; grant it again when the account is opened."""
    if created or (update_fields is not None and "is_active" not in update_fields):
        return
    for claim in OwnershipClaim.objects.filter(account=instance.pk).exclude(proved_at=None).order_by("pk"):
        note(claim, at=timezone.now())
