"""Who speaks for a tool: accounts that proved to own its home page, and whom they made maintainers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from catalog.choices import Status
from catalog.models import Tool
from catalog.models.tool import ToolQuerySet
from submissions import changes
from submissions.models import Affiliation, Maintainer, Submission
from verification.domains import host_of, registrable
from verification.models import OwnershipClaim
from verification.ownership import scope
from verification.ownership.owners import about, owners_of


def owns(user: Any, tool: Tool, at: dt.datetime | None = None) -> bool:
    """Say whether an account has a proof that holds and covers the tool's home page."""
    return user.is_authenticated and owners_of(tool, at).filter(account=user).exists()


def speaks_for(user: Any, tool: Tool, at: dt.datetime | None = None) -> bool:
    """Say whether an account owns a tool or maintains it, as long as the one who made it a maintainer owns it."""
    if not user.is_authenticated or not user.is_active:
        return False
    if owns(user, tool, at):
        return True
    mine = Maintainer.objects.active().filter(tool=tool, user=user)
    owners = list(owners_of(tool, at).values_list("account", flat=True))
    return bool(owners) and mine.filter(invited_by__in=owners).exists()


def tools_of(user: Any, at: dt.datetime) -> list[Tool]:
    """Return the listed tools that an account speaks for, in the order of their names. Four statements at most."""
    return _spoken_for(user, at, Tool.objects.listed())


def away_of(user: Any, at: dt.datetime) -> list[Tool]:
    """Return the tools that an account would speak for if they were listed. Four statements at most."""
    return _spoken_for(user, at, Tool.objects.filter(status=Status.DELISTED))


def _spoken_for(user: Any, at: dt.datetime, among: ToolQuerySet) -> list[Tool]:
    if not user.is_authenticated or not user.is_active:
        return []
    claims = list(OwnershipClaim.objects.holding(at).filter(account=user))
    made = list(Maintainer.objects.of(user).values_list("tool", "invited_by"))
    inviters = OwnershipClaim.objects.holding(at).filter(account__in={by for _, by in made if by is not None})
    theirs: dict[int, list[OwnershipClaim]] = {}
    for claim in inviters if made else ():
        theirs.setdefault(claim.account_id, []).append(claim)
    by_owner = {(tool, by) for tool, by in made if by in theirs}
    if not claims and not by_owner:
        return []
    near = about(claims) | Q(pk__in={tool for tool, _ in by_owner})
    found = []
    for tool in among.filter(near).by_name():
        proofs = [*claims, *(one for key, by in by_owner if key == tool.pk for one in theirs[by])]
        if any(scope.covers(claim, tool.homepage) for claim in proofs):
            found.append(tool)
    return found


@dataclass(frozen=True)
class Interests:
    """What a reviewer has to do with: asked once, for any number of submissions."""

    reviewer: int
    works_for: frozenset[str]  # registrable domains
    owns: frozenset[str]
    maintains: frozenset[int]  # keys of tools

    def hindrance(self, *, domain: str, tool: int | None = None, submitter: int | None = None) -> str:
        """Return why the reviewer may not decide about this, as a sentence; "" when nothing is in the way."""
        if submitter is not None and submitter == self.reviewer:
            return "You handed this in yourself, so somebody else decides."
        if domain and domain in self.works_for:
            return f"You declared to work for {domain}, so somebody else decides."
        if domain and domain in self.owns:
            return f"You proved to own {domain}, so somebody else decides."
        if tool is not None and tool in self.maintains:
            return "You maintain this tool, so somebody else decides."
        return ""


def interests(reviewer: Any) -> Interests:
    """Return what a reviewer has to do with, in three statements."""
    proofs = OwnershipClaim.objects.filter(account=reviewer, state__in=["verified", "stale"])
    return Interests(
        reviewer.pk,
        frozenset(Affiliation.objects.filter(user=reviewer).values_list("domain", flat=True)),
        frozenset(registrable(host_of(f"https://{name}")) or name for name in proofs.values_list("name", flat=True)),
        frozenset(Maintainer.objects.active().filter(user=reviewer).values_list("tool", flat=True)),
    )


def conflict(reviewer: Any, *, domain: str, tool: Tool | None = None, submitter: Any = None) -> str:
    """Return why a reviewer may not decide about this, as a sentence; "" when nothing is in the way.

    The database refuses such decisions too (migrations 0002 and 0005): this says it before a form is filled in.
    """
    found = interests(reviewer)
    return found.hindrance(
        domain=domain, tool=tool.pk if tool else None, submitter=submitter.pk if submitter is not None else None
    )


def hindrance(known: Interests, submission: Submission) -> str:
    """Return why a reviewer may not decide about a submission, "" when they may: of a move, both domains count."""
    for domain in dict.fromkeys([submission.domain, changes.domain(submission.base)]):
        why = known.hindrance(domain=domain, tool=submission.tool_id, submitter=submission.submitter_id)
        if why:
            return why
    return ""
