"""Which of two representations a client would rather have (RFC 9110, section 12.5.1)."""

from __future__ import annotations

import re

from django.http import HttpRequest

QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")


def prefers(accept: str, wanted: str, usual: str) -> bool:
    """Say whether a client asks for media type `wanted` rather than the usual one.

    It does when it names `wanted` itself (`*/*` names nothing) and likes it no less than `usual`: browsers name
    what they show, and who names both at one quality can read both.
    """
    ranges = _ranges(accept)
    return 0 < ranges.get(wanted, 0) >= _quality(ranges, usual)


def wants_markdown(request: HttpRequest) -> bool:
    """Say whether a client would rather have Markdown than the page: pages that exist as both answer by this."""
    return prefers(request.headers.get("Accept", ""), "text/markdown", "text/html")


def wants_lines(request: HttpRequest) -> bool:
    """Say whether a client would rather have JSON Lines than one JSON document, by either name that they go by."""
    accept = request.headers.get("Accept", "")
    return any(prefers(accept, one, "application/json") for one in ("application/jsonl", "application/x-ndjson"))


def _ranges(accept: str) -> dict[str, float]:
    """Return {media range: quality}; a range whose quality cannot be read is left out."""
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        values = [value.strip() for key, _, value in (one.partition("=") for one in parameters) if key.strip() == "q"]
        if name and all(QUALITY.fullmatch(value) for value in values):
            found[name] = max(found.get(name, 0), float(values[0]) if values else 1.0)
    return found


def _quality(ranges: dict[str, float], media_type: str) -> float:
    """Return the quality of the most specific range that holds the type, 0 when none does."""
    for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name]
    return 0
