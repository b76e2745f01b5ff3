"""Beginning and ending runs: once, in batches, told of exactly once, also without a broker."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from catalog.models import Tool
from config.celery import app
from tests import make
from tests.verification.conftest import Known, at, at_once, claimed, drain, made, started
from verification import services, sweeper, work
from verification.models import Run, RunStep, StepResult

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def listening(receiver: Callable[..., Any]) -> Iterator[None]:
    services.run_finished.connect(receiver, weak=False)
    try:
        yield
    finally:
        services.run_finished.disconnect(receiver)


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the application send to a broker that is not there."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "_pool", None)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


def test_verify_now_twice_gives_one_run(known: Known, hints: list[int]) -> None:
    known(made("s"))
    tool = make.tool()
    first, began = services.start_run(tool=tool, trigger="staff")
    again, began_again = services.start_run(tool=tool, trigger="owner")
    assert (began, began_again, again.pk) == (True, False, first.pk)
    assert RunStep.objects.count() == 1
    drain()
    assert services.start_run(tool=tool, trigger="staff")[1] is True


def test_verify_now_eight_times_at_once_gives_one_run(known: Known, hints: list[int]) -> None:
    known(made("a"), made("b"))
    tool = make.tool()
    found = at_once(lambda _number: services.start_run(tool=tool, trigger="staff"), 8)
    assert sorted(began for _run, began in found) == [False] * 7 + [True]
    assert len({run.pk for run, _began in found}) == 1
    assert RunStep.objects.count() == 2


def test_two_schedulers_begin_each_run_once_in_whatever_order(known: Known, hints: list[int]) -> None:
    known(made("s"))
    tools = [make.tool() for _ in range(30)]
    orders = [tools, tools[::-1], tools[15:] + tools[:15]]
    found = at_once(lambda number: services.start_runs(orders[number], trigger="schedule"), 3)
    assert sorted(pk for runs in found for pk in runs) == sorted(Run.objects.values_list("pk", flat=True))
    assert (Run.objects.count(), RunStep.objects.count()) == (30, 30)


def test_a_light_run_has_the_endpoints_only_and_goes_beside_a_full_one(known: Known, hints: list[int]) -> None:
    known(made("a"), made("b", endpoint=True, needs=("c",)), made("c"))
    tool = make.tool()
    services.start_run(tool=tool, trigger="command")
    light, began = services.start_run(tool=tool, trigger="command", light=True)
    assert began
    assert set(light.steps.values_list("key", flat=True)) == {"b", "c"}


def test_a_tool_with_nothing_to_check_gets_no_run(known: Known, hints: list[int]) -> None:
    known(made("s", endpoint=True, subjects=at()))
    tool = make.tool()
    assert services.start_runs([tool], trigger="schedule", light=True) == []
    with pytest.raises(LookupError, match="has nothing that could be checked"):
        services.start_run(tool=tool, trigger="command", light=True)
    assert (Run.objects.count(), hints) == (0, [])


def test_two_spellings_of_an_address_are_one_step(known: Known, hints: list[int]) -> None:
    known(made("s", subjects=at("https://api.example.com", "https://API.example.com/"), requests=1))
    assert list(started().steps.values_list("subject", "domain")) == [("https://api.example.com/", "example.com")]


def test_a_host_name_that_is_none_has_no_domain(known: Known, hints: list[int]) -> None:
    known(made("s", subjects=at(f"https://{'a' * 300}.example/"), requests=1))
    assert started().steps.get().domain == ""


def test_begun_runs_take_a_constant_number_of_statements_a_batch(
    known: Known, hints: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "BATCH", 10)
    known(made("a"), made("b"))
    for _ in range(25):
        make.tool()
    tools = Tool.objects.prefetch_related("plans", "interfaces")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        begun = services.start_runs(tools, trigger="schedule")
    writes = [one["sql"] for one in queries if one["sql"].startswith("INSERT")]
    assert (len(begun), len(writes), hints) == (25, 6, [services.HINTS])
    assert RunStep.objects.count() == 50


def test_the_deadline_is_by_the_databases_clock(known: Known, hints: list[int]) -> None:
    known(made("s"))
    run = started()
    assert (run.deadline - run.created_at).total_seconds() == pytest.approx(1_800, abs=1)


def test_work_that_was_promoted_is_told_of_but_for_what_the_worker_takes_itself(known: Known, hints: list[int]) -> None:
    known(made("a"), *(made(f"b{number}", needs=("a",)) for number in range(4)))
    started()
    hints.clear()
    assert work.execute(claimed())
    assert hints == [3]


def test_listeners_hear_of_a_finished_run_once(known: Known, hints: list[int]) -> None:
    known(made("a"), made("b", needs=("a",)))
    heard: list[tuple[int, str, dict[str, int]]] = []

    def listen(run: Run, **_: Any) -> None:
        heard.append((run.pk, run.state, run.counts))

    with listening(listen):
        run = started()
        drain()
        assert sweeper.sweep().announced == 0
        assert services.announce(run.pk) is False
    assert heard == [(run.pk, "finished", {"pass": 2})]


def test_what_a_failing_listener_wrote_is_undone_and_it_is_told_again(
    known: Known, hints: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    known(made("s"))
    fails = [True]

    def listen(run: Run, **_: Any) -> None:
        Run.objects.filter(pk=run.pk).update(vantage="told")
        if fails:
            raise RuntimeError("the listener broke")

    with listening(listen):
        run = started()
        assert work.execute(claimed())
        run.refresh_from_db()
        assert (run.state, run.vantage, run.announced_at) == ("finished", "default", None)
        assert "the listener broke" in caplog.text
        fails.clear()
        assert services.announce(run.pk) is True
    run.refresh_from_db()
    assert (run.vantage, run.announced_at is None) == ("told", False)


def test_a_worker_that_dies_before_it_tells_is_made_good_by_the_sweeper(
    known: Known, hints: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from verification import tasks

    known(made("s"))
    run = started()
    with monkeypatch.context() as patch:
        patch.setattr(services, "announce", lambda _pk: False)
        drain()
    sent: list[tuple[int]] = []
    monkeypatch.setattr(tasks.announce, "apply_async", lambda arguments, **_: sent.append(arguments))
    assert sweeper.sweep().announced == 0  # its worker may still be about to
    Run.objects.filter(pk=run.pk).update(finished_at=Now() - dt.timedelta(minutes=1))
    assert sweeper.sweep().announced == 1
    assert sent == [(run.pk,)]
    assert tasks.announce(run.pk) is True
    assert sweeper.sweep().announced == 0


def test_without_a_broker_runs_begin_and_the_sweeper_sends_later(
    known: Known, no_broker: None, caplog: pytest.LogCaptureFixture
) -> None:
    known(made("s"))
    tool, began = make.tool(), time.monotonic()
    run, _ = services.start_run(tool=tool, trigger="staff")
    assert time.monotonic() - began < 3  # somebody waits for the page
    assert (run.state, run.steps.get().state) == ("running", "queued")
    assert [one.message[:27] for one in caplog.records] == ["The broker took no hint (Er"]
    assert services.hints_waiting() == 0


def _empty_queue() -> None:
    link: Any
    with app.pool.acquire(block=True) as link, link.channel() as channel:
        channel.queue_declare(queue=services.QUEUE)
        channel.queue_purge(services.QUEUE)


@pytest.mark.datalayer
def test_the_sweeper_tops_up_the_hints_and_no_more(known: Known) -> None:
    known(*(made(f"s{number}") for number in range(20)))
    _empty_queue()
    started()
    assert services.hints_waiting() == services.HINTS
    assert sweeper.sweep().hints == sweeper.MOST_HINTS - services.HINTS
    assert services.hints_waiting() == sweeper.MOST_HINTS
    assert sweeper.sweep().hints == 0
    drain()
    assert sweeper.sweep().hints == 0
    _empty_queue()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("run_finished_at_agrees", lambda run: Run.objects.filter(pk=run.pk).update(state="finished")),
        ("run_finished_at_agrees", lambda run: Run.objects.filter(pk=run.pk).update(finished_at=Now())),
        (
            "run_one_at_a_time",
            lambda run: Run.objects.create(tool=run.tool, trigger="staff", fingerprint="", checker="", deadline=Now()),
        ),
        ("run_step_once", lambda run: RunStep.objects.create(run=run, position=1, key="s", state="queued")),
        ("run_step_lease_agrees", lambda run: run.steps.update(state="running")),
        ("run_step_lease_agrees", lambda run: run.steps.update(lease_until=Now())),
        (
            "step_result_verdict_known",
            lambda run: StepResult.objects.create(
                run=run, step=run.steps.get(), key="s", verdict="maybe", code="x", sentence="x", attempt=1,
                started_at=Now(),
            ),
        ),
    ],
)  # fmt: skip
def test_constraints(name: str, change: Callable[[Run], object], known: Known, hints: list[int]) -> None:
    known(made("s"))
    run = started()
    with pytest.raises(IntegrityError, match=name):
        change(run)


def test_a_step_has_one_result(known: Known, hints: list[int]) -> None:
    known(made("s"))
    run = started()
    drain()
    result = StepResult.objects.get(run=run)
    result.pk = None
    with pytest.raises(IntegrityError, match="step_id"):
        result.save(force_insert=True)
