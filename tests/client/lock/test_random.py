"""Any two manifests: a check finds something exactly when they say something else."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aicatalog.lock.canonical import canonical
from aicatalog.lock.comparing import compare
from aicatalog.lock.entries import entry as entry_of
from api.manifests import canonical as servers
from tests.client.lock.full import FULL, built, pin, version
from tests.client.lock.replaying import at
from tests.client.lock.test_replay import KEYED

# few values, so that two manifests have much in common
TEXT: Any = st.sampled_from(["a", "b", "é", "1"])
TEXTS: Any = st.lists(TEXT, max_size=3)
SAID: Any = st.fixed_dictionaries({"by": TEXT}, optional={"on": TEXT})
ANYTHING: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
SCHEME: Any = st.fixed_dictionaries({"type": TEXT}, optional={"env": TEXT})
INTERFACE: Any = st.fixed_dictionaries(
    {"id": TEXT, "kind": TEXT, "said": SAID},
    optional={"url": TEXT, "auth": st.lists(SCHEME, max_size=2), "limits": TEXTS, "package": ANYTHING},
)
PRICE: Any = st.fixed_dictionaries({"name": TEXT, "currency": TEXT, "amount": TEXT}, optional={"seenOn": TEXT})
EXAMPLE: Any = st.fixed_dictionaries({"id": TEXT, "request": ANYTHING})
PRICING: Any = st.fixed_dictionaries(
    {"label": TEXT},
    optional={"models": TEXTS, "plans": st.lists(PRICE, max_size=3), "meters": st.lists(PRICE, max_size=2)},
)
MANIFEST: Any = st.fixed_dictionaries(
    {
        "tool": st.sampled_from(["one", "two"]),
        "version": st.integers(1, 3),
        "status": st.sampled_from(["active", "watch"]),
        "pricing": PRICING,
        "provenance": st.dictionaries(st.sampled_from(["/licence", "/pricing", "/tags"]), SAID, max_size=2),
    },
    optional={
        "licence": TEXT,
        "tags": TEXTS,
        "interfaces": st.lists(INTERFACE, max_size=3, unique_by=lambda one: one["id"]),
        "modalities": st.fixed_dictionaries({}, optional={"in": TEXTS, "out": TEXTS}),
        "examples": st.lists(EXAMPLE, max_size=2),
        "_meta": st.dictionaries(TEXT, ANYTHING, max_size=2),
        "x-own": ANYTHING,
    },
)
SETS = {"tags", "in", "out", "models"}


def wired(said: dict[str, Any], names: str) -> dict[str, Any]:
    """Return a manifest in which ways to sign in have names, which say nothing."""
    made, schemes = copy.deepcopy(said), dict[bytes, str]()
    for one in made.get("interfaces", []):
        if "auth" in one:
            one["auth"] = [schemes.setdefault(canonical(way), f"{names}{len(schemes)}") for way in one["auth"]]
    return made | ({"authSchemes": {name: json.loads(way) for way, name in schemes.items()}} if schemes else {})


def findings(was: dict[str, Any], now: dict[str, Any], names: tuple[str, str] = ("x", "y")) -> list[Any]:
    older, newer = built(wired(was, names[0])), built(wired(now, names[1]))
    return compare("one", entry_of(pin(older), version(older)), pin(newer), newer)


def meaning(said: dict[str, Any]) -> bytes:
    """Return what a manifest says, without what says nothing: its version and the order of things."""

    def ordered(value: Any, name: str = "", *, inside: bool = False) -> Any:
        if isinstance(value, dict):
            own = inside or name in {"request", "_meta", "x-own", "package"}
            return {key: ordered(one, key, inside=own) for key, one in value.items()}
        if isinstance(value, list) and not inside and name not in {"request", "x-own", "package"}:
            return sorted((ordered(one, inside=name in SETS) for one in value), key=canonical)
        return value

    prices = {name: one for name, one in said["pricing"].items() if name not in {"plans", "meters"} or one}
    return canonical(ordered({name: one for name, one in said.items() if name != "version"} | {"pricing": prices}))


@given(MANIFEST, MANIFEST)
@settings(max_examples=300, deadline=None)
def test_something_is_found_exactly_when_something_else_is_said(was: Any, now: Any) -> None:
    assert (findings(was, now) == []) == (meaning(was) == meaning(now))


@given(MANIFEST, st.randoms(use_true_random=False), st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_order_and_version_say_nothing(said: Any, dice: random.Random, number: int) -> None:
    now = json.loads(json.dumps(said))
    for name in [*KEYED, "tags", "pricing/models", "modalities/in", "modalities/out"]:
        try:
            dice.shuffle(at(now, tuple(name.split("/"))))
        except KeyError:
            continue
    for one in now.get("interfaces", []):
        dice.shuffle(one.get("auth", []))
        dice.shuffle(one.get("limits", []))
    assert findings(said, now | {"version": number}) == []


@given(MANIFEST, MANIFEST)
@settings(max_examples=200, deadline=None)
def test_what_came_is_what_goes_when_it_is_undone(was: Any, now: Any) -> None:
    for said in (was, now):  # of two prices of one name it is not told which became which
        prices = said["pricing"].get("plans", []), said["pricing"].get("meters", [])
        rows = [(prices[0], "name"), (prices[1], "name"), (said.get("examples", []), "id")]
        assume(all(len({one[key] for one in found}) == len(found) for found, key in rows))
    there, back = findings(was, now), findings(now, was, ("y", "x"))
    assert len(there) == len(back)
    assert sorted((canonical(one.was), canonical(one.now)) for one in there) == sorted(
        (canonical(one.now), canonical(one.was)) for one in back
    )


@given(ANYTHING)
def test_the_client_writes_canonical_json_as_the_catalog_does(value: Any) -> None:
    assert canonical(value) == servers.canonical(value)


def test_a_manifest_that_says_all_is_canonical_in_both() -> None:
    assert canonical(built(FULL)) == servers.canonical(built(FULL))
    assert canonical({"\U0001f600": 1, "\ufb33": 2}) == '{"\U0001f600":1,"\ufb33":2}'.encode()
