"""The steps that a submitter walks: what each is called, which fields it asks, and how far a draft is."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalog.records import Record
from catalog.wording import value_at
from submissions.flow import forms
from submissions.flow.words import problem
from submissions.models import Submission


@dataclass(frozen=True)
class Step:
    """One page of the walk. `about` says how long it takes a person who has the answers at hand."""

    key: str
    name: str
    title: str
    why: str
    about: str
    fields: tuple[str, ...] = ()
    form: type[forms.StepForm] | None = None
    rows: str = ""  # the list of the record that is edited here as rows


STEPS = (
    Step(
        "address", "Address", "Where is its home page?",
        "Readers are led there, and our robot looks at it before anybody reviews the listing.", "now",
        ("homepage",), forms.AddressForm,
    ),
    Step(
        "what", "What it is", "What is it?",
        "What we found on its site stands in the fields, with where it was found. Change what is not right.",
        "about 2 min",
        ("name", "vendor", "tagline", "description", "kind", "licence", "launched",
         "links.docs", "links.repo", "links.api", "links.status"), forms.WhatForm,
    ),
    Step(
        "place", "Where it stands", "Where should people find it?",
        "People come with a job to be done, and then narrow by what these fields say.", "about 1 min",
        ("category", "also", "platforms", "modality", "tags"), forms.PlaceForm,
    ),
    Step(
        "price", "Price", "What does it cost?",
        "Three answers in plain words, and prices only as they stand on its price page today.", "about 1 min",
        ("pricing", "plans", "links.pricing"), forms.PriceForm, "plans",
    ),
    Step(
        "interfaces", "Interfaces", "How does a program reach it?",
        "Leave this empty when there is no such way. We call each address before we print it.", "about 1 min",
        ("interfaces",), None, "interfaces",
    ),
    Step(
        "checks", "Checks", "Does everything answer?",
        "The checks that a reviewer sees, made now, so that nothing comes as a surprise. Only what fails stands in the"
        " way; a warning does not.", "about 1 min",
    ),
    Step(
        "ownership", "Ownership", "Can you prove that it is yours?",
        "You need not. A proof lets you change the listing later without a review of small things.", "about 3 min",
    ),
    Step(
        "send", "Send", "Look through it once more",
        "This is what becomes public when it is approved.", "about 1 min",
    ),
)  # fmt: skip
BY_KEY = {step.key: step for step in STEPS}
ASKING = tuple(step for step in STEPS if step.fields)


@dataclass(frozen=True)
class Mark:
    """One step in the line above the page."""

    step: Step
    number: int
    state: str  # "done", "now", "todo", "wrong"
    saved_at: dt.datetime | None


def part(record: Record, step: Step) -> Record:
    """Return what a step asks of a record, field by field."""
    return {name: value_at(record, name) or None for name in step.fields}


def mark_of(record: Record, step: Step) -> str:
    """Return a mark of what a step shows, by which a form knows whether another window changed it since."""
    return hashlib.sha256(json.dumps(part(record, step), sort_keys=True).encode()).hexdigest()[:16]


def step_of(field: str) -> Step:
    """Return the step at which a field of a record is asked ("interfaces[1].url" too)."""
    name = field.split("[", maxsplit=1)[0]
    for step in ASKING:
        if any(name == one or name.startswith(f"{one}.") for one in step.fields):
            return step
    return next((step for step in ASKING if any(one.startswith(f"{name}.") for one in step.fields)), BY_KEY["what"])


def is_field(name: str) -> bool:
    """Say whether a value for this field can be taken over as a whole: no row of a list."""
    return any(
        name == one or (one in {"pricing"} and name.startswith("pricing.")) for step in ASKING for one in step.fields
    ) or (name in {"modality.in", "modality.out"})


def told(problems: Mapping[str, str], step: Step | None = None) -> dict[str, str]:
    """Return problems as sentences for people, by field; only those of one step when it is given."""
    return {
        name: problem(name, message)
        for name, message in problems.items()
        if name != "slug" and (step is None or step_of(name) == step)
    }


def line(
    submission: Submission, current: str, problems: Mapping[str, str], told: Mapping[str, str] | None = None
) -> list[Mark]:
    """Return the steps as they stand, for the line above the page.

    `told` says how those stand that ask nothing: "done" or "wrong" by key.
    """
    told = told or {}
    wrong = {step_of(name).key for name in problems}
    marks = []
    for number, step in enumerate(STEPS, 1):
        saved = submission.saved_by.get(step.key, {})
        at = dt.datetime.fromisoformat(saved["at"]) if saved.get("at") else None
        if step.key == current:
            state = "now"
        elif step.key in told:
            state = told[step.key]
        elif not step.fields or not at:
            state = "done" if step.fields and _filled(submission, step) and step.key not in wrong else "todo"
        else:
            state = "wrong" if step.key in wrong else "done"
        marks.append(Mark(step, number, state, at))
    return marks


def _filled(submission: Submission, step: Step) -> bool:
    found = part(submission.record, step)
    if found.get("pricing") and found["pricing"].get("access") in {None, "unknown"}:
        found["pricing"] = None  # what a reading fills in where nothing is stated
    return any(value is not None for value in found.values())


def after(step: Step) -> Step:
    """Return the next step; the last one for the last."""
    return STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]


def before(step: Step) -> Step | None:
    """Return the step before; None for the first."""
    at = STEPS.index(step)
    return STEPS[at - 1] if at else None


def lasting(submission: Submission, step: Step, window: str, at: dt.datetime) -> dict[str, Any]:
    """Return `saved_by` with this window as the last that saved a step."""
    return {**submission.saved_by, step.key: {"window": window, "at": at.isoformat()}}
