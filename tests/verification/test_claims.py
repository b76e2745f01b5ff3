"""A step is claimed by one, and only the last claim writes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from tests import make
from tests.verification.conftest import (
    Known,
    at,
    at_once,
    claimed,
    drain,
    fine,
    made,
    overtaken,
    results,
    started,
    states,
)
from verification import services, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import Run, RunStep, StepResult
from verification.polite import Postponed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


def test_two_workers_never_get_the_same_step(known: Known) -> None:
    known(*(made(f"s{number}") for number in range(40)))
    started()

    def take(_number: int) -> list[int]:
        found = []
        while (step := work.claim()) is not None:
            found.append(step.pk)
        return found

    taken = at_once(take, 4)
    assert sorted(pk for found in taken for pk in found) == sorted(RunStep.objects.values_list("pk", flat=True))
    assert set(RunStep.objects.values_list("state", "attempt")) == {("running", 1)}


def test_one_step_is_in_flight_for_each_registrable_domain(known: Known) -> None:
    addresses = ("https://a.one.example/", "https://b.one.example/", "https://two.example/")
    known(made("s", subjects=at(*addresses), requests=1))
    started()
    taken = at_once(lambda _number: work.claim(), 4)
    assert sorted(step.domain for step in taken if step) == ["one.example", "two.example"]
    assert work.claim() is None
    for step in taken:
        if step:
            assert work.execute(step)
    assert claimed().domain == "one.example"


def test_the_database_refuses_a_second_step_in_flight_for_a_domain(known: Known) -> None:
    known(made("s", subjects=at("https://a.one.example/", "https://b.one.example/"), requests=1))
    started()
    step = claimed()
    with pytest.raises(IntegrityError, match="run_step_domain_in_flight"), transaction.atomic():
        RunStep.objects.exclude(pk=step.pk).update(state="running", lease_until=step.lease_until)


def test_nobody_waits_for_a_worker_that_is_claiming_a_step_of_the_same_domain(known: Known) -> None:
    known(
        made("s", subjects=at("https://a.one.example/", "https://b.one.example/", "https://two.example/"), requests=1)
    )
    started()

    def claim(_number: int) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
        step = work.claim()
        return step.domain if step else ""

    with transaction.atomic():  # the other sees nothing of this claim yet
        assert claimed().domain == "one.example"
        assert at_once(claim, 1) == ["two.example"]
        assert at_once(claim, 1) == [""]


def test_the_constraint_decides_when_a_worker_of_an_older_version_is_quicker(known: Known) -> None:
    known(made("s", subjects=at("https://a.one.example/", "https://b.one.example/"), requests=1))
    started()

    def claim() -> RunStep | None:
        try:
            return work.claim()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():  # it takes no lock on the domain
            RunStep.objects.filter(position=0).update(state="running", lease_until=timezone.now())
            other = pool.submit(claim)
            time.sleep(1)
        assert other.result(10) is None
    assert RunStep.objects.filter(state="running").count() == 1


def test_the_database_has_no_errors_to_log_when_workers_meet(known: Known) -> None:
    addresses = [f"https://{name}.{number % 3}.example/" for number, name in enumerate("abcdefghijklmnopqrst")]
    known(made("s", subjects=at(*addresses), requests=1), made("t", subjects=at(*addresses), requests=1))
    for _ in range(3):
        started()
    errors: list[str] = []

    def note(execute: Callable[..., Any], *args: Any) -> Any:
        try:
            return execute(*args)
        except DatabaseError as error:
            errors.append(str(error))
            raise

    def labour(_number: int) -> int:
        done, until = 0, time.monotonic() + 60
        with connection.execute_wrapper(note):
            while Run.objects.filter(state="running").exists() and time.monotonic() < until:
                step = work.claim()
                done += work.execute(step) if step else 0
        return done

    assert (sum(at_once(labour, 4)), errors) == (3 * 2 * len(addresses), [])


def test_the_most_urgent_step_goes_first(known: Known) -> None:
    known(made("s"))
    scheduled = services.start_runs([make.tool()], trigger="schedule")[0]
    asked_for = started()
    assert [claimed().run_id, claimed().run_id] == [asked_for.pk, scheduled]


def test_a_worker_that_was_thought_dead_changes_nothing(known: Known) -> None:
    known(made("s"))
    run = started()
    slow, quick = overtaken()
    assert (slow.attempt, quick.attempt) == (1, 2)
    assert work.execute(quick)
    assert not work.execute(slow)
    assert list(StepResult.objects.values_list("run", "attempt")) == [(run.pk, 2)]


def test_a_slow_worker_writes_nothing_while_the_next_one_is_at_it(known: Known) -> None:
    known(made("s"))
    started()
    slow, quick = overtaken()
    assert not work.execute(slow)
    assert results() == []
    assert work.execute(quick)
    assert results() == [("s", "pass", "fine")]


def test_a_slow_worker_puts_nothing_back_either(known: Known) -> None:
    def wait(context: Context) -> Outcome:
        raise Postponed("one.example", 60)

    known(made("s", wait))
    started()
    slow, quick = overtaken()
    assert not work.execute(slow)
    assert list(RunStep.objects.values_list("state", "attempt")) == [("running", quick.attempt)]


def test_the_same_claim_writes_once(known: Known) -> None:
    known(made("s"))
    started()
    step = claimed()
    assert at_once(lambda _number: work.execute(step), 4).count(True) == 1
    assert results() == [("s", "pass", "fine")]


def _execute(steps: list[RunStep], number: int) -> bool:
    return work.execute(steps[number])


def test_a_step_whose_two_needs_end_at_the_same_moment_is_queued_once(known: Known) -> None:
    for _ in range(8):
        known(made("a"), made("b"), made("c", needs=("a", "b")))
        run = started()
        steps = [claimed(), claimed()]
        assert at_once(partial(_execute, steps), 2) == [True, True]
        assert states(run) == {"a": "done", "b": "done", "c": "queued"}
        assert drain() == ["c"]
        assert Run.objects.get(pk=run.pk).state == "finished"


def test_many_workers_do_many_runs_once(known: Known) -> None:
    def slow(context: Context) -> Outcome:
        time.sleep(0.002)
        return fine(context)

    known(made("a", slow), made("b", slow), made("c", slow, needs=("a", "b")), made("d", slow, needs=("c",)))
    for _ in range(10):
        started()

    def labour(_number: int) -> int:
        done = 0
        until = time.monotonic() + 30
        while Run.objects.filter(state="running").exists() and time.monotonic() < until:
            step = work.claim()
            if step is not None:
                done += work.execute(step)
        return done

    assert sum(at_once(labour, 4)) == 40
    assert Counter(StepResult.objects.values_list("key", flat=True)) == {"a": 10, "b": 10, "c": 10, "d": 10}
    assert set(Run.objects.values_list("state", flat=True)) == {"finished"}
