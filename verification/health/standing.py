"""What all that is known of a tool comes to: how it was seen, its level, whether it is away, when to look again."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from catalog.choices import Away, InterfaceKind, Seen
from catalog.models import Tool
from catalog.services import hold, record_seen, record_standing
from verification import journal
from verification.claims import levels
from verification.claims import services as claims
from verification.claims.kinds import K
from verification.claims.kinds import holds as claim_holds
from verification.contract import Interface, Listing
from verification.health import history, looks
from verification.health.rows import rewrite
from verification.judgement import decay
from verification.judgement.intervals import next_look
from verification.judgement.judge import State, confirming, down_for
from verification.judgement.uptime import Uptime
from verification.listing import listing_of
from verification.models import Claim, Endpoint, Incident, LogEntry, Run, Watch

STATES = {State.HEALTHY.value, State.DEGRADED.value}
SPOKEN = {InterfaceKind.GRAPHQL, InterfaceKind.OPENAI, InterfaceKind.MCP_REMOTE, InterfaceKind.A2A}
SHOWS_FAILING = 2  # effects of decay from which a tool is shown as failing: 6 hours


@dataclass
class Known:
    """All rows that a tool's standing rests on."""

    tool: Tool
    listing: Listing
    watch: Watch | None = None
    endpoints: list[Endpoint] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)  # open, or that ended the claims of the tool
    claims: list[Claim] = field(default_factory=list)
    full_at: dt.datetime | None = None  # the end of the last full run


def known(tools: Iterable[int]) -> list[Known]:
    """Read what the standing of these tools rests on, in a constant number of statements."""
    keys = list(tools)
    rows = (
        Tool.objects.filter(pk__in=keys).prefetch_related("plans", "interfaces").select_related("watch").order_by("pk")
    )
    found = {tool.pk: Known(tool, listing_of(tool), getattr(tool, "watch", None)) for tool in rows}
    for endpoint in Endpoint.objects.filter(tool__in=keys, retired_at=None).order_by("-home", "subject"):
        found[endpoint.tool_id].endpoints.append(endpoint)
    telling = Q(closed_at=None) | Q(reached__gte=CLAIMS_END)
    told = Incident.objects.filter(telling, endpoint__tool__in=keys, endpoint__retired_at=None)
    for incident in told.select_related("endpoint").order_by("pk"):
        found[incident.endpoint.tool_id].incidents.append(incident)
    for claim in Claim.objects.filter(tool__in=keys, ended_at=None).order_by("pk"):
        found[claim.tool_id].claims.append(claim)
    full = Run.objects.filter(tool__in=keys, light=False, state=Run.State.FINISHED)
    for tool_id, ended in full.order_by("tool", "-finished_at").distinct("tool").values_list("tool", "finished_at"):
        found[tool_id].full_at = ended
    return list(found.values())


CLAIMS_END = next(n for n, effect in enumerate(decay.EFFECTS, start=1) if effect.name == "claims_end")
OUT_OF_SEARCH = next(n for n, effect in enumerate(decay.EFFECTS, start=1) if effect.name == "out_of_search")


@transaction.atomic
def refresh(
    tools: Iterable[int], *, at: dt.datetime, new_looks: bool = False, chance: Callable[[], float] = random.random
) -> None:
    """Bring everything that follows from rows in step: claims of reachability, level, cards, the next look.

    `new_looks`: addresses were looked at just now. Only then is the next look set: what else happens to a tool (a
    claim, a proof of ownership) must not put it off. Statements are few and for all tools at once, but for tools whose
    level or reach changes. The tools are held from before anything is read: what another has decided in between is
    not overwritten.
    """
    keys = sorted(set(tools))
    if not keys:
        return
    hold(keys)
    rows = known(keys)
    month = history.months(keys, at)
    renewed = [claim for one in rows if (claim := _reachable(one, at)) is not None]
    rewrite(Claim, renewed, ["renewed_at", "expires_at", "sentence", "receipt"])
    seen_now: dict[int, tuple[str, dt.datetime]] = {}
    standing: dict[int, tuple[int, str]] = {}
    for one in rows:
        standing[one.tool.pk] = (levels.level(basis(one, at, month.get(one.tool.pk)))[0], away_of(one, at))
        looked = [endpoint.known_at for endpoint in one.endpoints if endpoint.known_at]
        looked += [one.tool.checked_at] if one.tool.checked_at else []
        word = seen(one, at)
        if word and looked:
            seen_now[one.tool.pk] = (word, max(looked))
        if new_looks:
            _schedule(one, at, chance())
    changed = record_standing(standing, at=at)
    journal.notes(_level_entry(one, standing[one.tool.pk][0], at) for one in rows if one.tool.pk in changed)
    record_seen(seen_now)
    if new_looks:
        rewrite(Watch, [one.watch for one in rows if one.watch], ["next_at"])


def _level_entry(one: Known, now: int, at: dt.datetime) -> LogEntry | None:
    before = one.tool.level
    if now == before:
        return None
    sentence = f"Level {now} ({levels.NAMES[now]}), was {before} ({levels.NAMES[before]})."
    key = f"level:{one.tool.pk}:{at:%Y%m%d%H%M%S%f}"
    return journal.entry(at=at, kind=LogEntry.Kind.LEVEL, key=key, tool=one.tool, sentence=sentence)


def seen(one: Known, at: dt.datetime) -> str:
    """Return how a tool is shown (choices.Seen), "" while it was not looked at over time: its last run's word stands.

    Failing only when judgement says so for hours, or what answers is not the tool: one failed look is Attention.
    """
    told = [endpoint for endpoint in one.endpoints if endpoint.known_at is not None]
    elsewhere = one.watch.elsewhere if one.watch else ""
    if not told:
        return elsewhere or (Seen.UNKNOWN if any(endpoint.last for endpoint in one.endpoints) else "")
    if elsewhere == Seen.FAILING or shown_effects(one.endpoints, at) >= SHOWS_FAILING:
        return Seen.FAILING
    troubled = any(e.state not in {State.HEALTHY, State.UNKNOWN} or e.unstable or confirming(e.health) for e in told)
    if troubled or elsewhere:
        return Seen.ATTENTION
    return Seen.WORKING if any(e.state != State.UNKNOWN for e in told) else Seen.UNKNOWN


def shown_effects(endpoints: Iterable[Endpoint], at: dt.datetime) -> int:
    """Return the effects that count for the tool as a whole: those of its best address.

    None while nothing is known of its home page, or of an address that did answer once: it may be there, behind what
    lets nobody look. Other addresses of which nothing was ever known say nothing.
    """
    told = [one for one in endpoints if one.state != State.UNKNOWN or one.home or one.known_at is not None]
    return min((decay.reached(down_for(e.health, at)) if e.state == State.UNREACHABLE else 0 for e in told), default=0)


def away_of(one: Known, at: dt.datetime) -> Away:
    """Return how the catalog treats the tool."""
    return decay.away(shown_effects(one.endpoints, at))


def _reachable(one: Known, at: dt.datetime) -> Claim | None:
    """Grant the claim that all addresses of a tool answer, where they do; return one that is renewed, to be saved.

    After an incident of over 72 hours: only when it was well for 24 hours and all steps were made anew since. Not
    while the last full run saw a domain for sale, or one that leads in a circle: that answers, the tool does not.
    """
    if one.watch and one.watch.elsewhere == Seen.FAILING:
        _not_the_tool(one, at)
        return None
    proved, names = _proved(one)
    if proved is None or not _back_for_long(one, at):
        return None
    expires = proved + claim_holds(K.REACHABLE, one.listing)
    sentence = f"{names[0]} and {len(names) - 1} more answered." if len(names) > 1 else f"{names[0]} answered."
    not_called = looks.not_called(one.listing)
    sentence = " ".join([sentence, *not_called.values()])
    receipt = {"addresses": names} | ({"not_called": list(not_called)} if not_called else {})
    held = claims.holding(one.claims, one.listing, proved).get(K.REACHABLE)
    if held is None:
        granted = claims.grant(
            one.tool, K.REACHABLE, at=proved, now=at, listing=one.listing, sentence=sentence, receipt=receipt,
        )  # fmt: skip
        if granted is not None:
            one.claims = [*(row for row in one.claims if row.kind != K.REACHABLE), granted]
        return None
    if proved <= held.renewed_at:
        return None
    held.renewed_at, held.expires_at = proved, expires
    held.sentence, held.receipt = sentence[:600], receipt
    return held


def _proved(one: Known) -> tuple[dt.datetime | None, list[str]]:
    """Return when every address that can be called was last seen to answer, None when one was not; and which.

    A look from before the listing was last changed proves nothing of it: the same address may be listed as another
    kind of interface by now.
    """
    named = looks.watched(one.listing)
    there = [endpoint for endpoint in one.endpoints if endpoint.subject in named]
    known_at = [endpoint.known_at for endpoint in there if endpoint.known_at is not None]
    if len(there) < len(named) or not all(_well(endpoint) for endpoint in one.endpoints):
        return None, []
    proved = min(known_at, default=one.tool.changed_at)
    return proved if proved > one.tool.changed_at else None, [endpoint.subject for endpoint in there]


def _back_for_long(one: Known, at: dt.datetime) -> bool:
    """Whether no incident is open, and those that took its level away are long over."""
    for incident in one.incidents:
        if incident.closed_at is None:
            return False
        anew = one.full_at is not None and one.full_at > incident.closed_at
        if at < incident.closed_at + decay.WELL_FOR or not anew:
            return False
    return True


def _not_the_tool(one: Known, at: dt.datetime) -> None:
    said = "What answers at its address is not the tool any more, says the last full run."
    for claim in [row for row in one.claims if row.kind == K.REACHABLE]:
        claims.end(claim, at=at, why=Claim.Ended.REFUTED, sentence=said)
        one.claims = [row for row in one.claims if row is not claim]


def _well(endpoint: Endpoint) -> bool:
    return endpoint.state in STATES and endpoint.known_at is not None and not confirming(endpoint.health)


def basis(one: Known, at: dt.datetime, month: Uptime | None = None) -> levels.Basis:
    """Return what the level of a tool rests on."""
    return levels.Basis(
        holds=claims.holding(one.claims, one.listing, at, grace=True).keys(),
        has_interface=any(speaks(interface) for interface in one.listing.interfaces),
        states_price=bool(one.listing.plans) or one.listing.access in {"free", "free_tier", "trial"},
        open_incident=any(incident.closed_at is None for incident in one.incidents),
        month=month,
    )


def speaks(interface: Interface) -> bool:
    """Whether an interface is one that steps can hold to its protocol (claims/evidence.PROTOCOL)."""
    return bool(interface.openapi) or (interface.kind in SPOKEN and bool(interface.url or interface.base_url))


def _schedule(one: Known, at: dt.datetime, chance: float) -> None:
    """Set when the tool is looked at next: when the first of its addresses is due."""
    if one.watch is None or not one.endpoints:
        return
    listed = dt.datetime.combine(one.tool.listed_on, dt.time(), dt.UTC)
    due = _intervals(one.endpoints, at, listed, chance)
    one.watch.next_at = at + min(due) if due else None


def _intervals(
    endpoints: Sequence[Endpoint], at: dt.datetime, listed: dt.datetime, chance: float
) -> list[dt.timedelta]:
    found = [next_look(endpoint.health, at=at, listed_at=listed, chance=chance) for endpoint in endpoints]
    return [interval for interval in found if interval is not None]
