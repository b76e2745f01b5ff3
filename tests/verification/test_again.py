"""Steps that are asked again: soft fails that are confirmed, turns that have not come."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from tests import make
from tests.verification.conftest import (
    Known,
    at,
    claimed,
    drain,
    due,
    expire,
    made,
    requesting,
    results,
    started,
)
from verification import services, sweeper, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import Evidence, Run, RunStep, StepResult
from verification.polite import Postponed
from verification.run_json import run_json

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


def test_a_soft_fail_is_said_only_after_it_was_seen_again(known: Known) -> None:
    known(made("s", lambda context: context.say("shaky")))
    started()
    for tries, delay in enumerate(work.CONFIRM, start=1):
        assert work.execute(claimed())
        step = RunStep.objects.get()
        assert (step.state, step.tries, step.note) == ("queued", tries, "To be confirmed: It did not answer.")
        assert abs((step.not_before - timezone.now()).total_seconds() - delay) < 2
        assert work.claim() is None
        assert results() == []
        due()
    assert drain() == ["s"]
    assert list(StepResult.objects.values_list("verdict", "soft", "tries")) == [("fail", True, 2)]


def _said_one_after_the_other(*codes: str) -> Callable[[Context], Outcome]:
    """Return a check that makes one request and says the next of these codes."""
    left, calls = iter(codes), list[str]()

    def check(context: Context) -> Outcome:
        return requesting(calls, next(left))(context)

    return check


def test_each_try_of_a_soft_fail_leaves_its_evidence(known: Known, client: Client) -> None:
    check = _said_one_after_the_other("shaky", "shaky", "shaky")
    known(made("s", check, subjects=at("https://one.example/?token=SECRET1"), requests=1))
    run = started()
    began = []
    for _ in range(3):
        began.append(timezone.now())
        assert work.execute(claimed())
        due()
    result = run_json(Run.objects.get(pk=run.pk))["steps"][0]["result"]
    tries = result["tries_before"]
    said = ("fail", "shaky", "It did not answer.")
    assert [(one["verdict"], one["code"], one["sentence"]) for one in tries] == [said, said]
    for one, moment in zip(tries, began, strict=False):
        assert abs((dt.datetime.fromisoformat(one["started_at"]) - moment).total_seconds()) < 1
        assert one["started_at"] <= one["ended_at"] <= result["started_at"]
    exchanges = [*(one["exchanges"] for one in tries), result["exchanges"]]
    assert [[one["url"] for one in found] for found in exchanges] == [["https://one.example/?token=[redacted]"]] * 3
    bodies = [hashlib.sha256(f"answer {number}".encode()).hexdigest() for number in (1, 2, 3)]
    assert [found[0]["received"] for found in exchanges] == bodies
    assert (result["requests"], RunStep.objects.get().tried) == (3, [])
    for number, sha256 in enumerate(bodies, 1):
        body = client.get(f"{run.get_absolute_url()}evidence/{sha256}")
        assert (body.status_code, body.content) == (200, f"answer {number}".encode())
    page = client.get(run.get_absolute_url()).content.decode()
    assert [page.count(f'<span class="quiet">Try {number}</span>') for number in (1, 2, 3, 4)] == [1, 1, 1, 0]
    assert page.count(": It did not answer.</p>") == 2
    assert page.count("3 requests") == 1


def test_a_soft_fail_that_passes_is_no_verdict_but_its_evidence_stays(known: Known) -> None:
    known(made("s", _said_one_after_the_other("shaky", "fine"), subjects=at("https://one.example/"), requests=1))
    started()
    work.execute(claimed())
    due()
    drain()
    assert results() == [("s", "pass", "fine")]
    result = StepResult.objects.get()
    assert ([one["code"] for one in result.tries_before], result.tries, result.requests) == (["shaky"], 1, 2)


def test_a_run_that_ends_too_late_keeps_what_its_tries_saw(known: Known) -> None:
    known(made("s", _said_one_after_the_other("shaky"), subjects=at("https://one.example/"), requests=1))
    started()
    work.execute(claimed())
    Run.objects.update(deadline=timezone.now() - dt.timedelta(seconds=1))
    sweeper.sweep()
    result = StepResult.objects.get()
    assert (result.code, [one["code"] for one in result.tries_before], result.requests) == ("too_late", ["shaky"], 1)


def test_a_worker_that_was_thought_dead_leaves_no_try(known: Known) -> None:
    known(made("s", _said_one_after_the_other("shaky", "fine"), subjects=at("https://one.example/"), requests=1))
    started()
    slow = claimed()
    expire(slow)
    sweeper.sweep()
    quick = claimed()
    assert not work.execute(slow)
    assert Evidence.objects.count() == 0
    assert work.execute(quick)
    assert StepResult.objects.get().tries_before == []


def test_scheduled_runs_confirm_at_leisure(known: Known) -> None:
    known(made("s", lambda context: context.say("shaky")))
    services.start_runs([make.tool()], trigger="schedule")
    work.execute(claimed())
    assert abs((RunStep.objects.get().not_before - timezone.now()).total_seconds() - work.CONFIRM_SCHEDULED[0]) < 2


def test_what_a_step_waits_for_is_told_without_secrets(known: Known) -> None:
    known(made("s", lambda context: context.say("unsure", address="https://one.example/?token=SECRET1")))
    started()
    work.execute(claimed())
    assert RunStep.objects.get().note == "To be confirmed: No answer from https://one.example/?token=[redacted]"


def test_a_step_whose_turn_has_not_come_is_put_back(known: Known) -> None:
    turns = iter([Postponed("one.example", 30.0), None])

    def wait(context: Context) -> Outcome:
        postponed = next(turns)
        if postponed:
            raise postponed
        return context.say("fine")

    known(made("s", wait))
    started()
    assert work.execute(claimed())
    step = RunStep.objects.get()
    assert (step.state, step.tries, step.losses) == ("queued", 0, 0)
    assert step.note == "Waiting for its turn at one.example."
    assert abs((step.not_before - timezone.now()).total_seconds() - 30) < 2
    due()
    assert drain() == ["s"]
    assert results() == [("s", "pass", "fine")]
