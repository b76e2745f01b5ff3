"""One piece of work: claimed by one, fenced, written once, confirmed, shared, put back."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone

from core.safehttp import Answer
from tests import make
from tests.verification.conftest import at, at_once, claimed, drain, due, expire, fine, made, started
from verification import services, sweeper, work
from verification.context import Context, Exchange
from verification.contract import Outcome
from verification.models import OptOut, Run, RunStep, StepResult
from verification.polite import Postponed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]
Known = Callable[..., None]


def results() -> list[tuple[str, str, str]]:
    """Return key, verdict and code of all results, in the order they were written."""
    return list(StepResult.objects.order_by("id").values_list("key", "verdict", "code"))


def states(run: Run) -> dict[str, str]:
    return dict(RunStep.objects.filter(run=run).values_list("key", "state"))


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


def test_the_most_urgent_step_goes_first(known: Known) -> None:
    known(made("s"))
    scheduled = services.start_runs([make.tool()], trigger="schedule")[0]
    asked_for = started()
    assert [claimed().run_id, claimed().run_id] == [asked_for.pk, scheduled]


def test_a_worker_that_was_thought_dead_changes_nothing(known: Known) -> None:
    known(made("s"))
    run = started()
    slow = claimed()
    expire(slow)
    assert sweeper.sweep().requeued == 1
    quick = claimed()
    assert (slow.attempt, quick.attempt) == (1, 2)
    assert work.execute(quick)
    assert not work.execute(slow)
    assert list(StepResult.objects.values_list("run", "attempt")) == [(run.pk, 2)]


def test_a_slow_worker_writes_nothing_while_the_next_one_is_at_it(known: Known) -> None:
    known(made("s"))
    started()
    slow = claimed()
    expire(slow)
    sweeper.sweep()
    quick = claimed()
    assert not work.execute(slow)
    assert results() == []
    assert work.execute(quick)
    assert results() == [("s", "pass", "fine")]


def test_a_slow_worker_puts_nothing_back_either(known: Known) -> None:
    def wait(context: Context) -> Outcome:
        raise Postponed("one.example", 60)

    known(made("s", wait))
    started()
    slow = claimed()
    expire(slow)
    sweeper.sweep()
    quick = claimed()
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


def test_a_soft_fail_that_passes_is_forgotten(known: Known) -> None:
    said = iter(["shaky", "fine"])
    known(made("s", lambda context: context.say(next(said))))
    started()
    work.execute(claimed())
    due()
    drain()
    assert results() == [("s", "pass", "fine")]


def test_scheduled_runs_confirm_at_leisure(known: Known) -> None:
    known(made("s", lambda context: context.say("shaky")))
    services.start_runs([make.tool()], trigger="schedule")
    work.execute(claimed())
    assert abs((RunStep.objects.get().not_before - timezone.now()).total_seconds() - work.CONFIRM_SCHEDULED[0]) < 2


def _asked(calls: list[str]) -> Callable[[Context], Outcome]:
    """Return a check that makes a request, as far as its evidence tells."""
    from core.safehttp import Hop

    def check(context: Context) -> Outcome:
        calls.append(context.listing.slug)
        hop = Hop("GET", context.subject.address, (), "", (), 200, ())
        context.exchanges.append(Exchange(Answer(context.subject.address, "ok", "200", "It answered.", hops=(hop,))))
        return context.say("fine")

    return check


def test_tools_with_the_same_address_share_one_result(known: Known) -> None:
    calls: list[str] = []
    known(made("s", _asked(calls), subjects=at("https://One.example"), requests=1, shared=True))
    first, second = started(), started()
    drain()
    assert len(calls) == 1
    own, shared = StepResult.objects.order_by("id")
    assert (own.run_id, own.requests, own.shared_from) == (first.pk, 1, None)
    assert (shared.run_id, shared.requests, shared.shared_from) == (second.pk, 0, own)
    assert (shared.verdict, shared.code, shared.sentence) == ("pass", "fine", "It is fine.")


def test_a_soft_fail_is_not_shared(known: Known) -> None:
    calls: list[str] = []
    ask = _asked(calls)

    def shaky(context: Context) -> Outcome:
        ask(context)
        return context.say("shaky")

    known(made("s", shaky, subjects=at("https://one.example/"), requests=1, shared=True))
    for _ in range(2):
        run = started()
        while Run.objects.get(pk=run.pk).state == "running":
            drain()
            due()
    assert len(calls) == 2 * (1 + len(work.CONFIRM))
    assert list(StepResult.objects.values_list("code", "shared_from")) == [("shaky", None)] * 2


def test_what_nobody_was_asked_for_is_not_shared(known: Known) -> None:
    known(made("s", subjects=at("https://one.example/"), shared=True))
    started()
    started()
    drain()
    assert list(StepResult.objects.values_list("requests", "shared_from")) == [(0, None)] * 2


def test_a_shared_result_is_not_shared_on(known: Known) -> None:
    known(made("s", _asked([]), subjects=at("https://one.example/"), requests=1, shared=True))
    for _ in range(2):
        started()
        drain()
    own, shared = StepResult.objects.order_by("id")
    StepResult.objects.filter(pk=own.pk).update(ended_at=timezone.now() - 2 * work.SHARE)
    StepResult.objects.filter(pk=shared.pk).update(requests=1)  # whatever it counts
    started()
    drain()
    last = StepResult.objects.latest("id")
    assert (last.requests, last.shared_from) == (1, None)


LONG = "https://one.example/" + "a" * 700


def test_long_addresses_that_differ_at_their_end_are_two_and_are_asked_whole(known: Known) -> None:
    asked: list[str] = []
    known(made("s", _asked_for(asked), subjects=at(LONG + "b", LONG + "c"), requests=1, shared=True))
    started()
    drain()
    started()
    drain()
    assert asked == [LONG + "b", LONG + "c"]
    first, second = RunStep.objects.filter(run=Run.objects.earliest("id")).order_by("position")
    assert first.subject[:561] == second.subject[:561] == LONG[:560] + "#"
    assert (len(first.subject), len(second.subject), first.subject != second.subject) == (593, 593, True)
    sources = {one.subject: one.shared_from.subject for one in StepResult.objects.all() if one.shared_from}
    assert sources == {first.subject: first.subject, second.subject: second.subject}


def _asked_for(asked: list[str]) -> Callable[[Context], Outcome]:
    ask = _asked([])

    def check(context: Context) -> Outcome:
        asked.append(context.subject.address)
        return ask(context)

    return check


def test_a_long_address_that_was_taken_out_meanwhile_is_not_asked_by_half(known: Known) -> None:
    asked: list[str] = []
    known(made("s", _asked_for(asked), subjects=at(LONG), requests=1))
    started()
    known(made("s", _asked_for(asked), subjects=at(), requests=1))
    drain()
    assert (asked, results()) == ([], [("s", "skipped", "not_declared")])


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("address", ["https://api.bücher.example/", "https://xn--bcher-kva.example/x"])
def test_no_step_looks_at_who_opted_out(known: Known, address: str, shared: bool) -> None:
    asked: list[str] = []
    OptOut.objects.create(domain="xn--bcher-kva.example")
    known(made("s", _asked_for(asked), subjects=at(address), shared=shared))  # one that makes no request, as `dns`
    started()
    drain()
    assert (asked, results()) == ([], [("s", "inconclusive", "opted_out")])
    assert StepResult.objects.get().sentence == "xn--bcher-kva.example asked us not to make requests to it."


def test_what_a_step_says_is_kept_without_secrets(known: Known) -> None:
    detail = {"chain": ["https://one.example/?token=SECRET1"], "n": 1}
    known(made("s", lambda context: context.say("told", detail=detail, address="https://one.example/?sig=SECRET2")))
    started()
    drain()
    stored = StepResult.objects.get()
    assert stored.detail == {"chain": ["https://one.example/?token=[redacted]"], "n": 1}
    assert stored.sentence == "See https://one.example/?sig=[redacted]"


def test_what_a_step_waits_for_is_told_without_secrets(known: Known) -> None:
    known(made("s", lambda context: context.say("unsure", address="https://one.example/?token=SECRET1")))
    started()
    work.execute(claimed())
    assert RunStep.objects.get().note == "To be confirmed: No answer from https://one.example/?token=[redacted]"


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


def test_steps_that_are_not_shared_are_done_for_each_tool(known: Known) -> None:
    calls: list[str] = []
    known(made("s", _asked(calls), subjects=at("https://one.example/"), requests=1))
    started()
    started()
    drain()
    assert len(calls) == 2


def test_the_same_tool_is_asked_again(known: Known) -> None:
    calls: list[str] = []
    known(made("s", _asked(calls), subjects=at("https://one.example/"), requests=1, shared=True))
    tool = make.tool()
    for _ in range(2):
        services.start_run(tool=tool, trigger="command")
        drain()
    assert calls == [tool.slug, tool.slug]


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
