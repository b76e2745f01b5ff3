"""What follows while a tool stays away: each effect once for the tool as a whole, by the best of its addresses."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import transaction

from catalog.choices import LISTED
from catalog.services import hold
from verification import journal
from verification.claims import services as claims
from verification.claims.kinds import K
from verification.health import incidents, standing
from verification.judgement import decay
from verification.judgement.judge import State, down_for
from verification.models import Claim, Endpoint, Incident, LogEntry

AT_ONCE = 500  # tools in one transaction
ENDS = {"claims_end": K.REACHABLE, "out_of_search": K.REVIEWED}  # a person looks at it again before its level is back


def sweep_incidents(*, at: dt.datetime) -> int:
    """Let tools with open incidents have the effects that are due, each once; return how many.

    Incidents that had all of them are not asked for, nor those of tools that are not listed.
    """
    _close_retired(at)
    keys = sorted({*_asking(at)[:AT_ONCE], *_out_of_reach(at)})
    if not keys:
        return 0
    with transaction.atomic():
        hold(keys)
        due = {one.tool.pk: found for one in standing.known(keys) if (found := _take(one, at))}
        ended = Claim.objects.filter(tool__in=due, kind__in=ENDS.values(), ended_at=None).select_related("tool")
        for claim in ended.order_by("pk"):
            if any(ENDS.get(effect.name) == claim.kind for effect in due[claim.tool_id]):
                claims.end(claim, at=at, why=Claim.Ended.UNREACHABLE)
        _end_reachable(keys, at)
        standing.refresh(keys, at=at)
    return sum(len(effects) for effects in due.values())


def _close_retired(at: dt.datetime) -> None:
    """End what is open of an address that is not watched any more."""
    retired = Incident.objects.open().exclude(endpoint__retired_at=None).select_related("endpoint__tool")
    if tools := set(retired.values_list("endpoint__tool", flat=True)):
        with transaction.atomic():
            hold(tools)
            for incident in retired.order_by("pk"):
                incidents.close_incident(incident.endpoint, at=at, text=incidents.NOT_NAMED)
            standing.refresh(tools, at=at)


def _away_for_long(tools: Iterable[int] | None, at: dt.datetime) -> dict[int, Endpoint]:
    """Return, of tools that still claim to be reachable, an address each that was away for 72 hours or more.

    The claim is about every address: one that is away ends it, however well the others answer.
    """
    away = Endpoint.objects.filter(
        state=State.UNREACHABLE, down_since__lte=at - decay.CLAIMS_END, retired_at=None,
        tool__claims__kind=K.REACHABLE, tool__claims__ended_at=None,
    )  # fmt: skip
    if tools is not None:
        away = away.filter(tool__in=tools)
    rows = away.filter(tool__status__in=LISTED).order_by("-pk")
    return {one.tool_id: one for one in rows if down_for(one.health, at) >= decay.CLAIMS_END}


def _out_of_reach(at: dt.datetime) -> list[int]:
    return sorted(_away_for_long(None, at))[:AT_ONCE]


def _end_reachable(tools: Iterable[int], at: dt.datetime) -> None:
    away = _away_for_long(tools, at)
    for claim in Claim.objects.filter(tool__in=away, kind=K.REACHABLE, ended_at=None).select_related("tool"):
        said = f"{away[claim.tool_id].subject} did not answer for 72 hours."
        claims.end(claim, at=at, why=Claim.Ended.UNREACHABLE, sentence=said)


def _asking(at: dt.datetime) -> list[int]:
    """Return the tools whose open incidents have not had what is due. Two statements."""
    rows = Incident.objects.open().filter(reached__lt=len(decay.EFFECTS), endpoint__retired_at=None)
    reached: dict[int, set[int]] = defaultdict(set)
    for tool, number in rows.filter(endpoint__tool__status__in=LISTED).values_list("endpoint__tool", "reached"):
        reached[tool].add(number)
    endpoints: dict[int, list[Endpoint]] = defaultdict(list)
    for endpoint in Endpoint.objects.filter(tool__in=list(reached), retired_at=None):
        endpoints[endpoint.tool_id].append(endpoint)
    return [tool for tool in sorted(reached) if reached[tool] != {_due(endpoints[tool], at)}]


def _due(endpoints: Sequence[Endpoint], at: dt.datetime) -> int:
    """Return how many effects are due for a tool with an open incident: all but the first follow its best address."""
    return max(1, standing.shown_effects(endpoints, at))


def _take(one: standing.Known, at: dt.datetime) -> list[decay.Effect]:
    """Note the effects that are due for a tool and not had; return them.

    They are remembered with each of its open incidents. Once an address was back, those that followed from all of them
    count anew from what the one that fails now has reached.
    """
    open_now = [incident for incident in one.incidents if incident.closed_at is None]
    if not open_now:
        return []
    due, had = _due(one.endpoints, at), max(incident.reached for incident in open_now)
    Incident.objects.filter(pk__in=[incident.pk for incident in open_now]).update(reached=due)
    effects = list(decay.EFFECTS[had:due])
    last = open_now[-1]
    since = incidents.day(last.began_at)
    away = f"{last.endpoint.subject} is unreachable since {since}."
    if len(open_now) > 1:
        away = f"{len(open_now)} of its addresses are unreachable, the last of them since {since}."
    journal.notes(
        journal.entry(
            at=at, kind=LogEntry.Kind.EFFECT, key=f"incident:{last.pk}:{at:%Y%m%d%H%M%S}:{effect.name}", tool=one.tool,
            sentence=f"{away} {effect.sentence}",
        )
        for effect in effects
    )  # fmt: skip
    return effects
