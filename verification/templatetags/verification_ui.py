"""What templates say of runs: the panel of a tool's page, verdicts, moments, durations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Interface, Tool
from core.templatetags.ui import state
from verification import summary
from verification.interface_states import Seen
from verification.models import Run

register = template.Library()


@register.simple_tag
def verification_of(tool: Tool) -> summary.Checked:
    """Return what our runs know of a tool (verification/summary.py)."""
    return summary.checked(tool)


@register.simple_tag
def tools_checked() -> int:
    """Return how many listed tools a full run has looked at."""
    return summary.tools_checked()


@register.filter
def less(value: int, part: int) -> int:
    """Return what is left of a number."""
    return value - part


@register.inclusion_tag("verification/_panel.html", takes_context=True)
def verification_panel(context: template.Context, checked: summary.Checked) -> dict[str, Any]:
    """Draw the section of a tool's page that says what the last run saw."""
    user = context["request"].user
    return {
        "checked": checked,
        "tool": checked.tool,
        "tally": summary.tally(checked.run.counts) if checked.run else [],
        "may_start": user.has_perm("catalog.change_tool"),
    }


@register.filter
def seen_of(checked: summary.Checked, interface: Interface) -> Seen | None:
    """Return how the latest run saw one interface of the tool, None when it did not look."""
    return checked.interfaces.get(interface.pk)


@register.filter
def verdict(name: str) -> SafeString:
    """Draw a verdict: its shape and its word."""
    return state(*summary.DRAWN[name])


@register.filter
def moment(value: dt.datetime | None) -> SafeString | str:
    """Return a moment as <time>: "25 Nov 2026, 14:03 UTC"."""
    return _time(value, lambda at: f"{at.day} {at:%b %Y, %H:%M} UTC") if value else ""


@register.filter
def clock(value: dt.datetime | None) -> SafeString | str:
    """Return the time of a moment as <time>: "14:03:50"; its title gives the day."""
    return _time(value, lambda at: f"{at:%H:%M:%S}") if value else ""


@register.filter
def ago(value: dt.datetime | None) -> SafeString | str:
    """Return how long ago a moment was as <time>: "3 h ago"; its title gives the moment."""
    return _time(value, lambda at: _ago(timezone.now() - at), "rel") if value else ""


def _ago(passed: dt.timedelta) -> str:
    seconds = max(passed.total_seconds(), 0)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"


def _time(value: dt.datetime, words: Callable[[dt.datetime], str], css: str = "") -> SafeString:
    at = value.astimezone(dt.UTC)
    title, within = f"{at.day} {at:%B %Y, %H:%M:%S} UTC", format_html(' class="{}"', css) if css else ""
    moment = f"{at:%Y-%m-%dT%H:%M:%SZ}"
    return format_html('<time{} datetime="{}" title="{}">{}</time>', within, moment, title, words(at))


@register.filter
def took(ms: float | None) -> str:
    """Return a duration in milliseconds for people: "38 ms", "1.20 s", "12.3 s", "2 min 3 s"."""
    if ms is None:
        return ""
    if ms < 999.5:
        return f"{ms:.0f} ms"
    seconds = ms / 1_000
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


@register.filter
def duration(run: Run) -> str:
    """Return how long a run took; "" while it is under way."""
    return took((run.finished_at - run.created_at).total_seconds() * 1_000) if run.finished_at else ""


@register.filter
def tallied(run: Run) -> list[tuple[str, str, int]]:
    """Return the verdicts of a run that has ended, with their numbers."""
    return summary.tally(run.counts)


@register.filter
def counted(word: str, count: int) -> str:
    """Return a word with its number before it: "14 passed"."""
    return f"{count:,} {word}"
