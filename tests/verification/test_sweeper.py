"""What was lost comes back, what is overdue ends, and two sweeps at once do no harm."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from django.db import connection, transaction
from django.db.models.functions import Now

from tests import make
from tests.verification.conftest import Known, at_once, claimed, drain, expire, made, started
from verification import services, sweeper, work
from verification.models import Run, RunStep, StepResult
from verification.sweeper import MOST_LOSSES, sweep

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


def test_a_lost_step_is_queued_again(known: Known) -> None:
    known(made("s"))
    started()
    expire(claimed())
    assert vars(sweep()) == {"requeued": 1, "lost": 0, "overdue": 0, "announced": 0, "hints": 1}
    step = RunStep.objects.get()
    assert (step.state, step.losses, step.lease_until) == ("queued", 1, None)
    assert step.note == "Its worker stopped; it will be done again."
    assert drain() == ["s"]


def test_only_a_sweep_that_changed_something_is_told(known: Known, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "verification.sweeper")
    known(made("s"))
    sweep()
    started()
    sweep()
    expire(claimed())
    sweep()
    assert [(one.levelname, one.getMessage()) for one in caplog.records if one.name == "verification.sweeper"] == [
        ("DEBUG", "Swept: nothing to do."),
        ("DEBUG", "Swept: 1 hints."),
        ("INFO", "Swept: 1 requeued, 1 hints."),
    ]


def test_a_lease_that_runs_is_left_alone(known: Known) -> None:
    known(made("s"))
    started()
    step = claimed()
    assert vars(sweep()) == {"requeued": 0, "lost": 0, "overdue": 0, "announced": 0, "hints": 0}
    assert work.execute(step)


def test_a_step_that_is_lost_again_and_again_ends_without_blame_and_lets_the_others_go_on(known: Known) -> None:
    known(made("a"), made("b", needs=("a",)))
    run = started()
    for losses in range(1, MOST_LOSSES + 1):
        expire(claimed())
        assert sweep().requeued == 1
        assert RunStep.objects.get(key="a").losses == losses
    expire(claimed())
    found = sweep()
    assert (found.requeued, found.lost) == (0, 1)
    assert drain() == ["b"]
    assert list(StepResult.objects.order_by("id").values_list("key", "verdict", "code")) == [
        ("a", "inconclusive", "lost"),
        ("b", "pass", "fine"),
    ]
    assert Run.objects.get(pk=run.pk).counts == {"inconclusive": 1, "pass": 1}


def test_an_overdue_run_ends(known: Known) -> None:
    known(made("a"), made("b"), made("c", needs=("a", "b")))
    run = started()
    step = claimed()
    Run.objects.update(deadline=Now() - dt.timedelta(seconds=1))
    assert sweep().overdue == 1
    run.refresh_from_db()
    assert (run.state, run.counts) == ("finished", {"inconclusive": 3})
    assert set(StepResult.objects.values_list("code", flat=True)) == {"too_late"}
    assert not work.execute(step)
    assert StepResult.objects.count() == 3
    assert sweep().overdue == 0


def test_a_sweep_leaves_a_run_alone_that_a_worker_is_writing_to(known: Known) -> None:
    known(made("a"), made("b"))
    run = started()
    Run.objects.update(deadline=Now() - dt.timedelta(seconds=1))

    def swept(_number: int) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '5s'")
        sweep()

    with transaction.atomic():
        Run.objects.select_for_update().get(pk=run.pk)  # as `work` does before it writes a result
        at_once(swept, 1)
        assert (StepResult.objects.count(), set(RunStep.objects.values_list("state", flat=True))) == (0, {"queued"})
    sweep()
    assert Run.objects.get(pk=run.pk).counts == {"inconclusive": 2}


def test_what_was_done_before_the_deadline_stays(known: Known) -> None:
    known(made("a"), made("b", needs=("a",)))
    run = started()
    work.execute(claimed())
    Run.objects.update(deadline=Now() - dt.timedelta(seconds=1))
    sweep()
    assert Run.objects.get(pk=run.pk).counts == {"pass": 1, "inconclusive": 1}


def test_sweeps_at_once_do_everything_once(known: Known) -> None:
    known(made("a"), made("b", needs=("a",)))
    lost = [started() for _ in range(6)]
    for _ in lost:
        expire(claimed())
    overdue = [started() for _ in range(6)]
    Run.objects.filter(pk__in=[run.pk for run in overdue]).update(deadline=Now() - dt.timedelta(seconds=1))
    found = at_once(lambda _number: sweep(), 4)
    assert sum(one.requeued for one in found) == 6
    assert set(RunStep.objects.filter(run__in=lost, key="a").values_list("state", "losses")) == {("queued", 1)}
    assert Run.objects.filter(pk__in=[run.pk for run in overdue], state="finished").count() == 6
    assert StepResult.objects.count() == 12


def _sweep_or_execute(step: RunStep, number: int) -> object:
    return sweep() if number else work.execute(step)


def test_a_sweep_beside_a_worker_that_finishes_writes_one_result(known: Known) -> None:
    known(made("s"))
    for _ in range(8):
        run = started()
        step = claimed()
        Run.objects.filter(pk=run.pk).update(deadline=Now() - dt.timedelta(seconds=1))
        at_once(partial(_sweep_or_execute, step), 2)
        sweep()
        assert StepResult.objects.filter(run=run).count() == 1
        assert Run.objects.get(pk=run.pk).state == "finished"


def test_a_sweep_does_a_limited_number_of_things(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeper, "BATCH", 3)
    known(made("s"))
    services.start_runs([make.tool() for _ in range(5)], trigger="schedule")
    for _ in range(5):
        expire(claimed())
    assert [sweep().requeued, sweep().requeued, sweep().requeued] == [3, 2, 0]
