"""Ninety days and 48 hours as pictures: SVG of plain attributes, so that neither script nor inline style is needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from verification.health.history import Day, Hour

STEP, WIDTH, HEIGHT = 8, 6, 40  # units of the view box: from day to day, of a bar, of the picture
LINE = 32  # height of the picture of times
# How a day is drawn: its height and fill carry the state as well as its colour. Outlined bars keep half a line free.
BARS = {"ok": (0.0, 0.0), "warn": (20.0, 0.0), "fail": (24.0, 0.75), "unk": (30.0, 0.5)}
WORDS = {"ok": "seen working", "warn": "with trouble", "fail": "mostly failing", "unk": "not known"}


def in_words(parts: Sequence[Day | Hour]) -> str:
    """Return what the strip shows for those who do not see it."""
    counts = {state: sum(part.state == state for part in parts) for state in WORDS}
    told = ", ".join(f"{count} {WORDS[state]}" for state, count in counts.items() if count)
    last = parts[-1]
    if isinstance(last, Day):
        return f"{len(parts)} days to {last.day.day} {last.day:%B %Y}: {told}"
    ends = last.begins + dt.timedelta(hours=1)
    return f"{len(parts)} hours to {ends:%H:%M} UTC, {ends.day} {ends:%B %Y}: {told}"


def draw(parts: Sequence[Day | Hour], name: str) -> SafeString:
    """Draw one bar for each day or hour; `name` says whose they are."""
    paths = [(state, "".join(_bar(n, state) for n, part in enumerate(parts) if part.state == state)) for state in BARS]
    return format_html(
        '<svg class="strip" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}, {}">{}</svg>',
        len(parts) * STEP - (STEP - WIDTH),
        HEIGHT,
        name,
        in_words(parts),
        format_html_join("", '<path class="{}" d="{}"></path>', [pair for pair in paths if pair[1]]),
    )


def _bar(number: int, state: str) -> str:
    top, inset = BARS[state]
    width, height = WIDTH - 2 * inset, HEIGHT - top - 2 * inset
    return f"M{number * STEP + inset:g} {top + inset:g}h{width:g}v{height:g}h-{width:g}z"


def draw_times(days: Sequence[Day], name: str) -> SafeString | str:
    """Draw how long answers took, the median of each day; "" when fewer than two days are known."""
    known = [day.ms_median for day in days if day.ms_median is not None]
    if len(known) < 2:
        return ""
    most = max(known) or 1
    points, pen = [], "M"
    for number, day in enumerate(days):
        if day.ms_median is None:
            pen = "M"  # a gap: nothing is known between
            continue
        points.append(f"{pen}{number * STEP + WIDTH / 2:g} {LINE - 2 - day.ms_median / most * (LINE - 4):.1f}h.01")
        pen = "L"
    return format_html(
        '<svg class="strip times" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}, '
        'time to the first byte, median of each day: from {} to {} ms"><path d="{}"></path></svg>',
        len(days) * STEP - (STEP - WIDTH),
        LINE,
        name,
        min(known),
        most,
        "".join(points),
    )


def table(days: Sequence[Day]) -> SafeString:
    """Return the rows of a table that says the same: day, share seen working, share known, two times of answers."""
    rows = [
        (day.day.isoformat(), f"{day.day.day} {day.day:%b %Y}", *(one or "not known" for one in _cells(day)))
        for day in days
    ]
    return format_html_join(
        "",
        '<tr><th scope="row"><time datetime="{}">{}</time></th><td class="num">{}</td><td class="num">{}</td>'
        '<td class="num">{}</td><td class="num">{}</td></tr>',
        rows,
    )


def hour_table(hours: Sequence[Hour]) -> SafeString:
    """Return the rows of a table that says what the strip of hours draws: hour, share seen working, looks, time."""
    rows = [
        (
            f"{hour.begins:%Y-%m-%dT%H:%MZ}",
            f"{hour.begins.day} {hour.begins:%b, %H:%M}",
            "not known" if hour.uptime.share is None else f"{_floored(hour.uptime.share)} %",
            hour.looks,
            "not known" if hour.ms_median is None else f"{hour.ms_median:,} ms",
        )
        for hour in hours
    ]
    return format_html_join(
        "",
        '<tr><th scope="row"><time datetime="{}">{}</time></th><td class="num">{}</td><td class="num">{}</td>'
        '<td class="num">{}</td></tr>',
        rows,
    )


def _cells(day: Day) -> list[str]:
    share = day.uptime.share
    return [
        "" if share is None else f"{_floored(share)} %",
        f"{_floored(day.uptime.coverage)} %",
        "" if day.ms_median is None else f"{day.ms_median:,} ms",
        "" if day.ms_p95 is None else f"{day.ms_p95:,} ms",
    ]


def _floored(share: float) -> str:
    """Return a percentage that says 100 only when it is."""
    return "100" if share == 1 else f"{min(share * 100, 99.9):.1f}".rstrip("0").rstrip(".")
