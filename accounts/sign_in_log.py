"""Signing in and out of accounts that may work at the desk, in the audit log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core import audit
from core.models import AuditEvent

WINDOW, MOST = dt.timedelta(minutes=10), 10  # failures of one account on record: a guesser cannot fill the log


def signed_in(user: Any, **_signal: object) -> None:
    """Record that somebody of the staff signed in."""
    _record("account.signed_in", user)


def signed_out(user: Any, **_signal: object) -> None:
    """Record that somebody of the staff signed out."""
    _record("account.signed_out", user)


def failed(credentials: dict[str, Any], **_signal: object) -> None:
    """Record that a password for an account of the staff was wrong, ten times in ten minutes at most.

    Addresses that no such account has are not recorded: what was typed may be anything, a password too.
    """
    typed = credentials.get("email") or credentials.get("username") or ""
    if "\x00" not in typed:
        _failed(User.objects.filter(email__iexact=typed, is_staff=True).first(), "password")


def mailed_code_failed(user: Any, **_signal: object) -> None:
    """Record that a mailed code for an account of the staff was wrong."""
    _failed(user, "code")


def second_step_failed(user: Any, **_signal: object) -> None:
    """Record that a second step of an account of the staff was wrong."""
    _failed(user, "second_step")


def _failed(user: Any, by: str) -> None:
    if user is None or not user.is_staff:
        return
    about = audit.ref(user)
    known = AuditEvent.objects.filter(object_type=about.type, object_id=about.id, action="account.sign_in_failed")
    recent = known.filter(at__gt=timezone.now() - WINDOW).count()
    if recent < MOST:
        detail = {"by": by} | ({"further_in_ten_minutes_are_not_recorded": True} if recent == MOST - 1 else {})
        with transaction.atomic():
            audit.record(actor=audit.VISITOR, action="account.sign_in_failed", obj=user, detail=detail)


def _record(action: str, user: Any) -> None:
    if user is not None and user.is_staff:
        with transaction.atomic():
            audit.record(actor=user, action=action, obj=user)
