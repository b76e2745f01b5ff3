"""What follows when a tool stays away: 60 simulated days, one effect at each threshold, and the way back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from catalog import services as catalog_services
from catalog.choices import Away
from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, judge, live, look, tool_of, watched
from verification.claims import services as claims
from verification.claims.kinds import K
from verification.health import decaying, sweeping
from verification.judgement.decay import EFFECTS
from verification.judgement.judge import Saw
from verification.models import Claim, Endpoint, Incident, LogEntry, Run

pytestmark = pytest.mark.django_db


def effects() -> list[tuple[str, dt.timedelta]]:
    """Return the effects in the log, with the time since the incident began."""
    incident = Incident.objects.get()
    rows = LogEntry.objects.filter(kind=LogEntry.Kind.EFFECT).order_by("at", "id")
    return [(row.key.rpartition(":")[2], row.at - incident.began_at) for row in rows]


def test_sixty_days_walk_the_decay_table_with_one_effect_at_each_threshold(client: Client) -> None:
    endpoint = watched(name="Zyzzyva Gone Away")
    live(endpoint, START, START + 2 * DAY, lambda _at: Saw.UP, 6 * HOUR)
    tool = tool_of(endpoint)
    assert (tool.seen, tool.level, tool.away) == ("working", 1, Away.NOT)
    claims.review(tool, by=None, at=START + DAY)

    down = START + 2 * DAY
    for begins, ends, every in (
        (down, down + 16 * HOUR, 15 * MINUTE),
        (down + 16 * HOUR, down + 84 * HOUR, 2 * HOUR),
        (down + 84 * HOUR, down + 60 * DAY, 12 * HOUR),
    ):
        live(endpoint, begins, ends, lambda _at: Saw.DOWN, every)

    assert [name for name, _ in effects()] == [effect.name for effect in EFFECTS]
    late = [after - effect.after for (_, after), effect in zip(effects(), EFFECTS, strict=True)]
    assert all(
        dt.timedelta() <= one <= limit for one, limit in zip(late, (HOUR, HOUR, 3 * HOUR, DAY, DAY), strict=True)
    )
    tool = tool_of(endpoint)
    assert (tool.seen, tool.level, tool.away) == ("failing", 0, Away.ARCHIVED)
    ended = dict(Claim.objects.order_by("pk").values_list("kind", "ended"))
    assert ended == {K.REACHABLE: Claim.Ended.UNREACHABLE, K.REVIEWED: Claim.Ended.UNREACHABLE}
    assert LogEntry.objects.filter(kind=LogEntry.Kind.INCIDENT).count() == 1
    # out of lists and search, and its page stays
    assert "Zyzzyva Gone Away" not in client.get("/tools/", {"q": "zyzzyva gone away"}).content.decode()
    assert "Zyzzyva Gone Away</h1>" in client.get(tool.get_absolute_url()).content.decode()


def test_the_clock_stops_while_nothing_can_be_told() -> None:
    endpoint = watched()
    for at in (START, START + 20 * MINUTE, START + HOUR):
        look(endpoint, at, Saw.DOWN)
        judge(at)
    look(endpoint, START + 2 * HOUR, Saw.UNKNOWN)
    judge(START + 2 * HOUR)
    sweeping.sweep_time(at=START + 5 * DAY)
    assert [name for name, _ in effects()] == ["problems"]
    look(endpoint, START + 5 * DAY, Saw.DOWN)
    judge(START + 5 * DAY)
    sweeping.sweep_time(at=START + 5 * DAY + 4 * HOUR)
    assert [name for name, _ in effects()] == ["problems", "unreachable"]


def test_after_three_days_a_level_comes_back_after_a_day_and_a_run_of_all_steps() -> None:
    endpoint = watched()
    live(endpoint, START, START + 4 * DAY, lambda _at: Saw.DOWN, 2 * HOUR)
    assert tool_of(endpoint).level == 0
    back = START + 4 * DAY
    live(endpoint, back, back + 2 * DAY, lambda _at: Saw.UP, HOUR)
    closed = Incident.objects.get().closed_at
    assert closed is not None
    assert closed - back < DAY + 6 * HOUR  # it was looked at once a day by then
    assert (tool_of(endpoint).seen, tool_of(endpoint).level) == ("working", 0)

    full = Run.objects.create(
        tool=endpoint.tool, trigger="schedule", fingerprint="f", checker="1", deadline=back + 9 * DAY, state="finished",
        finished_at=closed + HOUR,
    )  # fmt: skip
    live(endpoint, back + 2 * DAY, back + 4 * DAY, lambda _at: Saw.UP, HOUR)
    claim = Claim.objects.get(kind=K.REACHABLE, ended_at=None)
    assert tool_of(endpoint).level == 1
    assert claim.granted_at >= closed + DAY
    assert full.finished_at is not None


def test_sweeping_again_changes_nothing() -> None:
    endpoint = watched()
    for at in (START, START + 20 * MINUTE, START + HOUR):
        look(endpoint, at, Saw.DOWN)
        judge(at)
    sweeping.sweep_time(at=START + 100 * HOUR)
    before = LogEntry.objects.count()
    assert sweeping.sweep_time(at=START + 100 * HOUR).effects == 0
    assert LogEntry.objects.count() == before


def another(endpoint: Endpoint) -> Endpoint:
    """Return a second watched address of the same tool."""
    return Endpoint.objects.create(tool=endpoint.tool, subject="https://api.example/v1", since=START)


def seen(at: dt.datetime, *rows: tuple[Endpoint, Saw]) -> None:
    """Look at addresses, judge and sweep."""
    for endpoint, saw in rows:
        look(endpoint, at, saw)
    judge(at)
    sweeping.sweep_time(at=at)


def names() -> list[str]:
    """Return the effects in the log."""
    rows = LogEntry.objects.filter(kind=LogEntry.Kind.EFFECT).order_by("at", "id")
    return [row.key.rpartition(":")[2] for row in rows]


def test_while_one_address_answers_no_effect_is_told_that_the_tool_does_not_have() -> None:
    home = watched()
    api = another(home)
    for day in range(50):
        for minutes in (0, 10, 20):
            seen(START + day * DAY + minutes * MINUTE, (home, Saw.UP), (api, Saw.DOWN))
    assert (names(), tool_of(home).away) == (["problems"], Away.NOT)


def test_two_addresses_that_fail_together_have_each_effect_once() -> None:
    home = watched()
    api = another(home)
    for minutes in (0, 10, 20):
        seen(START + minutes * MINUTE, (home, Saw.DOWN), (api, Saw.DOWN))
    for half_day in range(1, 100):  # often enough for the clock never to stop
        seen(START + half_day * DAY / 2, (home, Saw.DOWN), (api, Saw.DOWN))
    assert names() == [effect.name for effect in EFFECTS]
    said = LogEntry.objects.filter(kind=LogEntry.Kind.EFFECT).order_by("-id")[0].sentence
    assert said == (
        "2 of its addresses are unreachable, the last of them since 1 Jan 2027, 00:00 UTC. Its page is kept as an "
        "archive, for people who look for it."
    )


def test_once_an_address_was_back_the_effects_come_anew() -> None:
    home = watched()
    api = another(home)
    for minutes in (0, 10, 20, 500):
        seen(START + minutes * MINUTE, (home, Saw.DOWN), (api, Saw.DOWN))
    assert names() == ["problems", "unreachable"]
    for minutes in (510, 520):
        seen(START + minutes * MINUTE, (home, Saw.UP), (api, Saw.DOWN))
    assert tool_of(home).away == Away.NOT
    for minutes in (0, 10, 20, 500):
        seen(START + DAY + minutes * MINUTE, (home, Saw.DOWN), (api, Saw.DOWN))
    assert names() == ["problems", "unreachable", "unreachable"]
    assert tool_of(home).away == Away.UNREACHABLE


def test_a_review_ends_also_when_two_thresholds_are_crossed_in_one_sweep() -> None:
    endpoint = watched()
    claims.review(endpoint.tool, by=None, at=START)
    for minutes in (0, 10, 20):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
        judge(START + minutes * MINUTE)
    for half_day in range(1, 100):
        look(endpoint, START + half_day * DAY / 2, Saw.DOWN)
        judge(START + half_day * DAY / 2)
    sweeping.sweep_time(at=START + 50 * DAY)
    assert Claim.objects.get().ended == Claim.Ended.UNREACHABLE
    assert names() == [effect.name for effect in EFFECTS]


def test_a_tool_that_is_not_listed_any_more_has_no_effects() -> None:
    endpoint = watched()
    for minutes in (0, 10, 20):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
        judge(START + minutes * MINUTE)
    catalog_services.delist_tools([endpoint.tool])
    sweeping.sweep_time(at=START + 50 * DAY)
    assert names() == []


@pytest.mark.parametrize("many", [1, 40])
def test_incidents_that_had_all_effects_cost_nothing(many: int, django_assert_num_queries: Any) -> None:
    for number in range(many):
        one = watched()
        Endpoint.objects.filter(pk=one.pk).update(
            state="unreachable", down_since=START, known_at=START, last="down", down_for=100 * DAY
        )
        reached = len(EFFECTS) if number else len(EFFECTS) - 1
        Incident.objects.create(endpoint=one, began_at=START, opened_at=START, sentence="Gone.", reached=reached)
    assert decaying.sweep_incidents(at=START + 100 * DAY) == 1
    with django_assert_num_queries(3):
        assert decaying.sweep_incidents(at=START + 100 * DAY) == 0


def test_an_address_of_several_that_is_away_for_three_days_ends_the_claim_that_all_answer() -> None:
    home = watched(interfaces=[{"kind": "rest", "base_url": "https://api.example.org/v1", "auth": "none"}])
    api = Endpoint.objects.create(tool=home.tool, subject="https://api.example.org/v1", since=START)

    def looked(hour: int, saw: Saw) -> tuple[int, str]:
        for one, seen in ((home, Saw.UP), (api, saw)):
            look(one, START + hour * HOUR, seen)
        judge(START + hour * HOUR)
        sweeping.sweep_time(at=START + hour * HOUR)
        return tool_of(home).level, tool_of(home).away

    assert looked(0, Saw.UP) == (1, "")
    levels = {hour: looked(hour, Saw.GONE) for hour in range(1, 80)}
    assert {hour: levels[hour] for hour in (3, 72, 73, 79)} == {
        3: (1, ""), 72: (1, ""), 73: (0, ""), 79: (0, ""),
    }  # fmt: skip
    ended = Claim.objects.get()
    assert (ended.ended, ended.ended_at) == ("unreachable", START + 73 * HOUR)
    assert (
        LogEntry.objects.filter(sentence__contains="https://api.example.org/v1 did not answer for 72 hours.").count()
        == 1
    )
    looked(80, Saw.UP)
    assert looked(81, Saw.UP) == (1, "")  # all answer again


def test_what_lets_nobody_look_at_the_home_page_archives_no_tool() -> None:
    home = watched()
    api = Endpoint.objects.create(tool=home.tool, subject="https://api.one.example/v1", since=START)
    for day in range(60):
        for minute in (0, 10, 20):
            at = START + day * DAY + minute * MINUTE
            look(home, at, Saw.UP if day < 3 else Saw.UNKNOWN)
            look(api, at, Saw.UP if day < 1 else Saw.DOWN)
            judge(at)
        sweeping.sweep_time(at=at + HOUR)
    tool = tool_of(home)
    assert (tool.away, tool.seen) == ("", "attention")


@pytest.mark.django_db(transaction=True)
def test_the_clock_goes_on_when_an_address_with_an_incident_is_not_named_any_more() -> None:
    endpoint = watched()
    Endpoint.objects.filter(pk=endpoint.pk).update(retired_at=START)
    Incident.objects.create(endpoint=endpoint, began_at=START, opened_at=START, sentence="It did not answer.")
    sweeping.sweep_time(at=START + HOUR)
    assert Incident.objects.get().closed_at == START + HOUR
