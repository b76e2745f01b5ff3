"""What differs between two manifests: one difference for each thing that somebody changed.

Where order says nothing it makes no difference; items of lists are matched by what names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aicatalog.lock.areas import ANY, Path
from aicatalog.lock.canonical import canonical

# lists of objects, by what names one of them
KEYED: dict[Path, str] = {
    ("interfaces",): "id",
    ("pricing", "plans"): "name",
    ("pricing", "meters"): "name",
    ("examples",): "id",
}
# lists of texts whose order says nothing
SETS: set[Path] = {
    ("categories",), ("tags",), ("platforms",), ("modalities", "in"), ("modalities", "out"), ("pricing", "models"),
    ("interfaces", ANY, "auth"), ("interfaces", ANY, "limits"), ("interfaces", ANY, "environment"),
}  # fmt: skip
PASSED_OVER = {"version", "$schema"}  # it counts up, and what it counts is compared; how it is written, and where
PROVENANCE = "provenance"
Pair = tuple[int | None, int | None]


@dataclass(frozen=True)
class Difference:
    """One thing that differs: where, in the newer manifest or, of what is gone, in the older; None: not there."""

    path: Path
    was: Any
    now: Any
    before: Path  # where it stood in the older manifest; of a new item of a list, its place with a “+”


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    """Return what differs between two manifests. Nothing does when they say the same, whatever their versions."""
    found = list(_objects(_said(was), _said(now), (), ()))
    came_or_went = {one.before for one in found if one.was is None or one.now is None}
    older, newer = dict(was.get(PROVENANCE, {})), _moved(now.get(PROVENANCE, {}), was, now)
    for pointer in sorted({*older, *newer}):
        path = parts(pointer)
        if not any(path[: len(one)] == one for one in came_or_went):  # said of what is new or gone itself
            place = (PROVENANCE, pointer)
            found += _values(older.get(pointer), newer.get(pointer), place, place)
    return found


def _said(manifest: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in manifest.items() if name not in {*PASSED_OVER, PROVENANCE}}


def _values(was: Any, now: Any, path: Path, before: Path) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        yield from _objects(was, now, path, before)
    elif isinstance(was, list) and isinstance(now, list) and general(path) in KEYED:
        yield from _items(was, now, path, before)
    elif not _same(was, now, unordered=general(path) in SETS):
        yield Difference(path, was, now, before)


def _objects(was: Mapping[str, Any], now: Mapping[str, Any], path: Path, before: Path) -> Iterator[Difference]:
    for name in sorted({*was, *now}):
        here, there = (*path, name), (*before, name)
        if name in was and name in now:
            yield from _values(was[name], now[name], here, there)
        else:
            yield Difference(here, was.get(name), now.get(name), there)


def _items(was: list[Any], now: list[Any], path: Path, before: Path) -> Iterator[Difference]:
    for old, new in matched(was, now, KEYED[general(path)]):
        if old is None and new is not None:
            yield Difference((*path, str(new)), None, now[new], (*before, f"+{new}"))
        elif new is None and old is not None:
            yield Difference((*before, str(old)), was[old], None, (*before, str(old)))
        elif old is not None and new is not None:
            yield from _values(was[old], now[new], (*path, str(new)), (*before, str(old)))


def matched(was: Sequence[Any], now: Sequence[Any], key: str) -> list[Pair]:
    """Return which item is which, as places in both lists: the same, of the same name, or renamed and else the same."""
    left, right = dict(enumerate(was)), dict(enumerate(now))
    pairs: list[Pair] = []
    for alike in (_same, lambda a, b: a.get(key) == b.get(key), lambda a, b: _same(_without(a, key), _without(b, key))):
        for new, item in list(right.items()):
            old = next((one for one, before in left.items() if alike(before, item)), None)
            if old is not None:
                pairs.append((old, new))
                del left[old], right[new]
    return [*pairs, *((old, None) for old in left), *((None, new) for new in right)]


def _without(item: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in item.items() if name != key}


def _same(was: Any, now: Any, *, unordered: bool = False) -> bool:
    if unordered and isinstance(was, list) and isinstance(now, list):
        return sorted(map(canonical, was)) == sorted(map(canonical, now))
    return canonical(was) == canonical(now)


def _moved(said: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return who says what in the newer manifest by pointers into the older one; what is new has a “+” there."""
    found = {}
    for pointer, one in said.items():
        path = parts(pointer)
        for begins, key in KEYED.items():
            at = len(begins)
            if path[:at] == begins and len(path) > at and _is_number(path[at]):
                pairs = matched(_at(was, begins), _at(now, begins), key)
                old = next((old for old, new in pairs if new == int(path[at])), None)
                path = (*begins, f"+{path[at]}" if old is None else str(old), *path[at + 1 :])
        found[pointer_of(path)] = one
    return found


def _at(document: Any, path: Path) -> list[Any]:
    for part in path:
        document = document.get(part, {})
    return document or []


def general(path: Path) -> Path:
    """Return a path with “*” for places in lists."""
    return tuple(ANY if _is_number(part) else part for part in path)


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdecimal() and len(part) < 8


def parts(pointer: str) -> Path:
    """Return the parts of a JSON pointer (RFC 6901)."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def pointer_of(path: Path) -> str:
    """Return the JSON pointer of a path."""
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in path)
