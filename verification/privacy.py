"""What the verification knows of a person (accounts.privacy), and how long its rows are kept (core.retention)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from accounts.privacy.registry import personal, pseudonymous
from core.retention import Kept, keep
from verification.models import OwnershipClaim

FORGET = "verification.forget, every six hours"
DECIDED = "a public decision keeps its date and reason; who took it is an account without a name then"


def register() -> None:
    """Say both."""
    personal(
        "ownership", export=_proofs, erase=_erase_proofs,
        covers=[
            "verification.ownershipclaim.account", "verification.ownershipchallenge.address",
        ],
        told="your proofs of ownership, with the addresses that links were sent to; what rests on them ends",
    )  # fmt: skip
    for field in ("claim.by", "incidentupdate.by", "maintenancewindow.declared_by", "driftcase.decided_by"):
        pseudonymous(f"verification.{field}", DECIDED)
    pseudonymous("verification.proposedfact.decided_by", DECIDED)
    pseudonymous("verification.run.requested_by", "a run is public evidence; that a person began it is part of it")
    pseudonymous("verification.ownershipevent.by", "what happened to another account's proof must stay as it was")
    for row in _kept():
        keep(row)


def _proofs(user: User) -> list[dict[str, Any]]:
    claims = OwnershipClaim.objects.filter(account=user).order_by("pk").prefetch_related("challenges", "events")
    return [
        {
            "name": one.name,
            "method": one.method,
            "state": one.state,
            "begun": _iso(one.created_at),
            "proved": _iso(one.proved_at),
            "last_looked_at": _iso(one.tried_at),
            "challenges": [
                {
                    "token": row.token_id,
                    "address": row.address,
                    "state": row.state,
                    "begun": _iso(row.created_at),
                    "ends": _iso(row.expires_at),
                }
                for row in one.challenges.all()
            ],
            "events": [
                {"at": _iso(row.at), "event": row.event, "from": row.old, "to": row.new} for row in one.events.all()
            ],
        }
        for one in claims
    ]


def _erase_proofs(user: User) -> None:
    """Delete the claims one by one: each ends what rests on it (ownership.marks.note_gone), in a short transaction."""
    for claim in OwnershipClaim.objects.filter(account=user).order_by("pk"):
        claim.delete()


def _kept() -> list[Kept]:
    """Rows whose removal is in verification.retention and verification.health.rollup."""
    public = "they are public evidence about tools, not about visitors"
    return [
        Kept("evidence", "What endpoints of tools sent us", "90 days", "to show what was seen; " + public, by=FORGET),
        Kept("looks", "Single looks at addresses of tools", "35 days, then as days", "uptime; " + public, by=FORGET),
        Kept("hosts", "robots.txt files, and when a host may be asked again", "7 days", "politeness", by=FORGET),
        Kept(
            "challenges", "Tokens of proofs of ownership, as hashes, and where links were sent",
            "90 days after they ended", "to see misuse of other people's mailboxes", by=FORGET,
        ),
        Kept(
            "proposals", "Proposed facts and compared looks that were not accepted", "30 days to a year",
            "so that the same is not asked again at once", by=FORGET,
        ),
        Kept(
            "decisions", "Runs, claims, incidents and decisions", "for ever",
            "they are the history of tools; persons in them are accounts without a name after an erasure", by="nobody",
        ),
    ]  # fmt: skip


def _iso(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else None
