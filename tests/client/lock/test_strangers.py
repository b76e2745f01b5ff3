"""A catalog or a lockfile that somebody made to do harm: refused with a sentence, in time, and never believed."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from aicatalog.errors import BadFile, CatalogError, CatalogUnavailable
from aicatalog.lock.canonical import canonical
from aicatalog.lock.comparing import compare
from aicatalog.lock.entries import document_of, price
from aicatalog.lock.entries import entry as entry_of
from aicatalog.lock.locking import lock
from aicatalog.lock.verdicts import check
from aicatalog.shapes import Pins
from aicatalog.source import Manifest, digest
from tests.client.lock.full import FULL, built, changed, entry, pin, version

CATALOG = "https://catalog.example"


class Catalog:
    """Answers with one pin and one manifest, whatever is asked."""

    exported_at = None

    def __init__(self, pin: Any, manifest: Manifest) -> None:
        self.pin, self.manifest = pin, manifest

    def pins(self, _slugs: Sequence[str]) -> Pins:
        return {"pins": [self.pin], "missing": [], "serial": 1, "catalog": CATALOG}

    def manifest_version(self, _slug: str, _version: int) -> Manifest:
        return self.manifest


def locking(pin: Any, manifest: Manifest) -> Any:
    return lock(Catalog(pin, manifest), None, ["one"])  # type: ignore[arg-type]  # as much of a source as is asked


def checking(pin: Any, manifest: Manifest) -> Any:
    locked: Any = {"lockfileVersion": 1, "catalog": CATALOG, "tools": {"one": entry()}}
    return check(Catalog(pin, manifest), locked)  # type: ignore[arg-type]


def refused(pin: Any, manifest: Manifest) -> str:
    """Return what both commands say."""
    said = set()
    for command in (locking, checking):
        with pytest.raises(CatalogError) as error:
            command(pin, manifest)
        said.add(str(error.value))
    (one,) = said
    return one


def told(manifest: dict[str, Any]) -> tuple[Any, Manifest]:
    return pin(manifest), version(manifest)


def bytes_of(body: bytes) -> tuple[Any, Manifest]:
    found, manifest = told(changed(lambda one: one.update(name="Uno")))
    found["manifest"]["sha256"] = digest(body)
    return found, Manifest(manifest.slug, manifest.version, digest(body), body)


UNREADABLE = "Version 3 of the manifest of “one” cannot be read: "
DOES_NOT_FIT = "What the catalog says of “one” does not fit together, as while it is being changed."


def test_a_manifest_of_another_tool_is_refused() -> None:
    _, manifest = told(changed(lambda one: one.update(tool="two")))
    found = pin()
    found["manifest"]["sha256"] = manifest.sha256  # type: ignore[index]
    assert refused(found, manifest) == DOES_NOT_FIT


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found["interfaces"].clear(),
        lambda found: found["interfaces"].pop(),
        lambda found: found["interfaces"][1].update(id="mcp-remote-2"),
        lambda found: found["interfaces"].append(copy.deepcopy(found["interfaces"][1])),
        lambda found: found["interfaces"].append(found["interfaces"][1] | {"id": "orphan"}),
    ],
)
def test_a_pin_of_other_interfaces_than_the_manifests_is_refused(change: Callable[[Any], Any]) -> None:
    found = pin()
    change(found)
    with pytest.raises(CatalogUnavailable):
        checking(found, version(built(FULL)))
    assert refused(found, version(built(FULL))) == DOES_NOT_FIT


def test_bytes_that_say_something_twice_are_refused() -> None:
    body = canonical(changed(lambda one: one.update(name="Uno")))
    twice = body.replace(b'"licence":"MIT"', b'"licence":"GPL-3.0-only","licence":"MIT"')
    assert len(twice) > len(body)
    assert refused(*bytes_of(twice)) == UNREADABLE + "its bytes are not canonical JSON."


def test_an_id_that_two_interfaces_have_is_refused() -> None:
    found = told(changed(lambda one: one["interfaces"][0].update(id="sdk")))
    assert refused(*found) == UNREADABLE + "“/interfaces” has an id twice."


@pytest.mark.parametrize("levels", [33, 62, 2_000, 200_000])
def test_what_is_nested_deeply_is_refused(levels: int) -> None:
    made = changed(lambda one: one["_meta"].update(deep="HERE"))
    body = canonical(made).replace(b'"HERE"', b'{"a":' * levels + b"1" + b"}" * levels)
    assert refused(*bytes_of(body)) == UNREADABLE + "it is nested too deeply."


def test_a_count_that_no_program_reads_exactly_is_refused() -> None:
    found: Any = pin()
    found["interfaces"][1]["tools"]["count"] = 2**60
    with pytest.raises(BadFile, match="What was seen of “one” cannot be written down"):
        locking(found, version(built(FULL)))


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+999999999"])
def test_prices_that_are_no_numbers_are_passed_over(amount: str) -> None:
    def change(one: dict[str, Any]) -> None:
        one["pricing"]["plans"] = [plan | {"amount": amount} for plan in one["pricing"]["plans"]]

    made = changed(change)
    assert price(made).startswith("Pay as you go")
    assert document_of(version(made)) == made


def many(number: int, address: str) -> dict[str, Any]:
    def change(one: dict[str, Any]) -> None:
        one["interfaces"] = [
            {
                "id": f"rest-{at}",
                "kind": "rest",
                "baseUrl": f"{address}/{at % 7}",
                "auth": ["apiKey"],
                "said": {"by": "docs"},
            }
            for at in range(number)
        ]

    return changed(change)


@pytest.mark.parametrize("now", ["https://one.example", "https://two.example"])
def test_thousands_of_interfaces_take_a_moment(now: str) -> None:
    """Twenty times as many take less than sixty times as long: pairs of all with all would take four hundred times."""

    def taken(number: int) -> float:
        was, after = many(number, "https://one.example"), many(number, now)
        locked = entry_of(pin(was), version(was))
        begun = time.process_time()
        compare("one", locked, pin(after), after)
        return time.process_time() - begun

    taken(50)
    few = min(taken(200) for _ in range(3))
    assert taken(4_000) / few < 60
