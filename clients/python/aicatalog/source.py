"""Where answers come from: a site, or a folder that holds an export of one. Both answer the same shapes."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, Unpack

from aicatalog.errors import BadFile
from aicatalog.shapes import Change, Filters, Pins, Snippets, Tool, ToolSummary

DEFAULT = "http://127.0.0.1:8000"


@dataclass(frozen=True)
class Found:
    """What a search found: iterate over it for the tools, the best first. `count` is how many there are in all."""

    count: int
    tools: Callable[[], Iterator[ToolSummary]] = field(repr=False)

    def __iter__(self) -> Iterator[ToolSummary]:
        """Yield tools; further pages are asked for as they are needed."""
        return self.tools()


@dataclass(frozen=True)
class Manifest:
    """A version of a tool's integration manifest: its bytes, which are canonical JSON (RFC 8785), and their SHA-256."""

    slug: str
    version: int
    sha256: str
    body: bytes = field(repr=False)

    @cached_property
    def document(self) -> dict[str, Any]:
        """What the bytes say."""
        found: dict[str, Any] = json.loads(self.body)
        return found


class Source(Protocol):
    """A catalog that can be asked. All methods raise CatalogError (aicatalog.errors) with a sentence for people."""

    @property
    def where(self) -> str:
        """The address or the folder that is asked."""

    @property
    def site(self) -> str:
        """The address of the site, also of the one that an export is of; without a slash at the end."""

    @property
    def serial(self) -> int | None:
        """The last change that is in an export; None online, where answers are of now."""

    @property
    def exported_at(self) -> str | None:
        """When an export was made (RFC 3339, UTC); None online."""

    def search(self, query: str = "", *, limit: int | None = None, **filters: Unpack[Filters]) -> Found:
        """Find tools by words and filters, the best first; at most `limit`."""

    def tool(self, slug: str) -> Tool:
        """Return one tool. An older slug finds it. Raises NotFound, which suggests others."""

    def compare(self, slugs: Sequence[str]) -> list[Tool]:
        """Return tools in the order asked. Raises NotFound for the first that is not there."""

    def changes(self, since: int) -> Iterator[Change]:
        """Yield what changed after a serial, in the order of commits, up to now. Raises NotOffline for an export."""

    def manifest(self, slug: str) -> Manifest:
        """Return the latest manifest of a tool, its hash checked. Raises NotFound."""

    def manifest_version(self, slug: str, version: int) -> Manifest:
        """Return one version, by the slug that the tool had then. Raises NotFound; NotOffline for an older one."""

    def snippets(self, slug: str, consumer: str = "", interface: str = "") -> Snippets:
        """Return what to paste to wire a tool in. Raises NotFound; NotOffline for an export."""

    def pins(self, slugs: Sequence[str]) -> Pins:
        """Return what a lockfile pins of these tools, and which are not listed."""

    def close(self) -> None:
        """Let go of connections and files."""

    def __enter__(self) -> Self:
        """Return itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""


def open_source(
    where: str | Path | None = None, *, key: str | None = None, told: Callable[[str], None] | None = None
) -> Source:
    """Return the catalog at an address or in the folder of an export.

    Without `where` it is what the variable AICATALOG names, else http://127.0.0.1:8000. `key` (or AICATALOG_KEY) is
    only sent to a site, which is asked nothing yet; `told` gets a sentence when it asks to wait. Raises NoExport,
    DamagedExport, NewerExport, BadFile, BadRequest.
    """
    from aicatalog.offline import Offline  # noqa: PLC0415 - each imports what the other does not need
    from aicatalog.online import Online  # noqa: PLC0415

    chosen = address_of(where)
    if "://" in chosen:
        return Online(chosen, key=key if key is not None else os.environ.get("AICATALOG_KEY") or None, told=told)
    folder = Path(chosen)
    try:
        there, exists = folder.is_dir(), folder.exists()
    except (OSError, ValueError):  # as for a name that is too long
        there = exists = False
    if not there:
        what = "is a file" if exists else "is not there"
        raise BadFile(
            f"{chosen[:200]} {what}, so no catalog can be read from it.",
            "Name the folder of an export, or an address that begins with https:// or http://.",
        )
    return Offline(folder)


def address_of(where: str | Path | None) -> str:
    """Return which catalog is meant: an address, which holds “://”, or a folder."""
    return str(where or os.environ.get("AICATALOG") or DEFAULT)


def digest(body: bytes) -> str:
    """Return the SHA-256 of bytes in hexadecimal digits."""
    return hashlib.sha256(body).hexdigest()
