"""Badges for other people's pages: what is claimed and its day, as an SVG picture or as JSON. Drawn here, no font sent.

The JSON is the schema of shields.io's endpoint badge (schemaVersion 1), so that shields can draw it as well.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from html import escape
from typing import Any

from django.conf import settings
from django.utils import timezone

from catalog.choices import Away, Seen
from catalog.models import Tool
from catalog.text import printable
from verification.claims.kinds import KINDS
from verification.claims.levels import NAMES
from verification.models import Claim

CACHE_SECONDS = 300
CURRENT = KINDS[Claim.Kind.REACHABLE].holds + KINDS[Claim.Kind.REACHABLE].grace  # after that no level can hold
HEIGHT, PADDING, SIZE = 20, 6, 11  # pixels
# Dark enough for white letters (WCAG AA); neither colour nor shape alone says anything, the words do.
GREY, GREEN, TEAL, AMBER, RED = "#5f6368", "#1c7242", "#1f6a72", "#8a5a00", "#b3261e"
NARROW, WIDE = set("iIjl.,:;|!'()[]ftr -"), set("mwMW@%—")


@dataclass(frozen=True)
class Badge:
    """What a badge says. `whole` is the sentence for those who do not see it."""

    label: str
    message: str
    colour: str
    whole: str


def of_tool(tool: Tool, at: dt.datetime | None = None) -> Badge:
    """Return the badge of a listed tool: its level and when it was last looked at, or since when it is away.

    Its level is that of its row, which sweeps keep in step; when none has looked for a week, it says nothing more.
    Where the last looks could not tell, it says so and never that the tool was checked.
    """
    day = _day(tool.checked_at)
    if tool.away in {Away.UNREACHABLE, Away.LONG, Away.ARCHIVED}:
        return _badge(tool, f"unreachable, checked {day}" if day else "unreachable", RED)
    if tool.away == Away.PROBLEMS:
        return _badge(tool, f"problems observed {day}".strip(), AMBER)
    if tool.checked_at is None:
        return _badge(tool, "listed, not checked", GREY)
    if tool.seen == Seen.UNKNOWN:
        return _badge(tool, f"listed, not known on {day}", GREY)  # it was looked at, and nothing could be told
    if (at or timezone.now()) - tool.checked_at > CURRENT:
        return _badge(tool, f"listed, not checked since {day}", GREY)
    if not tool.level:
        return _badge(tool, f"listed, checked {day}", GREY)
    colour = GREEN if tool.level >= 3 else TEAL
    return _badge(tool, f"L{tool.level} {NAMES[tool.level].lower()}, checked {day}", colour)


def not_listed() -> Badge:
    """Return the badge for a name that is not in the catalog, or no longer: the picture must not break."""
    return Badge(settings.SITE_NAME, "not listed", GREY, f"Not listed in {settings.SITE_NAME}")


def not_available() -> Badge:
    """Return the badge for a time in which we cannot say anything."""
    return Badge(settings.SITE_NAME, "not available", GREY, f"{settings.SITE_NAME} cannot say anything just now")


def _badge(tool: Tool, message: str, colour: str) -> Badge:
    return Badge(settings.SITE_NAME, message, colour, f"{tool.name} in {settings.SITE_NAME}: {message}")


def _day(at: dt.datetime | None) -> str:
    return at.astimezone(dt.UTC).date().isoformat() if at else ""


def as_json(badge: Badge) -> dict[str, Any]:
    """Return a badge as shields.io's endpoint schema."""
    return {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.message,
        "color": badge.colour.removeprefix("#"),
        "isError": False,
        "cacheSeconds": CACHE_SECONDS,
    }


def as_svg(badge: Badge) -> str:
    """Return a badge as SVG. `textLength` keeps the words inside whatever font the reader has."""
    left, right = _width(badge.label), _width(badge.message)
    width, name = left + right, escape(printable(badge.whole))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img" aria-label="{name}">'
        f"<title>{name}</title>"
        f'<rect width="{width}" height="{HEIGHT}" rx="3" fill="#2b2a27"/>'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v{HEIGHT - 6}a3 3 0 0 1-3 3H{left}z" fill="{badge.colour}"/>'
        f'<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="{SIZE}">'
        f"{_text(badge.label, PADDING, left)}{_text(badge.message, left + PADDING, right)}</g></svg>\n"
    )


def _text(words: str, x: int, width: int) -> str:
    length = width - 2 * PADDING
    return (
        f'<text x="{x}" y="14" textLength="{length}" lengthAdjust="spacingAndGlyphs">{escape(printable(words))}</text>'
    )


def _width(words: str) -> int:
    """Return about how wide words are in Verdana at 11 pixels, with the padding on both sides."""
    letters = sum(4.2 if one in NARROW else 10.6 if one in WIDE else 7.1 for one in words)
    return round(letters) + 2 * PADDING
