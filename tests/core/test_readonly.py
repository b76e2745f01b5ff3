"""Pages that only show something refuse every other method alike, before they look at anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

SAMPLES = {
    "slug": "made", "form": "atom", "name": "tools", "run": 1, "sha256": "a" * 64, "ext": "svg", "token": "a.b",
    "logo": "0" * 12, "operation": "list_categories", "day": "2026-11-26",
}  # fmt: skip
WRITING = {  # names of the addresses that take a form
    *("start", "ownership_confirm", "mail_leave"),
    *("suggest", "report_tool", "visit", "seen"),
    *("book", "paid", "webhook"),  # one's own order, and what Stripe sends
    *("saved", "lists", "list_add", "list_edit", "list_items", "following", "digest", "feed_renew"),
    *("oauth_authorize", "oauth_token", "oauth_revoke", "oauth_device", "oauth_device_codes"),
}


def addresses(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    """Yield an address for each public route; the API has its own, and the desk, accounts and the portal are forms."""
    for one in patterns:
        route = prefix + str(one.pattern)
        if route.startswith(("api/v1", "admin/", "account/", "portal/", "review/", "submit/", "reports/")):
            continue
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif one.name not in WRITING:
            filled = route
            for name in one.pattern.converters:
                whole = next(part for part in filled.split("<")[1:] if part.split(">")[0].split(":")[-1] == name)
                filled = filled.replace(f"<{whole.split('>')[0]}>", str(SAMPLES[name]), 1)
            yield f"/{filled}"


PATHS = sorted(addresses(get_resolver().url_patterns))


def test_there_are_public_routes_to_look_at() -> None:
    assert {"/", "/tools/", "/trust/", "/tools/made/verification/1/", "/healthz", "/feeds/new.atom"} <= set(PATHS)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_only_shows_something_answers_405_to_whoever_would_change_it(path: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    for method in ("post", "put", "patch", "delete"):
        response = getattr(strict, method)(path)
        assert (method, response.status_code, response.headers.get("Allow")) == (method, 405, "GET, HEAD")
