"""Submissions: what somebody hands in, how it stands, what is wrong with it, what was decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rest_framework import serializers

from api.bodies import pointer
from api.rendering import moment
from core.site import absolute
from submissions.models import Appeal, Decision, State, Submission
from submissions.rules import RULES
from verification.models import RunStep
from verification.verdicts import Verdict

ADVICE = dict.fromkeys(("category", "also"), " GET /api/v1/categories has all there are, as path.")
PART = re.compile(r"\.|\[(\d+)\]")


class WrongShape(serializers.Serializer[Any]):
    """Something that keeps a record from being sent, and where."""

    pointer = serializers.CharField(help_text="the place in the body, as a JSON pointer (RFC 6901)")
    detail = serializers.CharField()


class SubmissionShape(serializers.Serializer[Any]):
    """A tool, or a change of a listed one, on its way into the catalog."""

    key = serializers.CharField()
    kind = serializers.ChoiceField(choices=Submission.Kind.values)
    tool = serializers.SlugField(allow_null=True, help_text="the listed tool that it is about, or became")
    state = serializers.ChoiceField(choices=State.values)
    state_since = serializers.DateTimeField()
    name = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(help_text="of the draft; a change of it names the one that it was made from")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True, help_text="when it was last sent")
    url = serializers.URLField(help_text="its page in the portal")


class WholeSubmissionShape(SubmissionShape):
    """A submission with what it says."""

    record = serializers.DictField(help_text="as it stands, complete or not")
    problems = WrongShape(many=True, help_text="what keeps it from being sent; empty when nothing does")


class BegunSubmissionShape(WholeSubmissionShape):
    """A submission that was begun just now."""

    same_as = serializers.CharField(
        allow_null=True, help_text="the key of an older open one of yours that says the very same; delete one of them"
    )


class VerdictShape(serializers.Serializer[Any]):
    """What a check would say of a record."""

    valid = serializers.BooleanField()
    problems = WrongShape(many=True)
    listed_already = serializers.CharField(
        allow_null=True, help_text="a sentence, when a listed tool is surely the same one"
    )


class StepShape(serializers.Serializer[Any]):
    """A step of the checks."""

    key = serializers.CharField()
    title = serializers.CharField()
    subject = serializers.CharField(help_text="what it looks at; empty: the listing")
    state = serializers.ChoiceField(choices=RunStep.State.values)
    verdict = serializers.ChoiceField(choices=Verdict.values, allow_null=True)
    code = serializers.CharField(allow_null=True)
    sentence = serializers.CharField(allow_null=True)


class ChecksShape(serializers.Serializer[Any]):
    """The last checks of a submission: the steps of a verification, on its draft."""

    run = serializers.IntegerField(allow_null=True, help_text="null: nothing was checked yet, or nothing can be")
    state = serializers.ChoiceField(choices=["none", "running", "finished"])
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    as_it_is = serializers.BooleanField(help_text="they checked what the submission says now")
    steps = StepShape(many=True)


class EvidenceShape(serializers.Serializer[Any]):
    """What a decision rests on."""

    label = serializers.CharField()  # type: ignore[assignment]  # its name, not the field's label
    url = serializers.CharField()


class DecisionShape(serializers.Serializer[Any]):
    """What was decided about a submission, and why."""

    key = serializers.CharField()
    action = serializers.ChoiceField(choices=Decision.Action.values)
    ground = serializers.ChoiceField(choices=list(RULES), help_text="the rule that it rests on: /submit/rules/")
    sentence = serializers.CharField()
    evidence = EvidenceShape(many=True)
    automated = serializers.BooleanField(help_text="by the site itself, by a written rule")
    decided_at = serializers.DateTimeField()
    url = serializers.URLField(help_text="its page in the portal, where one appeals")


class AppealShape(serializers.Serializer[Any]):
    """What became of an appeal."""

    filed_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="by then it has an answer")
    outcome = serializers.ChoiceField(choices=Appeal.Outcome.values, allow_null=True, help_text="null: not yet")
    sentence = serializers.CharField(allow_null=True, help_text="why")


class AppealedDecisionShape(DecisionShape):
    """What was decided about a submission, and what became of an appeal against it."""

    appeal = AppealShape(allow_null=True)


def submission(row: Submission) -> dict[str, Any]:
    """Return a submission in a list (with its tool fetched)."""
    return {
        "key": row.key,
        "kind": row.kind,
        "tool": row.tool.slug if row.tool else None,
        "state": row.state,
        "state_since": moment(row.state_since),
        "name": row.name or None,
        "version": row.version,
        "created_at": moment(row.created_at),
        "changed_at": moment(row.changed_at),
        "submitted_at": moment(row.submitted_at),
        "url": absolute(row.get_absolute_url()),
    }


def whole(row: Submission, problems: Mapping[str, str]) -> dict[str, Any]:
    """Return a submission with its record and what is wrong with that."""
    return {**submission(row), "record": row.record, "problems": wrong(problems)}


def wrong(problems: Mapping[str, str]) -> list[dict[str, str]]:
    """Return problems by field ("interfaces[0].url") as errors with pointers into a body {"record": …}."""
    return [
        {"pointer": place(name), "detail": f"{told[:1].upper()}{told[1:]}.{ADVICE.get(PART.split(name)[0], '')}"}
        for name, told in problems.items()
        if name != "slug"
    ]


def place(field: str) -> str:
    """Return the JSON pointer of a field of a record: "plans[0].amount" is /record/plans/0/amount."""
    return pointer("record", *(part for part in PART.split(field) if part))


def decision(row: Decision) -> dict[str, Any]:
    """Return a decision."""
    return {
        "key": row.key,
        "action": row.action,
        "ground": row.ground,
        "sentence": row.sentence,
        "evidence": [
            {"label": one["label"], "url": absolute(one["url"]) if one["url"].startswith("/") else one["url"]}
            for one in row.evidence
        ],
        "automated": row.automated,
        "decided_at": moment(row.created_at),
        "url": absolute(row.get_absolute_url()),
    }


def appealed(row: Decision) -> dict[str, Any]:
    """Return a decision with the appeal against it (with that fetched)."""
    one: Appeal | None = getattr(row, "appeal", None)
    told = one and {
        "filed_at": moment(one.created_at),
        "due_at": moment(one.due_at),
        "outcome": one.outcome or None,
        "sentence": one.sentence or None,
    }
    return {**decision(row), "appeal": told}
