"""The rules of judgement over time as tables: read from the constants themselves, so that no page can disagree."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from core.safehttp import Limits
from verification.claims import levels
from verification.claims.kinds import KINDS, PAID_PRICES, ClaimKind
from verification.judgement import decay, gate, intervals, judge, uptime
from verification.models import Claim
from verification.models.health import LONGEST_MAINTENANCE
from verification.ownership.methods import WAYS
from verification.ownership.recheck import MISSING_EVERY, UNSURE_EVERY
from verification.ownership.services import EVERY
from verification.published import crawl
from verification.steps import registry

Rows = list[tuple[str, str]]
UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def span(value: dt.timedelta) -> str:
    """Return a duration in the largest unit that keeps it whole: "15 minutes", "6 hours", "3 days"."""
    seconds = round(value.total_seconds())
    unit, size = next((unit, size) for unit, size in UNITS if seconds % size == 0)
    number = seconds // size
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def every(value: dt.timedelta) -> str:
    """Return how often that is: "every hour", "every 6 hours"."""
    return f"every {span(value).removeprefix('1 ')}"


def thresholds() -> Rows:
    """Return what it takes to change the state of an address."""
    gone = f"or 2 failed looks over at least {span(judge.GONE_AFTER)}, where one saw that nothing is there"
    apart = f"only what is known; {span(judge.ROW_WITHIN)} without a look that could tell end a row of failed looks"
    return [
        ("Unreachable", f"{judge.FAILS_TO_OPEN} failed looks in a row over at least {span(judge.OPEN_AFTER)}; {gone}"),
        ("Counted as time of failing", apart),
        (
            "The clock of an incident",
            f"runs for at most {judge.MARGIN:g} times the interval until the next look is due, and at least "
            f"{span(judge.HOLDS)}; it stops while nothing can be told, or our own looks are held",
        ),
        ("Reachable again", f"{judge.PASSES_TO_CLOSE} looks that passed, at least {span(judge.CLOSE_AFTER)} apart"),
        (
            "Slower than usual",
            f"the median of the last {judge.LATEST} answers is over {judge.SLOW:g} times the usual and over "
            f"{judge.SLOW_AT_LEAST} ms more",
        ),
        (
            "Unstable",
            f"{judge.FLAPS} or more changes in the last {judge.REMEMBERED} looks, until {judge.STEADY} are left",
        ),
        ("Not known", f"no look could tell for {span(judge.FROZEN_AT_MOST)}; until then what was known stays"),
        (
            "Our own trouble",
            f"over {gate.TURNED_SHARE * 100:.0f} % of at least {gate.LEAST_DOMAINS} domains turn bad at once, or "
            "none of the hosts that always answer does: then nothing that failed counts",
        ),
        ("Maintenance", f"declared beforehand, at most {span(LONGEST_MAINTENANCE)} at once: no look counts as down"),
        ("A look holds for", f"{span(uptime.HOLDS)} in the uptime, unless another comes; after that nothing is known"),
    ]


def schedule() -> Rows:
    """Return how often an address is looked at."""
    ladder = ", ".join(str(round(step.total_seconds() / 60)) for step in intervals.LADDER)
    rows = [
        ("Usually", every(intervals.USUAL)),
        (f"New in the catalog, for {span(intervals.NEW_FOR)}", every(intervals.NEW)),
        ("Slower than usual", every(intervals.SLOW)),
        ("Could not tell", _untold()),
        ("After a failed look, to be sure", f"{ladder} minutes after the one before"),
        ("After the first that passed again", f"{span(judge.CLOSE_AFTER)} later"),
    ]
    before = dt.timedelta()
    for until, interval in judge.FAILING:
        after = f"from {span(before)} " if before else ""
        rows.append((f"Unreachable, {after}up to {span(until)}", every(interval)))
        before = until
    rows.append((f"Unreachable for over {span(before)}", "not any more"))
    rows.append(("All steps", f"{every(intervals.FULL)}; where a price is stated, {every(intervals.FULL_PRICED)}"))
    return rows


def _untold() -> str:
    (_, first), (until, then), (_, last) = intervals.UNTOLD
    return f"{span(first)} later, then {every(then)}, after {span(until)} {every(last)}"


def visits() -> dict[str, str]:
    """Return the words of the robot's page about how often it comes."""
    until, last = judge.FAILING[-1]
    return {
        "usual": every(intervals.USUAL),
        "new": every(intervals.NEW),
        "new_for": span(intervals.NEW_FOR),
        "full": every(intervals.FULL),
        "priced": every(intervals.FULL_PRICED),
        "ladder": ", ".join(str(round(step.total_seconds() / 60)) for step in intervals.LADDER),
        "last": every(last),
        "never": span(until),
        "proof": every(EVERY),
        "proof_missing": every(MISSING_EVERY),
        "proof_untold": every(UNSURE_EVERY),
    }


def amounts() -> dict[str, str]:
    """Return the words of the robot's page about how much it reads at once, and how long it waits."""
    steps = [step.limits for step in registry().values()]
    waits = [one.total for one in (*steps, *(way.limits for way in WAYS.values()))]
    usual, home, crawled = Limits(), registry()["home"].limits, crawl.MANNERS.limits
    return {
        "answer": mebibytes(usual.body_bytes),
        "home_sent": mebibytes(home.raw_bytes),
        "home_unpacked": mebibytes(home.body_bytes),
        "document_sent": mebibytes(max(one.raw_bytes for one in steps)),
        "document_unpacked": mebibytes(max(one.body_bytes for one in steps)),
        "crawled": mebibytes(crawled.body_bytes),
        "waits": f"{min(waits):g} to {max(waits):g} seconds",
    }


def mebibytes(count: int) -> str:
    """Return a number of bytes in words: "4 MiB"."""
    return f"{count / 1_048_576:g} MiB"


def effects() -> Rows:
    """Return what follows while an address stays unreachable."""
    rows = [(f"after {span(one.after)}" if one.after else "at once", one.sentence) for one in decay.EFFECTS]
    well = f"after {span(decay.WELL_FOR)} without trouble and a new run of all steps, where its level had fallen"
    return [*rows, ("when it is back", f"shown as working at once; its level comes back {well}.")]


@dataclass(frozen=True)
class ClaimRule:
    """A kind of claim as the page shows it."""

    kind: ClaimKind
    holds: str
    grace: str


def claims() -> list[ClaimRule]:
    """Return the kinds of claims with how long each holds."""
    return [ClaimRule(one, _holds(one), span(one.grace) if one.grace else "") for one in KINDS.values()]


def _holds(one: ClaimKind) -> str:
    paid = f"; {span(PAID_PRICES)} where an amount is stated" if one.kind == Claim.Kind.PRICING_SEEN else ""
    return span(one.holds) + paid


@dataclass(frozen=True)
class LevelRule:
    """A level as the page shows it: what it means, and what it needs beyond the level before."""

    number: int
    name: str
    means: str
    needs: tuple[str, ...]


def level_rules() -> list[LevelRule]:
    """Return the levels; what each needs is asked of the function that decides."""
    needs = [(), *_needs()]
    return [LevelRule(n, name, levels.MEANS[n], needs[n]) for n, name in enumerate(levels.NAMES)]


def operated() -> str:
    """Return what the highest level asks of the last days, in words."""
    return (
        f"For {levels.OPERATED_DAYS} whole days: up for at least {levels.OPERATED_SHARE:.1%} of the time known, at "
        f"least {levels.OPERATED_COVERAGE:.0%} of it known, and no incident open."
    ).replace("%", " %")


def _needs() -> Iterator[tuple[str, ...]]:
    labels = {kind.label.lower(): kind for kind in Claim.Kind}
    held: set[Claim.Kind] = set()
    for _ in range(len(levels.NAMES) - 1):
        _number, missing = levels.level(levels.Basis(holds=held, has_interface=True, states_price=True))
        yield missing
        held |= {labels[words] for words in missing if words in labels}
