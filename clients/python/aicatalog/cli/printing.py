"""What commands print: answers on stdout, everything else on stderr.

Names and texts come from strangers. Nothing that a terminal would take for a command reaches it: characters of control,
escapes and what turns the direction of writing are shown as “�” in texts and as \\uXXXX in JSON.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import textwrap
import time
import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from aicatalog.shapes import Pricing

WIDTH = 80  # columns where nobody says, as in a pipe
UNBROKEN = 1 << 20  # columns
NARROWEST = 40  # with less, lines are broken by the terminal
WIDEST = 100  # longer lines are hard to read
# two of the unseen are shown: Persian and Hindi write with U+200C and U+200D, which joins emoji as well
# DEL and C1 controls, marks of direction, what nobody sees, ends of lines of Unicode, half characters, tags
HIDDEN = (
    "\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff"
    "\U000e0000-\U000e007f"
)
UNSAFE = re.compile(f"[\x00-\x1f{HIDDEN}]")
RAW_IN_JSON = re.compile(f"[{HIDDEN}]")  # JSON escapes those below a space itself
LINE_PARTS = re.compile(r"[^\n\t]+")
SHOWN = "\ufffd"
NO_COLUMN = {"Mn", "Me", "Cf"}  # marks above or below a letter, what joins
STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}


def prepare() -> bool:
    """Let no character that the terminal cannot show end a command; say whether stdout is closed (as by “>&-”).

    Python has None for a closed one, whose number the next file that is opened would get.
    """
    closed = sys.stdout is None
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    return closed


def clean(text: object) -> str:
    """Return a text on one line, safe for a terminal: line ends and tabs become spaces, controls “�”."""
    spaced = re.sub(r"[\n\r\t]+", " ", str(text))
    return UNSAFE.sub(SHOWN, spaced)


def clean_lines(text: str) -> str:
    """Return a text of several lines, such as code, safe for a terminal; tabs and line ends stay."""
    return LINE_PARTS.sub(lambda found: UNSAFE.sub(SHOWN, found[0]), text.replace("\r\n", "\n"))


def out(text: str = "") -> None:
    """Print a line of the answer. Texts of others go through `clean` before."""
    sys.stdout.write(text + "\n")


def hint(text: str) -> None:
    """Print something that is no answer, on stderr."""
    print(text, file=sys.stderr)  # noqa: T201 - this is where it is printed


def trouble(what: str, hint_text: str = "") -> None:
    """Print what went wrong and what to do next, on stderr."""
    told, *rest = _lines(f"Error: {what}") or ["Error:"]
    hint(told.replace("Error:", style("Error:", "red", to=sys.stderr), 1))
    for line in [*rest, *(part for one in hint_text.splitlines() for part in _lines(one))]:
        hint(line)


def _lines(text: str) -> list[str]:
    """Return a cleaned text in lines that fit a terminal; whole where there is none, so that programs can read it."""
    cleaned = clean(text)
    return textwrap.wrap(cleaned, width(sys.stderr), break_on_hyphens=False) if sys.stderr.isatty() else [cleaned]


def as_json(value: Any, *, line: bool = False) -> None:
    """Print a value as JSON: indented, or on one line."""
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    text = json.dumps(value, ensure_ascii=plain, indent=None if line else 2)
    out(escaped(text))


def escaped(text: str) -> str:
    """Return JSON in which characters that a terminal would act on are escapes; it says the same."""
    return RAW_IN_JSON.sub(_escape, text)


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def width(to: IO[str] | None = None) -> int:
    """Return how many columns there are: of the terminal, 100 at most, else 80."""
    if not (to or sys.stdout).isatty():
        return WIDTH
    return min(max(shutil.get_terminal_size((WIDTH, 24)).columns, NARROWEST), WIDEST)


def breaking() -> int:
    """Return after how many columns lines of texts are broken: of the terminal's; in a pipe they are not."""
    return width() if sys.stdout.isatty() else UNBROKEN


def style(text: str, name: str, to: IO[str] | None = None) -> str:
    """Return a text in a style, where it goes to a terminal and NO_COLOR (https://no-color.org) is not set."""
    stream = to or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\x1b[{STYLES[name]}m{text}\x1b[0m"


def columns(text: str) -> int:
    """Return how many columns of a terminal a cleaned text takes."""
    return sum(
        0 if unicodedata.category(one) in NO_COLUMN else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def cut(text: str, most: int) -> str:
    """Return a cleaned text in at most so many columns, with “…” where something was left out."""
    if columns(text) <= most:
        return text
    kept = text[: max(most - 1, 0)]
    while columns(kept) > most - 1:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def pad(text: str, to: int) -> str:
    """Return a text with spaces up to a width in columns."""
    return text + " " * max(to - columns(text), 0)


def wrapped(text: str, indent: str = "", most: int | None = None) -> str:
    """Return a text of others, cleaned, in lines that fit."""
    return textwrap.fill(
        clean(text), most or breaking(), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )


def hanging(lead: str, text: str) -> str:
    """Return a text of others, cleaned, after a lead; lines that do not fit go on below its beginning."""
    left = columns(lead)
    lines = _broken(clean(text), max(breaking() - left, NARROWEST // 2))
    return "\n".join([f"{lead}{lines[0]}".rstrip(), *(" " * left + line for line in lines[1:])])


def _broken(text: str, most: int) -> list[str]:
    """Return the words of a cleaned text in lines of so many columns at most; longer words are broken."""
    lines, used = [""], 0
    for word in text.split():
        size = columns(word)
        if used and used + 1 + size <= most:
            lines[-1], used = f"{lines[-1]} {word}", used + 1 + size
            continue
        if used:
            lines.append("")
        used = 0
        for one in word:
            if used + columns(one) > most:
                lines.append("")
                used = 0
            lines[-1], used = lines[-1] + one, used + columns(one)
    return lines


def fields(rows: Iterable[tuple[str, str]], indent: str = "") -> None:
    """Print names and values below each other; values that are "" are left out. Both are cleaned here."""
    shown = [(clean(name), clean(value)) for name, value in rows if value]
    left = max((columns(name) for name, _ in shown), default=0) + 2
    for name, value in shown:
        first, *rest = textwrap.wrap(value, max(breaking() - left - len(indent), 20), break_on_hyphens=False) or [""]
        out(f"{indent}{style(pad(name, left), 'dim')}{first}")
        for line in rest:
            out(indent + " " * left + line)


def heading(text: str) -> None:
    """Print what the lines below are."""
    out()
    out(style(text, "bold"))


def told(text: str) -> None:
    """Print something useful about an answer on stderr, where a person reads it."""
    if sys.stderr.isatty() and sys.stdout.isatty():
        hint(style(fill(clean(text)), "dim", to=sys.stderr))


def fill(text: str) -> str:
    """Return a cleaned text in lines that fit."""
    return textwrap.fill(text, width(), break_on_hyphens=False)


def price(pricing: Pricing) -> str:
    """Return what a tool costs, in a few words."""
    label, least = pricing["label"].replace("-", " "), pricing["price_from"]
    label = "price unknown" if label == "unknown" else label
    return f"{label}, from {least['amount']} {least['currency']}/{least['period']}" if least else label


def size(count: int) -> str:
    """Return a number of bytes in words: “12.1 MB”."""
    return f"{count / 1e6:,.1f} MB" if count >= 100_000 else f"{count:,} bytes"


class Progress:
    """One line on stderr that says how far it is; nothing where nobody looks."""

    def __init__(self) -> None:
        self.shown = False
        self.last = 0.0

    def bytes(self, name: str, done: int, total: int) -> None:
        """Show how many bytes are there, ten times a second at most."""
        now = time.monotonic()
        if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or (now - self.last < 0.1 and done < total):
            return
        self.shown, self.last = True, now
        line = f"{done * 100 // max(total, 1):3d} %  {size(done)} of {size(total)}  {clean(name)}"
        sys.stderr.write(f"\r\x1b[K{cut(line, width() - 1)}")
        sys.stderr.flush()

    def end(self) -> None:
        """Clear the line."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
