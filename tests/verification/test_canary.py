"""A tool that does not answer while nothing answers us is not blamed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import safehttp
from core.safehttp import Answer
from tests import make
from tests.verification.conftest import Known, at, claimed, drain, made
from tests.zoo.animal import Animal, Reply, Request
from tests.zoo.server import Zoo
from verification import canary, common, services, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import RunStep, StepResult
from verification.verdicts import Verdict

SILENT = Outcome(Verdict.FAIL, "timeout", "It did not answer.", soft=True)


@pytest.fixture
def asked(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Let canary.example answer and dead.example not; what was asked of the former."""
    seen: list[str] = []

    def serve(request: Request) -> Reply:
        seen.append(f"{request.method} {request.path}")
        return Reply(404)

    monkeypatch.setattr(canary, "_last", (0.0, (), True))
    animals = (
        Animal("canary", "It answers.", (), serve=serve),
        Animal("dead", "Its name does not exist.", (), dns="NXDOMAIN"),
        Animal("refusing", "Nobody listens at its address.", (), dns=("127.0.0.99",)),
    )
    with Zoo({animal.name: animal for animal in animals}, tmp_path) as zoo:
        for key, value in zoo.environment.items():
            setattr(settings, key, value)
        yield seen


def silent(context: Context) -> Outcome:
    answer = context.fetch(context.subject.address)
    return common.trouble(context, answer) or context.say("fine")


def test_one_canary_that_answers_whatever_it_says_is_enough(asked: list[str], settings: Any) -> None:
    settings.PROBE_CANARIES = ["https://dead.example/", "http://canary.example/"]
    assert not canary.our_fault(SILENT)
    assert not canary.our_fault(SILENT)
    assert asked == ["HEAD /"]


def test_without_any_answer_the_fault_is_ours_for_half_a_minute(
    asked: list[str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROBE_CANARIES = ["https://dead.example/"]
    assert canary.our_fault(SILENT)
    monkeypatch.setattr(safehttp, "fetch", lambda url, **_options: Answer(url, "ok", "200", "It answered."))
    assert canary.our_fault(SILENT)
    monkeypatch.setattr(canary, "AFTER_NONE", -1.0)
    assert not canary.our_fault(SILENT)


def test_nothing_is_asked_for_what_no_network_of_ours_causes(asked: list[str], settings: Any) -> None:
    settings.PROBE_CANARIES = ["http://canary.example/"]
    for code, soft in (("server_error", True), ("no_such_name", False), ("tls_invalid", False)):
        assert not canary.our_fault(Outcome(Verdict.FAIL, code, "It failed.", soft=soft))
    settings.PROBE_CANARIES = []
    assert not canary.our_fault(SILENT)
    assert asked == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("hints")
class TestWork:
    """What a worker writes."""

    def test_a_step_that_met_our_own_trouble_says_so_at_once(
        self, known: Known, asked: list[str], settings: Any
    ) -> None:
        settings.PROBE_CANARIES = ["https://dead.example/"]
        known(made("s", silent, subjects=at("http://refusing.example/"), requests=1))
        services.start_run(tool=make.tool(), trigger="command")
        assert drain() == ["s"]
        assert list(StepResult.objects.values_list("verdict", "code", "sentence")) == [
            (
                "inconclusive", "our_side",
                "Something on our side kept us from asking: our own network does not reach anything just now.",
            )
        ]  # fmt: skip

    def test_a_tool_that_alone_is_silent_is_asked_again(self, known: Known, asked: list[str], settings: Any) -> None:
        settings.PROBE_CANARIES = ["http://canary.example/"]
        known(made("s", silent, subjects=at("http://refusing.example/"), requests=1))
        services.start_run(tool=make.tool(), trigger="command")
        work.execute(claimed())
        assert list(RunStep.objects.values_list("state", "tries")) == [("queued", 1)]
        assert asked == ["HEAD /"]
