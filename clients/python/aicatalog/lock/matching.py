"""Which item of a list in one manifest is which in another: by what it is, then by what names it.

Ids of interfaces and names of ways to sign in are their kind, numbered: places in a list. When the first goes, the
second takes its name. So an interface is known by its kind and address, and a way to sign in by what it says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aicatalog.lock.canonical import canonical

Pair = tuple[int | None, int | None]
Alike = Callable[[Any, Any], bool]
ADDRESS = ("baseUrl", "url", "image", "package", "install")  # where an interface is; `install` where nothing else is
BY_NAME = {"auth": "authSchemes", "limits": "limits"}  # what an interface names that stands elsewhere, and where


def matched(was: Sequence[Any], now: Sequence[Any], ways: Sequence[Alike]) -> list[Pair]:
    """Return which item is which, as places in both lists: first what is alike in the first way, and so on."""
    left, right = dict(enumerate(was)), dict(enumerate(now))
    pairs: list[Pair] = []
    for alike in ways:
        for new, item in list(right.items()):
            old = next((one for one, before in left.items() if alike(before, item)), None)
            if old is not None:
                pairs.append((old, new))
                del left[old], right[new]
    return [*pairs, *((old, None) for old in left), *((None, new) for new in right)]


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


def _equal(*names: str) -> Alike:
    return lambda was, now: all(same(was.get(name), now.get(name)) for name in names)


def _shared(was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether two interfaces have an address in common, wherever it stands."""
    first, second = ({canonical(one[name]) for name in ADDRESS if name in one} for one in (was, now))
    return bool(first & second)


INTERFACES: tuple[Alike, ...] = (
    same,
    lambda was, now: same(without(was, "id"), without(now, "id")),
    _equal("kind", *ADDRESS, "auth"),
    _equal("kind", *ADDRESS),
    lambda was, now: was.get("kind") == now.get("kind") and _shared(was, now),
    _equal("kind", "id"),
    _shared,
    _equal("id"),
)
EXAMPLES: tuple[Alike, ...] = (
    same,
    _equal("id"),
    lambda was, now: same(without(was, "id"), without(now, "id")),
)
# of pairs (whether it is a plan or a meter, the price)
PRICES: tuple[Alike, ...] = (
    lambda was, now: was[0] == now[0] and same(was[1], now[1]),
    *(
        (lambda was, now, names=names: was[0] == now[0] and _equal(*names)(was[1], now[1]))
        for names in (("name", "period", "unit", "per", "currency"), ("name", "period", "unit"), ("name",))
    ),
    lambda was, now: was[0] == now[0] and same(without(was[1], "name"), without(now[1], "name")),
    lambda was, now: was[1].get("name") == now[1].get("name"),
)
