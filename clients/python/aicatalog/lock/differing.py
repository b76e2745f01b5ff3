"""What differs between two manifests: one difference for each thing that somebody changed.

Where order says nothing it makes no difference; items of lists are matched by what they are (`matching`). What follows
from another difference is none of its own: the label of a price, who says something and when it was seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from aicatalog.lock import matching
from aicatalog.lock.areas import ANY, Path
from aicatalog.lock.canonical import canonical
from aicatalog.lock.matching import BY_NAME

# lists of texts whose order says nothing
SETS: set[Path] = {
    ("categories",), ("tags",), ("platforms",), ("modalities", "in"), ("modalities", "out"), ("pricing", "models"),
    ("interfaces", ANY, "environment"),
}  # fmt: skip
PASSED_OVER = {"version", "$schema"}  # it counts up, and what it counts is compared; how it is written, and where
PROVENANCE, PRICING, INTERFACES, EXAMPLES = "provenance", "pricing", "interfaces", "examples"
LABEL, SEEN = "label", "seenOn"
PRICES = ("plans", "meters")
PACKAGE, INSTALL, ENVIRONMENT, ENV = "package", "install", "environment", "env"
WHAT_IT_IS = {"kind", "openapi", *matching.ADDRESS}  # an interface that has two of these otherwise is another one
Said = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """One thing that differs: where, in the newer manifest or, of what is gone, in the older; None: not there.

    `concerns`: the ids, in the older manifest, of the interfaces that it is about; None: it is about the whole tool.
    """

    path: Path
    was: Any
    now: Any
    concerns: frozenset[str] | None = None


def differences(was: Said, now: Said) -> list[Difference]:
    """Return what differs between two manifests. Nothing does when they say the same, whatever their versions."""
    apart = {*PASSED_OVER, PROVENANCE, PRICING, INTERFACES, EXAMPLES, *BY_NAME.values()}
    found = [
        *_objects(matching.without(was, *apart), matching.without(now, *apart), ()),
        *_pricing(was.get(PRICING, {}), now.get(PRICING, {})),
        *_interfaces(was, now),
        *_examples(was, now),
        *_unused(was, now),
    ]
    return [*_once(found), *_sayings(was, now, found)]


def _once(found: Iterable[Difference]) -> list[Difference]:
    """Return differences without those that several interfaces have in common, told of all of them."""
    told: dict[tuple[Path, bytes, bytes], Difference] = {}
    for one in found:
        key = one.path, canonical(one.was), canonical(one.now)
        same = told.get(key, one)
        ids = None if same.concerns is None or one.concerns is None else same.concerns | one.concerns
        told[key] = replace(one, concerns=ids)
    return list(told.values())


def _values(was: Any, now: Any, path: Path) -> Iterator[Difference]:
    if isinstance(was, dict) and isinstance(now, dict):
        yield from _objects(was, now, path)
    elif general(path) in SETS and isinstance(was, list) and isinstance(now, list):
        if sorted(map(canonical, was)) != sorted(map(canonical, now)):
            yield Difference(path, was, now)
    elif not matching.same(was, now):
        yield Difference(path, was, now)


def _objects(was: Said, now: Said, path: Path) -> Iterator[Difference]:
    for name in sorted({*was, *now}):
        if name in was and name in now:
            yield from _values(was[name], now[name], (*path, name))
        else:
            yield Difference((*path, name), was.get(name), now.get(name))


def _pricing(was: Said, now: Said) -> list[Difference]:
    """Return what differs of prices. A plan that became a meter is one difference; the label follows from the rest."""
    found = list(_objects(matching.without(was, *PRICES), matching.without(now, *PRICES), (PRICING,)))
    older, newer = (
        [(name, at, row) for name in PRICES for at, row in enumerate(one.get(name, []))] for one in (was, now)
    )
    pairs = matching.matched([(a, c) for a, _, c in older], [(a, c) for a, _, c in newer], matching.PRICES)
    for old, new in pairs:
        before = older[old] if old is not None else None
        after = newer[new] if new is not None else None
        found += _price(before, after)
    label = (PRICING, LABEL)
    follows = any(one.path != label and one.path[-1] != SEEN for one in found)
    return [one for one in found if one.path != label or not follows]


def _price(was: tuple[str, int, Said] | None, now: tuple[str, int, Said] | None) -> list[Difference]:
    name, at, _ = now or was or ("", 0, {})
    place = (PRICING, name, str(at))
    older, newer = was[2] if was else None, now[2] if now else None
    if was is None or now is None or was[0] != now[0]:
        return [Difference(place, older, newer)]
    found = list(_objects(was[2], now[2], place))
    if len(found) > 1:
        found = [one for one in found if one.path[-1] != SEEN]
    return found if len(found) < 2 else [Difference(place, older, newer)]


def _interfaces(was: Said, now: Said) -> Iterator[Difference]:
    """Yield what differs of interfaces, with what they name elsewhere: ways to sign in, limits."""
    if INTERFACES not in was or INTERFACES not in now:
        if INTERFACES in was or INTERFACES in now:
            yield Difference((INTERFACES,), was.get(INTERFACES), now.get(INTERFACES), _ids(was))
        return
    older, newer = was[INTERFACES], now[INTERFACES]
    said, says = _of_items(was, INTERFACES), _of_items(now, INTERFACES)
    for old, new in matching.interfaces(was, now):
        if old is not None and new is not None:
            concerns = frozenset({older[old]["id"]})
            place = (INTERFACES, str(new))
            found = _interface(was, now, old, new) or _item_sayings(said.get(old, {}), says.get(new, {}), place)
            yield from (replace(one, concerns=concerns) for one in found)
        elif old is not None:
            yield Difference((INTERFACES, str(old)), older[old], None, frozenset({older[old]["id"]}))
        elif new is not None:
            yield Difference((INTERFACES, str(new)), None, newer[new], frozenset())


def _ids(manifest: Said) -> frozenset[str]:
    return frozenset(one["id"] for one in manifest.get(INTERFACES, []))


def _interface(was: Said, now: Said, old: int, new: int) -> list[Difference]:
    before, after, place = was[INTERFACES][old], now[INTERFACES][new], (INTERFACES, str(new))
    apart = [*BY_NAME, *(["id"] if matching.is_place(before) and matching.is_place(after) else [])]
    found = list(_objects(matching.without(before, *apart), matching.without(after, *apart), place))
    if any(one.path[2] == PACKAGE for one in found):
        found = [one for one in found if one.path[2] != INSTALL]  # it follows from the package
    if _variables(was, before) == _variables(now, after):
        found = [one for one in found if one.path[2] != ENVIRONMENT]  # it stands with the way to sign in now, or did
    for field, where in BY_NAME.items():
        if field in before or field in after:
            found += _by_name(was, now, (before.get(field), after.get(field)), where, (*place, field))
    if len({one.path[2] for one in found if one.path[0] == INTERFACES} & WHAT_IT_IS) > 1:
        return [Difference(place, before, after)]
    return found


def _variables(manifest: Said, interface: Said) -> set[str]:
    """Return the environment variables of an interface, of its own and of its ways to sign in."""
    ways = [matching.named(manifest, BY_NAME["auth"], name) for name in interface.get("auth", [])]
    env = [way[ENV] for way in ways if isinstance(way, dict) and ENV in way]
    return {str(name) for name in [*(interface.get(ENVIRONMENT) or []), *env]}


def _by_name(was: Said, now: Said, names: tuple[Any, Any], where: str, place: Path) -> list[Difference]:
    """Return what differs of what an interface names in `where`, by what the names stand for.

    One that came or went is a difference of the list; one that became another, of what the name stands for.
    """
    whole = [Difference(place, *names)]
    if not isinstance(names[0], list) or not isinstance(names[1], list):
        return whole if not matching.same(*names) else []
    left, right = (
        [(name, matching.named(one, where, name)) for name in of] for one, of in zip((was, now), names, strict=True)
    )
    pairs = matching.matched(left, right, matching.NAMED)
    before = [left[old] for old, new in pairs if new is None and old is not None]
    after = [right[new] for old, new in pairs if old is None and new is not None]
    if len(before) != len(after):
        return whole
    both = [(left[old], right[new]) for old, new in pairs if old is not None and new is not None]
    found: list[Difference] = []
    for (name, older), (other, newer) in [*both, *zip(before, after, strict=True)]:
        if name != other and (older is None or newer is None):
            return whole
        if not matching.same(older, newer):
            found += _scheme(older, newer, (where, other))
    return found


def _scheme(was: Any, now: Any, place: Path) -> list[Difference]:
    found = list(_values(was, now, place))
    return found if len(found) == 1 else [Difference(place, was, now)]


def _unused(was: Said, now: Said) -> Iterator[Difference]:
    """Yield what differs of ways to sign in and limits that no interface names, now or before."""
    for field, where in BY_NAME.items():
        used = {str(name) for one in (was, now) for row in one.get(INTERFACES, []) for name in row.get(field) or []}
        older, newer = ({**one.get(where, {})} for one in (was, now))
        yield from _objects(matching.without(older, *used), matching.without(newer, *used), (where,))


def _examples(was: Said, now: Said) -> Iterator[Difference]:
    older, newer = was.get(EXAMPLES), now.get(EXAMPLES)
    if older is None or newer is None:
        if older is not newer:
            yield Difference((EXAMPLES,), older, newer)
        return
    for old, new in matching.matched(older, newer, matching.EXAMPLES):
        if old is not None and new is not None:
            yield from _values(older[old], newer[new], (EXAMPLES, str(new)))
        elif old is not None:
            yield Difference((EXAMPLES, str(old)), older[old], None)
        elif new is not None:
            yield Difference((EXAMPLES, str(new)), None, newer[new])


def _sayings(was: Said, now: Said, found: list[Difference]) -> list[Difference]:
    """Return who says otherwise what, where that itself is as it was. Of interfaces `_interfaces` tells it."""
    older, newer = was.get(PROVENANCE, {}), now.get(PROVENANCE, {})
    told = []
    for pointer in sorted({*older, *newer}):
        path = parts(pointer)
        if (path[:1] == (INTERFACES,) and len(path) > 1) or any(_within(one.path, path) for one in found):
            continue
        told += _saying(older.get(pointer), newer.get(pointer), pointer)
    return told


def _item_sayings(was: Mapping[Path, Any], now: Mapping[Path, Any], place: Path) -> list[Difference]:
    told = []
    for rest in sorted({*was, *now}):
        told += _saying(was.get(rest), now.get(rest), pointer_of((*place, *rest)))
    return told


def _of_items(manifest: Said, name: str) -> dict[int, dict[Path, Any]]:
    """Return who says what of the items of a list: by their places, and the places within them."""
    found: dict[int, dict[Path, Any]] = {}
    for pointer, one in manifest.get(PROVENANCE, {}).items():
        path = parts(pointer)
        if path[:1] == (name,) and len(path) > 1 and _is_number(path[1]):
            found.setdefault(int(path[1]), {})[path[2:]] = one
    return found


def _saying(was: Any, now: Any, pointer: str) -> list[Difference]:
    if matching.same(was, now):
        return []
    found = list(_values(was, now, (PROVENANCE, pointer)))
    return found if len(found) == 1 else [Difference((PROVENANCE, pointer), was, now)]


def _within(one: Path, other: Path) -> bool:
    """Return whether one of two places lies within the other."""
    least = min(len(one), len(other))
    return one[:least] == other[:least]


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
