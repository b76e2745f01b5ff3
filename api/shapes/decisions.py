"""Decisions: as the public log tells them, and in full for whom they concern."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api.shapes.submissions import EvidenceShape, decision
from catalog.models import Tool
from submissions.models import Decision
from submissions.public.transparency import entry
from submissions.rules import RULES


class LoggedDecisionShape(serializers.Serializer[Any]):
    """A decision. What is not public is null, but for whom it concerns: with `mine`. Who decided is never said."""

    when = serializers.CharField(help_text="a day; in public only the month of what is about a submission or a report")
    subject = serializers.CharField(help_text="what it is about, by name where that may be said")
    tool = serializers.SlugField(allow_null=True, help_text="the tool, where it is listed and may be named")
    action = serializers.ChoiceField(choices=Decision.Action.values)
    ground = serializers.ChoiceField(choices=list(RULES), help_text="the rule that it rests on: /submit/rules/")
    rule = serializers.CharField(help_text="the title of that rule")
    key = serializers.CharField(allow_null=True)
    submission = serializers.CharField(allow_null=True, help_text="the key of the submission")
    sentence = serializers.CharField(allow_null=True, help_text="what to change, or why")
    evidence = EvidenceShape(many=True, allow_null=True)
    automated = serializers.BooleanField(allow_null=True, help_text="by the site itself, by a written rule")
    decided_at = serializers.DateTimeField(allow_null=True)
    statement = serializers.URLField(allow_null=True, help_text="its page in the portal, where one appeals")


def logged(row: Decision) -> dict[str, Any]:
    """Return a decision of transparency.logged() as the log tells it."""
    told = entry(row)
    named = about(row) if told.url else None
    private = ("key", "submission", "sentence", "evidence", "automated", "decided_at", "statement")
    return {
        "when": told.when,
        "subject": told.subject,
        "tool": named.slug if named else None,
        "action": row.action,
        "ground": row.ground,
        "rule": told.rule,
        **dict.fromkeys(private),
    }


def own(row: Decision) -> dict[str, Any]:
    """Return a decision for whom it concerns (with tool and submission fetched)."""
    whole, tool, sent = decision(row), about(row), row.submission
    return {
        "when": whole["decided_at"][:10],
        "subject": tool.name if tool else (sent.name if sent else "") or "A submission without a name",
        "tool": tool.slug if tool and tool.is_listed else None,
        "action": row.action,
        "ground": row.ground,
        "rule": entry(row).rule,
        "key": row.key,
        "submission": sent.key if sent else None,
        "sentence": row.sentence,
        "evidence": whole["evidence"],
        "automated": row.automated,
        "decided_at": whole["decided_at"],
        "statement": whole["url"],
    }


def about(row: Decision) -> Tool | None:
    """Return the tool that a decision is about, or that came of the submission."""
    return row.tool or (row.submission.tool if row.submission else None)
