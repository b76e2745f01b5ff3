"""What reading a site brings: plain data that JSON can hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from catalog.records import Record
from verification.published import crawl

# where values may come from, in words
SOURCES = crawl.SOURCES | {
    "home_page": "home page",
    "repository": "page of the repository",
    "pypi": "PyPI",
    "npm": "npm",
    "typed": "the address that you gave",
}


@dataclass(frozen=True)
class Hint:
    """Something that was found and does not fit, or is not sure enough: offered beside the field, filled in nowhere."""

    field: str
    value: Any
    why: str
    source: str
    url: str


@dataclass(frozen=True)
class Suggestion:
    """Something that nobody states and that we would choose: for the person to take or leave."""

    field: str  # kind, category, tags, pricing.model, pricing.source
    value: Any
    why: str


@dataclass(frozen=True)
class LogoCandidate:
    """A picture that may be the logo, best first; `fetch_logo` brings it."""

    url: str
    why: str


@dataclass(frozen=True)
class Trouble:
    """Why nothing could be read: what happened and why (`sentence`), and what to do next (`advice`)."""

    code: str
    sentence: str
    advice: str
    target: str = ""  # where the address led, when that is another site


@dataclass
class Prefilled:
    """A partial record (catalog/records.py) and where each of its fields comes from.

    `sources` and `warnings` are by field: "name", "links.docs", "pricing.access", "modality.in", "plans[0]",
    "interfaces[1]". A source is {"source": a key of SOURCES, "url", "quote", "seen_at"}. `others`: further values that
    sources state for a field, with the same parts and "field", "value". `looked`: each place that was looked at and,
    where nothing was read, why not.
    """

    asked: str
    record: Record = field(default_factory=dict)
    sources: dict[str, dict[str, str]] = field(default_factory=dict)
    warnings: dict[str, list[str]] = field(default_factory=dict)
    others: list[dict[str, Any]] = field(default_factory=list)
    hints: list[Hint] = field(default_factory=list)
    suggestions: list[Suggestion] = field(default_factory=list)
    logos: list[LogoCandidate] = field(default_factory=list)
    looked: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # sentences about the reading as a whole
    trouble: Trouble | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the same as dicts, lists and texts."""
        return asdict(self)
