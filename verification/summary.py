"""What a run comes to, in one word and a few numbers: for the tool's page and the head of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from catalog.models import Tool
from catalog.services import record_seen
from verification import interface_states
from verification.interface_states import Seen
from verification.models import Endpoint, Run, StepResult, Watch
from verification.steps import registry
from verification.verdicts import Verdict

# a verdict as it is drawn: the state of core.templatetags.ui, and the word beside the shape
DRAWN: dict[str, tuple[str, str]] = {
    Verdict.PASS: ("ok", "Passed"),
    Verdict.WARN: ("warn", "Attention"),
    Verdict.FAIL: ("fail", "Failed"),
    Verdict.INCONCLUSIVE: ("unk", "Could not tell"),
    Verdict.SKIPPED: ("skip", "Skipped"),
}
NOT_KNOWN = ("unk", "Not known")
SEEN_WORKING = ("ok", "Seen working")
ATTENTION = ("warn", "Attention")
NO_ANSWER = interface_states.NO_ANSWER
FAILING = ("fail", "Failing")
MEANINGS = {
    ATTENTION: "It answered, but something about it deserves a look.",
    NO_ANSWER: "At least one call got no good answer in any of our tries. That may pass; the next run asks again.",
}
ELSEWHERE = {"parked", "redirects"}  # steps that count against “seen working”, never for it
ON_TOOL = {
    SEEN_WORKING: "working",
    ATTENTION: "attention",
    NO_ANSWER: "attention",
    FAILING: "failing",
    NOT_KNOWN: "unknown",
}


@dataclass(frozen=True)
class Said:
    """One result, as far as it says whether a tool works."""

    key: str
    verdict: str
    soft: bool = False


@dataclass(frozen=True)
class Checked:
    """What we know of a tool: the latest full run that has ended, the one under way, and what was seen."""

    tool: Tool
    run: Run | None = None
    running: Run | None = None
    seen: tuple[str, str] = NOT_KNOWN
    looked: int = 0  # calls of the home page and of declared endpoints that could tell
    interfaces: Mapping[int, Seen] = field(default_factory=dict)  # by the key of the interface

    @property
    def meaning(self) -> str:
        """Return the sentence that explains `seen`, "" where the words say it all."""
        return MEANINGS.get(self.seen, "")


def tally(counts: Mapping[str, int]) -> list[tuple[str, str, int]]:
    """Return the verdicts of a run that occurred, as (state, word, number), in the order of the verdicts."""
    return [(*DRAWN[verdict], counts[verdict]) for verdict in Verdict.values if counts.get(verdict)]


def in_words(counts: Mapping[str, int]) -> str:
    """Return one or two sentences about the numbers of a run."""
    total = sum(counts.values())
    told = sum(counts.get(verdict, 0) for verdict in (Verdict.PASS, Verdict.WARN, Verdict.FAIL))
    failed, warned = counts.get(Verdict.FAIL, 0), counts.get(Verdict.WARN, 0)
    if not told:
        return f"None of {total} steps could tell anything. That does not count against the tool."
    fails = "None failed" if not failed else f"{failed} failed"
    warns = "none needs attention" if not warned else f"{warned} need{'s' if warned == 1 else ''} attention"
    return f"{told} of {total} steps could tell. {fails}, {warns}."


def counts_for_working(key: str) -> bool:
    """Whether a step calls the tool itself: its home page, or an endpoint that the listing declares."""
    step = registry().get(key)
    return step is not None and step.endpoint


def telling(results: Iterable[Said]) -> list[Said]:
    """Return the results that say whether the tool works."""
    told = {Verdict.PASS, Verdict.WARN, Verdict.FAIL}
    return [one for one in results if counts_for_working(one.key) and one.verdict in told]


def seen(results: Iterable[Said]) -> tuple[str, str]:
    """Return how a tool was seen (state, words). Only a fail that is sure says “failing”.

    What could not be told never counts, neither way: if nothing could be told, nothing is known.
    """
    results = list(results)
    told = telling(results)
    # a domain that is for sale, or leads to somebody else, answers as well; the tool is not there
    told += [one for one in results if one.key in ELSEWHERE and one.verdict in {Verdict.WARN, Verdict.FAIL}]
    if not told:
        return NOT_KNOWN
    if any(one.verdict == Verdict.FAIL and not one.soft for one in told):
        return FAILING
    if any(
        one.verdict == Verdict.FAIL for one in told
    ):  # it cannot be said that it works, nor for sure that it does not
        return NO_ANSWER
    return SEEN_WORKING if all(one.verdict == Verdict.PASS for one in told) else ATTENTION


def checked(tool: Tool) -> Checked:
    """Return what we know of a tool. One statement, three when a run of it has ended."""
    latest = list(Run.objects.filter(tool=tool).full().newest_first()[:2])  # one that runs is always the newest
    running = latest[0] if latest and latest[0].state == Run.State.RUNNING else None
    ended = next((run for run in latest if run.state == Run.State.FINISHED), None)
    for run in latest:
        run.tool = tool  # for its address, without asking for the tool again
    if ended is None:
        return Checked(tool, running=running)
    rows = StepResult.objects.filter(run=ended).values_list("key", "verdict", "soft")
    said = [Said(*row) for row in rows]
    return Checked(tool, ended, running, seen(said), len(telling(said)), interface_states.states(tool, ended))


def tools_checked() -> int:
    """Return how many listed tools a full run has looked at to its end. One statement."""
    return Tool.objects.listed().exclude(checked_at=None).count()


def note_on_tool(run: Run, **_signal: object) -> None:
    """Note on the tool how a full run saw it; called in the transaction that announces the run.

    Once its addresses have been judged over time, that is what the tool is shown by (verification/health/standing.py),
    with what a run sees against it beside them: a domain for sale, another owner.
    """
    if run.light or run.finished_at is None or run.was_told_late():
        return
    said = [Said(*row) for row in StepResult.objects.filter(run=run).values_list("key", "verdict", "soft")]
    beside = seen(one for one in said if one.key in ELSEWHERE)
    Watch.objects.filter(tool=run.tool_id).update(elsewhere="" if beside == NOT_KNOWN else ON_TOOL[beside])
    if Endpoint.objects.filter(tool=run.tool_id, retired_at=None, known_at__isnull=False).exists():
        return
    whole = seen(said)
    # one look decides nothing about an address (judgement/decay.py); a domain that is for sale is seen at once
    word = ON_TOOL[ATTENTION if whole == FAILING != beside else whole]
    record_seen({run.tool_id: (word, run.finished_at)})
