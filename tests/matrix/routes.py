"""Every address of the site, as the URL conf has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.admindocs.views import simplify_regex
from django.urls import URLPattern, URLResolver, get_resolver

API = "/api/v1"  # no cookie is read there, so tests/api/test_matrix.py has a table of its own: by keys


def every_route() -> list[str]:
    """Return all routes but those of the API: "/tools/<slug>/". What differs by its converters alone is one route."""
    return sorted(one for one in set(_walk(get_resolver().url_patterns, "")) if not one.startswith(API))


def every_api_route() -> list[str]:
    """Return all routes of the API."""
    return sorted(one for one in set(_walk(get_resolver().url_patterns, "")) if one.startswith(API))


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[str]:
    for one in patterns:
        route = before + re.sub(r"<\w+:(\w+)>", r"<\1>", _text(one))
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route)
        else:
            yield f"/{route}"


def _text(one: URLPattern | URLResolver) -> str:
    text = str(one.pattern)
    return simplify_regex(text).lstrip("/") if hasattr(one.pattern, "_regex") else text


def filled(route: str, values: dict[str, object]) -> str:
    """Return an address: the route with its parameters filled in. Raises KeyError."""
    return re.sub(r"<(\w+)>", lambda found: str(values[found[1]]), route)
