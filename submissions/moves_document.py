"""The part of docs/submissions.md that is drawn from transitions.py and rules.py."""

from __future__ import annotations

from pathlib import Path

from submissions.models.submission import State
from submissions.rules import RULES, VERSION
from submissions.transitions import ACTORS, MOVES

PATH = Path("docs/submissions.md")
BEGIN, END = "<!-- drawn: manage.py document_moves --write -->", "<!-- end of what is drawn -->"


def text() -> str:
    """Return the diagram, the table of moves and the table of rules."""
    return "\n".join([_diagram(), _table(), _rules()])


def whole(document: str) -> str:
    """Return a document with what is drawn put between its marks. Raises ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PATH} has no “{BEGIN}” followed by “{END}”.")
    return f"{before}{BEGIN}\n{text()}{END}{after}"


def _diagram() -> str:
    """Return the moves for Mermaid, pairs of states with all their events, in the order of the table."""
    pairs: dict[tuple[State, State], list[str]] = {}
    for event, moves in MOVES.items():
        for old, new in moves.items():
            pairs.setdefault((old, new), []).append(event)
    lines = [f"    {old} --> {new}: {', '.join(events)}" for (old, new), events in pairs.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {State.DRAFT}", *lines, "```", ""])


def _table() -> str:
    rows = ["| event | by | from | to |", "|---|---|---|---|"]
    for event, moves in MOVES.items():
        for new in dict.fromkeys(moves.values()):
            old = ", ".join(f"`{one}`" for one, to in moves.items() if to == new)
            rows.append(f"| `{event}` | {ACTORS[event]} | {old} | `{new}` |")
    return "\n".join([*rows, ""])


def _rules() -> str:
    rows = [f"Rules of {VERSION}:", "", "| rule | title | what it asks |", "|---|---|---|"]
    rows += [f"| `{key}` | {rule.title} | {rule.text} |" for key, rule in RULES.items()]
    return "\n".join([*rows, ""])
