"""Which looks begin by themselves, and when."""

from __future__ import annotations

import datetime as dt
import json
import threading
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from catalog import services as catalog_services
from catalog.models import Plan, Tool
from catalog.records import record_of
from tests import make
from tests.verification import make_runs, over_time_rows
from tests.verification.health.over_time import DAY, HOUR, START
from verification.health import sweeping
from verification.models import Endpoint, Run, Watch
from verification.reading.addresses import canonical

pytestmark = pytest.mark.django_db
LATER = START + 400 * DAY


def watch(*, next_at: dt.datetime | None = LATER, full_at: dt.datetime = LATER, **changes: Any) -> Watch:
    """Return when a new tool is looked at next."""
    return Watch.objects.create(tool=make.tool(**changes), next_at=next_at, full_at=full_at)


def runs() -> list[tuple[int, bool, str]]:
    """Return the tool, whether it is light, and the trigger of every run."""
    return list(Run.objects.order_by("tool_id", "light").values_list("tool_id", "light", "trigger"))


def test_what_is_due_begins_once_and_is_due_again_within_its_time() -> None:
    light, full = watch(next_at=START), watch(full_at=START - HOUR, next_at=START + 9 * DAY)
    never, early = watch(next_at=None), watch(next_at=START + dt.timedelta(seconds=1))
    assert sweeping.begin_due(at=START) == {"full": 1, "light": 1}
    assert runs() == [(light.tool_id, True, "schedule"), (full.tool_id, False, "schedule")]
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 0}
    for one in (light, full, never, early):
        one.refresh_from_db()
    assert light.next_at == START + 6 * HOUR
    assert START + 7 * DAY * 0.8 <= full.full_at <= START + 7 * DAY * 1.2
    assert (full.next_at, never.next_at, early.next_at) == (START + 9 * DAY, None, START + dt.timedelta(seconds=1))


def test_a_full_run_looks_at_the_addresses_too_so_a_light_one_is_put_off() -> None:
    both = watch(next_at=START, full_at=START)
    assert sweeping.begin_due(at=START) == {"full": 1, "light": 0}
    both.refresh_from_db()
    assert both.next_at == START + 6 * HOUR


def test_a_price_that_money_is_paid_by_is_looked_at_every_three_days() -> None:
    free, paid = watch(full_at=START), watch(full_at=START)
    for one, amount in ((free, 0), (paid, 12)):
        Plan.objects.create(tool=one.tool, name="One", amount=amount, currency="USD", seen_on=START)
    sweeping.begin_due(at=START)
    for one, days in ((free, 7), (paid, 3)):
        one.refresh_from_db()
        assert START + days * DAY * 0.8 <= one.full_at <= START + days * DAY * 1.2


def test_at_most_a_hundred_begin_at_once_and_those_that_waited_longest_first() -> None:
    waited = [watch(next_at=START - n * dt.timedelta(seconds=1)).tool_id for n in range(103)]
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 100}
    assert sorted(tool for tool, _, _ in runs()) == sorted(waited[3:])
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 3}


@pytest.mark.parametrize("name", ["PROBES_ENABLED", "PROBES_SCHEDULED"])
def test_nothing_begins_by_itself_where_that_is_switched_off(settings: Any, name: str) -> None:
    due = watch(next_at=START, full_at=START)
    setattr(settings, name, False)
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 0}
    due.refresh_from_db()
    assert (runs(), due.next_at) == ([], START)


def test_delisted_tools_are_not_looked_at() -> None:
    watch(next_at=START, full_at=START, status="delisted")
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 0}


def test_listed_tools_are_watched_from_within_six_hours_on() -> None:
    new, known, gone = make.tool(), watch().tool, make.tool(status="delisted")
    assert sweeping.watch_new(at=START) == 1
    assert sweeping.watch_new(at=START) == 0
    row = Watch.objects.get(tool=new)
    assert START <= row.full_at < START + 6 * HOUR
    assert row.next_at == row.full_at + 6 * HOUR
    assert set(Watch.objects.values_list("tool", flat=True)) == {new.pk, known.pk}
    assert not Watch.objects.filter(tool=gone).exists()


def test_in_the_world_of_a_demonstration_only_its_own_tools_are_watched(settings: Any) -> None:
    own, port = make.tool(homepage="https://demo.example/"), make.tool(homepage="https://other.EXAMPLE:8443/x")
    make.tool(homepage="https://real.com/.example/")
    make.tool(homepage="https://example.com/?a.example")
    settings.PROBE_RESOLVER = "127.0.0.1:5353"
    sweeping.watch_new(at=START)
    assert set(Watch.objects.values_list("tool", flat=True)) == {own.pk, port.pk}


def test_the_tools_of_the_demonstration_are_looked_at_at_once(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    make.categories()
    tools = tmp_path / "demo.json"
    tools.write_text(json.dumps([make.record(slug="demo-one")]))
    for _ in range(2):
        call_command("load_demo", tools, stdout=StringIO())
    assert sweeping.begin_due() == {"full": 1, "light": 0}
    assert list(Run.objects.values_list("tool__slug", flat=True)) == ["demo-one"]


@pytest.mark.django_db(transaction=True)
def test_two_beats_begin_a_run_once() -> None:
    with transaction.atomic():
        held, free = watch(next_at=START), watch(next_at=START)
    begun: list[dict[str, int]] = []

    def other() -> None:
        begun.append(sweeping.begin_due(at=START))
        connection.close()

    with transaction.atomic():
        list(Watch.objects.select_for_update().filter(pk=held.pk))
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    assert begun == [{"full": 0, "light": 1}]
    assert runs() == [(free.tool_id, True, "schedule")]


@pytest.mark.parametrize("many", [1, 3])
def test_beginning_asks_a_constant_number_of_questions(many: int, django_assert_num_queries: Any) -> None:
    for _ in range(many):
        watch(next_at=START)
    with django_assert_num_queries(14):
        sweeping.begin_due(at=START)


def test_a_tool_whose_looks_have_stopped_has_no_full_runs_either() -> None:
    stopped = watch(next_at=None, full_at=START)
    assert sweeping.begin_due(at=START) == {"full": 0, "light": 0}
    Watch.objects.filter(pk=stopped.pk).update(next_at=START)  # a person asked, and it answered
    assert sweeping.begin_due(at=START) == {"full": 1, "light": 0}


def test_after_an_edit_of_its_addresses_all_steps_are_made_soon_and_each_edit_is_heeded_once() -> None:
    row = watch(next_at=None)
    Endpoint.objects.create(tool=row.tool, subject=canonical(row.tool.homepage), home=True)
    Watch.objects.update(elsewhere="failing")
    assert sweeping.heed_edits(at=START) == 0
    record = {**record_of(row.tool), "homepage": "https://moved.example.org"}
    catalog_services.update_tool(row.tool, record, categories=make.categories())
    Tool.objects.update(changed_at=START - DAY)  # within one transaction of a test, now() stands still
    assert [sweeping.heed_edits(at=START) for _ in range(2)] == [1, 0]
    row.refresh_from_db()
    assert (row.full_at, row.next_at, row.elsewhere) == (START, START, "")


@pytest.mark.parametrize("change", [{"homepage": "https://moved.example.org"}, {"tagline": "It does other things now"}])
def test_an_edit_while_all_steps_are_made_of_the_older_text_gets_its_run_after_that(change: dict[str, str]) -> None:
    row = watch()
    Endpoint.objects.create(tool=row.tool, subject=canonical(row.tool.homepage), home=True)
    over_time_rows.claim(row.tool, expires_at=LATER)
    running = make_runs.run(row.tool, {"key": "home"}, finished=False)
    catalog_services.update_tool(row.tool, {**record_of(row.tool), **change}, categories=make.categories())
    Tool.objects.update(changed_at=START)
    sweeping.sweep_time(at=START + HOUR)
    assert sweeping.begin_due(at=START + HOUR)["full"] == 0
    make_runs.finish(running)
    assert sweeping.begin_due(at=START + HOUR)["full"] == 0  # it is tried again in five minutes
    assert sweeping.begin_due(at=START + HOUR + sweeping.AGAIN)["full"] == 1


def test_what_an_edit_of_words_has_ended_is_looked_at_anew_at_once() -> None:
    row = watch()
    claim = over_time_rows.claim(row.tool, expires_at=LATER)
    Tool.objects.update(tagline="A tool that now says something else of itself", changed_at=START)
    sweeping.sweep_time(at=START + HOUR)
    for one in (row, claim):
        one.refresh_from_db()
    assert (claim.ended, row.full_at) == ("changed", START + HOUR)


@pytest.mark.django_db(transaction=True)
def test_only_one_sweeps_over_time() -> None:
    alone: list[bool] = []

    def other() -> None:
        with sweeping.alone() as mine:
            alone.append(mine)
        connection.close()

    with sweeping.alone() as mine:
        alone.append(mine)
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(20)
    thread = threading.Thread(target=other)
    thread.start()
    thread.join(20)
    assert alone == [True, False, True]
