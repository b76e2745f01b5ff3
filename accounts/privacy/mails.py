"""Mails about somebody's data: a copy is ready, an erasure was asked for, comes near, is done, or has to wait."""

from __future__ import annotations

from typing import Any

from accounts.models import User
from core import outbox
from core.outbox import retention
from core.outbox.models import OutgoingMail


def send(user: User, kind: str, *, key: str, to: str = "", **context: Any) -> None:
    """Put a mail to an account into the outbox; it goes out when the caller's transaction commits, once for a `key`.

    `kind` names templates/mail/KIND.txt. `to` is the address where the account has none any more.
    """
    outbox.post(to=to or user.email, kind=f"account.{kind}", template=kind, context=context, key=key, user=user)


def drop_waiting(user: User) -> None:
    """Delete what came back with a backup, so that it is not sent a second time, and not to somebody who is gone."""
    OutgoingMail.objects.filter(user=user, state=OutgoingMail.State.QUEUED).delete()


def forget_erased() -> int:
    """Delete the mails to accounts that were erased, and their files, once they are out.

    The last one tells of the erasure itself.
    """
    return retention.delete(OutgoingMail.objects.filter(user__erased_at__isnull=False, ended_at__isnull=False))
