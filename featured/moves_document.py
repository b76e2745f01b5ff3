"""The part of docs/featured.md that is drawn from transitions.py."""

from __future__ import annotations

from pathlib import Path

from featured.models.bookings import State
from featured.transitions import MOVES

PATH = Path("docs/featured.md")
BEGIN, END = "<!-- drawn: manage.py document_bookings --write -->", "<!-- end of what is drawn -->"


def text() -> str:
    """Return the diagram and the table of moves."""
    lines = [f"    {old} --> {move.new}: {move.event}" for move in MOVES.values() for old in move.old]
    rows = [
        f"| `{move.event}` | {move.who} | {', '.join(f'`{old}`' for old in move.old)} | `{move.new}` | {move.what} |"
        for move in MOVES.values()
    ]
    return "\n".join([
        "```mermaid", "stateDiagram-v2", f"    [*] --> {State.HELD}: hold", *lines, "```", "",
        "| event | by | from | to | when |", "|---|---|---|---|---|", *rows, "",
    ])  # fmt: skip


def whole(document: str) -> str:
    """Return a document with what is drawn put between its marks. Raises ValueError when it has none."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PATH} has no “{BEGIN}” followed by “{END}”.")
    return f"{before}{BEGIN}\n{text()}{END}{after}"
