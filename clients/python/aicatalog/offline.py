"""An export of a site, in a folder: answers without a network, what the export knows."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self, Unpack

from aicatalog import aliases, database, offline_search, records
from aicatalog.checking import WrongShape, shaped
from aicatalog.errors import DamagedExport, NotFound, NotOffline
from aicatalog.folder import Folder
from aicatalog.naming import SLUG, nearest
from aicatalog.shapes import Change, Filters, Pin, Pins, Snippets, Tool, ToolSummary
from aicatalog.source import Found, Manifest, digest

ONE = "SELECT line FROM tool WHERE slug = ?"
LONGEST = 20.0  # seconds that a question may take; one about 100,000 tools takes a few
WRONG = (sqlite3.Error, KeyError, TypeError, AttributeError, ValueError, ArithmeticError, RecursionError, OSError)
MANIFEST = "SELECT slug, version, sha256, body FROM manifest JOIN tool ON tool.id = manifest.tool WHERE slug = ?"


class Offline:
    """A catalog as it was when an export was made."""

    def __init__(self, folder: Path) -> None:
        """Read the export's manifest.json. Raises NoExport, DamagedExport, NewerExport, BadFile."""
        self.folder = Folder(folder)
        self.where = str(folder)
        self.site = self.folder.told["site"].rstrip("/")
        self.serial: int | None = self.folder.told["serial"]
        self.exported_at: str | None = self.folder.told["exported_at"]

    @cached_property
    def database(self) -> database.Database:
        """catalog.sqlite, its hash checked, only to be read. Raises DamagedExport, BadFile, sqlite3.Error."""
        return database.opened(self.folder.file("catalog.sqlite"), LONGEST)

    def search(self, query: str = "", *, limit: int | None = None, **filters: Unpack[Filters]) -> Found:
        """Find tools with the full-text search of the export, the best first; at most `limit`.

        Raises NotOffline for filters and orders that an export cannot answer, BadRequest for values that are none.
        """
        with self._reading():
            ids = offline_search.find(self.database, query, dict(filters))
        return Found(len(ids), partial(self._tools, ids if limit is None else ids[:limit]))

    def _tools(self, ids: Sequence[int]) -> Iterator[ToolSummary]:
        for number in ids:
            with self._reading():
                row = self.database.execute("SELECT line FROM tool WHERE id = ?", [number]).fetchone()
                found: Any = self._tool(row[0])
            yield {name: found[name] for name in ToolSummary.__annotations__}  # type: ignore[misc]

    def _tool(self, line: str) -> Tool:
        return shaped(Tool, records.tool(json.loads(line), self.site, dt.datetime.now(dt.UTC).date()))

    def tool(self, slug: str) -> Tool:
        """Return one tool. Whether it answers now, and its level, are not known here. Raises NotFound."""
        with self._reading():
            row = self._row(ONE, slug)
            if row is not None:
                return self._tool(row[0])
        raise self._missing(slug)

    def _row(self, statement: str, slug: str) -> Any:
        """Return the row of a tool, by the slug that it has or had, as the site finds it; None where there is none."""
        asked = slug.lower()
        row = self.database.execute(statement, [asked]).fetchone()
        if row is None and SLUG.fullmatch(asked) and aliases.NAME in self.folder.names():
            now = aliases.now(self.folder.file(aliases.NAME), asked)
            row = self.database.execute(statement, [now]).fetchone() if now else None
        return row

    def _missing(self, slug: str) -> NotFound:
        with self._reading():
            slugs = [row[0] for row in self.database.execute("SELECT slug FROM tool ORDER BY slug")]
        return NotFound(
            f"No tool is listed as “{slug[:80]}” in the export of {self.exported_at}.",
            suggestions=nearest(slug, slugs, alike=0.6),
        )

    def compare(self, slugs: Sequence[str]) -> list[Tool]:
        """Return tools in the order asked. Raises NotFound."""
        return [self.tool(slug) for slug in slugs]

    def changes(self, since: int) -> Iterator[Change]:
        """Refuse: an export is one moment. Raises NotOffline."""
        raise NotOffline(
            f"An export holds no log of changes: it is the catalog at serial {self.serial}.",
            f"Ask the site: aicatalog changes --since {self.serial} --from {self.site}",
        )

    def manifest(self, slug: str) -> Manifest:
        """Return the manifest of a tool, its hash checked. Raises NotFound, DamagedExport."""
        with self._reading():
            row = self._row(MANIFEST, slug)
        if row is None:
            tool = self.tool(slug)
            raise NotFound(f"The export has no manifest of “{tool['slug']}”: it was made before there was one.")
        slug, version, sha256, body = str(row[0]), row[1], row[2], str(row[3]).encode()
        if digest(body) != sha256:
            raise DamagedExport(f"The manifest of “{slug}” in {self.where} is not what its hash is of.")
        found = Manifest(slug, version, sha256, body)
        with self._reading():
            if not isinstance(found.document, dict):
                raise WrongShape("a manifest is no JSON object")
        return found

    def manifest_version(self, slug: str, version: int) -> Manifest:
        """Return that version where it is the export's own. Raises NotFound; NotOffline for another."""
        found = self.manifest(slug)
        if found.version != version:
            raise NotOffline(
                f"The export has version {found.version} of the manifest of “{slug}”, not {version}.",
                f"Ask the site for it: --from {self.site}",
            )
        return found

    def snippets(self, slug: str, consumer: str = "", interface: str = "") -> Snippets:
        """Refuse: snippets are written by the site. Raises NotFound, NotOffline."""
        self.tool(slug)
        raise NotOffline("Snippets are written by the site; an export holds none.", f"Ask it: --from {self.site}")

    def pins(self, slugs: Sequence[str]) -> Pins:
        """Return what a lockfile pins of these tools, from seen.jsonl, and which are not listed. Raises BadFile."""
        asked = {slug: slug.lower() for slug in slugs}
        path = self.folder.file(aliases.NAME)
        with self._reading():
            found = aliases.lines(path, set(asked.values()))
            pins = [_pin(slug, found[name]) for slug, name in asked.items() if name in found]
        missing = [slug for slug, name in asked.items() if name not in found]
        return {"pins": pins, "missing": missing, "serial": self.folder.told["serial"], "catalog": self.site}

    def _reading(self) -> _Reading:
        return _Reading(self)

    def close(self) -> None:
        """Close the file."""
        with suppress(KeyError):
            self.__dict__.pop("database").close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()


def _pin(asked: str, line: aliases.Line) -> Pin:
    """Return a line of seen.jsonl as /api/v1/pins answers. Raises WrongShape."""
    return shaped(Pin, {"asked": asked, **{name: value for name, value in line.items() if name != "aliases"}})


class _Reading:
    """Makes of what reading wrong files raises an error of ours: hashes say who wrote a file, not that it is right."""

    def __init__(self, source: Offline) -> None:
        self.source = source

    def __enter__(self) -> None:
        if file := self._database:
            file.allow(LONGEST)

    @property
    def _database(self) -> database.Database | None:
        """The file, where it is open already."""
        found: database.Database | None = self.source.__dict__.get("database")
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, WRONG):
            return
        told = f"{type(error).__name__}: {error}"[:200]
        if isinstance(error, sqlite3.OperationalError) and self._database and self._database.late:
            told = f"a question took more than {LONGEST:g} s"
        raise DamagedExport(
            f"The export in {self.source.where} cannot be read ({told}).",
            f"Fetch it once more, from a site that you trust: aicatalog export {self.source.where}",
        ) from error
