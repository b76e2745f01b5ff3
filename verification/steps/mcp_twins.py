"""No other listed server offers byte for byte the same tools. Reads earlier results; asks nobody."""

from __future__ import annotations

import datetime as dt

from django.db.models.fields.json import KeyTextTransform
from django.utils import timezone

from catalog.choices import LISTED
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.models import StepResult
from verification.verdicts import Verdict

SEEN_WITHIN = dt.timedelta(days=30)


def check(context: Context) -> Outcome:
    """Look for the same hash of a list of tools at another address, of another listed tool."""
    tools = context.earlier("mcp_tools")
    if tools is None or not tools.detail.get("count"):
        return context.unmet("mcp_tools", "MCP tools")
    same = (
        StepResult.objects.annotate(tools_hash=KeyTextTransform("tools_hash", "detail"))
        .filter(key="mcp_tools", tools_hash=tools.detail["tools_hash"], ended_at__gt=timezone.now() - SEEN_WITHIN)
        .exclude(subject=context.subject.address)
        .exclude(run__tool__slug=context.listing.slug)
        .filter(run__tool__status__in=LISTED)
    )
    rows = same.order_by("run__tool__slug").values_list("run__tool__slug", "run__tool__name").distinct()
    found = [{"slug": slug, "name": name} for slug, name in rows[:10]]
    if not found:
        return context.say("none")
    return context.say("same_tools", name=found[0]["name"], detail={"tools": found})


STEP = Step(
    key="mcp_twins",
    title="MCP twins",
    group="endpoints",
    proves="No other listed MCP server that we saw in the last 30 days has exactly the same list of tools.",
    codes={
        "none": Code(Verdict.PASS, "We know of no other listed server with the same list of tools."),
        # a census found 13 of 556 live servers with a catalogue of another: copies, mirrors, or one service twice
        "same_tools": Code(Verdict.WARN, "{name} has exactly the same list of tools; a person should see why."),
    },
    check=check,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    needs=("mcp_tools",),
)
