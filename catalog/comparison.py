"""Up to five tools side by side: the rows, which of them differ, and the same as Markdown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from catalog import facts
from catalog import markdown as md
from catalog.choices import LEVELS
from catalog.models import Tool
from core.site import absolute

MOST = 5


@dataclass(frozen=True)
class Line:
    """One fact of all compared tools. `same` says whether all state the same known value."""

    label: str
    group: str
    cells: list[facts.Row]

    @property
    def same(self) -> bool:
        """Whether every tool states the same; "not known" on all sides says nothing and counts as the same."""
        return len({cell.value for cell in self.cells}) == 1


def lines(tools: Sequence[Tool], today: dt.date) -> list[Line]:
    """Return the comparison row by row."""
    columns = [[_level(tool), *facts.rows(tool, today)] for tool in tools]
    return [Line(cells[0].label, cells[0].group, list(cells)) for cells in zip(*columns, strict=True)]


def _level(tool: Tool) -> facts.Row:
    """Return the level of a tool, as its page says it: L0 of what is only listed."""
    name = f"L{tool.level} {LEVELS[tool.level].lower()}"
    return facts.Row("level", "Level", name, "What was seen", note=seen_on(tool))


def seen_on(tool: Tool) -> str:
    """Return when a tool was last looked at, "" for one that never was."""
    return f"checked {tool.checked_at.astimezone(dt.UTC):%-d %b %Y}" if tool.checked_at else ""


def grouped(all_lines: Sequence[Line], *, only_differences: bool) -> list[tuple[str, list[Line]]]:
    """Return (group, lines) pairs; groups without a line are left out."""
    kept = [line for line in all_lines if not (only_differences and line.same)]
    names = list(dict.fromkeys(line.group for line in kept))
    return [(name, [line for line in kept if line.group == name]) for name in names]


def markdown(tools: Sequence[Tool], kept: Sequence[Line]) -> str:
    """Return the comparison as a Markdown table with links to the tools' pages."""
    heads = [md.link(tool.name, absolute(tool.get_absolute_url())) for tool in tools]
    out = ["| | " + " | ".join(heads) + " |", "| --- |" + " --- |" * len(tools)]
    out += [f"| {' | '.join(map(md.escape, [row.label, *(cell.shown for cell in row.cells)]))} |" for row in kept]
    return "\n".join(out) + "\n"
