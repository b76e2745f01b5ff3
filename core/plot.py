"""Numbers by day as a picture: SVG of plain attributes, so that neither script nor inline style is needed.

The picture is stretched to the width there is; words stand beside it as text of the page, which is never stretched.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

HEIGHT = 100  # units of the view box; a day is 10 wide
STEP, GAP = 10, 2
STEPS = (1, 2, 4, 6, 8, 10)  # even, so that the middle of a scale is a whole number too


@dataclass(frozen=True)
class Series:
    """Numbers by day, the first day first, without gaps. None: not known."""

    name: str  # "Page views"
    points: Sequence[tuple[dt.date, int | None]]

    @property
    def values(self) -> list[int | None]:
        """The numbers alone."""
        return [value for _, value in self.points]

    @property
    def total(self) -> int:
        """All of them together."""
        return sum(value or 0 for value in self.values)


def top(most: int) -> int:
    """Return the end of a scale that holds `most`: 1, 2, 4, 6, 8 or 10 times a power of ten; 0 for 0."""
    if most <= 0:
        return 0
    power: int = 10 ** (len(str(most)) - 1)
    return next(step * power for step in STEPS if step * power >= most)


def bars(values: Sequence[int | None], scale: int) -> str:
    """Return the path of one bar for each day that has any; none is lower than a unit."""
    found = []
    for number, value in enumerate(values):
        if value and scale:
            height = max(1.0, value / scale * HEIGHT)
            found.append(f"M{number * STEP + GAP / 2:g} {HEIGHT}v-{height:.4g}h{STEP - GAP}v{height:.4g}z")
    return "".join(found)


def line(values: Sequence[int | None], scale: int) -> str:
    """Return the path of a line from day to day, broken where a number is not known; a day alone is a dot."""
    found, pen = [], "M"
    for number, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        height = HEIGHT - (value / scale * HEIGHT if scale else 0)
        found.append(f"{pen}{number * STEP + STEP / 2:g} {height:.4g}h.01")
        pen = "L"
    return "".join(found)


def in_words(series: Series) -> str:
    """Return what a series shows for those who do not see it: "Page views: 94 in 30 days, at most 8, on 3 May 2026"."""
    known = [(value, day) for day, value in series.points if value is not None]
    told = f"{series.name}: {series.total:,} in {len(series.points)} {'day' if len(series.points) == 1 else 'days'}"
    most, when = max(known, key=lambda pair: pair[0], default=(0, None))
    return f"{told}, at most {most:,}, on {when.day} {when:%B %Y}" if when and most else told
