"""Which steps ask for themselves, which share what was seen for another tool, which ask nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from tests import make
from tests.verification.conftest import (
    Known,
    at,
    drain,
    due,
    made,
    requesting,
    results,
    started,
)
from verification import services, work
from verification.context import Context
from verification.contract import Outcome
from verification.models import OptOut, Run, RunStep, StepResult

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hints")]


def test_tools_with_the_same_address_share_one_result(known: Known) -> None:
    calls: list[str] = []
    known(made("s", requesting(calls), subjects=at("https://One.example"), requests=1, shared=True))
    first, second = started(), started()
    drain()
    assert len(calls) == 1
    own, shared = StepResult.objects.order_by("id")
    assert (own.run_id, own.requests, own.shared_from) == (first.pk, 1, None)
    assert (shared.run_id, shared.requests, shared.shared_from) == (second.pk, 0, own)
    assert (shared.verdict, shared.code, shared.sentence) == ("pass", "fine", "It is fine.")


def test_a_soft_fail_is_not_shared(known: Known) -> None:
    calls: list[str] = []
    ask = requesting(calls)

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
    known(made("s", requesting([]), subjects=at("https://one.example/"), requests=1, shared=True))
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
    ask = requesting([])

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


def test_steps_that_are_not_shared_are_done_for_each_tool(known: Known) -> None:
    calls: list[str] = []
    known(made("s", requesting(calls), subjects=at("https://one.example/"), requests=1))
    started()
    started()
    drain()
    assert len(calls) == 2


def test_the_same_tool_is_asked_again(known: Known) -> None:
    calls: list[str] = []
    known(made("s", requesting(calls), subjects=at("https://one.example/"), requests=1, shared=True))
    tool = make.tool()
    for _ in range(2):
        services.start_run(tool=tool, trigger="command")
        drain()
    assert calls == [tool.slug, tool.slug]
