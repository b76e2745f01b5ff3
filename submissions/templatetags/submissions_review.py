"""What templates say of decisions: whether one can appeal, where a tool can be reported."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Tool
from submissions import appeals
from submissions.models import Appeal, Decision

register = template.Library()


@register.filter
def letter(number: int) -> str:
    """Return the key by which a choice is made: "a" for 0."""
    return "abcdefgh"[number]


@register.simple_tag
def appeal_of(decision: Decision) -> dict[str, Any]:
    """Return the appeal against a decision, and whether one is possible."""
    return {
        "appeal": Appeal.objects.filter(decision=decision).first(),
        "possible": not appeals.hindrance(decision),
    }


@register.simple_tag(takes_context=True)
def report_link(context: template.Context, tool: Tool) -> SafeString | str:
    """Return the link by which everybody can report a listed tool; for reviewers the one to decide about it, too."""
    if not tool.is_listed:
        return ""
    report = format_html(
        '<a class="btn" href="{}" rel="nofollow">Report</a>', reverse("submissions:report_tool", args=[tool.slug])
    )
    user = context.get("user")
    if user is not None and user.has_perm("submissions.change_submission"):
        decide = reverse("submissions:review_listing", args=[tool.slug])
        report += format_html(' <a class="btn" href="{}">Decide</a>', decide)
    return report
