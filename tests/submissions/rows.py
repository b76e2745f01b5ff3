"""Submissions as tests need them, brought where they are wanted by the services themselves."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from submissions import services
from submissions.models import State, Submission
from tests import make
from tests.verification.conftest import drain
from verification import services as verification
from verification.models import OwnershipClaim, Run


def record(**changes: Any) -> dict[str, Any]:
    """Return a record that can be sent; `changes` replace its fields, None removes one."""
    make.categories()
    found = make.record(**changes)
    found.pop("slug")
    found["pricing"] = {name: value for name, value in found["pricing"].items() if name != "said_by"}
    return found


def draft(by: User, **changes: Any) -> Submission:
    """Return a draft of a new tool that could be sent."""
    return services.begin(by=by, record=record(**changes))


def change(by: User, tool: Tool, **changes: Any) -> Submission:
    """Return a draft of a change of a listed tool."""
    begun = services.begin(by=by, tool=tool)
    return services.save_draft(begun, by=by, record={**begun.record, **changes}, version=begun.version)


def checked() -> None:
    """Do all checks that are due, and tell who waits for their end."""
    drain()
    for run in Run.objects.filter(state=Run.State.FINISHED, announced_at=None):
        verification.announce(run.pk)


def in_review(by: User, **changes: Any) -> Submission:
    """Return a new tool that was sent and checked."""
    found = services.send(draft(by, **changes), by=by)
    checked()
    found.refresh_from_db()
    assert found.state == State.IN_REVIEW, found.state
    return found


def published(by: User, reviewer: User, **changes: Any) -> Submission:
    """Return a new tool that was approved and listed."""
    found = in_review(by, **changes)
    services.decide(found, action="approve", ground="all-rules", sentence="", by=reviewer)
    found.refresh_from_db()
    return found


def owner(user: User, name: str) -> OwnershipClaim:
    """Return a proof by DNS of an account, to a domain, that holds."""
    now = timezone.now()
    return OwnershipClaim.objects.create(
        account=user, scope="domain", name=name, method="dns-txt", state="verified", token_id="0" * 16,
        token_hash="0" * 64, proved_at=now, checked_at=now, tried_at=now, next_check_at=now + dt.timedelta(days=7),
    )  # fmt: skip
