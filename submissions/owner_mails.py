"""What people are told of who speaks for a tool: one mail for each event, in its transaction."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from catalog.models import Tool
from core import outbox
from core.site import absolute
from submissions.models import Handover, Maintainer


def link(secret: str) -> str:
    """Return the address that a mailed invitation leads to."""
    return absolute(reverse("submissions:invitation", args=[secret]))


def invited(row: Maintainer, secret: str) -> None:
    """Ask whoever reads a mailbox to maintain a tool. Whether there is an account of that address is not looked up."""
    assert row.invited_by is not None
    context = {"tool": row.tool.name, "owner": row.invited_by.email, "until": row.expires_at, "link": link(secret)}
    outbox.post(
        to=row.email, kind="maintainer.invited", template="maintainer_invited", context=context,
        key=f"maintainer.invited:{row.pk}",
    )  # fmt: skip


def asked_to_take(row: Handover, secret: str) -> None:
    """Ask whoever reads a mailbox to become the owner of a tool."""
    context = {"tool": row.tool.name, "owner": row.giver.email, "until": row.expires_at, "link": link(secret)}
    outbox.post(
        to=row.email, kind="handover.asked", template="handover_asked", context=context, key=f"handover.asked:{row.pk}"
    )


def tell(  # noqa: PLR0913 - by name
    user: Any, event: str, tool: Tool, *, key: object, what: str, then: str, path: str
) -> None:
    """Tell an account what happened to who speaks for a tool: `what` for the subject, `then` what follows from it."""
    outbox.post(
        to=user.email, kind=event, template="speaker_changed", key=f"{event}:{key}", user=user,
        context={"tool": tool.name, "what": what, "then": then, "link": absolute(path)},
    )  # fmt: skip
