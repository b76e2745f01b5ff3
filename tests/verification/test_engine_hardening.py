"""What must not happen: a step that holds its domain, accuses for us, judges another text, or keeps a tool."""

from __future__ import annotations

import datetime as dt
import zlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from tests import make
from tests.verification.conftest import Known, claimed, drain, made
from verification import services, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import Run, RunStep, StepResult
from verification.polite import Postponed
from verification.verdicts import Verdict

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


class Odd(Exception):
    """An exception of a step's own."""


def raising(error: BaseException) -> Callable[[Context], Outcome]:
    def check(_context: Context) -> Outcome:
        raise error

    return check


@pytest.mark.parametrize(
    "error", [ImportError("x"), EOFError(), zlib.error("x"), StopIteration(), Odd("x"), KeyError("x")], ids=repr
)
def test_whatever_a_step_raises_is_ours(known: Known, error: Exception) -> None:
    known(made("s", raising(error)))
    services.start_run(tool=make.tool(), trigger="command")
    assert drain() == ["s"]
    assert list(StepResult.objects.values_list("verdict", "code")) == [("inconclusive", "checker_error")]


@pytest.mark.parametrize(
    "value", [float("nan"), dt.datetime(2026, 1, 1, tzinfo=dt.UTC), Decimal(1), b"x", object()],
    ids=["nan", "date", "decimal", "bytes", "object"],
)  # fmt: skip
def test_a_detail_that_is_no_json_is_ours(known: Known, value: Any) -> None:
    known(made("s", lambda context: Outcome(Verdict.PASS, "fine", "Fine.", {"odd": value})))
    services.start_run(tool=make.tool(), trigger="command")
    assert drain() == ["s"]
    assert list(StepResult.objects.values_list("verdict", "code")) == [("inconclusive", "checker_error")]


def test_a_step_that_says_nothing_is_ours(known: Known) -> None:
    known(made("s", lambda context: None))  # type: ignore[arg-type, return-value]
    services.start_run(tool=make.tool(), trigger="command")
    assert drain() == ["s"]
    assert StepResult.objects.get().code == "checker_error"


@pytest.mark.parametrize(("seconds", "code"), [(60.0, ""), (3_600.0, "no_turn")])
def test_a_turn_that_is_too_far_away_ends_the_step_of_a_run_that_a_person_waits_for(
    known: Known, seconds: float, code: str
) -> None:
    known(made("s", raising(Postponed("one.example", seconds))))
    services.start_run(tool=make.tool(), trigger="command")
    assert work.execute(claimed()) is True
    said = StepResult.objects.values_list("code", flat=True).first() or ""
    assert said == code
    assert RunStep.objects.get().state == ("done" if code else "queued")


def test_a_step_is_not_put_back_for_ever(known: Known) -> None:
    known(made("s", raising(Postponed("one.example", 1.0))))
    services.start_run(tool=make.tool(), trigger="command")
    RunStep.objects.update(attempt=work.MOST_CLAIMS)
    assert work.execute(claimed()) is True
    assert StepResult.objects.get().sentence == (
        "We have to leave one.example alone for longer than this run lasts, so we did not ask."
    )


def test_a_run_judges_the_text_that_it_began_with(known: Known) -> None:
    known(made("s"))
    tool = make.tool()
    services.start_run(tool=tool, trigger="command")
    Tool.objects.filter(pk=tool.pk).update(tagline="Another tagline that somebody wrote in between")
    assert drain() == ["s"]
    assert list(StepResult.objects.values_list("verdict", "code")) == [("inconclusive", "superseded")]


def test_how_long_a_step_took_is_measured_by_one_clock(known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    known(made("s"))
    services.start_run(tool=make.tool(), trigger="command")
    step = claimed()
    later = timezone.now() + dt.timedelta(hours=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    work.execute(step)
    result = StepResult.objects.get()
    assert dt.timedelta(0) <= result.ended_at - result.started_at < dt.timedelta(minutes=1)


def test_the_lease_is_longer_than_the_hard_limit_and_short_enough() -> None:
    from verification import tasks

    soft, hard = tasks.work.soft_time_limit or 0, tasks.work.time_limit or 0
    assert 0 < soft < hard < work.LEASE <= 55  # with a sweep: back within a minute


def test_a_tool_with_runs_can_be_deleted_by_who_may_delete_tools(known: Known, client: Client) -> None:
    known(made("s"), made("t", needs=("s",)))
    tool = make.tool()
    services.start_run(tool=tool, trigger="command")
    step = claimed()
    boss = User.objects.create_superuser(email="boss@example.com", password="a long password")
    client.force_login(boss)
    answer = client.post(f"/admin/catalog/tool/{tool.pk}/delete/", {"post": "yes"})
    assert (answer.status_code, Tool.objects.filter(pk=tool.pk).exists(), Run.objects.count()) == (302, False, 0)
    assert work.execute(step) is False  # the worker that was at it
    assert connection.is_usable()
