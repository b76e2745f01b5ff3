"""The era that a server spoke last time saves a request, and is given up when it no longer fits."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from tests.zoo.animal import Animal, Request
from tests.zoo.mcp_servers import TOOLS, by_method, error, legacy, modern
from tests.zoo.server import Zoo
from verification.context import Context
from verification.contract import Interface, Outcome, Subject
from verification.mcp import conversation
from verification.steps import registry

NOW = dt.datetime.now(dt.UTC)
LEGACY = {"era": "legacy", "modern_tried": (NOW - dt.timedelta(days=2)).isoformat()}
LONG_AGO = {"era": "legacy", "modern_tried": (NOW - dt.timedelta(days=8)).isoformat()}


def _refuses_initialize(request: Request) -> Any:
    return error(request, -32022, "Unsupported protocol version", 400, {"supported": ["2026-07-28"]})


ANIMALS = {
    animal.name: animal
    for animal in (
        Animal("era_legacy", "Speaks the older era.", (), legacy()),
        Animal("era_modern", "Speaks the newer era.", (), modern()),
        Animal("era_paged", "Has many pages.", (), legacy(TOOLS * 20, size=1)),
        Animal("era_modern_404", "Speaks neither.", (), by_method()),
    )
}


@pytest.fixture(scope="module")
def small_zoo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with Zoo(ANIMALS, tmp_path_factory.mktemp("eras")) as zoo:
        yield zoo


def hello(zoo: Zoo, name: str, remembered: dict[str, Any]) -> tuple[Outcome, list[str]]:
    """Return the outcome and the methods that were asked for."""
    animal = ANIMALS[name]
    url = f"{animal.home}mcp"
    subject = Subject(url, Interface("mcp-remote", url=url))
    context = Context(
        registry()["mcp_handshake"], animal.plain_listing(), subject, policy=zoo.policy(), remembered=remembered
    )
    outcome = conversation.converse(context)
    sent = [json.loads(one.sent)["method"] if one.sent else one.answer.hops[-1].method for one in context.exchanges]
    return outcome, sent


OLD = ["initialize", "notifications/initialized", "tools/list", "DELETE"]


@pytest.mark.parametrize(
    ("name", "remembered", "code", "sent"),
    [
        ("era_legacy", {}, "speaks_legacy", ["server/discover", *OLD]),
        ("era_legacy", LEGACY, "speaks_legacy", OLD),
        ("era_legacy", LONG_AGO, "speaks_legacy", ["server/discover", *OLD]),
        ("era_legacy", {"era": "legacy", "modern_tried": "nonsense"}, "speaks_legacy", ["server/discover", *OLD]),
        ("era_legacy", {"era": "legacy", "modern_tried": 5}, "speaks_legacy", ["server/discover", *OLD]),
        ("era_modern", {}, "speaks_modern", ["server/discover", "tools/list"]),
        ("era_modern", {"era": "modern"}, "speaks_modern", ["server/discover", "tools/list"]),
        ("era_modern", LEGACY, "speaks_modern", ["initialize", "server/discover", "tools/list"]),
        ("era_modern_404", LEGACY, "no_mcp_at_url", ["initialize", "GET", "server/discover", "initialize", "GET"]),
    ],
)
def test_what_is_asked(small_zoo: Zoo, name: str, remembered: dict[str, Any], code: str, sent: list[str]) -> None:
    outcome, asked = hello(small_zoo, name, remembered)

    assert (outcome.code, asked) == (code, sent)


def test_the_date_of_the_last_modern_try_is_kept_until_it_is_made_again(small_zoo: Zoo) -> None:
    kept, _ = hello(small_zoo, "era_legacy", LEGACY)
    renewed, _ = hello(small_zoo, "era_legacy", LONG_AGO)

    assert kept.detail["modern_tried"] == LEGACY["modern_tried"]
    assert dt.datetime.fromisoformat(renewed.detail["modern_tried"]) >= NOW.replace(microsecond=0)


def test_a_long_list_never_takes_more_than_eight_requests_and_the_session_is_ended(small_zoo: Zoo) -> None:
    outcome, asked = hello(small_zoo, "era_paged", {})

    assert len(asked) == 8
    assert asked[-1] == "DELETE"
    assert outcome.detail["more_tools"] is True
    assert outcome.detail["tools_count"] == 4


@pytest.mark.parametrize("result", [None, 7, "x", [], {"supportedVersions": 5}, {"supportedVersions": [1, None]}])
def test_odd_answers_to_the_first_hello_raise_nothing(tmp_path: Any, result: Any) -> None:
    def serve(request: Request) -> Any:
        from tests.zoo.animal import as_json

        return as_json({"jsonrpc": "2.0", "id": request.json()["id"], "result": result})

    ANIMALS["era_odd"] = Animal("era_odd", "Answers oddly.", (), by_method(server_discover=serve))
    with Zoo({"era_odd": ANIMALS["era_odd"]}, tmp_path) as zoo:
        outcome, _asked = hello(zoo, "era_odd", {})
    del ANIMALS["era_odd"]

    assert outcome.code in {"malformed", "no_mcp_at_url"}
