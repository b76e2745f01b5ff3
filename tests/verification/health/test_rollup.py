"""Looks become days, and then are forgotten."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, look, watched
from verification.health import history, rollup
from verification.judgement.judge import Saw
from verification.models import Endpoint, MaintenanceWindow, OwnOutage, ProbeDay, Sample

pytestmark = pytest.mark.django_db


def judged(endpoint: Endpoint, at: dt.datetime, saw: Saw, ms: int | None = 100, **extra: object) -> None:
    look(endpoint, at, saw, ms=ms, judged_at=at, **extra)


def test_days_say_how_long_it_was_up_and_how_fast() -> None:
    endpoint = watched()
    for hour, ms in ((0, 100), (6, 200), (12, 300)):
        judged(endpoint, START + hour * HOUR, Saw.UP, ms)
    judged(endpoint, START + 18 * HOUR, Saw.DOWN, None)
    judged(endpoint, START + 19 * HOUR, Saw.UP, 900)
    rollup.roll_up(at=START + 2 * DAY)
    day = ProbeDay.objects.get(day=START.date())
    assert (day.looks, day.failed, day.up_seconds, day.down_seconds) == (5, 1, 23 * 3_600, 3_600)
    assert (day.ms_median, day.ms_p95) == (250, 810)
    assert ProbeDay.objects.get(day=START.date() + DAY).up_seconds == 3 * 3_600


def test_rolling_up_again_changes_nothing_and_late_judgement_is_taken_in() -> None:
    endpoint = watched()
    judged(endpoint, START, Saw.UP)
    rollup.roll_up(at=START + HOUR)
    before = list(ProbeDay.objects.values())
    rollup.roll_up(at=START + HOUR)
    assert list(ProbeDay.objects.values()) == before
    outage = OwnOutage.objects.create(cause="canary", began_at=START)
    Sample.objects.update(held_by=outage)
    rollup.roll_up(at=START + 2 * HOUR)
    assert ProbeDay.objects.get().up_seconds == 0  # what was held is what could not be told


def test_a_day_of_which_nothing_is_known_any_more_says_nothing() -> None:
    endpoint = watched()
    judged(endpoint, START + 23 * HOUR, Saw.UP)
    rollup.roll_up(at=START + 26 * HOUR)
    assert list(ProbeDay.objects.order_by("day").values_list("up_seconds", flat=True)) == [3_600, 2 * 3_600]
    Sample.objects.update(held_by=OwnOutage.objects.create(cause="canary", began_at=START))
    rollup.roll_up(at=START + 27 * HOUR)
    rows = ProbeDay.objects.order_by("day").values_list("looks", "up_seconds", "ms_median")
    assert list(rows) == [(1, 0, 100), (0, 0, None)]


def test_hours_that_are_over_say_what_looks_said_of_them() -> None:
    endpoint = watched()
    other = Endpoint.objects.create(tool=endpoint.tool, subject="https://api.one.example/")
    judged(endpoint, START + 40 * MINUTE, Saw.UP, 100)
    judged(endpoint, START + 50 * MINUTE, Saw.UP, 300)
    judged(endpoint, START + 90 * MINUTE, Saw.DOWN, None)
    judged(endpoint, START + 150 * MINUTE, Saw.UNKNOWN, None)
    hours = history.hours([endpoint, other], START + 3 * HOUR + 59 * MINUTE)
    assert [len(rows) for rows in hours.values()] == [48, 48]
    assert hours[endpoint.pk][-1].begins == START + 2 * HOUR
    found = [(one.uptime.up, one.uptime.down, one.looks, one.ms_median, one.state) for one in hours[endpoint.pk][-4:]]
    assert found == [
        (0, 0, 0, None, "unk"),
        (20 * 60, 0, 2, 200, "ok"),
        (30 * 60, 30 * 60, 1, None, "warn"),
        (0, 30 * 60, 1, None, "fail"),
    ]
    assert {one.state for one in hours[other.pk]} == {"unk"}


def test_an_hour_knows_a_look_from_before_the_48() -> None:
    endpoint = watched()
    judged(endpoint, START, Saw.UP)
    first, *rest = history.hours([endpoint], START + 55 * HOUR)[endpoint.pk]
    assert (first.begins, first.uptime.up, first.looks, rest[0].uptime.up) == (START + 7 * HOUR, 3_600, 0, 0)


def test_a_look_of_yesterday_that_is_told_in_the_night_is_taken_in() -> None:
    endpoint = watched()
    judged(endpoint, START, Saw.UP)
    rollup.roll_up(at=START + 25 * HOUR)
    judged(endpoint, START + 20 * HOUR, Saw.UP)
    rollup.roll_up(at=START + 30 * HOUR)
    assert list(ProbeDay.objects.order_by("day").values_list("up_seconds", flat=True)) == [12 * 3_600, 4 * 3_600]


def test_maintenance_lasts_as_long_as_its_window_and_not_as_a_look_holds() -> None:
    endpoint = watched()
    window = {"starts_at": START, "ends_at": START + 5 * MINUTE, "reason": "A move."}
    MaintenanceWindow.objects.create(tool=endpoint.tool, **window)
    judged(endpoint, START + MINUTE, Saw.DOWN, None, maintenance=True)
    judged(endpoint, START + 3 * MINUTE, Saw.DOWN, None, maintenance=True)
    rollup.roll_up(at=START + DAY)
    day = ProbeDay.objects.get()
    assert (day.maintenance_seconds, day.down_seconds, day.up_seconds) == (4 * 60, 0, 0)


def test_a_gap_of_the_job_is_made_good() -> None:
    endpoint = watched()
    for day in range(5):
        judged(endpoint, START + day * DAY, Saw.UP)
    rollup.roll_up(at=START + HOUR)
    rollup.roll_up(at=START + 5 * DAY)
    assert [row.up_seconds for row in ProbeDay.objects.order_by("day")] == [8 * 3_600] * 5


def test_looks_go_after_35_days_and_days_stay() -> None:
    endpoint = watched()
    judged(endpoint, START, Saw.UP)
    judged(endpoint, START + MINUTE, Saw.UP)
    look(endpoint, START + 2 * MINUTE, Saw.UP)  # not judged yet
    rollup.roll_up(at=START + DAY)
    assert rollup.forget_looks(at=START + 35 * DAY) == {"samples": 0}
    assert rollup.forget_looks(at=START + 35 * DAY + MINUTE) == {"samples": 1}
    assert rollup.forget_looks(at=START + 36 * DAY) == {"samples": 1}
    assert (Sample.objects.count(), ProbeDay.objects.count()) == (1, 1)


def test_no_look_goes_that_no_day_was_made_of() -> None:
    endpoint = watched()
    for day in (0, 1):
        judged(endpoint, START + day * DAY, Saw.UP)
    assert rollup.forget_looks(at=START + 50 * DAY) == {"samples": 0}
    rollup.roll_up(at=START + 50 * DAY)
    assert ProbeDay.objects.count() == 2
    assert rollup.forget_looks(at=START + 50 * DAY) == {"samples": 2}


def days(endpoint: Endpoint, number: int, **values: int) -> None:
    """Write so many days before START."""
    row = {"looks": 4, "failed": 0, "up_seconds": 86_400, "down_seconds": 0, "ms_median": 200, "ms_p95": 400} | values
    ProbeDay.objects.bulk_create(
        ProbeDay(endpoint=endpoint, day=(START - n * DAY).date(), **row) for n in range(1, number + 1)
    )


@pytest.mark.parametrize(("number", "usual"), [(7, None), (8, 200), (40, 200)])
def test_what_is_usual_takes_a_week_of_days_before_yesterday(number: int, usual: int | None) -> None:
    endpoint = watched()
    days(endpoint, number)
    rollup.usual_times(at=START)
    endpoint.refresh_from_db()
    assert endpoint.usual_ms == usual


def test_the_month_of_a_tool_is_that_of_its_worst_address() -> None:
    good = watched()
    bad = Endpoint.objects.create(tool=good.tool, subject="https://api.one.example/")
    days(good, 30)
    days(bad, 30, up_seconds=80_000, down_seconds=6_400)
    month = history.months([good.tool_id], START)[good.tool_id]
    assert (month.up, month.down, month.seconds) == (30 * 80_000, 30 * 6_400, 30 * 86_400)


@pytest.mark.parametrize("known", [0, 1, 29])
def test_an_address_that_is_new_does_not_hide_behind_an_old_one(known: int) -> None:
    old = watched()
    new = Endpoint.objects.create(tool=old.tool, subject="https://api.one.example/")
    days(old, 30, up_seconds=86_300, down_seconds=100)
    days(new, known)
    assert history.months([old.tool_id], START)[old.tool_id].seconds == known * 86_400


def test_a_day_of_which_nothing_is_known_does_not_shorten_the_month() -> None:
    endpoint = watched()
    days(endpoint, 33)
    ProbeDay.objects.filter(day=(START - 30 * DAY).date()).delete()
    month = history.months([endpoint.tool_id], START)[endpoint.tool_id]
    assert (month.seconds, month.up) == (30 * 86_400, 29 * 86_400)


def test_a_month_that_is_not_over_is_no_month() -> None:
    endpoint = watched()
    days(endpoint, 12)
    assert history.months([endpoint.tool_id], START)[endpoint.tool_id].seconds == 12 * 86_400


def test_the_strip_has_ninety_days_and_says_of_which_nothing_is_known() -> None:
    endpoint = watched()
    days(endpoint, 2)
    ProbeDay.objects.filter(day=(START - DAY).date()).update(up_seconds=40_000, down_seconds=46_400)
    strip = history.strip(endpoint, START.date())
    assert len(strip) == 90
    assert [day.state for day in strip[-4:]] == ["unk", "ok", "fail", "unk"]
    assert strip[-1].day == START.date()
