"""A site that is asked over its API."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self, TypedDict, Unpack
from urllib.parse import parse_qs, quote, urlsplit

from aicatalog.asking import Answer, Asker, Told, no_catalog, parsed
from aicatalog.errors import BadRequest, CatalogError, NotFound
from aicatalog.naming import SLUG, nearest
from aicatalog.shapes import Change, Filters, Pin, Pins, Snippets, Tool, ToolSummary
from aicatalog.source import Found, Manifest, digest

PAGE = 100  # tools at once, the most that the API gives
CHANGES = 1_000
PINS = 100
MANY = 24  # tools at once where nobody says how many are wanted


class _Page(TypedDict):
    count: int
    next: str | None
    results: list[ToolSummary]


class _Category(TypedDict):
    slug: str
    parent: str | None
    path: str | None


class _Categories(TypedDict):
    results: list[_Category]


class _Changes(TypedDict):
    changes: list[Change]
    last_serial: int
    has_more: bool


class Online:
    """A catalog behind an address."""

    serial: int | None = None  # answers are of now
    exported_at: str | None = None

    def __init__(self, address: str, *, key: str | None = None, told: Told | None = None) -> None:
        """Take the address of a site; nothing is asked yet. Raises BadRequest where it is none."""
        self.asker = Asker(address, key=key, told=told)
        self.where = self.site = self.asker.site

    def search(self, query: str = "", *, limit: int | None = None, **filters: Unpack[Filters]) -> Found:
        """Find tools as the site's own list does, the best first; at most `limit`, else all, a page at a time."""
        asked: dict[str, Any] = {name: value for name, value in filters.items() if value not in ("", [], None)}
        if query.strip():
            asked["q"] = query
        size = MANY if limit is None else max(1, min(limit, PAGE))
        try:
            first = self.asker.object(_Page, "/api/v1/tools", {**asked, "limit": size})
        except BadRequest as error:
            raise self._no_category(asked.get("category")) or error from None
        return Found(first["count"], partial(self._tools, first, limit, size))

    def _no_category(self, asked: Any) -> BadRequest | None:
        """Return the error for a category that there is not, in the words of an export; None where there are all."""
        if not asked:
            return None
        try:
            there = self.asker.object(_Categories, "/api/v1/categories")["results"]
        except CatalogError:
            return None
        known = {name for one in there for name in (one["slug"], one["path"])}
        wrong = [one for one in ([asked] if isinstance(asked, str) else asked) if one not in known]
        upper = ", ".join(one["slug"] for one in there if one["parent"] is None)
        return (
            BadRequest(f"There is no category “{wrong[0][:80]}”.", f"The upper ones are: {upper}.") if wrong else None
        )

    def _tools(self, page: _Page, limit: int | None, size: int) -> Iterator[ToolSummary]:
        left = limit
        while True:
            for tool in page["results"]:
                if left == 0:
                    return
                left = left - 1 if left is not None else None
                yield tool
            if left == 0 or not page["next"] or not page["results"]:
                return
            page = self.asker.object(_Page, "/api/v1/tools", {"cursor": _cursor(page["next"], self), "limit": size})

    def tool(self, slug: str) -> Tool:
        """Return one tool with all that is needed to wire it in. Raises NotFound."""
        with self._suggesting(slug):
            return self.asker.object(Tool, self._path(slug))

    def compare(self, slugs: Sequence[str]) -> list[Tool]:
        """Return tools in the order asked. Raises NotFound."""
        return [self.tool(slug) for slug in slugs]

    def changes(self, since: int) -> Iterator[Change]:
        """Yield what changed after a serial, in the order of commits, up to now. Memory does not grow."""
        while True:
            page = self.asker.object(_Changes, "/api/v1/changes", {"since": since, "limit": CHANGES})
            yield from page["changes"]
            if not page["has_more"]:
                return
            if page["last_serial"] <= since:
                raise no_catalog(self.site, "the same changes come again and again")
            since = page["last_serial"]

    def manifest(self, slug: str) -> Manifest:
        """Return the latest manifest of a tool. Raises NotFound."""
        with self._suggesting(slug):
            answer = self.asker.get(f"{self._path(slug)}/manifest")
        place = re.search(r"/tools/([^/]+)/manifests/(\d{1,9})$", answer.headers.get("Content-Location", ""))
        if not place:
            raise no_catalog(self.site, "a manifest without its version")
        return self._manifest(answer, place[1], int(place[2]))

    def manifest_version(self, slug: str, version: int) -> Manifest:
        """Return one version of a manifest, by the slug that the tool had then. Raises NotFound."""
        return self._manifest(self.asker.get(f"{self._path(slug)}/manifests/{version:d}"), slug, version)

    def _manifest(self, answer: Answer, slug: str, version: int) -> Manifest:
        found = Manifest(slug, version, digest(answer.body), answer.body)
        if answer.headers.get("ETag", "").removeprefix("W/") != f'"{found.sha256}"':
            raise no_catalog(self.site, "the bytes of a manifest are not those that its hash is of")
        try:
            good = isinstance(parsed(found.body), dict)
        except (ValueError, RecursionError):
            good = False
        if not good:
            raise no_catalog(self.site, "a manifest is no JSON object")
        return found

    def snippets(self, slug: str, consumer: str = "", interface: str = "") -> Snippets:
        """Return what to paste to wire a tool in, for all consumers or one. Raises NotFound, BadRequest."""
        asked = {name: value for name, value in (("consumer", consumer), ("interface", interface)) if value}
        with self._suggesting(slug, interface):
            return self.asker.object(Snippets, f"{self._path(slug)}/snippets", asked)

    def pins(self, slugs: Sequence[str]) -> Pins:
        """Return what a lockfile pins of these tools, in the order asked, and which are not listed."""
        pins: list[Pin] = []
        missing: list[str] = []
        serial, catalog = 0, self.site
        for start in range(0, len(slugs), PINS):
            asked = [self._slug(one) for one in slugs[start : start + PINS]]
            found = self.asker.object(Pins, "/api/v1/pins", {"slugs": ",".join(asked)})
            answered = [*(one["asked"] for one in found["pins"]), *found["missing"]]
            if sorted(answered) != sorted({*asked}):
                raise no_catalog(self.site, "its pins are not those of the tools that were asked for, each once")
            if not all(SLUG.fullmatch(one["slug"]) for one in found["pins"]):
                raise no_catalog(self.site, "a pin is of what is no slug of a tool")
            pins += found["pins"]
            missing += found["missing"]
            serial, catalog = found["serial"], found["catalog"]
        return {"pins": pins, "missing": missing, "serial": serial, "catalog": catalog}

    def _path(self, slug: str) -> str:
        return f"/api/v1/tools/{quote(self._slug(slug), safe='')}"

    def _slug(self, slug: str) -> str:
        if not SLUG.fullmatch(slug):
            raise NotFound(
                f"“{slug[:80]}” is no slug: those have letters, digits and hyphens.", suggestions=self._near(slug)
            )
        return slug

    def _suggesting(self, slug: str, interface: str = "") -> _Suggesting:
        return _Suggesting(self, slug, interface)

    def _explained(self, error: NotFound, slug: str, interface: str) -> NotFound:
        """Return the error with what may be meant: of a tool that there is, the interfaces; else other slugs."""
        try:
            tool = self.asker.object(Tool, self._path(slug)) if SLUG.fullmatch(slug) else None
        except CatalogError:
            tool = None
        if tool is None:
            error.suggestions = error.suggestions or self._near(slug)
            return error
        ids = [one["id"] for one in tool["interfaces"]]
        if not interface or interface in ids:
            return error
        hint = f"It has: {', '.join(ids)}. --interface ID" if ids else "It has none."
        return NotFound(f"“{tool['slug']}” has no interface “{interface[:80]}”.", hint)

    def _near(self, slug: str) -> list[str]:
        """Return slugs of tools that may be meant, as the site's search finds them."""
        words = re.sub(r"[\W_]+", " ", slug)[:100].strip()
        try:
            found = [one["slug"] for one in self.search(words, limit=10)] if words else []
        except CatalogError:
            return []
        return nearest(slug, found)

    def close(self) -> None:
        """Close the connections."""
        self.asker.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()


class _Suggesting:
    """Adds to a NotFound what may be meant instead."""

    def __init__(self, source: Online, slug: str, interface: str = "") -> None:
        self.source, self.slug, self.interface = source, slug, interface

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, NotFound) and not error.suggestions:
            explained = self.source._explained(error, self.slug, self.interface)
            if explained is not error:
                raise explained from None


def _cursor(address: str, source: Online) -> str:
    """Return the cursor of the next page: the address itself, which the site names, is not gone to."""
    found = parse_qs(urlsplit(address).query).get("cursor")
    if not found:
        raise no_catalog(source.site, "the next page has no cursor")
    return found[0]
