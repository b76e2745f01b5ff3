"""What is known of one tool over time, gathered once for its pages: addresses, incidents, claims, level."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.db.models import BooleanField, ExpressionWrapper, F, Q
from django.utils import timezone

from catalog.models import Interface, Tool
from verification.claims import levels
from verification.claims.kinds import KINDS
from verification.claims.services import holding
from verification.health import history, standing
from verification.health.history import Day, Hour
from verification.interface_states import subjects
from verification.judgement.judge import State, confirming
from verification.judgement.uptime import in_words, total
from verification.listing import listing_of
from verification.models import Claim, Endpoint, Incident, MaintenanceWindow, Watch

PAST = 5  # incidents that the tool's page shows
WINDOWS = 3
# the state of an address as it is drawn: core.templatetags.ui, and the word beside the shape
DRAWN = {
    State.UNKNOWN: ("unk", "Not known"),
    State.HEALTHY: ("ok", "Seen working"),
    State.DEGRADED: ("warn", "Slower than usual"),
    State.UNREACHABLE: ("fail", "Unreachable"),
}
# a claim that is over: why, as it is drawn
HARD = {Claim.Ended.REFUTED, Claim.Ended.UNREACHABLE}


@dataclass(frozen=True)
class Address:
    """One watched address as pages show it."""

    endpoint: Endpoint
    name: str
    days: list[Day]
    hours: list[Hour] = field(default_factory=list)

    @property
    def drawn(self) -> tuple[str, str]:
        """Return its state as (kind, words)."""
        return DRAWN[State(self.endpoint.state)]

    @property
    def since(self) -> dt.datetime:
        """Return since when it is in its state: of what is unreachable, since the first look that failed."""
        return self.endpoint.down_since or self.endpoint.since

    @property
    def confirming(self) -> bool:
        """Whether the last looks failed, and it is not sure yet."""
        return confirming(self.endpoint.health)

    @property
    def known(self) -> list[Day]:
        """Return the days on which it was looked at, the latest first."""
        return [day for day in reversed(self.days) if day.looks]

    @property
    def known_hours(self) -> list[Hour]:
        """Return the hours of which anything is known, the latest first."""
        return [hour for hour in reversed(self.hours) if hour.looks or hour.uptime.coverage]

    @property
    def uptime(self) -> str:
        """Return its uptime since the first of the days of the strip, in words; today is not over."""
        looked = [n for n, day in enumerate(self.days[:-1]) if day.looks]
        return in_words(total(day.uptime for day in self.days[looked[0] : -1])) if looked else ""

    @property
    def speed(self) -> str:
        """Return how long answers took, day by day, in words; "" where no answer is known."""
        medians = [day.ms_median for day in self.days if day.ms_median is not None]
        if not medians:
            return ""
        low, high = min(medians), max(medians)
        return f"{high:,} ms" if low == high else f"{low:,} to {high:,} ms"


@dataclass(frozen=True)
class ClaimRow:
    """One claim as pages show it: how it stands, and its sentence."""

    kind: Claim.Kind
    state: str
    words: str
    sentence: str
    claim: Claim | None = None
    note: str = ""


@dataclass(frozen=True)
class OverTime:
    """All that is known of a tool over time."""

    tool: Tool
    addresses: list[Address] = field(default_factory=list)
    claims: list[ClaimRow] = field(default_factory=list)
    next: Claim | None = None  # of those that hold, the one whose time is over first
    open: list[Incident] = field(default_factory=list)
    past: list[Incident] = field(default_factory=list)
    windows: list[MaintenanceWindow] = field(default_factory=list)
    missing: Sequence[str] = ()
    by_subject: Mapping[str, Address] = field(default_factory=dict)
    elsewhere: str = ""  # what the last full run saw against its address (Watch.elsewhere)

    @property
    def level(self) -> str:
        """Return the name of the tool's level."""
        return levels.NAMES[self.tool.level]

    @property
    def judged(self) -> bool:
        """Whether the health of any of its addresses is known."""
        return any(one.endpoint.state != State.UNKNOWN for one in self.addresses)

    @property
    def watched(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.addresses) or any(row.claim for row in self.claims)

    def of(self, interface: Interface) -> Address | None:
        """Return the watched address of an interface, None when there is none."""
        return next((self.by_subject[one] for one in sorted(subjects(interface)) if one in self.by_subject), None)


def over_time(tool: Tool, at: dt.datetime | None = None, *, hours: bool = False) -> OverTime:
    """Return what is known of a tool (plans and interfaces prefetched), with its last hours where they are shown.

    At most nine statements, and two for the hours.
    """
    at = at or timezone.now()
    endpoints = list(Endpoint.objects.filter(tool=tool, retired_at=None).order_by("-home", "subject"))
    strips = history.strips(endpoints, at.astimezone(dt.UTC).date()) if endpoints else {}
    of_hours = history.hours(endpoints, at) if hours and endpoints else {}
    addresses = [Address(one, _name(one), strips[one.pk], of_hours.get(one.pk, [])) for one in endpoints]
    incidents = latest_incidents(tool, len(endpoints) + PAST)
    claims = list(
        Claim.objects.filter(tool=tool)
        .select_related("run")
        .order_by("kind", F("ended_at").desc(nulls_first=True), "-id")
        .distinct("kind")
    )
    for claim in claims:
        if claim.run:
            claim.run.tool = tool  # for its address
    known = standing.Known(
        tool, listing_of(tool), Watch.objects.filter(tool=tool).first(), endpoints, incidents, claims
    )
    basis = standing.basis(known, at, history.months([tool.pk], at).get(tool.pk) if endpoints else None)
    level, missing = levels.level(basis)
    held = holding(claims, known.listing, at)
    return OverTime(
        tool=tool,
        addresses=addresses,
        claims=[_row(kind, claims, held, basis, at) for kind in KINDS],
        next=min(held.values(), key=lambda claim: (claim.expires_at, claim.pk), default=None),
        open=[one for one in incidents if one.closed_at is None],
        past=[one for one in incidents if one.closed_at is not None][:PAST],
        windows=list(MaintenanceWindow.objects.filter(tool=tool, ends_at__gt=at).order_by("starts_at", "id")[:WINDOWS]),
        missing=missing if level == tool.level else (),  # else the row of the tool is just being brought in step
        by_subject={one.endpoint.subject: one for one in addresses},
        elsewhere=known.watch.elsewhere if known.watch else "",
    )


def latest_incidents(tool: Tool, most: int) -> list[Incident]:
    """Return the open incidents of a tool, then those that ended last, with their timelines. Two statements."""
    rows = Incident.objects.filter(endpoint__tool=tool).select_related("endpoint")
    is_open = ExpressionWrapper(Q(closed_at=None), BooleanField())
    rows = rows.annotate(is_open=is_open).order_by("-is_open", "-began_at", "-id")
    return list(rows.prefetch_related("updates")[:most])


def claim_row(claim: Claim, at: dt.datetime, *, holds: bool) -> ClaimRow:
    """Return how a claim stands; `holds`: it is within its time and for the listing as it is."""
    kind = Claim.Kind(claim.kind)
    if claim.ended_at is not None:
        why = Claim.Ended(claim.ended)
        return ClaimRow(kind, "warn" if why in HARD else "skip", "Ended", claim.sentence, claim, f"Ended: {why.label}.")
    if holds:
        return ClaimRow(kind, "ok", "Holds", claim.sentence, claim)
    if at >= claim.expires_at:
        until = claim.expires_at + KINDS[kind].grace
        if at < until:
            note = f"Lapsed; it counts for the level until {until.astimezone(dt.UTC):%-d %b %Y, %H:%M} UTC."
            return ClaimRow(kind, "warn", "Attention", claim.sentence, claim, note)
        return ClaimRow(kind, "skip", "Ended", claim.sentence, claim, f"Ended: {Claim.Ended.LAPSED.label}.")
    return ClaimRow(kind, "skip", "Ended", claim.sentence, claim, f"Ended: {Claim.Ended.CHANGED.label}.")


def _row(
    kind: Claim.Kind,
    claims: Sequence[Claim],
    held: Mapping[Claim.Kind, Claim],
    basis: levels.Basis,
    at: dt.datetime,
) -> ClaimRow:
    claim = next((one for one in claims if one.kind == kind), None)
    if claim is not None:
        return claim_row(claim, at, holds=kind in held)
    if kind == Claim.Kind.PROTOCOL and not basis.has_interface:
        return ClaimRow(kind, "unk", "Not claimed", "No interface is listed that could be held to a protocol.")
    if kind == Claim.Kind.PRICING_SEEN and not basis.states_price:
        return ClaimRow(kind, "unk", "Not claimed", "The listing states no price.")
    says = KINDS[kind].says
    return ClaimRow(kind, "unk", "Not claimed", f"It would say: {says[0].lower()}{says[1:]}")


def _name(endpoint: Endpoint) -> str:
    parts = urlsplit(endpoint.subject)
    place = (parts.netloc.removeprefix("www.") + parts.path).rstrip("/") or endpoint.subject
    return f"Home page, {place}" if endpoint.home else place
