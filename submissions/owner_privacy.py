"""What handing over, inviting and replying keep of a person (accounts.privacy), and for how long (core.retention)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.privacy.registry import personal, pseudonymous
from core.retention import Kept, delete, keep
from submissions.models import Handover, Maintainer, Reply

DAYS = 90  # an invitation or a handover that has ended


def register() -> None:
    """Say both."""
    personal(
        "owners", export=_exported, erase=_erase,
        covers=["submissions.handover.giver", "submissions.handover.taker", "submissions.handover.email"],
        told="handovers that you began or took up, invitations that you sent; public replies stay, unnamed",
    )  # fmt: skip
    pseudonymous("submissions.reply.by", "a public reply keeps its words and date; who wrote it has no name then")
    keep(
        Kept(
            "invitations", "Invitations to maintain a tool or to take it over, with the address they went to",
            "90 days after they ended", "so that an owner sees what became of them", _forget,
        )
    )  # fmt: skip


def _forget(at: dt.datetime) -> int:
    """Delete what nobody took up, or what has ended, 90 days later."""
    before = at - dt.timedelta(days=DAYS)
    never = Maintainer.objects.filter(accepted_at=None, expires_at__lt=before)
    ended = Maintainer.objects.filter(ended_at__lt=before)
    over = Handover.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before))
    return delete(never) + delete(ended) + delete(over)


def _exported(user: User) -> dict[str, Any]:
    handovers = Handover.objects.filter(Q(giver=user) | Q(taker=user)).select_related("tool").order_by("pk")
    invited = Maintainer.objects.filter(invited_by=user).select_related("tool").order_by("pk")
    return {
        "handovers": [
            {
                "tool": one.tool.slug,
                "as": "giver" if one.giver_id == user.pk else "taker",
                "begun": _iso(one.begun_at),
                "taken": _iso(one.taken_at),
                "ended": _iso(one.ended_at),
            }
            for one in handovers
        ],
        "invited": [
            {
                "tool": one.tool.slug,
                "at": _iso(one.invited_at),
                "accepted": _iso(one.accepted_at),
                "ended": _iso(one.ended_at),
            }
            for one in invited
        ],
        "replies": [
            {"tool": one.tool.slug, "text": one.text, "at": _iso(one.at), "ended": _iso(one.ended_at)}
            for one in Reply.objects.filter(by=user).select_related("tool").order_by("pk")
        ],
    }


def _erase(user: User) -> None:
    """Delete handovers and open invitations; whom they invited speaks for nothing any more, as the proof is gone."""
    Handover.objects.filter(Q(giver=user) | Q(taker=user) | Q(email=user.email)).delete()
    Maintainer.objects.filter(Q(invited_by=user) | Q(email=user.email), accepted_at=None).delete()


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
