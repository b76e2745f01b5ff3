"""What templates say of runs: the panel of a tool's page, verdicts, moments, durations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog import markdown
from catalog.models import Interface, Tool
from core.site import absolute
from core.templatetags.ui import state
from verification import over_time as time
from verification import strip, summary
from verification.interface_states import Seen
from verification.judgement.judge import State
from verification.models import Run
from verification.over_time import Address, OverTime

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
def get(rows: Mapping[str, str], name: str) -> str:
    """Return what a mapping holds under a name."""
    return rows[name]


@register.filter
def less(value: int, part: int) -> int:
    """Return what is left of a number."""
    return value - part


@register.simple_tag
def over_time(tool: Tool) -> OverTime:
    """Return what is known of a tool over time (verification/over_time.py)."""
    return time.over_time(tool)


@register.inclusion_tag("verification/_panel.html", takes_context=True)
def verification_panel(context: template.Context, checked: summary.Checked, over: OverTime) -> dict[str, Any]:
    """Draw the section of a tool's page that says what is known of it over time and what the last run saw."""
    user = context["request"].user
    return {
        "checked": checked,
        "over": over,
        "tool": checked.tool,
        "tally": summary.tally(checked.run.counts) if checked.run else [],
        "may_start": user.has_perm("catalog.change_tool"),
        "badge": snippets(checked.tool) if checked.tool.is_listed else [],
    }


def snippets(tool: Tool) -> list[tuple[str, str]]:
    """Return what shows a tool's badge on its own pages: (form, text to copy)."""
    picture = absolute(reverse("verification:badge", args=[tool.slug, "svg"]))
    page, says = absolute(tool.get_absolute_url()), f"{tool.name} in {settings.SITE_NAME}"
    return [
        ("Markdown", f"[![{markdown.escape(says)}]({picture})]({page})"),
        ("HTML", format_html('<a href="{}"><img src="{}" alt="{}" height="20"></a>', page, picture, says)),
    ]


@register.filter
def address_of(over: OverTime, interface: Interface) -> Address | None:
    """Return the watched address of an interface when it says more than the last run: it is away, or slow."""
    found = over.of(interface)
    told = found is not None and found.endpoint.state not in {State.UNKNOWN, State.HEALTHY}
    return found if told else None


@register.filter
def strip_of(address: Address) -> SafeString:
    """Draw the last 90 days of an address."""
    return strip.draw(address.days, address.name)


@register.filter
def strip_of_hours(address: Address) -> SafeString:
    """Draw the last 48 hours of an address."""
    return strip.draw(address.hours, address.name)


@register.filter
def hours_of(address: Address) -> SafeString:
    """Return its hours as rows of a table, the latest first."""
    return strip.hour_table(address.known_hours)


@register.filter
def times_of(address: Address) -> SafeString | str:
    """Draw how long its answers took."""
    return strip.draw_times(address.days, address.name)


@register.filter
def days_of(address: Address) -> SafeString:
    """Return its days as rows of a table, the latest first."""
    return strip.table(address.known)


@register.filter
def day_of(value: dt.datetime | None) -> SafeString | str:
    """Return the day of a moment as <time>, near ones without their year: "25 Nov"; its title gives the moment."""
    near = value is not None and abs(value - timezone.now()) < dt.timedelta(days=180)
    return _time(value, lambda at: f"{at.day} {at:%b}" if near else f"{at.day} {at:%b %Y}") if value else ""


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
def age(value: dt.timedelta) -> str:
    """Return an age for people: "2 h 10 min", "3 d 4 h"."""
    minutes = max(0, round(value.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min" if minutes < 2_880 else f"{minutes // 1440} d {minutes // 60 % 24} h"


@register.filter
def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent; "100 %" and "0 %" only when it is so."""
    if not whole:
        return "not known"
    percent = round(part * 100 / whole)
    return f"{percent if part in {0, whole} else min(99, max(1, percent))} %"


@register.filter
def tallied(run: Run) -> list[tuple[str, str, int]]:
    """Return the verdicts of a run that has ended, with their numbers."""
    return summary.tally(run.counts)


@register.filter
def counted(word: str, count: int) -> str:
    """Return a word with its number before it: "14 passed"."""
    return f"{count:,} {word}"
