"""Only time of which something is known counts against a tool."""

from __future__ import annotations

import datetime as dt

import pytest

from catalog.choices import Away
from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, judge, look, tool_of, watched
from verification.health import sweeping
from verification.judgement.judge import Saw, State
from verification.models import Endpoint, Incident, LogEntry, Sample

pytestmark = pytest.mark.django_db


def down(endpoint: Endpoint) -> Endpoint:
    """Let it be unreachable from START on, seen by looks at 0, 10 and 20 minutes."""
    for minutes in (0, 10, 20):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
        judge(START + minutes * MINUTE)
    assert Incident.objects.open().count() == 1
    return endpoint


def effects() -> list[str]:
    """Return the effects in the log."""
    rows = LogEntry.objects.filter(kind=LogEntry.Kind.EFFECT).order_by("id")
    return [row.key.rpartition(":")[2] for row in rows]


def test_our_own_outage_is_no_time_of_being_away_however_long_it_is() -> None:
    endpoint = down(watched())
    for hours in range(1, 15 * 24, 6):
        look(endpoint, START + hours * HOUR, Saw.DOWN)
        judge(START + hours * HOUR, ours=False)
        if hours == 6 * 24 + 1:
            sweeping.sweep_time(at=START + hours * HOUR)
            assert effects() == ["problems"]
    sweeping.sweep_time(at=START + 15 * DAY)
    assert (effects(), tool_of(endpoint).away) == (["problems"], Away.NOT)
    assert Incident.objects.get().updates.values_list("text", flat=True).last() == (
        "Nothing could be told for 7 days, so nothing is said any more: our own looks could not be trusted."
    )


def test_a_held_look_stops_the_clock_until_looks_count_again() -> None:
    endpoint = down(watched())
    look(endpoint, START + HOUR, Saw.DOWN)
    judge(START + HOUR, ours=False)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.fails, endpoint.down_for) == (State.UNREACHABLE, 3, HOUR)
    look(endpoint, START + 5 * HOUR, Saw.DOWN)
    judge(START + 5 * HOUR)
    endpoint.refresh_from_db()
    assert (endpoint.fails, endpoint.down_for, endpoint.known_at) == (4, HOUR, START + 5 * HOUR)


def test_what_nobody_looks_at_is_not_archived() -> None:
    endpoint = down(watched())
    sweeping.sweep_time(at=START + 50 * DAY)
    assert effects() == ["problems", "unreachable"]
    assert tool_of(endpoint).away == Away.UNREACHABLE


def test_two_looks_weeks_apart_open_nothing() -> None:
    endpoint = watched()
    for at, saw in ((START, Saw.UP), (START + HOUR, Saw.GONE), (START + 20 * DAY, Saw.GONE)):
        look(endpoint, at, saw)
        judge(at)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.fails, Incident.objects.count()) == (State.HEALTHY, 1, 0)


def test_a_look_that_comes_late_is_kept_for_the_uptime_and_changes_no_health() -> None:
    endpoint = down(watched())
    late = look(endpoint, START + 5 * MINUTE, Saw.UP)
    before = Endpoint.objects.values().get()
    judge(START + 21 * MINUTE)
    assert Endpoint.objects.values().get() == before
    late.refresh_from_db()
    assert late.judged_at == START + 21 * MINUTE
    look(endpoint, START + 30 * MINUTE, Saw.UP)
    judge(START + 30 * MINUTE)
    assert Incident.objects.open().count() == 1  # one pass closes nothing


def test_a_look_that_comes_late_does_not_turn_the_clock_back() -> None:
    endpoint = down(watched())
    look(endpoint, START + 8 * HOUR, Saw.DOWN)
    judge(START + 8 * HOUR)
    look(endpoint, START + HOUR, Saw.DOWN)
    judge(START + 8 * HOUR)
    endpoint.refresh_from_db()
    assert (endpoint.fails, endpoint.known_at, endpoint.down_for) == (4, START + 8 * HOUR, 8 * HOUR)


def test_a_look_before_one_that_could_not_tell_is_late_too() -> None:
    endpoint = watched()
    for at, saw in ((START, Saw.UP), (START + 2 * HOUR, Saw.UNKNOWN), (START + HOUR, Saw.DOWN)):
        look(endpoint, at, saw)
        judge(START + 2 * HOUR)
    endpoint.refresh_from_db()
    assert (endpoint.fails, endpoint.last, endpoint.known_at) == (0, Saw.UNKNOWN, START)


def test_two_looks_at_the_same_moment_are_one() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    for minutes in (60, 60, 76):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
    judge(START + 80 * MINUTE)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.fails) == (State.HEALTHY, 2)
    assert Sample.objects.filter(judged_at=None).count() == 0


def test_an_address_that_starts_anew_has_no_past() -> None:
    endpoint = down(watched())
    endpoint.start_anew(START + 100 * DAY)
    endpoint.save()
    look(endpoint, START + 100 * DAY, Saw.DOWN)
    judge(START + 100 * DAY)
    endpoint.refresh_from_db()
    assert (endpoint.state, endpoint.fails, endpoint.down_for) == (State.UNKNOWN, 1, dt.timedelta())
    assert (endpoint.since, endpoint.down_since) == (START + 100 * DAY, None)


def test_what_answers_after_nothing_was_known_of_it_is_not_called_new() -> None:
    endpoint = down(watched())
    for days in (1, 9):
        look(endpoint, START + days * DAY, Saw.UNKNOWN)
        judge(START + days * DAY)
    look(endpoint, START + 10 * DAY, Saw.UP)
    judge(START + 10 * DAY)
    said = LogEntry.objects.filter(kind=LogEntry.Kind.HEALTH).values_list("sentence", flat=True)
    assert list(said) == [f"{endpoint.subject} answered; until then nothing was known of it."]
