"""While a booking runs: outages of ours, tools that do not answer, tools that are taken down."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from accounts import roles
from accounts.models import User
from catalog.models import Tool
from core.models import AuditEvent
from featured import care
from featured.care import pausing, pulse
from featured.care.pulse import Span, without
from featured.models import Booking, Heartbeat, Pause, Refund
from featured.models.bookings import State
from tests.featured.care_rows import DAY, HOUR, MONDAY, WEEK, booked, owned_tool
from tests.people import person
from tests.verification import over_time_rows
from verification.models import DriftCase, Endpoint, IdentityPrint, OwnershipClaim

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)
NOON = MONDAY + 12 * HOUR


def pauses(row: Booking) -> list[tuple[str, dt.timedelta, dt.timedelta | None]]:
    """Return the pauses of a booking, as times since Monday."""
    rows = row.pauses.order_by("began_at")
    return [(one.why, one.began_at - MONDAY, one.ended_at - MONDAY if one.ended_at else None) for one in rows]


def subjects() -> list[str]:
    return [str(one.subject).removeprefix("AI Apps: ") for one in mail.outbox]


# -- our own outages --------------------------------------------------------------------------------------------------


def test_a_pulse_without_gaps_is_one_row_and_a_gap_of_over_ten_minutes_an_outage() -> None:
    row = booked(owned_tool())
    for minute in range(3):
        care.sweep(NOON + minute * MINUTE)
    care.sweep(NOON + 12 * MINUTE)  # ten minutes late: a slow start
    assert (Heartbeat.objects.count(), pauses(row)) == (1, [])
    care.sweep(NOON + 22 * MINUTE + dt.timedelta(seconds=1))
    assert pauses(row) == [("our_outage", 12 * HOUR + 12 * MINUTE, 12 * HOUR + 22 * MINUTE + dt.timedelta(seconds=1))]
    assert list(Heartbeat.objects.order_by("began_at").values_list("began_at", "last_at")) == [
        (NOON, NOON + 12 * MINUTE), (NOON + 22 * MINUTE + dt.timedelta(seconds=1),) * 2,
    ]  # fmt: skip


def test_a_clock_that_was_set_back_begins_no_outage() -> None:
    row = booked(owned_tool())
    for at in (NOON, NOON - HOUR, NOON + MINUTE):
        pulse.beat(at)
    assert (pauses(row), Heartbeat.objects.get().last_at) == ([], NOON + MINUTE)


def test_an_outage_is_credited_for_the_part_that_a_booking_ran_in() -> None:
    early, late = booked(owned_tool()), booked(owned_tool(), first=MONDAY + WEEK)
    held = booked(owned_tool(), position=2)
    Booking.objects.filter(pk=held.pk).update(state="held")
    pulse.note(MONDAY + WEEK - HOUR, MONDAY + WEEK + HOUR)
    assert pauses(early) == [("our_outage", WEEK - HOUR, WEEK)]
    assert pauses(late) == [("our_outage", WEEK, WEEK + HOUR)]
    assert pauses(held) == []
    assert AuditEvent.objects.get(action="featured.outage_noted").data["paused"] == 2


def test_an_outage_is_not_credited_twice_and_not_beside_another_pause() -> None:
    row = booked(owned_tool())
    Pause.objects.create(booking=row, why="unreachable", began_at=NOON, ended_at=NOON + HOUR)
    for _ in range(2):
        pulse.note(NOON - HOUR, NOON + 2 * HOUR)
    assert pauses(row) == [
        ("our_outage", 11 * HOUR, 12 * HOUR), ("unreachable", 12 * HOUR, 13 * HOUR),
        ("our_outage", 13 * HOUR, 14 * HOUR),
    ]  # fmt: skip


def test_a_pause_that_goes_on_covers_an_outage() -> None:
    row = booked(owned_tool())
    Pause.objects.create(booking=row, why="unreachable", began_at=NOON)
    pulse.note(NOON - HOUR, NOON + HOUR)
    assert pauses(row) == [("our_outage", 11 * HOUR, 12 * HOUR), ("unreachable", 12 * HOUR, None)]


moments = st.integers(0, 60).map(lambda minutes: MONDAY + minutes * MINUTE)


@given(st.tuples(moments, moments), st.lists(st.tuples(moments, moments), max_size=6))
def test_what_is_left_of_a_span_is_what_nothing_else_covers(
    span: tuple[dt.datetime, dt.datetime], taken: list[tuple[dt.datetime, dt.datetime]]
) -> None:
    within = [Span(*one) for one in sorted(taken) if one[0] < one[1]]
    apart: list[Span] = []
    for one in within:
        if not apart or one.begin >= apart[-1].end:
            apart.append(one)

    def minutes(spans: list[Span]) -> set[dt.datetime]:
        return {MONDAY + n * MINUTE for n in range(61) if any(a <= MONDAY + n * MINUTE < b for a, b in spans)}

    left = list(without(Span(*span), apart))
    assert minutes(left) == minutes([Span(*span)]) - minutes(apart)
    assert all(a < b for a, b in left)


def test_an_outage_that_nobody_saw_is_noted_at_the_console(capsys: Any) -> None:
    row, settled = booked(owned_tool()), booked(owned_tool(), position=2)
    Booking.objects.filter(pk=settled.pk).update(settled_at=NOON)
    call_command("featured_outage", "2026-03-02T14:00", "2026-03-02T16:30+01:00")
    assert pauses(row) == [("our_outage", 14 * HOUR, 15 * HOUR + 30 * MINUTE)]
    assert capsys.readouterr().out.splitlines() == [
        "1 booking credited for it.",
        f"{settled} was settled before: decide at /portal/billing/bookings/{settled.key}/ what it is owed.",
    ]
    for wrong in (("2026-03-02T14:00", "2026-03-02T14:00"), ("yesterday", "now"), ("2026-03-02", "2999-01-01T00:00")):
        with pytest.raises(CommandError):
            call_command("featured_outage", *wrong)


# -- a tool that does not answer --------------------------------------------------------------------------------------


def away(tool: Tool, **changes: Any) -> Endpoint:
    """Return the home page of a tool that is unreachable, for 72 hours as of Monday noon unless `changes` say else."""
    values: dict[str, Any] = {
        "state": "unreachable", "down_since": NOON - 72 * HOUR, "known_at": NOON, "last": "down",
        "down_for": 72 * HOUR, "fails": 20, **changes,
    }  # fmt: skip
    return over_time_rows.endpoint(tool, **values)


def test_a_tool_that_is_away_for_72_hours_is_paused_and_runs_again_once_it_answers() -> None:
    row = booked(tool := owned_tool())
    home = away(tool, down_for=72 * HOUR - MINUTE, known_at=NOON - MINUTE)
    assert pausing.sweep(NOON - MINUTE) == 0
    assert pausing.sweep(NOON) == 1
    assert (pausing.sweep(NOON + MINUTE), pauses(row)) == (0, [("unreachable", 12 * HOUR, None)])
    assert list(Booking.objects.running(NOON + HOUR)) == []
    Endpoint.objects.filter(pk=home.pk).update(state="healthy", down_since=None)
    assert (pausing.sweep(NOON + 2 * HOUR), pausing.sweep(NOON + 3 * HOUR)) == (1, 0)
    assert pauses(row) == [("unreachable", 12 * HOUR, 14 * HOUR)]
    assert list(Booking.objects.running(NOON + 3 * HOUR)) == [row]
    assert subjects() == [f"{tool.name} is paused: it does not answer", f"{tool.name} is shown again"]


def test_what_could_not_be_told_neither_begins_a_pause_nor_ends_one() -> None:
    row = booked(tool := owned_tool())
    home = away(tool, down_for=71 * HOUR, last="unknown", unknown_since=NOON - 9 * HOUR)
    assert pausing.sweep(NOON + 5 * DAY) == 0  # its clock stands still
    Endpoint.objects.filter(pk=home.pk).update(down_for=72 * HOUR)
    assert pausing.sweep(NOON + 5 * DAY) == 1
    Endpoint.objects.filter(pk=home.pk).update(state="unknown", down_since=None, known_at=None, down_for=dt.timedelta())
    assert pausing.sweep(NOON + 6 * DAY) == 0
    assert row.pauses.get().ended_at is None


def test_a_tool_of_which_one_address_answers_is_not_paused() -> None:
    row = booked(tool := owned_tool())
    away(tool)
    over_time_rows.endpoint(tool, "https://api.acme.com/v1", known_at=NOON)
    assert (pausing.sweep(NOON), pauses(row)) == (0, [])


def test_the_sweep_of_pauses_asks_as_much_for_one_booking_as_for_three(django_assert_num_queries: Any) -> None:
    for position in (1, 2, 3):
        over_time_rows.endpoint(tool := owned_tool(), known_at=NOON)
        booked(tool, position=position)
        if position != 2:
            with django_assert_num_queries(3):
                pausing.sweep(NOON)


# -- a tool that may not be shown any more ----------------------------------------------------------------------------


def test_a_tool_that_is_taken_down_stops_and_the_rest_waits_for_a_second_person() -> None:
    roles.ensure()
    clerk = person("bill@example.com")
    clerk.groups.add(Group.objects.get(name=roles.BILLING))
    row = booked(tool := owned_tool())
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    at = MONDAY + WEEK / 4
    care.sweep(at)
    row.refresh_from_db()
    assert (row.state, row.ends_at, row.settled_at) == (State.STOPPED, at, at)
    refund = Refund.objects.get()
    assert (refund.amount, refund.why, refund.state, refund.asked_by) == (11_399, "taken_down", "to_approve", None)
    assert {one.to[0]: one.subject for one in mail.outbox} == {
        "bea@example.com": f"AI Apps: the booking of {tool.name} was stopped",
        "bill@example.com": "AI Apps: a refund of $113.99 waits for you",
    }
    assert care.sweep(at + MINUTE) == 0


def test_what_has_not_begun_goes_back_whole() -> None:
    row = booked(tool := owned_tool())
    Tool.objects.filter(pk=tool.pk).delete()
    care.sweep(MONDAY - DAY)
    assert (Refund.objects.get().amount, Booking.objects.get(pk=row.pk).ends_at) == (15_198, MONDAY)


@pytest.mark.parametrize("why", ["ownership", "drift"])
def test_what_is_not_eligible_any_more_stops_within_the_hour(why: str) -> None:
    row = booked(tool := owned_tool())
    if why == "ownership":
        OwnershipClaim.objects.all().delete()
    else:
        looks = [IdentityPrint.objects.create(tool=tool, data={}, at=MONDAY, baseline=base) for base in (True, False)]
        DriftCase.objects.create(tool=tool, baseline=looks[0], print=looks[1], score=9, signals=[])
    done = [care.sweep(NOON + minute * MINUTE) for minute in range(60)]
    assert (sorted(done)[-1] > 0, Booking.objects.get(pk=row.pk).state) == (True, State.STOPPED)
    assert row.moves.get(event="stop").why != ""


def test_what_staff_granted_or_the_lot_drew_needs_no_owner() -> None:
    rows = [
        booked(tool := owned_tool(), kind="granted"),
        booked(owned_tool(), kind="community", position=2, payer=""),
    ]
    OwnershipClaim.objects.all().delete()
    for minute in range(60):
        care.sweep(NOON + minute * MINUTE)
    assert {one.state for one in Booking.objects.all()} == {State.BOOKED}
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    care.sweep(NOON + HOUR)
    assert [Booking.objects.get(pk=one.pk).state for one in rows] == [State.STOPPED, State.BOOKED]
    assert not Refund.objects.exists()


def test_a_buyer_whose_account_is_gone_gets_no_mail() -> None:
    booked(tool := owned_tool())
    User.objects.filter(email="bea@example.com").update(is_active=False)
    away(tool)
    assert (pausing.sweep(NOON), mail.outbox) == (1, [])
