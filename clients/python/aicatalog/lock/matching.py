"""Which item of a list in one manifest is which in another: by what it is, then by what names it.

Ids of interfaces and names of ways to sign in are their kind, numbered: places in a list. When the first goes, the
second takes its name. So an interface is known by its kind and address, and a way to sign in by what it says.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aicatalog.lock.canonical import canonical

Pair = tuple[int | None, int | None]
Way = Callable[[Any], list[bytes]]  # two items are alike that have one of these in common
ADDRESS = ("baseUrl", "url", "image", "package", "install")  # where an interface is; `install` where nothing else is
BY_NAME = {"auth": "authSchemes", "limits": "limits"}  # what an interface names that stands elsewhere, and where


def matched(was: Sequence[Any], now: Sequence[Any], ways: Sequence[Way]) -> list[Pair]:
    """Return which item is which, as places in both lists: first what is alike in the first way, and so on.

    Takes a time that grows with the lists, not with their product: they may be a stranger's.
    """
    left, right = dict(enumerate(was)), dict(enumerate(now))
    pairs: list[Pair] = []
    for keys in ways:
        places: dict[bytes, deque[int]] = {}
        for old, item in left.items():
            for key in keys(item):
                places.setdefault(key, deque()).append(old)
        for new, item in list(right.items()):
            alike = [at for at in (_first(places.get(key), left) for key in keys(item)) if at is not None]
            if alike:
                pairs.append((min(alike), new))
                del left[min(alike)], right[new]
    return [*pairs, *((old, None) for old in left), *((None, new) for new in right)]


def _first(places: deque[int] | None, left: Mapping[int, Any]) -> int | None:
    while places and places[0] not in left:
        places.popleft()
    return places[0] if places else None


def interfaces(was: Mapping[str, Any], now: Mapping[str, Any]) -> list[Pair]:
    """Return which interface is which in two manifests, as places."""
    return matched(_whole(was), _whole(now), INTERFACES)


def ids(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
    """Return the ids that interfaces of a manifest have in a newer one; what is gone is not in it."""
    older, newer = was.get("interfaces", []), now.get("interfaces", [])
    pairs = interfaces(was, now)
    return {older[old]["id"]: newer[new]["id"] for old, new in pairs if old is not None and new is not None}


def is_place(interface: Mapping[str, Any]) -> bool:
    """Return whether an interface's id is its kind, numbered, as this catalog names them."""
    return re.fullmatch(re.escape(str(interface.get("kind"))) + r"(-[0-9]+)?", str(interface.get("id"))) is not None


def named(manifest: Mapping[str, Any], where: str, name: str) -> Any:
    """Return what a name stands for in `authSchemes` or `limits`; None where it stands for nothing."""
    found = manifest.get(where)
    return found.get(name) if isinstance(found, Mapping) else None


def _whole(manifest: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return interfaces with what they name in its place."""
    found = []
    for one in manifest.get("interfaces", []):
        used = {field: _used(manifest, one[field], where) for field, where in BY_NAME.items() if field in one}
        found.append({**one, **used})
    return found


def _used(manifest: Mapping[str, Any], names: Any, where: str) -> Any:
    if not isinstance(names, list):
        return names
    return sorted(([named(manifest, where, name) or name] for name in names), key=canonical)


def without(item: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Return an object without these fields."""
    return {name: value for name, value in item.items() if name not in names}


def same(was: Any, now: Any) -> bool:
    """Return whether two values are one; 1 and true are not."""
    return canonical(was) == canonical(now)


def whole(item: Any) -> list[bytes]:
    """Return an item as what it has in common with what is the same."""
    return [canonical(item)]


def _equal(*names: str) -> Way:
    return lambda item: [canonical([item.get(name) for name in names])]


def _but(name: str) -> Way:
    return lambda item: [canonical(without(item, name))]


def _addresses(item: Mapping[str, Any]) -> list[bytes]:
    """Return the addresses of an interface, wherever they stand."""
    return [canonical(item[name]) for name in ADDRESS if name in item]


def _price(*names: str) -> Way:
    """Return what tells prices apart, which are pairs of a list's name and a price in it."""
    return lambda pair: [canonical([pair[0], *(pair[1].get(name) for name in names)])]


INTERFACES: tuple[Way, ...] = (
    whole,
    _but("id"),
    _equal("kind", *ADDRESS, "auth"),
    _equal("kind", *ADDRESS),
    lambda item: [canonical(str(item.get("kind"))) + address for address in _addresses(item)],
    _equal("kind", "id"),
    _addresses,
    _equal("id"),
)
EXAMPLES: tuple[Way, ...] = (whole, _equal("id"), _but("id"))
PRICES: tuple[Way, ...] = (
    lambda pair: [canonical([pair[0], pair[1]])],
    _price("name", "period", "unit", "per", "currency"),
    _price("name", "period", "unit"),
    _price("name"),
    lambda pair: [canonical([pair[0], without(pair[1], "name")])],
    lambda pair: [canonical(pair[1].get("name"))],
)
# of pairs (a name, what it stands for): by the latter where it stands for something
NAMED: tuple[Way, ...] = (
    lambda pair: [canonical([pair[1]] if pair[1] is not None else [None, pair[0]])],
    lambda pair: [canonical(pair[0])],
)
