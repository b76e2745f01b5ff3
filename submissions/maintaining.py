"""Maintainers: an owner invites by mail, whoever has the link accepts with an account of theirs, either side ends it.

The link's secret is 256 random bits, of which a sha256 is kept. An address is never compared with accounts: inviting
one tells nobody whether it has one, and what is shown afterwards is the account that accepted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from catalog.models import Tool
from core import audit
from submissions import owner_mails, speakers
from submissions.models import Maintainer
from submissions.services import Refused

LINK = dt.timedelta(days=7)
MOST = 20  # maintainers of one tool, open invitations counted


def new_secret() -> str:
    """Return the secret of a link: 256 random bits."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def invite(tool: Tool, *, email: str, by: Any) -> Maintainer:
    """Invite whoever reads `email` (a valid address) to maintain a tool; an open invitation there is replaced.

    Raises Refused for who does not own the tool, for one's own address, and when there are too many.
    """
    tool = Tool.objects.select_for_update(of=("self",)).get(pk=tool.pk)  # counted one after the other
    if not speakers.owns(by, tool):
        raise Refused(f"Only who has proved to own {tool.name} can invite others.")
    address = email.strip().lower()
    if address == by.email.lower():
        raise Refused("That is your own address, and you own it already.")
    now = timezone.now()
    Maintainer.objects.invited(now).filter(tool=tool, email=address).update(ended_at=now, ended_by=by, token_hash="")
    rows = Maintainer.objects.filter(tool=tool)
    if rows.active().count() + rows.invited(now).count() >= MOST:
        raise Refused(f"{tool.name} has {MOST} maintainers and open invitations. Remove one first.")
    secret = new_secret()
    row = Maintainer.objects.create(
        tool=tool, email=address, token_hash=hashed(secret), invited_by=by, expires_at=now + LINK
    )
    owner_mails.invited(row, secret)
    audit.record(actor=by, action="maintainer.invited", obj=row, detail={"tool": tool.slug})
    return row


def invitation(secret: str, at: dt.datetime) -> Maintainer | None:
    """Return the invitation of a link that works at `at`: open, and of somebody who owns the tool. Else None."""
    rows = Maintainer.objects.invited(at).select_related("tool", "invited_by")
    row = rows.filter(token_hash=hashed(secret)).first()
    return row if row and row.tool.is_listed and _owned_by(row, at) else None


def _owned_by(row: Maintainer, at: dt.datetime) -> bool:
    return row.invited_by is not None and speakers.owns(row.invited_by, row.tool, at)


@transaction.atomic
def accept(row: Maintainer, *, by: Any) -> None:
    """Let an account take an invitation up, once. Raises Refused when it speaks for the tool already, or was slower."""
    tool, now = row.tool, timezone.now()
    if speakers.owns(by, tool, now):
        raise Refused(f"You own {tool.name} already, so you need no invitation. It stays open for somebody else.")
    open_one = Maintainer.objects.invited(now).filter(pk=row.pk, token_hash=row.token_hash)
    try:
        with transaction.atomic():
            taken = open_one.update(user=by, accepted_at=now, token_hash="")
    except IntegrityError:
        raise Refused(f"You maintain {tool.name} already. The invitation stays open for somebody else.") from None
    if not taken:
        raise Refused("This invitation was used or taken back a moment ago.")
    assert row.invited_by is not None
    owner_mails.tell(
        row.invited_by, "maintainer.accepted", tool, key=row.pk, what=f"{by.email} maintains it now",
        then=f"The invitation went to {row.email}. If that is not whom you meant, remove the account on this page:",
        path=reverse("submissions:people", args=[tool.slug]),
    )  # fmt: skip
    audit.record(actor=by, action="maintainer.accepted", obj=row, detail={"tool": tool.slug})


def may_remove(row: Maintainer, by: Any) -> bool:
    """Say whether an owner may remove this maintainer or invitation: theirs, or of somebody who owns it no more."""
    return row.invited_by_id == by.pk or not _owned_by(row, timezone.now())


@transaction.atomic
def end(row: Maintainer, *, by: Any) -> None:
    """Remove a maintainer or an invitation, as an owner; or leave, as the maintainer. Raises Refused.

    One owner has no right over another: whom somebody invited who owns the tool too, only they remove.
    """
    tool, leaves = row.tool, row.user_id is not None and row.user_id == by.pk
    if not leaves and not speakers.owns(by, tool):
        raise Refused(f"Only who has proved to own {tool.name} can remove others.")
    if not leaves and not may_remove(row, by):
        raise Refused("Another owner invited them, so only that owner can remove them.")
    standing = Maintainer.objects.filter(pk=row.pk, ended_at=None)
    if not standing.update(ended_at=timezone.now(), ended_by=by, token_hash=""):
        raise Refused("That had ended already.")
    if leaves and row.invited_by is not None:
        owner_mails.tell(
            row.invited_by, "maintainer.left", tool, key=row.pk, what=f"{by.email} does not maintain it any more",
            then="They left by themselves. Who else maintains it:",
            path=reverse("submissions:people", args=[tool.slug]),
        )  # fmt: skip
    elif not leaves and row.user is not None:
        owner_mails.tell(
            row.user, "maintainer.removed", tool, key=row.pk, what="you do not maintain it any more",
            then="An owner removed you. What you changed stays. Its page:", path=tool.get_absolute_url(),
        )  # fmt: skip
    action = "maintainer.left" if leaves else "maintainer.removed"
    audit.record(actor=by, action=action, obj=row, detail={"tool": tool.slug})
