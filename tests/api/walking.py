"""Walking through the pages of a list."""

from __future__ import annotations

from typing import Any

from tests.api.client import BASE, Api


def follow(api: Api, url: str | None) -> Any:
    """Return the body of the page that a link of an answer names; None for no link."""
    return api.json(url.split(BASE, 1)[1]) if url else None


def pages(api: Api, path: str, way: str = "next") -> list[Any]:
    """Return the bodies of all pages of a list, from `path` on."""
    found = [api.json(path)]
    while body := follow(api, found[-1][way]):
        found.append(body)
        assert len(found) < 1_000
    return found


def slugs(body: Any) -> list[str]:
    """Return the slugs of a page, in order."""
    return [row["slug"] for row in body["results"]]
