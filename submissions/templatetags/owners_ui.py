"""What pages of lower apps show of the portal: who owns a tool, and what its owner says."""

from __future__ import annotations

from typing import Any

from django import template

from catalog.models import Tool
from submissions import replying
from verification.models import Claim, Run
from verification.over_time import OverTime

register = template.Library()


@register.inclusion_tag("submissions/_owner.html")
def owner_of(tool: Tool, over: OverTime) -> dict[str, Any]:
    """Draw whether somebody proved to own a tool, and the way to claim it. No statement: it is one of its claims."""
    identity = next((row for row in over.claims if row.kind == Claim.Kind.IDENTITY), None)
    return {"tool": tool, "proved": identity is not None and identity.state == "ok"}


@register.inclusion_tag("submissions/_replies.html")
def owners_words(tool: Tool, run: Run | None = None) -> dict[str, Any]:
    """Draw what who speaks for a tool replied; on the page of a run what concerns that. One statement."""
    return {"replies": replying.shown_for_run(run) if run else replying.shown_for(tool), "one": run is not None}
