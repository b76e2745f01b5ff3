"""One thing of a manifest is changed, and what a check finds then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aicatalog.lock.comparing import Finding, compare
from tests.client.lock.full import FULL, built, entry, pin

Path = tuple[Any, ...]
NEW: dict[str, Any] = {"id": "cli", "kind": "cli", "install": "brew install one", "said": {"by": "docs"}}


def at(document: Any, path: Path) -> Any:
    for part in path:
        document = document[part]
    return document


def put(path: Path, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        at(document, path[:-1])[path[-1]] = value

    return change


def without(path: Path) -> Callable[[dict[str, Any]], None]:
    def change(document: dict[str, Any]) -> None:
        del at(document, path[:-1])[path[-1]]

    return change


def found(manifest: dict[str, Any] | None = None, now: Any = None, **options: Any) -> list[Finding]:
    """Return what a check finds: `manifest` of now, `now` the pin."""
    return compare("one", entry(), now or pin(), built(FULL) if manifest is None else manifest, **options)


def only(*arguments: Any) -> tuple[str, str, bool]:
    """Return area, state and whether it fails, of the only finding."""
    (one,) = found(*arguments)
    assert one.tool == "one"
    return one.area, one.state, one.fails
