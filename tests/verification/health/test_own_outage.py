"""Trouble of our own is never held against a tool: canaries, and batches that turn bad at once."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog.models import Tool
from catalog.services import create_tools
from tests import make
from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, judge, look, watched
from verification.health import judging, own_outages
from verification.judgement.judge import Saw
from verification.models import Endpoint, Incident, LogEntry, OwnOutage, Sample, Watch

pytestmark = pytest.mark.django_db


def many(number: int) -> list[Endpoint]:
    """Return the home pages of so many watched tools, all of them seen working."""
    tools = create_tools(
        [make.record(homepage=f"https://tool-{n}.com") for n in range(number)], categories=make.categories()
    )
    Watch.objects.bulk_create([Watch(tool=tool, next_at=START, full_at=START + 365 * DAY) for tool in tools])
    found = Endpoint.objects.bulk_create(
        [Endpoint(tool=tool, subject=f"https://tool-{n}.com/", home=True, since=START) for n, tool in enumerate(tools)]
    )
    seen(found, START, Saw.UP)
    judge(START)
    return found


def seen(endpoints: list[Endpoint], at: dt.datetime, saw: Saw) -> None:
    """Write what one look at each of them saw."""
    rows = [Sample(endpoint=one, at=at, saw=saw, code="x", sentence="Seen.", vantage="default") for one in endpoints]
    Sample.objects.bulk_create(rows)


def states() -> list[tuple[object, ...]]:
    """Return what is known of all tools and addresses."""
    tools = Tool.objects.order_by("pk").values_list("pk", "seen", "level", "away", "checked_at")
    columns = ("pk", "state", "fails", "gone", "began_at", "known_at", "recent", "down_for")
    return [*tools, *Endpoint.objects.order_by("pk").values_list(*columns)]


def test_a_thousand_tools_do_not_change_when_the_canary_fails() -> None:
    endpoints = many(1_000)
    before = states()
    for minutes in (0, 1, 11, 22, 60, 600):
        seen(endpoints, START + DAY + minutes * MINUTE, Saw.DOWN)
        assert judge(START + DAY + minutes * MINUTE, ours=False).held == 1_000
    assert states() == before
    outage = OwnOutage.objects.get()
    assert (outage.cause, outage.held, outage.ended_at) == ("canary", 6_000, None)
    assert Incident.objects.count() == 0

    seen(endpoints, START + 2 * DAY, Saw.UP)
    judge(START + 2 * DAY)
    outage.refresh_from_db()
    assert outage.ended_at == START + 2 * DAY
    kinds = list(LogEntry.objects.filter(kind="own-outage").order_by("id").values_list("sentence", flat=True))
    assert kinds == [
        "Looks are held: none of the hosts that always answer did. No tool's state changes by what failed.",
        "Looks count again. 6000 were held since 2 Jan, 00:00 UTC.",
    ]


def test_a_batch_of_which_over_a_fifth_turns_bad_at_once_is_held_while_canaries_answer() -> None:
    endpoints = many(20)
    at = START + DAY
    seen(endpoints[5:], at, Saw.UP)
    seen(endpoints[:5], at, Saw.DOWN)
    assert (judge(at).held, OwnOutage.objects.get().cause) == (5, "batch")
    assert {one.fails for one in Endpoint.objects.all()} == {0}


def test_a_fifth_is_not_held() -> None:
    endpoints = many(20)
    seen(endpoints[4:], START + DAY, Saw.UP)
    seen(endpoints[:4], START + DAY, Saw.DOWN)
    assert judge(START + DAY).held == 0
    assert sorted(one.fails for one in Endpoint.objects.all())[-5:] == [0, 1, 1, 1, 1]


def test_of_few_domains_nothing_is_held() -> None:
    endpoints = many(9)
    seen(endpoints, START + DAY, Saw.DOWN)
    assert judge(START + DAY).held == 0


def test_many_addresses_of_one_host_are_one_observation() -> None:
    endpoints = many(12)
    host = [Endpoint(tool=one.tool, subject=f"https://api.one-host.com/{one.pk}", state="healthy") for one in endpoints]
    Endpoint.objects.bulk_create(host)
    seen(endpoints, START + DAY, Saw.UP)
    seen(host, START + DAY, Saw.DOWN)
    assert judge(START + DAY).held == 0


def test_what_is_held_for_two_hours_though_canaries_answer_is_true_after_all() -> None:
    endpoints = many(20)
    for minutes in (0, 10, 60, 119):
        seen(endpoints, START + DAY + minutes * MINUTE, Saw.DOWN)
        assert judge(START + DAY + minutes * MINUTE).held == 20
    for minutes in (121, 140, 160):
        seen(endpoints, START + DAY + minutes * MINUTE, Saw.DOWN)
        assert judge(START + DAY + minutes * MINUTE).held == 0
    assert Incident.objects.open().count() == 20
    assert OwnOutage.objects.get().ended_at == START + DAY + 121 * MINUTE


def test_the_canary_is_asked_only_when_something_failed() -> None:
    asked: list[str] = []

    def reached() -> bool:
        asked.append("yes")
        return True

    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judging.judge_due(at=START, reached=reached)
    assert asked == []
    look(endpoint, START + HOUR, Saw.DOWN)
    judging.judge_due(at=START + HOUR, reached=reached)
    assert asked == ["yes"]


def silent() -> list[tuple[str, dt.datetime, dt.datetime | None]]:
    """Return our outages: cause, begin, end."""
    return list(OwnOutage.objects.order_by("began_at", "id").values_list("cause", "began_at", "ended_at"))


def test_after_a_silent_canary_the_share_holds_for_two_hours_like_any_other() -> None:
    endpoints = many(20)
    at = START + DAY
    held = []
    for minutes in (0, 60, 120, 179, 180, 190, 200):
        seen(endpoints, at + minutes * MINUTE, Saw.DOWN)
        held.append(judge(at + minutes * MINUTE, ours=minutes > 0).held)
    assert held == [20, 20, 20, 20, 0, 0, 0]
    assert silent() == [("canary", at, at + HOUR), ("batch", at + HOUR, at + 3 * HOUR)]
    assert Incident.objects.open().count() == 20


def test_one_look_that_comes_late_neither_begins_nor_ends_an_outage() -> None:
    endpoints = many(20)
    at = START + DAY
    look(endpoints[0], at - 3 * HOUR, Saw.UP)
    seen(endpoints[1:], at, Saw.DOWN)
    assert judge(at).held == 19
    look(endpoints[0], at - 2 * HOUR, Saw.UP)
    seen(endpoints[1:], at + 10 * MINUTE, Saw.DOWN)
    assert judge(at + 10 * MINUTE).held == 19
    look(endpoints[0], at - HOUR, Saw.UP)
    assert judge(at + 11 * MINUTE).held == 0
    assert silent() == [("batch", at, None)]


def test_a_failed_look_of_the_time_of_an_outage_that_comes_after_it_is_held_too() -> None:
    endpoints = many(20)
    at = START + DAY
    seen(endpoints[1:], at, Saw.DOWN)
    judge(at, ours=False)
    seen(endpoints[1:], at + 2 * HOUR, Saw.UP)
    judge(at + 2 * HOUR)
    late = look(endpoints[0], at + HOUR, Saw.DOWN)
    assert judge(at + 2 * HOUR).held == 1
    late.refresh_from_db()
    assert late.held_by == OwnOutage.objects.get()
    assert OwnOutage.objects.get().held == 20


def test_looks_that_workers_saw_to_be_our_own_trouble_are_an_outage() -> None:
    endpoints = many(20)
    at = START + DAY
    rows = [Sample(endpoint=e, at=at, saw="unknown", code="our_side", sentence="Ours.", vantage="x") for e in endpoints]
    Sample.objects.bulk_create(rows)
    assert judge(at).held == 20  # though a canary answers by now
    assert silent() == [("batch", at, None)]


def test_a_silent_canary_and_one_look_that_was_our_own_trouble_are_an_outage() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UNKNOWN, code="our_side")
    assert judge(START, ours=False).held == 1
    assert silent() == [("canary", START, None)]


def test_a_look_that_could_not_tell_ends_no_outage_while_the_canary_is_silent() -> None:
    endpoints = many(20)
    at = START + DAY
    seen(endpoints, at, Saw.DOWN)
    judge(at, ours=False)
    for minutes, saw in ((60, Saw.UNKNOWN), (120, Saw.UP)):
        seen(endpoints, at + minutes * MINUTE, saw)
        judge(at + minutes * MINUTE, ours=False)
    assert silent() == [("canary", at, None)]
    seen(endpoints, at + 3 * HOUR, Saw.UNKNOWN)
    judge(at + 3 * HOUR)
    assert silent() == [("canary", at, at + 3 * HOUR)]


def test_a_look_that_could_not_tell_ends_no_outage_that_the_share_began() -> None:
    endpoints = many(20)
    at = START + DAY
    seen(endpoints, at, Saw.DOWN)
    judge(at)
    seen(endpoints[:1], at + HOUR, Saw.UNKNOWN)
    judge(at + HOUR)
    assert silent() == [("batch", at, None)]


def test_what_was_held_is_looked_at_again_within_the_hour_and_at_once_when_the_outage_is_over() -> None:
    endpoints = many(20)
    at = START + DAY
    seen(endpoints, at, Saw.DOWN)
    judge(at, ours=False)
    assert all(at < due <= at + 1.2 * HOUR for due in Watch.objects.values_list("next_at", flat=True) if due)
    seen(endpoints[:1], at + 10 * MINUTE, Saw.UP)
    judge(at + 10 * MINUTE)
    due = dict(Watch.objects.values_list("tool", "next_at"))
    well = due.pop(endpoints[0].tool_id)
    assert well is not None
    assert well > at + 4 * HOUR
    assert all(at + 10 * MINUTE <= one <= at + 15 * MINUTE for one in due.values() if one)


def test_looks_of_many_hours_judged_at_once_are_held_for_two_hours_of_them() -> None:
    endpoints = many(20)
    for hours in range(1, 8):
        seen(endpoints[6:], START + hours * HOUR, Saw.UP)
        seen(endpoints[:6], START + hours * HOUR, Saw.DOWN)
    assert judge(START + 8 * HOUR).held == 2 * 6
    assert silent() == [("batch", START + HOUR, START + 3 * HOUR)]


def test_a_canary_that_is_silent_now_says_nothing_about_looks_of_hours_ago() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.DOWN)
    look(endpoint, START + 3 * HOUR, Saw.DOWN)
    assert judge(START + 3 * HOUR, ours=False).held == 1
    endpoint.refresh_from_db()
    assert endpoint.fails == 1


def test_looks_that_confirm_a_fail_do_not_make_it_look_as_if_many_failed() -> None:
    endpoints = many(60)
    at = START + DAY
    for n, one in enumerate(endpoints[:50]):
        look(one, at - 55 * MINUTE + n * MINUTE, Saw.UP)
    judge(at)
    seen(endpoints[57:], at, Saw.DOWN)  # three of one platform, among eight looks of these ten minutes
    assert judge(at).held == 0
    for minutes in (5, 9, 13, 29):
        seen(endpoints[57:], at + minutes * MINUTE, Saw.DOWN)
        assert judge(at + minutes * MINUTE).held == 0
    assert Incident.objects.open().count() == 3


def test_a_failed_look_that_came_after_nothing_was_asked_waits_for_the_next_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    asks = own_outages.asks_canary

    def then_one_fails(at: dt.datetime) -> bool:
        asked = asks(at)
        look(endpoint, START + MINUTE, Saw.DOWN)
        return asked

    monkeypatch.setattr(own_outages, "asks_canary", then_one_fails)
    assert judge(START + HOUR).samples == 1
    monkeypatch.undo()
    assert judge(START + HOUR, ours=False).held == 1
