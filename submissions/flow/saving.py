"""Saving one step of a draft: what two windows typed never overwrites each other unseen."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import wording
from catalog.records import Record
from submissions import services
from submissions.flow import steps, words
from submissions.flow.forms import StepForm
from submissions.flow.rows import InterfaceRow, PlanRow, Row, Rows
from submissions.flow.steps import Step
from submissions.models import Prefill, Submission
from submissions.moving import Overtaken
from submissions.prefill import suggesting

WINDOW = re.compile(r"[A-Za-z0-9_-]{1,24}")
ROW_FORMS: dict[str, type[Row]] = {"plans": PlanRow, "interfaces": InterfaceRow}


@dataclass
class Page:
    """The forms of a step, as shown or as sent."""

    step: Step
    form: StepForm | None
    rows: Rows | None
    clash: list[dict[str, str]] = field(default_factory=list)  # what another window says otherwise

    @property
    def clean(self) -> bool:
        """Whether all that was typed can be stored."""
        return (self.form is None or self.form.is_valid()) and (self.rows is None or self.rows.clean)

    def into(self, record: Record) -> Record:
        """Return the record with what was typed here."""
        if self.form is not None:
            record = self.form.into(record)
        return words.with_value(record, self.rows.name, self.rows.value()) if self.rows else record

    def unclean(self) -> list[str]:
        """Return what cannot be stored, as sentences."""
        forms = [*([self.form] if self.form else []), *(self.rows.forms if self.rows else [])]
        return [
            f"{form.fields[name].label or name}: {error}" if name in form.fields else str(error)
            for form in forms
            for name, errors in form.errors.items()
            for error in errors
        ]


def page(step: Step, record: Record, data: Any = None) -> Page:
    """Return the forms of a step over a record."""
    form = step.form(record, data) if step.form else None
    rows = Rows(step.rows, ROW_FORMS[step.rows], record, data) if step.rows else None
    return Page(step, form, rows)


@transaction.atomic
def save(submission: Submission, step: Step, data: Any, *, by: Any) -> tuple[Submission, Page]:
    """Keep what was typed at a step. Return the draft and the forms; what cannot be stored is said by them.

    `data` names the window and the mark of what it showed: when another window saved something else since, nothing is
    written and the forms tell both (`clash`). Raises Overtaken when the draft is not with its submitter any more.
    """
    submission = Submission.objects.select_for_update(of=("self",)).get(pk=submission.pk)
    if not submission.is_with_submitter or submission.submitter_id != by.pk:
        raise Overtaken("It was sent or withdrawn in another window meanwhile, so it is not a draft any more.")
    sent = page(step, submission.record, data)
    record = sent.into(submission.record)
    record = _taken(submission, data.get("use", ""), record)
    window = data.get("window", "")
    window = window if WINDOW.fullmatch(window) else ""
    now, typed = steps.part(submission.record, step), steps.part(record, step)
    last = submission.saved_by.get(step.key, {}).get("window", "")
    fresh = steps.mark_of(submission.record, step) == data.get("was", "")
    if not fresh and now != typed and (not window or last != window):
        sent.clash = _clash(now, typed)
        return submission, sent
    saved = services.save_draft(submission, by=by, record=record, version=submission.version)
    saved.saved_by = steps.lasting(saved, step, window, timezone.now())
    saved.save(update_fields=["saved_by"])
    return saved, sent


@transaction.atomic
def save_whole(submission: Submission, *, by: Any, record: Record, version: int) -> Submission:
    """Keep a record that a program sends whole. Windows that show an older one are told so when they save.

    Raises Overtaken when the draft has another version by now, or is not with its submitter any more.
    """
    before = submission.record
    saved = services.save_draft(submission, by=by, record=record, version=version)
    now = timezone.now()
    for step in steps.ASKING:
        if steps.part(before, step) != steps.part(saved.record, step):
            saved.saved_by = steps.lasting(saved, step, "", now)
    saved.save(update_fields=["saved_by"])
    return saved


def _taken(submission: Submission, wanted: str, record: Record) -> Record:
    """Return the record with a value that was found or suggested, when a button of the page names one."""
    if wanted in submission.sources:
        return words.with_value(record, wanted, submission.sources[wanted].get("found"))
    kind, _, at = wanted.partition("-")
    all_offers = offers(submission)
    if kind != "offer" or not (at.isdigit() and at.isascii()) or int(at) >= len(all_offers):
        return record
    name, value = all_offers[int(at)]["field"], all_offers[int(at)]["value"]
    if isinstance(value, str) and name in {"tags", "also", "pricing.model"}:
        value = list(dict.fromkeys([*(wording.value_at(record, name) or []), value]))
    return words.with_value(record, name, value)


def beside(submission: Submission) -> dict[str, Any]:
    """Return what the reading of the site brought beside the record; {} where no site was read."""
    row = Prefill.objects.filter(submission=submission).order_by("id").first()
    return row.found if row else {}


def offers(submission: Submission) -> list[dict[str, Any]]:
    """Return what was found beside the record or would be our choice: field, value, why, maybe url.

    What the reading of the site brought, else what the draft's own words suggest.
    """
    found = [one for name in ("suggestions", "others", "hints") for one in beside(submission).get(name, [])]
    if not found:
        pricing = {"access": "unknown", "model": [], "source": "unknown", **submission.record.get("pricing", {})}
        found = [asdict(one) for one in suggesting.suggest({**submission.record, "pricing": pricing}, None)]
    return [one for one in found if steps.is_field(one["field"])]


def _clash(now: Record, typed: Record) -> list[dict[str, str]]:
    return [
        {
            "label": wording.label(name),
            "theirs": wording.words(name, now[name]),
            "yours": wording.words(name, typed[name]),
        }
        for name in now
        if now[name] != typed[name]
    ]
