"""What stands beside the form: the record as a diff with its sources, the checks, what changed since it was sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from catalog import wording
from catalog.records import FIELDS, Record
from submissions import changes, checking, duplicates, speakers
from submissions.models import Revision, State, Submission
from submissions.prefill.result import SOURCES
from verification.models import Run, StepResult
from verification.summary import DRAWN
from verification.verdicts import Verdict

LOUD = (Verdict.FAIL, Verdict.WARN)
ORDER = [Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.PASS, Verdict.SKIPPED]


@dataclass(frozen=True)
class Field:
    """One field of the record: how it was, how it is to be, who says so."""

    name: str
    label: str
    before: Sequence[str]
    after: Sequence[str]
    source: dict[str, Any]

    @property
    def changed(self) -> bool:
        """Whether it differs from what it is compared with."""
        return self.before != self.after


@dataclass(frozen=True)
class Check:
    """One result of the checks, with the address of its evidence."""

    key: str  # of the form's box
    title: str
    verdict: str
    state: str
    word: str
    sentence: str
    subject: str
    url: str


@dataclass(frozen=True)
class Difference:
    """A check that says something else now than when the submission was sent."""

    title: str
    before: str
    after: str


@dataclass(frozen=True)
class Checks:
    """The latest checks of what is in review."""

    run: Run | None
    running: Run | None
    stale: bool
    loud: Sequence[Check]  # fails and warnings
    unclear: Sequence[Check]  # could not tell: nothing is known, which is not that all is well
    quiet: Sequence[Check]
    sent: Run | None
    changed: Sequence[Difference]


def fields(submission: Submission, before: Record) -> list[Field]:
    """Return every field that the record states or stated: what changed first, then what it is, then what it costs."""
    after, old = changes.theirs(submission.record), changes.theirs(before)
    names = [name for name in FIELDS if name in after or name in old]
    found = [
        Field(
            path, wording.label(path), lines(path, old), lines(path, after), _source(submission.sources, path)
        )
        for name in names for path in wording.paths(name)
    ]  # fmt: skip
    return sorted((one for one in found if one.before or one.after), key=lambda one: not one.changed)


def lines(path: str, record: Record) -> list[str]:
    """Return what stands at a field as lines that people read: a row of a list is a line."""
    return wording.words(path, wording.value_at(record, path)).splitlines()


def _source(sources: Mapping[str, Any], path: str) -> dict[str, Any]:
    """Return who says a field, in words: the source of the field itself, else that of its first row."""
    rows = sorted(name for name in sources if name.startswith(f"{path}["))
    found: dict[str, Any] = sources.get(path) or (sources[rows[0]] if rows else {})
    return {**found, "source": SOURCES.get(found["source"], found["source"])} if found.get("source") else found


def compared_with(submission: Submission, wanted: str) -> tuple[str, Record, list[str]]:
    """Return what the record is compared with, its record, and what there is to choose from.

    "listing" is how the tool was listed when the change was begun, "previous" the revision before this one.
    """
    revisions = list(submission.revisions.all()[:2])
    previous = revisions[1] if len(revisions) > 1 else None
    possible = (["previous"] if previous else []) + (["listing"] if submission.base else []) + ["nothing"]
    chosen = wanted if wanted in possible else possible[0]
    record: Record = {}
    if chosen == "previous" and previous is not None:
        record = previous.record
    elif chosen == "listing":
        record = submission.base
    return chosen, record, possible


def checks(submission: Submission) -> Checks:
    """Return the latest checks, fails and warnings first, and what differs from those it was sent with."""
    last = submission.revisions.select_related("run__tool").first()
    sent = last.run if isinstance(last, Revision) else None
    run = checking.latest(submission)
    running = None
    if submission.shadow_id is not None:
        running = Run.objects.full().filter(tool=submission.shadow_id, state=Run.State.RUNNING).first()
    results = _results(run)
    results_by_verdict = sorted(results, key=lambda one: ORDER.index(Verdict(one.verdict)))
    shown = [_check(one, run) for one in results_by_verdict] if run else []
    stale = run is not None and run.finished_at is not None and run.finished_at < timezone.now() - checking.LASTS
    loud = [one for one in shown if one.verdict in LOUD]
    unclear = [one for one in shown if one.verdict == Verdict.INCONCLUSIVE]
    quiet = [one for one in shown if one not in loud and one not in unclear]
    return Checks(run, running, stale, loud, unclear, quiet, sent, _differences(sent, run, results))


def _results(run: Run | None) -> list[StepResult]:
    if run is None:
        return []
    return list(StepResult.objects.filter(run=run).select_related("step").order_by("step__position", "id"))


def _check(one: StepResult, run: Run) -> Check:
    state, word = DRAWN[one.verdict]
    url = f"{run.get_absolute_url()}#step-{one.step_id}"
    return Check(
        f"run:{one.pk}", checking.title_of(one.key), one.verdict, state, word, one.sentence, one.step.subject, url
    )


def _differences(sent: Run | None, latest: Run | None, now: Iterable[StepResult]) -> list[Difference]:
    if sent is None or latest is None or sent.pk == latest.pk:
        return []
    before = {(one.key, one.step.subject): one for one in _results(sent)}
    after = {(one.key, one.step.subject): one for one in now}
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key), after.get(key)
        if old is None or new is None or (old.verdict, old.code) != (new.verdict, new.code):
            found.append(Difference(checking.title_of(key[0]), _told(old), _told(new)))
    return found


def _told(one: StepResult | None) -> str:
    return f"{DRAWN[one.verdict][1]}. {one.sentence}" if one else "Not looked at."


def offered(found: Checks, rows: Sequence[Field]) -> list[tuple[str, str]]:
    """Return what may be ticked as evidence: results of the checks, and fields that changed."""
    named = [(one.key, f"{one.title}: {one.word.lower()}") for one in (*found.loud, *found.unclear, *found.quiet)]
    return named + [(f"field:{one.name}", one.label) for one in rows if one.changed]


def ticked(keys: Sequence[str], found: Checks, rows: Sequence[Field]) -> list[dict[str, str]]:
    """Return evidence as a decision keeps it, of the boxes that were ticked."""
    known = {
        one.key: {"label": f"{one.title}: {one.sentence}"[:300], "url": one.url}
        for one in (*found.loud, *found.unclear, *found.quiet)
    }
    for one in rows:
        says = f"{one.label}: {' / '.join(one.after) or 'nothing'}"
        known[f"field:{one.name}"] = {"label": says[:300], "url": str(one.source.get("url", ""))[:500]}
    return [known[key] for key in keys if key in known]


@dataclass(frozen=True)
class History:
    """What is known of who sent it, in numbers."""

    since: dt.datetime | None
    published: int = 0
    rejected: int = 0
    withdrawn: int = 0
    suspended: int = 0
    open: int = 0


def history(submission: Submission) -> History:
    """Count what the submitter sent besides this. One statement."""
    who = submission.submitter
    if who is None:
        return History(None)

    def count(*states: State) -> Count:
        return Count("pk", filter=Q(state__in=states))

    others = Submission.objects.filter(submitter=who).exclude(pk=submission.pk)
    found = others.aggregate(
        published=count(State.PUBLISHED), rejected=count(State.REJECTED), withdrawn=count(State.WITHDRAWN),
        suspended=count(State.SUSPENDED, State.ARCHIVED),
        open=count(State.SUBMITTED, State.CHECKING, State.CHANGES_REQUESTED, State.IN_REVIEW, State.APPROVED),
    )  # fmt: skip
    return History(who.date_joined, **found)


def hindrance(submission: Submission, reviewer: Any) -> str:
    """Return why a reviewer may not decide about a submission; "" when nothing is in the way."""
    return speakers.hindrance(speakers.interests(reviewer), submission)


def twins(submission: Submission) -> list[duplicates.Match]:
    """Return the tools that this may be already, but the one that it changes."""
    record = submission.record
    rows = [row for row in record.get("interfaces") or [] if isinstance(row, dict)]
    packages = [(str(row.get("registry") or ""), str(row["package"])) for row in rows if row.get("package")]
    packages += [("image", str(row["image"])) for row in rows if row.get("image")]
    links: dict[str, Any] = record.get("links") or {}
    found = duplicates.find(
        url=str(record.get("homepage", "")), name=submission.name, vendor=str(record.get("vendor") or ""),
        repo=str(links.get("repo", "")), packages=packages,
    )  # fmt: skip
    return [one for one in found if one.tool.pk != submission.tool_id]
