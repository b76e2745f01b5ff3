"""Compares a run's look at a site with the accepted one, opens and closes cases, and takes a person's answer."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.models import Tool
from core import audit
from verification import journal
from verification.identity import drift
from verification.identity.drift import Drift
from verification.models import DriftCase, IdentityPrint, LogEntry, Run, StepResult

STEPS = ("home", "tls", "favicon")
State = DriftCase.State
SAID: dict[str, str] = {  # in the public log
    State.SAME: "A person said of its new look: the same product. Later looks are compared with it.",
    State.OTHER: "A person said of its new look: another product. The listing is for an editor.",
}


class Decided(Exception):
    """The case is no longer what the person answered."""


def note_print(run: Run, **_signal: object) -> None:
    """Compare what a full run saw with what is accepted; called in the transaction that announces the run.

    The first look is accepted as it is, and so is the first one at a home page that an editor has listed anew. A small
    drift moves nothing; one above the threshold opens a case, or brings an open one up to date; a look that is back at
    what was accepted closes it. What a person has called another product is not asked again while it stays as it was.
    """
    if run.light or run.finished_at is None:
        return
    rows = StepResult.objects.filter(run=run, key__in=STEPS).order_by("pk").values_list(
        "key", "code", "detail", "subject"
    )  # fmt: skip
    said = {key: (code, detail) for key, code, detail, _subject in rows}
    looked_at = next((subject for key, _code, _detail, subject in rows if key == "home"), "")
    tool = Tool.objects.select_for_update(of=("self",), no_key=True).get(pk=run.tool_id)
    data = drift.fingerprint(tool.name, tool.vendor, said)
    if data is None or (looked_at and looked_at != tool.homepage):  # begun before the listing got another home page
        return
    data["homepage"] = tool.homepage
    seen = IdentityPrint(tool=tool, run=run, data=data, at=run.finished_at)
    accepted = IdentityPrint.objects.filter(tool=tool, baseline=True).first()
    if accepted is not None and accepted.at >= run.finished_at:
        return
    if accepted is None or accepted.data.get("homepage", tool.homepage).rstrip("/") != tool.homepage.rstrip("/"):
        _close(tool, State.LISTED, "The listing has another home page now, and its look is the accepted one.")
        _accept(seen)
    else:
        _judge(accepted, seen)


def _judge(accepted: IdentityPrint, seen: IdentityPrint) -> None:
    """Open a case, bring the open one up to date, or close it."""
    moved, case = drift.compare(accepted.data, seen.data), _open_case(seen.tool)
    if case is not None and seen.at < case.print.at:  # an older run that is told late
        return
    if moved.back:
        _close(seen.tool, State.BACK, f"On {seen.at:%Y-%m-%d} the site was back to what it was.")
    elif case is not None and case.print.data != seen.data:
        seen.save()  # a new row: the one that somebody may have on the screen stays what it is
        DriftCase.objects.filter(pk=case.pk).update(print=seen, **_values(moved))
    elif case is None and moved.opens and not _answered(accepted, seen):
        seen.save()
        DriftCase.objects.create(tool=seen.tool, baseline=accepted, print=seen, **_values(moved))


def _answered(accepted: IdentityPrint, seen: IdentityPrint) -> bool:
    """Whether a person has seen this already and called it another product."""
    last = DriftCase.objects.select_related("print").filter(tool=seen.tool).order_by("-id").first()
    if last is None or last.state != State.OTHER or last.baseline_id != accepted.pk:
        return False
    return not drift.compare(last.print.data, seen.data).opens


def _values(moved: Drift) -> dict[str, Any]:
    return {
        "score": moved.score,
        "signals": [[one.key, one.weight, one.sentence] for one in moved.signals],
        "sentence": moved.sentence[:1_000],
    }


def _accept(seen: IdentityPrint) -> None:
    """Make a look the one that later ones are compared with."""
    IdentityPrint.objects.filter(tool=seen.tool_id, baseline=True).update(baseline=False)
    seen.baseline = True
    seen.save()


def _open_case(tool: Tool) -> DriftCase | None:
    rows = DriftCase.objects.select_related("print").select_for_update(of=("self",))
    return rows.filter(tool=tool, state=State.OPEN).first()


def _close(tool: Tool, state: str, line: str) -> None:
    """End the open case of a tool without a person; what it was about stays in its sentence."""
    case = _open_case(tool)
    if case is not None:
        DriftCase.objects.filter(pk=case.pk).update(
            state=state, decided_at=timezone.now(), sentence=f"{line} Before: {case.sentence}"[:1_000]
        )


@transaction.atomic
def same_product(case: DriftCase, *, looks: str, by: Any) -> None:
    """Accept the new look: later runs are compared with it. `looks`: those that `by` has seen. Raises Decided."""
    row = _take(case, looks)
    _accept(row.print)
    _answer(row, State.SAME, by)


@transaction.atomic
def other_product(case: DriftCase, *, looks: str, by: Any) -> None:
    """Note that it is another product now; the listing stays for an editor to change. Raises Decided."""
    _answer(_take(case, looks), State.OTHER, by)


def _take(case: DriftCase, looks: str) -> DriftCase:
    tool = Tool.objects.select_for_update(of=("self",), no_key=True).get(pk=case.tool_id)  # as `note_print` does
    row = _open_case(tool)
    if row is None or row.pk != case.pk:
        raise Decided("Somebody has answered already, or the site is back to what it was.")
    if row.looks != looks:
        raise Decided("The site looked different when it was seen last. Look at the new row, then answer.")
    return row


def _answer(row: DriftCase, state: str, by: Any) -> None:
    at = timezone.now()
    DriftCase.objects.filter(pk=row.pk).update(state=state, decided_by=by, decided_at=at)
    journal.note(at=at, kind=LogEntry.Kind.PERSON, key=f"drift:{row.pk}:{state}", tool=row.tool, sentence=SAID[state])
    audit.record(actor=by, action="verification.drift_decided", obj=row, detail={"state": state, "tool": row.tool_id})
