"""Findings in words for people."""

from __future__ import annotations

import json
from typing import Any

from aicatalog.lock.comparing import Finding
from aicatalog.lock.differing import parts

SHOWN = 60  # characters of a value
PARTS = {"input": "the input", "output": "the output", "words": "the title or description", "hints": "the hints"}
AWAY = {
    "problems": "problems were observed",
    "unreachable": "it was not reachable",
    "long": "it is not reachable for more than 14 days",
    "archived": "it is not reachable for more than 45 days",
}


def sentence(finding: Finding) -> str:
    """Return what a finding says."""
    path = parts(finding.where)
    if finding.state == "removed":
        return "It is not listed any more."
    if finding.state == "deprecated":
        return "It shows signs of inactivity (status “watch”)."
    if finding.area == "reach":
        return (
            f"Of {path[1]}: it does not answer."
            if len(path) > 1
            else f"It is away: {AWAY.get(finding.now, finding.now)}."
        )
    if finding.area == "tools":
        return _tools(path, finding)
    if finding.where == "/manifest":
        return "Its listing was changed just now, and is not compared yet: ask again."
    return f"{finding.where} {_change(finding.was, finding.now)}."


def _tools(path: tuple[str, ...], finding: Finding) -> str:
    server = path[1]
    if len(path) < 4:
        return f"The tools of {server} are not what they were."
    if len(path) == 4:
        what = "is not offered any more" if finding.now is None else "is new"
        return f"The tool “{path[3]}” of {server} {what}."
    part = PARTS.get(path[4], path[4])
    what = "is gone" if finding.now is None else "is new" if finding.was is None else "changed"
    return f"Of the tool “{path[3]}” of {server}, {part} {what}."


def _change(was: Any, now: Any) -> str:
    if was is None:
        return f"is new: {_shown(now)}"
    if now is None:
        return f"is gone; it was {_shown(was)}"
    return f"was {_shown(was)}, is {_shown(now)}"


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
