"""Every animal with an endpoint, a package or a description gets exactly the verdict and the code it must get."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.zoo import measure
from tests.zoo.animal import Animal
from tests.zoo.animals import apis, mcp_servers, mcp_signing_in, mcp_tool_lists, packages_and_code, self_descriptions
from tests.zoo.conftest import Results
from verification import robots, steps
from verification.common import COMMON

MODULES = (apis, mcp_servers, mcp_signing_in, mcp_tool_lists, packages_and_code, self_descriptions)
ANIMALS = [animal for module in MODULES for animal in module.ANIMALS if animal.expect]
OURS = (
    "a2a_card",
    "api_catalog",
    "graphql",
    "licence",
    "llms_txt",
    "mcp_auth",
    "mcp_handshake",
    "mcp_lint",
    "mcp_poisoning",
    "mcp_tools",
    "openai_models",
    "openapi_document",
    "openapi_lint",
    "package_npm",
    "package_pypi",
    "repository",
    "rest_base",
    "server_card",
)
# Codes that no animal can have here: the operator's settings, and a validator that is too slow.
ELSEWHERE = {("package_pypi", "no_registry"), ("package_npm", "no_registry"), ("openapi_document", "too_slow")}


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_an_animal_gets_its_verdicts(animal: Animal, checked: Callable[[Animal], Results]) -> None:
    compared = list(measure.compare(animal, list(checked(animal).values())))

    said = {(one.expect.step, one.expect.subject): one.got for one in compared}
    assert said == {(one.step, one.subject): (one.verdict, one.code) for one in animal.expect}


@pytest.mark.parametrize("animal", ANIMALS, ids=lambda animal: animal.name)
def test_no_step_makes_more_requests_than_it_says(animal: Animal, checked: Callable[[Animal], Results]) -> None:
    for (key, _subject), one in checked(animal).items():
        asked = [exchange.answer for exchange in one.exchanges if not exchange.answer.url.endswith("/robots.txt")]
        assert len(asked) <= steps.registry()[key].requests, (key, [answer.url for answer in asked])


@pytest.mark.parametrize("name", ["mcp_modern", "mcp_legacy", "auth_good", "openapi_json", "repo_good", "pypi_good"])
def test_nothing_is_held_against_a_healthy_animal(name: str, checked: Callable[[Animal], Results]) -> None:
    animal = next(one for one in ANIMALS if one.name == name)

    assert {one.outcome.verdict for one in checked(animal).values()} <= {"pass", "skipped"}


def test_every_code_of_a_step_is_shown_by_an_animal() -> None:
    shown = {(one.step, one.code) for animal in ANIMALS for one in animal.expect}
    own = {(key, code) for key in OURS for code in steps.registry()[key].codes}

    assert own - shown - ELSEWHERE == set()


def test_no_animal_expects_a_code_that_its_step_does_not_have() -> None:
    odd = [
        (animal.name, one.step, one.code)
        for animal in ANIMALS
        for one in animal.expect
        if one.code not in {**steps.registry()[one.step].codes, **COMMON}
    ]

    assert odd == []


def test_no_mcp_server_was_ever_asked_to_run_a_tool(checked: Callable[[Animal], Results]) -> None:
    sent = [
        exchange.sent
        for animal in mcp_servers.ANIMALS
        for one in checked(animal).values()
        for exchange in one.exchanges
    ]

    assert any(b"tools/list" in body for body in sent)
    assert not any(b"tools/call" in body for body in sent)


def test_robots_are_asked_for_pages_and_not_for_endpoints(checked: Callable[[Animal], Results]) -> None:
    page = next(one for one in ANIMALS if one.name == "repo_good")
    endpoint = next(one for one in ANIMALS if one.name == "rest_200")
    asked = {
        animal.name: {exchange.answer.url for one in checked(animal).values() for exchange in one.exchanges}
        for animal in (page, endpoint)
    }

    assert f"{robots.origin_of(page.home)}/robots.txt" in asked["repo_good"]
    assert asked["rest_200"] == {"https://rest-200.example/v1"}
