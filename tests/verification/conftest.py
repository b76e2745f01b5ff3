"""The engine under test: steps made for a test, and claims as a worker makes them."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.db import connection, connections
from django.db.models.functions import Now
from django.test import Client

from accounts.models import User
from catalog.models import Tool
from core.safehttp import Answer, Hop
from tests import make
from verification import plan, services, steps, sweeper, work
from verification.context import Context, Exchange
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.models import Run, RunStep, StepResult
from verification.verdicts import Verdict

T = TypeVar("T")
Known = Callable[..., None]  # the fixture `known`
CODES = {
    "fine": Code(Verdict.PASS, "It is fine."),
    "told": Code(Verdict.PASS, "See {address}"),
    "unsure": Code(Verdict.FAIL, "No answer from {address}", soft=True),
    "shaky": Code(Verdict.FAIL, "It did not answer.", soft=True),
}


def fine(context: Context) -> Outcome:
    """Say that it is fine."""
    return context.say("fine", detail={"by": context.step.key})


def made(key: str, check: Callable[[Context], Outcome] = fine, **fields: Any) -> Step:
    """Return a step of this key; `fields` are those of Step."""
    return Step(key=key, title=key, group="endpoints", proves="Nothing.", codes=CODES, check=check, **fields)


def at(*addresses: str) -> Callable[[Listing], tuple[Subject, ...]]:
    """Return the `subjects` of a step that looks at these addresses, whatever the listing is."""
    return lambda _listing: tuple(Subject(address) for address in addresses)


@pytest.fixture
def tool() -> Tool:
    """A listed tool."""
    return make.tool()


@pytest.fixture
def editor(client: Client) -> Client:
    """The client of somebody who may change tools."""
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    return client


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make these the only steps there are: `known(made("a"), made("b", needs=("a",)))`."""

    def replace(*wanted: Step) -> None:
        found = {step.key: step for step in wanted}
        for module in (steps, plan, work):
            monkeypatch.setattr(module, "registry", lambda: found)

    return replace


@pytest.fixture
def hints(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Send no messages; how many would have been sent."""
    sent: list[int] = []
    monkeypatch.setattr(services, "hint", lambda count=1: sent.append(count))
    monkeypatch.setattr(services, "hints_waiting", lambda: 0)  # what other tests left in the broker
    return sent


def started(**options: Any) -> Run:
    """Begin a run of a new tool, as the command line would."""
    return services.start_run(tool=make.tool(), trigger="command", **options)[0]


def overtaken() -> tuple[RunStep, RunStep]:
    """Return two claims of one step: by a worker that was thought dead, and by the next one."""
    slow = claimed()
    expire(slow)
    assert sweeper.sweep().requeued == 1
    return slow, claimed()


def claimed() -> RunStep:
    """Claim a step that must be there."""
    step = work.claim()
    assert step is not None
    return step


def drain() -> list[str]:
    """Do what is due until nothing is; return the keys in the order they were done."""
    done = []
    while (step := work.claim()) is not None:
        assert work.execute(step)
        done.append(step.key)
    return done


def expire(step: RunStep) -> None:
    """Let the lease of a claimed step run out."""
    RunStep.objects.filter(pk=step.pk).update(lease_until=Now() - dt.timedelta(seconds=1))


def due(**filters: Any) -> None:
    """Let what waits for its time be due now."""
    RunStep.objects.filter(state="queued", **filters).update(not_before=Now() - dt.timedelta(seconds=1))


def at_once(job: Callable[[int], T], count: int) -> list[T]:
    """Call `job(0)`, `job(1)`, … in threads that begin at the same moment; return what they returned, in order.

    What one of them raises is raised here.
    """
    ready = threading.Barrier(count)

    def call(number: int) -> T:
        try:
            connection.ensure_connection()
            ready.wait(10)
            return job(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


def results() -> list[tuple[str, str, str]]:
    """Return key, verdict and code of all results, in the order they were written."""
    return list(StepResult.objects.order_by("id").values_list("key", "verdict", "code"))


def states(run: Run) -> dict[str, str]:
    """Return the states of a run's steps by their keys."""
    return dict(RunStep.objects.filter(run=run).values_list("key", "state"))


def requesting(calls: list[str], code: str = "fine") -> Callable[[Context], Outcome]:
    """Return a check that makes a request, as far as its evidence tells, and says `code`."""

    def check(context: Context) -> Outcome:
        calls.append(context.listing.slug)
        hop = Hop("GET", context.subject.address, (), "", (), 200, ())
        body = f"answer {len(calls)}".encode()
        answer = Answer(context.subject.address, "ok", "200", "It answered.", hops=(hop,), body=body)
        context.exchanges.append(Exchange(answer))
        return context.say(code)

    return check
