"""What is claimed of a tool whose address answers."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import OperationalError, connection, transaction

from catalog import services as catalog_services
from catalog.models import Tool
from catalog.records import record_of
from tests import make
from tests.verification.health.over_time import DAY, HOUR, MINUTE, START, judge, look, tool_of, watched
from verification.health import looks, standing, sweeping
from verification.judgement.intervals import LADDER
from verification.judgement.judge import Saw
from verification.listing import listing_of
from verification.models import Claim, Endpoint, Incident, LogEntry, Watch

pytestmark = pytest.mark.django_db


def reachable(endpoint: Endpoint) -> list[tuple[str, int]]:
    """Return why each claim of reachability ended, oldest first, and the level of the tool now."""
    level = tool_of(endpoint).level
    return [(one.ended, level) for one in Claim.objects.filter(tool=endpoint.tool_id, kind="reachable").order_by("id")]


def test_a_domain_that_is_for_sale_answers_and_is_not_called_reachable() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    assert reachable(endpoint) == [("", 1)]
    Watch.objects.update(elsewhere="failing")  # as summary.note_on_tool leaves it after a full run
    look(endpoint, START + HOUR, Saw.UP)
    judge(START + HOUR)
    assert reachable(endpoint) == [("refuted", 0)]
    Watch.objects.update(elsewhere="")
    standing.refresh([endpoint.tool_id], at=START + 2 * HOUR)
    assert reachable(endpoint) == [("refuted", 1), ("", 1)]


def test_a_sign_that_is_not_sure_takes_nothing_away() -> None:
    endpoint = watched()
    Watch.objects.update(elsewhere="attention")
    look(endpoint, START, Saw.UP)
    judge(START)
    assert reachable(endpoint) == [("", 1)]


def test_a_tool_is_shown_by_all_of_its_addresses_and_failing_only_after_hours() -> None:
    endpoint = watched()
    other = Endpoint.objects.create(tool=endpoint.tool, subject="https://api.example/v1", since=START)
    seen = []
    looks = (
        (0, "x", "x"), (60, "u", "x"), (120, "u", "d"), (121, "u", "d"), (142, "u", "d"), (143, "d", "d"),
        (153, "d", "d"), (163, "d", "d"), (600, "d", "d"),
    )  # fmt: skip
    saws = {"u": Saw.UP, "d": Saw.DOWN, "x": Saw.UNKNOWN}
    for minutes, home, api in looks:
        at = START + minutes * MINUTE
        for one, saw in ((endpoint, home), (other, api)):
            look(one, at, saws[saw])
        judge(at)
        seen.append(tool_of(endpoint).seen)
    assert seen == ["", "working", *["attention"] * 6, "failing"]


def test_what_has_not_been_known_for_a_week_is_not_shown_as_working() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    for day in range(1, 10):
        look(endpoint, START + day * DAY, Saw.UNKNOWN)
        judge(START + day * DAY)
    assert tool_of(endpoint).seen == "unknown"


def test_only_a_new_look_sets_the_next_one() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    look(endpoint, START + HOUR, Saw.DOWN)
    judge(START + HOUR)
    due = START + HOUR + LADDER[0]
    assert Watch.objects.get().next_at == due
    for minutes in range(5):
        standing.refresh([endpoint.tool_id], at=START + HOUR + minutes * MINUTE)
    assert Watch.objects.get().next_at == due


def edited(endpoint: Endpoint, at: dt.datetime, **changes: object) -> None:
    """Change the listing of an address at a time."""
    tool = tool_of(endpoint)
    record = {**record_of(tool), **changes}
    catalog_services.update_tool(tool, record, categories=make.categories())
    Tool.objects.filter(pk=tool.pk).update(changed_at=at)


@pytest.mark.parametrize(
    "changes",
    [
        {"homepage": "https://nobody-looked.example.org/"},
        {"interfaces": [{"kind": "rest", "base_url": "https://api.example.org/v1", "auth": "none"}]},
    ],
)
def test_an_address_that_nobody_looked_at_is_not_called_reachable(changes: dict[str, object]) -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    edited(endpoint, START + HOUR, **changes)
    for hours in (2, 3):
        sweeping.sweep_time(at=START + hours * HOUR)
    assert reachable(endpoint) == [("changed", 0)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (
            "https://{tenant}.example.org/v1",
            " holds a part that each customer fills in, so it cannot be called as it stands.",
        ),
        ("http://localhost:11434/v1", " is on the user's own machine, so it cannot be called from here."),
    ],
)
def test_an_address_that_nobody_can_call_from_here_keeps_no_tool_from_its_level(address: str, said: str) -> None:
    endpoint = watched(interfaces=[{"kind": "rest", "base_url": address, "auth": "none"}])
    look(endpoint, START, Saw.UP)
    judge(START)
    assert reachable(endpoint) == [("", 1)]
    claim = Claim.objects.get()
    assert (claim.sentence, claim.receipt) == (
        f"{endpoint.subject} answered. {address}{said}",
        {"addresses": [endpoint.subject], "not_called": [address]},
    )


def test_addresses_beyond_the_first_twenty_are_not_waited_for() -> None:
    many = [{"kind": "rest", "base_url": f"https://api{n}.example.org/v1", "auth": "none"} for n in range(21)]
    endpoint = watched(interfaces=many)
    named = looks.watched(listing_of(tool_of(endpoint)))
    assert len(named) == 21  # its home page and twenty of the others
    for subject in named:
        one, _ = Endpoint.objects.get_or_create(tool=endpoint.tool, subject=subject)
        look(one, START, Saw.UP)
    judge(START)
    assert reachable(endpoint) == [("", 1)]
    assert Claim.objects.get().sentence.endswith(
        "Only the first 20 of 21 are looked at; nothing is said about the others."
    )


def test_a_look_from_before_the_listing_changed_proves_nothing_of_it() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    edited(endpoint, START + HOUR, interfaces=[{"kind": "rest", "base_url": endpoint.subject, "auth": "none"}])
    judge(START + 2 * HOUR)
    assert reachable(endpoint) == []
    look(endpoint, START + 3 * HOUR, Saw.UP)
    judge(START + 3 * HOUR)
    assert reachable(endpoint) == [("", 1)]


def test_what_has_lapsed_is_not_granted_again_without_a_look() -> None:
    endpoint = watched()
    look(endpoint, START, Saw.UP)
    judge(START)
    for seconds in range(5):
        sweeping.sweep_time(at=START + 7 * DAY + HOUR + dt.timedelta(seconds=10 * seconds))
    assert reachable(endpoint) == [("lapsed", 0)]
    entries = LogEntry.objects.filter(kind__in=["claim", "level"]).order_by("id").values_list("sentence", flat=True)
    assert [one.partition(",")[0] for one in entries][-2:] == ["Reachable: ended", "Level 0 (Listed)"]
    assert len(entries) == 4


def test_a_corrected_address_gets_the_level_of_the_tool_back() -> None:
    endpoint = watched()
    for minutes in (0, 10, 20):
        look(endpoint, START + minutes * MINUTE, Saw.DOWN)
        judge(START + minutes * MINUTE)
    sweeping.sweep_time(at=START + 80 * HOUR)
    assert tool_of(endpoint).away == "unreachable"
    edited(endpoint, START + 81 * HOUR, homepage="https://corrected.example.org/")
    looks.retire(endpoint, at=START + 82 * HOUR)
    new = Endpoint.objects.create(tool=endpoint.tool, subject="https://corrected.example.org/", home=True)
    look(new, START + 82 * HOUR, Saw.UP)
    judge(START + 82 * HOUR)
    assert (Incident.objects.open().count(), tool_of(endpoint).level, tool_of(endpoint).away) == (0, 1, "")
    looks.retire(new, at=START + 83 * HOUR)
    Incident.objects.create(endpoint=new, began_at=START, opened_at=START, sentence="Judged late.")
    sweeping.sweep_time(at=START + 84 * HOUR)
    assert Incident.objects.open().count() == 0


@pytest.mark.django_db(transaction=True)
def test_what_another_decides_meanwhile_is_not_overwritten() -> None:
    with transaction.atomic():
        endpoint = watched()
        look(endpoint, START, Saw.UP)
        judge(START)

    def other() -> None:
        standing.refresh([endpoint.tool_id], at=START + HOUR)
        connection.close()

    with transaction.atomic():
        catalog_services.hold([endpoint.tool_id])
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()  # it waits before it reads anything
        Watch.objects.update(elsewhere="failing")
        standing.refresh([endpoint.tool_id], at=START + HOUR)
    thread.join(20)
    assert reachable(endpoint) == [("refuted", 0)]


@pytest.mark.django_db(transaction=True)
def test_judging_and_a_load_of_the_catalog_do_not_wait_for_each_other() -> None:
    with transaction.atomic():
        one, other = make.tool(), make.tool()
    failed: list[BaseException] = []

    def note() -> None:
        try:
            catalog_services.record_standing({one.pk: (1, ""), other.pk: (1, "")}, at=START)
        except OperationalError as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        catalog_services.take_turn()
        thread = threading.Thread(target=note)
        for tool in (other, one):
            record = {**record_of(tool), "tagline": f"A tagline that the load has changed for {tool.name}"}
            catalog_services.update_tool(tool, record, categories=make.categories())
            if not thread.ident:
                thread.start()
                thread.join(0.3)
                assert thread.is_alive()
    thread.join(20)
    assert (failed, set(Tool.objects.values_list("level", flat=True))) == ([], {1})
