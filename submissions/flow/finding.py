"""Where a person finds a draft of their own, and what every page of a draft shows."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404

from catalog.choices import InterfaceKind
from catalog.wording import label, value_at, words
from submissions import checking, services
from submissions.flow import places, saving, steps
from submissions.flow.rows import ASKED
from submissions.flow.saving import Page
from submissions.flow.steps import Step
from submissions.models import Submission

NO_SUBMISSION = "There is no such submission, or it is not yours."


def mine(user: Any, key: str) -> Submission:
    """Return a submission that this account handed in or is writing. Raises Http404."""
    found = Submission.objects.of(user).select_related("tool", "shadow").filter(key=key).first()
    if found is None:
        raise Http404(NO_SUBMISSION)
    return found


def frame(submission: Submission, step: Step) -> dict[str, Any]:
    """Return what the pages of all steps show: the line, the way back and on, what is still wrong."""
    problems = services.problems(submission.record)
    told = steps.told(problems)
    return {
        "submission": submission,
        "step": step,
        "marks": steps.line(submission, step.key, problems, _asking_nothing(submission)),
        "back": steps.before(step),
        "next": steps.after(step),
        "problems_of_all": told,
        "problem_links": [
            (steps.step_of(name).name, f"{submission.step_url(steps.step_of(name).key)}?look=1", sentence)
            for name, sentence in told.items()
        ],
        "wrong": steps.told(problems, step) if step.fields else {},
    }


def _asking_nothing(submission: Submission) -> dict[str, str]:
    """Return how the steps stand that ask nothing: "done" or "wrong" by step, where it is known."""
    found = {}
    run = checking.latest(submission)
    if run is not None and checking.is_checked_as_it_is(submission):
        found["checks"] = "wrong" if checking.failed(run) else "done"
    if services.speaks(submission, submission.submitter):
        found["ownership"] = "done"
    return found


def asked(submission: Submission, page: Page, data: Any = None, *, look: bool = False) -> dict[str, Any]:
    """Return what the page of a step with forms shows beyond the frame."""
    shown = frame(submission, page.step)
    given = data.get("was") if data is not None and not page.clash else ""
    beside = saving.beside(submission)
    more: dict[str, Any] = {"offers": _offers(submission, page.step), "warnings": beside.get("warnings", {})}
    if page.step.key == "what":
        more["notes"] = beside.get("notes", [])
    if page.step.key == "place":
        more["usual"] = places.usual_tags(submission.record)
    return {
        **shown,
        **more,
        "page": page,
        "interface_kinds": [(kind, name) for kind, name in InterfaceKind.choices if kind in ASKED],
        "was": given or steps.mark_of(submission.record, page.step),
        "window": (data.get("window") if data is not None else "") or secrets.token_urlsafe(9),
        "problems": shown["wrong"] if look else {},
        "unclean": page.unclean() if data is not None else [],
        "saved": submission.saved_by.get(page.step.key, {}).get("at"),
    }


def _offers(submission: Submission, step: Step) -> list[dict[str, Any]]:
    """Return what could be taken over at a step with a button, and is not there yet."""
    rows = []
    for number, one in enumerate(saving.offers(submission)):
        now = value_at(submission.record, one["field"])
        taken = now == one["value"] or (isinstance(now, list) and one["value"] in now)
        if steps.step_of(one["field"]) == step and not taken:
            rows.append(
                {
                    "why": one.get("quote", ""),
                    "url": "",
                    **one,
                    "number": number,
                    "label": label(one["field"]),
                    "words": words(one["field"], one["value"]),
                }
            )
    return rows[:12]
