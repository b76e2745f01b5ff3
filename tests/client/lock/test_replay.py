"""Every field of a manifest and of a pin is changed, one at a time: one finding, of its area and state, no other."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest

from aicatalog.lock.comparing import state_of
from aicatalog.lock.differing import parts, pointer_of
from api.manifests.schema import schema
from tests.client.lock.full import FULL, SAID, built, changed
from tests.client.lock.replaying import NEW, Path, at, found, only, put, without

# each leaf of the schema: what it is about, and whether a check fails when it is another
LEAVES: dict[str, tuple[str, bool]] = {
    "tool": ("address", True),
    "name": ("text", False),
    "vendor": ("terms", True),
    "tagline": ("text", False),
    "description": ("text", False),
    "homepage": ("address", True),
    "kind": ("text", False),
    "status": ("status", True),
    "categories": ("text", False),
    "tags": ("text", False),
    "licence": ("licence", True),
    "launched": ("text", False),
    "platforms": ("text", False),
    "modalities/in": ("interface", True),
    "modalities/out": ("interface", True),
    "links/docs": ("text", False),
    "links/repo": ("text", False),
    "links/pricing": ("text", False),
    "links/api": ("text", False),
    "links/status": ("text", False),
    "interfaces/*/id": ("interface", True),
    "interfaces/*/kind": ("interface", True),
    "interfaces/*/baseUrl": ("interface", True),
    "interfaces/*/url": ("interface", True),
    "interfaces/*/image": ("interface", True),
    "interfaces/*/package/name": ("interface", True),
    "interfaces/*/package/registry": ("interface", True),
    "interfaces/*/install": ("interface", True),
    "interfaces/*/docs": ("text", False),
    "interfaces/*/openapi": ("interface", True),
    "interfaces/*/auth": ("auth", True),
    "interfaces/*/limits": ("terms", True),
    "interfaces/*/environment": ("interface", True),
    "authSchemes/*/type": ("auth", True),
    "authSchemes/*/env": ("auth", True),
    "authSchemes/*/in": ("auth", True),
    "authSchemes/*/name": ("auth", True),
    "authSchemes/*/obtainUrl": ("auth", True),
    "limits/*/quota": ("terms", True),
    "limits/*/windowSeconds": ("terms", True),
    "limits/*/unit": ("terms", True),
    "limits/*/sourceUrl": ("terms", True),
    "pricing/label": ("price", True),
    "pricing/access": ("price", True),
    "pricing/source": ("licence", True),
    "pricing/models": ("price", True),
    "pricing/plans/*/name": ("price", True),
    "pricing/plans/*/amount": ("price", True),
    "pricing/plans/*/currency": ("price", True),
    "pricing/plans/*/period": ("price", True),
    "pricing/plans/*/seenOn": ("provenance", False),
    "pricing/meters/*/name": ("price", True),
    "pricing/meters/*/unit": ("price", True),
    "pricing/meters/*/per": ("price", True),
    "pricing/meters/*/price": ("price", True),
    "pricing/meters/*/currency": ("price", True),
    "pricing/meters/*/told": ("price", True),
    "pricing/meters/*/seenOn": ("provenance", False),
    "examples/*/id": ("text", False),
    "examples/*/interface": ("text", False),
    "examples/*/safe": ("text", False),
    "examples/*/request": ("text", False),
    "examples/*/expect": ("text", False),
    "provenance/*/by": ("provenance", False),
    "provenance/*/on": ("provenance", False),
    "provenance/*/evidence": ("provenance", False),
    "_meta": ("text", False),
}
NO_LEAF = {"version", "$schema"}  # the one counts up with what else changes, the other is where the site lies
MAPS = ("authSchemes", "limits", "provenance")
KEYED = ("interfaces", "pricing/plans", "pricing/meters", "examples")
ITEMS = {"interfaces": ("interface", True), "pricing/plans": ("price", True), "pricing/meters": ("price", True),
         "examples": ("text", False)}  # fmt: skip


def leaves_of_schema() -> set[str]:
    """Return the path of each leaf that the schema knows, lists of texts as one, with * for names and places."""
    whole = schema()

    def walk(said: dict[str, Any], path: str) -> Iterator[str]:
        if "$ref" in said:
            said = whole["$defs"][said["$ref"].rpartition("/")[2]]
        if said.get("properties"):
            for name, one in said["properties"].items():
                yield from walk(one, f"{path}/{name}")
        elif isinstance(said.get("additionalProperties"), dict):
            yield from walk(said["additionalProperties"], f"{path}/*")
        elif said.get("type") == "array" and said["items"].get("type") != "string":
            yield from walk(said["items"], f"{path}/*")
        else:
            yield path.removeprefix("/")

    return set(walk(whole, ""))


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of each leaf of a document: values, and lists of values."""
    if isinstance(value, dict) and value:
        for name, one in value.items():
            yield from paths(one, (*path, name))
    elif "/".join(map(str, path)) in KEYED:
        for number, one in enumerate(value):
            yield from paths(one, (*path, number))
    else:
        yield path


def kind_of(path: Path) -> str:
    """Return the leaf of the schema that a path is one of."""
    if path[0] == "interfaces" and path[2] == "said":
        return f"provenance/*/{path[3]}"
    shown = ["*" if isinstance(part, int) or (n == 1 and path[0] in MAPS) else part for n, part in enumerate(path)]
    text = "/".join(shown)
    for opened in ("examples/*/request", "examples/*/expect", "_meta", "x-own"):
        if text.startswith(opened):
            return opened
    return text


def other(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, list):
        return [*value[1:], "another"]
    if value is None:
        return 0
    return "watch" if value == "active" else f"{value}x"


ALL = list(paths(FULL))
CHANGED = [path for path in ALL if kind_of(path) not in NO_LEAF]
# what names a tool or an item is never missing
OPTIONAL = [path for path in CHANGED if kind_of(path) not in {"tool", "status", *(f"{name}/*/id" for name in KEYED),
                                                              *(f"{name}/*/name" for name in KEYED)}]  # fmt: skip


def named(path: Path) -> str:
    return "/".join(map(str, path))


def test_the_manifest_of_this_test_says_all_that_the_schema_knows_and_is_valid() -> None:
    jsonschema.Draft202012Validator(schema()).validate(built(FULL))
    assert leaves_of_schema() == {*LEAVES} | NO_LEAF
    assert {kind_of(path) for path in ALL} - {"x-own"} == {*LEAVES} | NO_LEAF


def test_what_is_as_it_was_has_no_finding() -> None:
    assert found() == []
    assert state_of([]) == "ok"


def test_another_address_of_the_schema_or_another_version_is_no_finding() -> None:
    address = "https://moved.example/schemas/manifest/2026-12-01.json"
    assert found(changed(put(("$schema",), address)), strict=True) == []
    assert found(changed(put(("version",), other(FULL["version"]))), strict=True) == []


@pytest.mark.parametrize("path", CHANGED, ids=named)
def test_another_value_is_one_finding(path: Path) -> None:
    area, fails = LEAVES.get(kind_of(path), ("text", False))
    state = "deprecated" if path == ("status",) else "changed"
    manifest = changed(put(path, other(at(FULL, path))))
    assert only(manifest) == (area, state, fails)
    (one,) = found(manifest)
    if "said" not in path and path[0] != "provenance":
        assert one.where == pointer_of(tuple(map(str, path)))
        assert (one.was, one.now) == (at(FULL, path), other(at(FULL, path)))


@pytest.mark.parametrize("path", OPTIONAL, ids=named)
def test_what_is_gone_is_one_finding(path: Path) -> None:
    area, fails = LEAVES.get(kind_of(path), ("text", False))
    assert only(changed(without(path))) == (area, "changed", fails)


@pytest.mark.parametrize("path", [path for path in CHANGED if isinstance(at(FULL, path), list)], ids=named)
def test_one_item_more_or_less_in_a_list_is_one_finding(path: Path) -> None:
    area, fails = LEAVES.get(kind_of(path), ("text", False))
    for value in ([*at(FULL, path), "another"], at(FULL, path)[1:]):
        assert only(changed(put(path, value))) == (area, "changed", fails)


@pytest.mark.parametrize("path", KEYED)
def test_an_item_that_came_or_went_is_one_finding_wherever_it_stood(path: str) -> None:
    place = tuple(path.split("/"))
    items = at(FULL, place)
    for number in range(len(items)):
        manifest = changed(put(place, items[:number] + items[number + 1 :]))
        (one,) = found(manifest)
        assert (one.area, one.fails) == ITEMS[path]
        assert (one.where, one.now) == (f"/{path}/{number}", None)
        new = {**copy.deepcopy(items[0]), "name": "new", "id": "new"}
        manifest = changed(put(place, [*items[:number], new, *items[number:]]))
        (one,) = found(manifest)
        assert (one.area, one.fails) == ITEMS[path]
        assert (one.where, one.was) == (f"/{path}/{number}", None)


@pytest.mark.parametrize("name", [*MAPS, "_meta", "x-own", "links", "modalities"])
def test_a_name_more_or_less_is_one_finding(name: str) -> None:
    kinds = {"authSchemes": ("auth", True), "limits": ("terms", True), "provenance": ("provenance", False),
             "modalities": ("interface", True)}  # fmt: skip
    area, fails = kinds.get(name, ("text", False))
    new = "/homepage" if name == "provenance" else "another"
    assert only(changed(put((name, new), {"by": "docs"}))) == (area, "changed", fails)
    for gone in FULL[name]:
        assert only(changed(without((name, gone)))) == (area, "changed", fails)


@pytest.mark.parametrize("name", ["interfaces", "examples", "links", "_meta", "x-own"])
def test_all_of_it_gone_is_one_finding(name: str) -> None:
    assert len(found(changed(without((name,))))) == 1


@pytest.mark.parametrize("name", ["authSchemes", "limits"])
def test_each_name_that_stands_for_nothing_any_more_is_one_finding(name: str) -> None:
    gone = [f"/{name}/{one}" for one in FULL[name]]
    assert sorted(one.where for one in found(changed(without((name,))))) == sorted(gone)


def test_who_says_what_is_new_is_not_told_beside_it() -> None:
    def change(document: dict[str, Any]) -> None:
        del document["licence"], document["provenance"]["/licence"]

    assert only(changed(change)) == ("licence", "changed", True)


def moved(document: Any) -> Any:
    """Return a document in which all is in another order that says nothing by it."""
    ordered = {"request", "expect", "_meta", "x-own"}
    if isinstance(document, dict):
        return {name: one if name in ordered else moved(one) for name, one in reversed(list(document.items()))}
    return [moved(one) for one in reversed(document)] if isinstance(document, list) else document


def test_another_order_is_no_finding() -> None:
    assert found(built(moved(FULL))) == []


@pytest.mark.parametrize("number", [1, 4, 900])
def test_another_version_that_says_the_same_is_no_finding(number: int) -> None:
    assert found(changed(put(("version",), number))) == []


def test_the_order_of_what_an_example_sends_says_something() -> None:
    place = ("examples", 0, "request", "messages")
    assert only(changed(put(place, at(FULL, place)[::-1]))) == ("text", "changed", False)


def test_one_and_true_are_not_the_same() -> None:
    assert only(changed(put(("examples", 0, "safe"), 1))) == ("text", "changed", False)


def test_two_plans_of_one_name_are_told_apart() -> None:
    def change(document: dict[str, Any]) -> None:
        plans = document["pricing"]["plans"]
        plans[0]["amount"] = "25"
        plans.reverse()

    (one,) = found(changed(change))
    assert (one.where, one.was, one.now) == ("/pricing/plans/2/amount", "20", "25")


def test_who_says_what_is_told_of_what_stays_where_other_things_came_and_went() -> None:
    def change(document: dict[str, Any]) -> None:
        interfaces = document["interfaces"]
        interfaces[1]["said"]["by"] = "editor"
        interfaces[0] = NEW

    found_now = found(changed(change))
    assert sorted((one.where, one.was, one.now) for one in found_now if one.area == "provenance") == [
        ("/provenance/~1interfaces~11/by", "owner", "editor")
    ]
    assert sorted(one.where for one in found_now if one.area == "interface") == ["/interfaces/0", "/interfaces/0"]


@pytest.mark.parametrize("path", [path for path in CHANGED if not LEAVES.get(kind_of(path), ("", False))[1]], ids=named)
def test_strict_fails_for_all_of_it(path: Path) -> None:
    (one,) = found(changed(put(path, other(at(FULL, path)))), strict=True)
    assert one.fails is True


def test_pointers_are_read_as_they_are_written() -> None:
    assert parts(pointer_of(("a/b", "~1", ""))) == ("a/b", "~1", "")
    assert SAID["by"] == "docs"
