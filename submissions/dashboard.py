"""What people see of the tools they speak for, gathered once for its pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from catalog.models import Tool
from submissions import replying, speakers
from submissions.models import Decision, Maintainer, Reply, State, Submission
from verification import summary
from verification.claims.kinds import KINDS
from verification.models import Claim, Incident, OwnershipClaim, StepResult
from verification.models.ownership import MAILED, Method
from verification.over_time import ClaimRow, OverTime, over_time
from verification.ownership import scope

WAITS_FOR_ME = {State.DRAFT, State.CHANGES_REQUESTED}
SHOWN = 10  # submissions of a tool
SOON = dt.timedelta(days=14)

# what its owner can do where a claim does not hold, or is about to end
ADVICE = {
    Claim.Kind.REACHABLE: "Let the addresses of its listing answer our robot; then run the checks again.",
    Claim.Kind.PROTOCOL: "Let its interfaces answer in their protocol, or correct them in the listing.",
    Claim.Kind.SCANNED: "Look at what the scan found in the last run, and mend it in the listing or on the site.",
    Claim.Kind.DOCUMENTED: "Link terms, a privacy policy and a contact on its site.",
    Claim.Kind.PRICING_SEEN: "State the price as its own page does: propose a change of the listing.",
    Claim.Kind.IDENTITY: "Keep the proof of ownership where you published it, or prove it anew.",
    Claim.Kind.REVIEWED: "A person goes through it after a material change that you propose.",
}
BY_ITSELF = "It is renewed by itself when the next run sees the same."


@dataclass(frozen=True)
class Mine:
    """One tool in the list of those that an account speaks for."""

    tool: Tool
    owns: bool
    incidents: int = 0
    waiting: int = 0  # submissions that wait for their submitter
    ends: OwnershipClaim | None = None  # the proof of this account that covers it
    lapses: Claim | None = None  # the claim whose time is over first

    @property
    def attention(self) -> bool:
        """Whether its owner should look."""
        return bool(self.incidents or self.waiting or (self.ends and self.ends.state != "verified"))


def away(user: Any, at: dt.datetime | None = None) -> list[tuple[Tool, Decision | None]]:
    """Return the tools of an account that are not listed any more, each with the decision that took it out, if any."""
    tools = speakers.away_of(user, at or timezone.now())
    made = Decision.objects.of_listing().filter(tool__in=tools, ended_at=None).order_by("id") if tools else ()
    last = {one.tool_id: one for one in made if one.action != Decision.Action.REINSTATE}
    return [(tool, last.get(tool.pk)) for tool in tools]


def my_tools(user: Any, at: dt.datetime | None = None) -> list[Mine]:
    """Return the tools that an account speaks for, for templates/submissions/_my_tools.html. Seven statements at most.

    Context of the include: {"mine": my_tools(user)}.
    """
    at = at or timezone.now()
    tools = speakers.tools_of(user, at)
    if not tools:
        return []
    proofs = list(OwnershipClaim.objects.holding(at).filter(account=user).order_by("scope", "id"))
    open_ones = Incident.objects.open().filter(endpoint__tool__in=tools).values_list("endpoint__tool")
    incidents = dict(open_ones.annotate(number=Count("pk")).order_by("endpoint__tool"))
    mine = Submission.objects.filter(submitter=user, tool__in=tools, state__in=WAITS_FOR_ME).values_list("tool")
    waiting = dict(mine.annotate(number=Count("pk")).order_by("tool"))
    first: dict[int, Claim] = {}
    for claim in Claim.objects.holding(at).filter(tool__in=tools).order_by("expires_at", "id"):
        first.setdefault(claim.tool_id, claim)
    rows = []
    for tool in tools:
        proof = next((one for one in proofs if scope.covers(one, tool.homepage)), None)
        rows.append(
            Mine(tool, proof is not None, incidents.get(tool.pk, 0), waiting.get(tool.pk, 0), proof, first.get(tool.pk))
        )
    return rows


@dataclass(frozen=True)
class Todo:
    """Something about a tool that its owner can do, and until when."""

    what: str
    do: str
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Overview:
    """All that the page of one's own tool shows but its reach."""

    tool: Tool
    over: OverTime
    checked: summary.Checked
    proofs: list[OwnershipClaim]
    maintains: Maintainer | None
    todo: list[Todo]
    replies: dict[tuple[str, int], Reply]
    negative: list[StepResult] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)

    def reply_to(self, about: Incident | StepResult) -> Reply | None:
        """Return what stands as the answer to this."""
        return self.replies.get(("incident" if isinstance(about, Incident) else "result", about.pk))

    @property
    def incidents(self) -> list[tuple[Incident, Reply | None]]:
        """Return the incidents that the page shows, the open ones first, each with its answer."""
        return [(one, self.reply_to(one)) for one in [*self.over.open, *self.over.past]]

    @property
    def verdicts(self) -> list[tuple[StepResult, Reply | None]]:
        """Return what the last full run saw against the tool, each with its answer."""
        return [(one, self.reply_to(one)) for one in self.negative]


def overview(user: Any, tool: Tool, at: dt.datetime | None = None) -> Overview:
    """Return what a page says of a tool (plans and interfaces prefetched) to an account that speaks for it."""
    at = at or timezone.now()
    over, checked = over_time(tool, at, hours=True), summary.checked(tool)
    proofs = [
        one for one in OwnershipClaim.objects.holding(at).filter(account=user) if scope.covers(one, tool.homepage)
    ]
    rows = Reply.objects.shown().filter(tool=tool)
    replies = {
        ("incident", one.incident_id) if one.incident_id else ("result", one.result_id or 0): one for one in rows
    }
    return Overview(
        tool=tool, over=over, checked=checked, proofs=proofs,
        maintains=Maintainer.objects.of(user).filter(tool=tool).select_related("invited_by").first(),
        todo=_todo(over.claims, proofs, at), replies=replies, negative=replying.negative(checked.run),
        submissions=list(Submission.objects.of(user).filter(tool=tool).latest_first()[:SHOWN]),
        decisions=list(_decisions(user, tool)[:SHOWN]),
    )  # fmt: skip


def _decisions(user: Any, tool: Tool) -> QuerySet[Decision]:
    """Return what was decided about a listing, and about what this account sent: nothing said to strangers."""
    of_listing = Q(action__in=["suspend", "archive", "reinstate"])
    rows = Decision.objects.filter(of_listing | Q(submission__submitter=user), tool=tool, report=None)
    return rows.order_by("-created_at", "-id")


def _todo(claims: Iterable[ClaimRow], proofs: list[OwnershipClaim], at: dt.datetime) -> list[Todo]:
    """Return what is to be done, the most urgent first: what ends within two weeks, what has ended."""
    found = [
        Todo(f"The proof of {one.name} by e-mail ends.", "Ask for a new link before.", one.proved_at + MAILED)
        for one in proofs
        if one.method == Method.EMAIL and one.proved_at and one.proved_at + MAILED < at + SOON
    ]
    for row in claims:
        claim = row.claim
        if claim is None:
            continue
        if row.state == "ok" and claim.expires_at < at + SOON and KINDS[row.kind].holds > SOON:
            found.append(Todo(f"“{row.kind.label}” ends.", BY_ITSELF, claim.expires_at))
        elif row.state != "ok":
            found.append(Todo(f"“{row.kind.label}” does not hold. {row.note}", ADVICE[row.kind]))
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda one: (one.until or far, one.what))
