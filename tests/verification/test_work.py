"""What one piece of work reads and writes, and what it makes of faults."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import OperationalError

from tests.verification.conftest import (
    Known,
    at,
    claimed,
    drain,
    made,
    results,
    started,
    states,
)
from verification import services, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import Run, RunStep, StepResult

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


def test_a_run_does_its_steps_in_their_order_and_ends_by_its_rows(known: Known) -> None:
    known(made("a"), made("b", needs=("a",)), made("c", needs=("a", "b")))
    run = started()
    assert states(run) == {"a": "queued", "b": "waiting", "c": "waiting"}
    assert drain() == ["a", "b", "c"]
    run.refresh_from_db()
    assert (run.state, run.counts) == ("finished", {"pass": 3})
    assert run.finished_at is not None
    assert results() == [("a", "pass", "fine"), ("b", "pass", "fine"), ("c", "pass", "fine")]


def test_a_step_reads_what_it_needs(known: Known) -> None:
    read: list[Any] = []

    def look(context: Context) -> Outcome:
        earlier = context.earlier("a")
        assert earlier is not None
        read.append((earlier.verdict, earlier.detail))
        return context.say("fine")

    known(made("a"), made("b", look, needs=("a",)))
    started()
    drain()
    assert read == [("pass", {"by": "a"})]


def test_what_a_step_says_is_kept_without_secrets(known: Known) -> None:
    detail = {"chain": ["https://one.example/?token=SECRET1"], "n": 1}
    known(made("s", lambda context: context.say("told", detail=detail, address="https://one.example/?sig=SECRET2")))
    started()
    drain()
    stored = StepResult.objects.get()
    assert stored.detail == {"chain": ["https://one.example/?token=[redacted]"], "n": 1}
    assert stored.sentence == "See https://one.example/?sig=[redacted]"


def test_a_detail_that_is_too_large_keeps_what_fits(known: Known) -> None:
    detail = {"large": ["é" * 1_000] * 300, "middle": "a" * 400_000, "small": 1}
    known(made("s", lambda context: context.say("fine", detail=detail)))
    started()
    drain()
    assert StepResult.objects.get().detail == {"cut": True, "small": 1, "middle": "a" * 400_000}


def test_a_detail_of_the_largest_size_is_kept_whole(known: Known) -> None:
    detail = {"a": "b" * (services.DETAIL - len('{"a": ""}'))}
    assert services.bounded(detail) == detail
    assert services.bounded({"a": detail["a"] + "b"}) == {"cut": True}


@pytest.mark.parametrize("fault", [KeyError("x"), AssertionError(), OSError("disk full"), RuntimeError(), TypeError()])
def test_our_own_fault_is_told_as_ours(fault: Exception, known: Known) -> None:
    def broken(context: Context) -> Outcome:
        raise fault

    known(made("s", broken))
    started()
    drain()
    assert results() == [("s", "inconclusive", "checker_error")]


def test_a_database_that_fails_under_a_step_says_nothing_about_the_tool(known: Known) -> None:
    def broken(context: Context) -> Outcome:
        raise OperationalError("server closed the connection")

    known(made("s", broken))
    started()
    step = claimed()
    with pytest.raises(OperationalError):
        work.execute(step)
    assert (results(), RunStep.objects.get().state) == ([], "running")


def test_a_step_that_was_removed_meanwhile_ends_without_blame(known: Known) -> None:
    known(made("s"))
    run = started()
    known(made("other"))
    drain()
    assert results() == [("s", "inconclusive", "checker_error")]
    assert Run.objects.get(pk=run.pk).state == "finished"


def test_nobody_calls_the_users_own_machine(known: Known) -> None:
    known(made("s", subjects=at("http://localhost:11434/v1"), requests=1))
    started()
    drain()
    assert results() == [("s", "skipped", "loopback")]


def test_a_tool_that_is_deleted_under_a_worker_leaves_nothing(known: Known) -> None:
    known(made("s"))
    run = started()
    step = claimed()
    run.tool.delete()
    assert not work.execute(step)
    assert (Run.objects.count(), StepResult.objects.count()) == (0, 0)


def test_text_that_jsonb_cannot_hold_is_stored_without_it(known: Known) -> None:
    known(made("s", lambda context: context.say("fine", detail={"a\x00b": ["\ud800", "x\x00"]})))
    started()
    drain()
    assert StepResult.objects.get().detail == {"a�b": ["?", "x�"]}
