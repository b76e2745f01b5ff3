"""Incidents: what people may add, and how much maintenance may be declared."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from tests import make
from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, judge, look, watched
from verification.health import incidents
from verification.judgement.judge import Saw
from verification.models import Endpoint, Incident, LogEntry, MaintenanceWindow

pytestmark = pytest.mark.django_db


def down() -> Endpoint:
    """Return an address with an open incident."""
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    for minutes in (60, 70, 81):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
    judge(START + 81 * MINUTE)
    endpoint.refresh_from_db()
    return endpoint


def test_an_incident_has_a_timeline_and_stands_in_the_log_once() -> None:
    endpoint = down()
    incident = Incident.objects.get()
    assert (incident.began_at, incident.opened_at) == (START + HOUR, START + 81 * MINUTE)
    for minutes in (90, 96):
        look(endpoint, START + minutes * MINUTE, Saw.UP)
    judge(START + 2 * HOUR)
    incident.refresh_from_db()
    assert (incident.state, incident.closed_at) == (Incident.State.RESOLVED, START + 96 * MINUTE)
    assert list(incident.updates.values_list("state", "text")) == [
        ("investigating", "Unreachable: It did not answer."),
        ("resolved", "Reachable again, seen twice."),
    ]
    assert LogEntry.objects.filter(kind="incident").count() == 2


def test_looks_of_one_batch_are_judged_in_the_order_of_their_times() -> None:
    endpoint = watched()
    for minutes, saw in ((81, Saw.DOWN), (0, Saw.UP), (70, Saw.DOWN), (60, Saw.DOWN)):
        look(endpoint, START + minutes * MINUTE, saw)
    judge(START + 2 * HOUR)
    assert Incident.objects.get().opened_at == START + 81 * MINUTE


def test_a_person_may_say_how_far_they_are_but_not_that_it_is_resolved() -> None:
    down()
    owner = User.objects.create_user("owner@example.com", "a long enough password")
    incident = Incident.objects.get()
    said = incidents.post_update(incident, by=owner, state="identified", text="A disk is full.")
    assert (said.by, Incident.objects.get().state) == (owner, "identified")
    for state, text in (("resolved", "Done."), ("monitoring", "  "), ("nonsense", "Hm.")):
        with pytest.raises(ValueError, match=r"\."):
            incidents.post_update(incident, by=owner, state=state, text=text)


def test_after_its_end_nothing_is_added() -> None:
    endpoint = down()
    incidents.close_incident(endpoint, at=START + DAY, text="Over.")
    with pytest.raises(ValueError, match="has ended"):
        incidents.post_update(Incident.objects.get(), by=None, state="identified", text="A disk was full.")


def test_within_a_window_a_failed_look_is_shown_and_does_not_count() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    incidents.declare_maintenance(endpoint.tool, starts_at=START + HOUR, ends_at=START + 4 * HOUR, reason="A move.")
    for minutes in (60, 70, 81, 140, 239):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
    judge(START + 4 * HOUR)
    assert Incident.objects.count() == 0
    assert endpoint.samples.filter(maintenance=True).count() == 5
    for minutes in (240, 250, 261):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
    judge(START + 5 * HOUR)
    assert Incident.objects.get().began_at == START + 4 * HOUR


@pytest.mark.parametrize(
    ("begins", "hours", "fits"),
    [(0, 24, True), (0, 24.1, False), (0, 0, False), (0, -1, False)],
)
def test_a_window_is_at_most_a_day(begins: float, hours: float, fits: bool) -> None:
    tool = make.tool()
    window = {"starts_at": START + begins * HOUR, "ends_at": START + (begins + hours) * HOUR}
    if fits:
        assert incidents.declare_maintenance(tool, **window, reason="A move.").reason == "A move."
    else:
        with pytest.raises(incidents.TooMuchMaintenance):
            incidents.declare_maintenance(tool, **window, reason="A move.")
        with pytest.raises(IntegrityError), transaction.atomic():
            MaintenanceWindow.objects.create(tool=tool, **window, reason="A move.")


def test_a_month_has_at_most_57_hours_of_maintenance() -> None:
    tool = make.tool()

    def declare(day: float, hours: float) -> None:
        begins = START + day * DAY
        incidents.declare_maintenance(tool, starts_at=begins, ends_at=begins + hours * HOUR, reason="A move.")

    declare(10, 24)
    declare(20, 24)
    declare(25, 9.6)
    with pytest.raises(incidents.TooMuchMaintenance, match="At most 8% of 30 days"):
        declare(28, 1)
    with pytest.raises(incidents.TooMuchMaintenance):
        declare(5, 1)  # before the others, and in one month with them
    declare(10 + 32, 9)  # the first is more than a month ago
    assert MaintenanceWindow.objects.filter(tool=tool).count() == 4
    begins = START + 10 * DAY
    incidents.declare_maintenance(make.tool(), starts_at=begins, ends_at=begins + DAY, reason="Another tool.")


def test_a_window_and_its_end_before_its_time_stand_in_the_public_log() -> None:
    tool, reason = make.tool(), "A <b>move</b>."
    window = incidents.declare_maintenance(
        tool, starts_at=START + DAY, ends_at=START + DAY + 2 * HOUR, reason=reason, at=START
    )
    incidents.withdraw_maintenance(window, at=START + HOUR)
    assert MaintenanceWindow.objects.count() == 0
    span = f"{incidents.day(START + DAY)} to {incidents.day(START + DAY + 2 * HOUR)}"
    assert list(LogEntry.objects.order_by("id").values_list("at", "kind", "tool", "sentence")) == [
        (START, "person", tool.pk, f"Maintenance was declared from {span}: A <b>move</b>."),
        (START + HOUR, "person", tool.pk, f"The maintenance from {span} was taken back."),
    ]
    text = Client().get("/trust/log/").content.decode()
    assert (text.count("A &lt;b&gt;move&lt;/b&gt;."), text.count("A <b>move</b>.")) == (1, 0)


def test_windows_do_not_overlap() -> None:
    tool = make.tool()
    incidents.declare_maintenance(tool, starts_at=START, ends_at=START + 2 * HOUR, reason="A move.")
    with pytest.raises(IntegrityError), transaction.atomic():
        incidents.declare_maintenance(tool, starts_at=START + HOUR, ends_at=START + 3 * HOUR, reason="A move.")
    incidents.declare_maintenance(tool, starts_at=START + 2 * HOUR, ends_at=START + 3 * HOUR, reason="The next.")


@pytest.mark.parametrize("broken", [{"closed_at": START}, {"state": "resolved"}])
def test_the_database_refuses_an_incident_that_contradicts_itself(broken: dict[str, dt.datetime | str]) -> None:
    down()
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.update(**broken)


def test_the_database_refuses_two_open_ones() -> None:
    endpoint = down()
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(endpoint=endpoint, began_at=START, opened_at=START, sentence="Again.")


def test_trouble_that_was_seen_is_not_declared_away_afterwards() -> None:
    tool = make.tool()
    for ago, fits in ((10 * MINUTE, True), (16 * MINUTE, False)):
        window = {"starts_at": START - ago, "ends_at": START - ago + 5 * MINUTE}
        if fits:
            incidents.declare_maintenance(tool, **window, reason="A move.", at=START)
        else:
            with pytest.raises(incidents.TooMuchMaintenance, match="declared before it starts"):
                incidents.declare_maintenance(tool, **window, reason="A move.", at=START)
    assert MaintenanceWindow.objects.count() == 1
