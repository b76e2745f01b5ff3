"""The steps for listing, site and documents say exactly what they should about each animal."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.zoo.animal import Animal
from tests.zoo.animals import documents, reach, sites
from tests.zoo.server import Zoo
from verification.contract import Listing
from verification.inline import Checked, run_inline
from verification.reading import documents as documents_module
from verification.steps import registry

ANIMALS = (*reach.ANIMALS, *sites.ANIMALS, *documents.ANIMALS)
GROUPS = {"listing", "site", "documents"}
# said in tests/verification, where the situation can be made up more simply than by an animal
ELSEWHERE = {
    ("blocklist", "listed"),
    ("blocklist", "not_listed"),
    *(("duplicates", code) for code in registry()["duplicates"].codes),
    ("dns", "bad_name"),
    ("tls", "invalid"),
    ("https_upgrade", "https_only"),
}

SHARED = set(documents_module.CODES)
Results = dict[tuple[str, str], Checked]


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_each_animal_gets_exactly_its_verdicts(animal: Animal, checked: Callable[[Animal], Results]) -> None:
    results = checked(animal)
    said = {
        (one.step, one.subject): next(
            (str(found.outcome.verdict), found.outcome.code)
            for (step, subject), found in results.items()
            if step == one.step and one.subject in subject
        )
        for one in animal.expect
    }
    assert said == {(one.step, one.subject): (one.verdict, one.code) for one in animal.expect}


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_no_step_asks_more_often_than_it_says_or_keeps_more_than_json_can_hold(
    animal: Animal, checked: Callable[[Animal], Results]
) -> None:
    for (key, _subject), found in checked(animal).items():
        own = [one for one in found.exchanges if not one.answer.url.endswith("/robots.txt")]
        step = registry()[key]
        assert len(own) <= step.requests, key
        assert len(json.dumps(found.outcome.detail)) < 65_536, key


def test_the_healthy_animal_is_looked_at_by_every_step_that_needs_no_database() -> None:
    healthy = next(animal for animal in ANIMALS if animal.name == "healthy")
    steps = {key for key, step in registry().items() if step.group in GROUPS} - {"duplicates"}
    assert {one.step for one in healthy.expect} >= steps
    assert {one.verdict for one in healthy.expect} == {"pass", "skipped"}


def test_every_code_has_an_animal_or_a_test_elsewhere() -> None:
    shown = {(one.step, one.code) for animal in ANIMALS for one in animal.expect}
    all_codes = {(key, code) for key, step in registry().items() if step.group in GROUPS for code in step.codes}
    assert {(key, code) for key, code in all_codes - shown - ELSEWHERE if code not in SHARED} == set()
    assert {code for _step, code in shown} >= SHARED  # what several steps may say is shown by one of them at least


def test_a_host_that_answers_on_https_only(zoo: Zoo, free_port: int) -> None:
    ports = {**zoo.policy().ports, 80: free_port}
    listing = zoo.animals["healthy.example"].plain_listing()
    done = run_inline(listing, keys={"https_upgrade"}, policy=zoo.policy(ports=ports))
    assert [one.outcome.code for one in done if one.key == "https_upgrade"] == ["https_only"]


def test_a_name_that_is_none(zoo: Zoo) -> None:
    done = run_inline(Listing("bad", "Bad", f"https://{'a' * 64}.example/"), keys={"dns"}, policy=zoo.policy())
    assert [one.outcome.code for one in done] == ["bad_name"]


def test_nothing_is_asked_when_probes_are_off(zoo: Zoo) -> None:
    listing = zoo.animals["robots-none.example"].plain_listing()
    before = zoo.hits["robots-none.example"]
    done = run_inline(listing, keys={"dns", "tls", "home", "robots"}, policy=zoo.policy(enabled=False))
    assert {(one.key, one.outcome.code) for one in done} == {
        ("dns", "probes_disabled"),
        ("tls", "probes_disabled"),
        ("home", "probes_disabled"),
        ("robots", "probes_disabled"),
    }
    assert zoo.hits["robots-none.example"] == before
