"""What every view of reviewers passes: the role, how often they may send forms."""

from __future__ import annotations

from collections.abc import Callable

from core.signed_in import View
from submissions.guards import portal
from submissions.limits import REVIEW

MAY_REVIEW = "submissions.change_submission"


def reviewing(*methods: str) -> Callable[[View], View]:
    """Let reviewers pass, by these methods (HEAD comes with GET). Visitors are led to the sign-in, others get 403."""
    return portal(*methods, limit=REVIEW, right=MAY_REVIEW, why="These pages are for reviewers.")
