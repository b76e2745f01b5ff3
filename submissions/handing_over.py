"""Handing a tool over: the owner names somebody, who takes it up and proves the name; then the owner lets go.

A proof is never handed over. Until the end both own the tool, so that it is never without an owner.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tool
from core import audit
from submissions import owner_mails, speakers
from submissions.maintaining import LINK, hashed, new_secret
from submissions.models import Handover, Maintainer
from submissions.services import Refused
from verification import ownership
from verification.models import OwnershipClaim, OwnershipEvent
from verification.ownership import owners

TIME_TO_PROVE = dt.timedelta(days=30)  # from when it was taken up


@transaction.atomic
def begin(tool: Tool, *, email: str, by: Any) -> Handover:
    """Ask whoever reads `email` (a valid address) to become the owner. Raises Refused."""
    tool = Tool.objects.select_for_update(of=("self",)).get(pk=tool.pk)
    if not speakers.owns(by, tool):
        raise Refused(f"Only who has proved to own {tool.name} can hand it over.")
    address, now = email.strip().lower(), timezone.now()
    if address == by.email.lower():
        raise Refused("That is your own address, and you own it already.")
    mine = Handover.objects.filter(tool=tool, giver=by)
    if mine.open(now).exists():
        raise Refused("You are handing it over already. Take that back first.")
    mine.filter(ended_at=None).update(ended_at=now, ended=Handover.Ended.CANCELLED, token_hash="")  # ran out
    secret = new_secret()
    row = Handover.objects.create(
        tool=tool, giver=by, email=address, token_hash=hashed(secret), begun_at=now, expires_at=now + LINK
    )
    owner_mails.asked_to_take(row, secret)
    audit.record(actor=by, action="handover.begun", obj=row, detail={"tool": tool.slug})
    return row


def asked(secret: str, at: dt.datetime) -> Handover | None:
    """Return the handover of a link that works at `at`, None where none does."""
    rows = Handover.objects.open(at).select_related("tool", "giver")
    row = rows.filter(token_hash=hashed(secret), taker=None).first()
    return row if row and row.tool.is_listed and speakers.owns(row.giver, row.tool, at) else None


@transaction.atomic
def take(row: Handover, *, by: Any) -> None:
    """Let an account take a handover up, once. Nothing changes yet: it has to prove the name. Raises Refused."""
    now = timezone.now()
    if by.pk == row.giver_id:
        raise Refused("You began this yourself. The other person takes it up, with another account.")
    open_one = Handover.objects.open(now).filter(pk=row.pk, token_hash=row.token_hash, taker=None)
    if not open_one.update(taker=by, taken_at=now, token_hash="", expires_at=now + TIME_TO_PROVE):
        raise Refused("This link was used or taken back a moment ago.")
    row.refresh_from_db()
    proves = speakers.owns(by, row.tool, now)
    owner_mails.tell(
        row.giver, "handover.taken", row.tool, key=row.pk, what=f"{by.email} wants to take it over",
        then=f"The link went to {row.email}. "
        + ("They have proved the name already. " if proves else "They prove the name next, and you get a mail. ")
        + "Nothing changes until you let go on this page:",
        path=_page(row.tool),
    )  # fmt: skip
    audit.record(actor=by, action="handover.taken", obj=row, detail={"tool": row.tool.slug})


def note_proof(instance: OwnershipEvent, *, created: bool, **_signal: object) -> None:
    """Tell who hands a tool over that the other has proved the name (an event of a claim was just written)."""
    if not created or instance.event != "proved":
        return
    claim = instance.claim
    for row in Handover.objects.open(instance.at).filter(taker=claim.account_id).select_related("tool", "giver"):
        if ownership.covers(claim, row.tool.homepage):
            owner_mails.tell(
                row.giver, "handover.proved", row.tool, key=f"{row.pk}:{claim.pk}",
                what=f"{claim.account.email} has proved the name", path=_page(row.tool),
                then="Both of you own it now. Give your own proof up on this page when you are ready:",
            )  # fmt: skip


def claims_for(user: Any, tool: Tool, at: dt.datetime) -> list[OwnershipClaim]:
    """Return the proofs by which an account owns a tool."""
    return list(ownership.owners_of(tool, at).filter(account=user))


def covered(claims: list[OwnershipClaim], at: dt.datetime) -> list[Tool]:
    """Return the listed tools that these claims cover, by name: what is lost when they are given up."""
    near = Tool.objects.listed().filter(owners.about(claims)).by_name()
    return [tool for tool in near if any(ownership.covers(claim, tool.homepage) for claim in claims)]


@transaction.atomic
def finish(row: Handover, *, by: Any) -> None:
    """Give up every proof of the giver that covers the tool, once the taker's own holds. Raises Refused, Overtaken."""
    now = timezone.now()
    row = Handover.objects.select_for_update(of=("self",)).select_related("tool", "giver", "taker").get(pk=row.pk)
    if row.giver_id != by.pk or row.ended_at is not None:
        raise Refused("This handover has ended already.")
    if row.taker is None or not speakers.owns(row.taker, row.tool, now):
        raise Refused("The other account has not proved the name yet, so the tool would be without an owner.")
    for claim in claims_for(by, row.tool, now):
        ownership.release(claim=claim, by=by, at=now)
    Maintainer.objects.filter(tool=row.tool, invited_by=by, ended_at=None).update(
        ended_at=now, ended_by=by, token_hash=""
    )
    Handover.objects.filter(pk=row.pk).update(ended_at=now, ended=Handover.Ended.DONE, token_hash="")
    owner_mails.tell(
        row.taker, "handover.done", row.tool, key=row.pk, what="it is yours now",
        then="The former owner gave their proof up. Whom they had invited does not maintain it any more: invite them"
        " anew if you want them.",
        path=reverse("submissions:portal_tool", args=[row.tool.slug]),
    )  # fmt: skip
    audit.record(actor=by, action="handover.done", obj=row, detail={"tool": row.tool.slug})


@transaction.atomic
def stop(row: Handover, *, by: Any) -> None:
    """Take a handover back, as who began it, or decline it, as who took it up. Nothing else changes. Raises Refused."""
    ended = Handover.Ended.CANCELLED if row.giver_id == by.pk else Handover.Ended.DECLINED
    standing = Handover.objects.visible_to(by).filter(pk=row.pk, ended_at=None)
    if not standing.update(ended_at=timezone.now(), ended=ended, token_hash=""):
        raise Refused("This handover has ended already.")
    other = row.taker if ended == Handover.Ended.CANCELLED else row.giver
    if other is not None:
        owner_mails.tell(
            other, "handover.stopped", row.tool, key=row.pk, what=f"the handover was {ended.label}",
            then="Nothing else changed: who had proved to own it still does.", path=row.tool.get_absolute_url(),
        )  # fmt: skip
    audit.record(actor=by, action=f"handover.{ended}", obj=row, detail={"tool": row.tool.slug})


def _page(tool: Tool) -> str:
    return reverse("submissions:handover", args=[tool.slug])
