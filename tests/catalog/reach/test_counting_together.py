"""Threads and processes count together and nothing is lost or counted twice; without a database pages go on."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import Client

from catalog.models import FilterDay, ToolDay, ToolSearch
from catalog.reach import counting
from catalog.reach.counting import Reach, reach
from catalog.reach.events import Event
from core import processes
from tests import make
from tests.catalog.reach import rows
from tests.catalog.reach.conftest import FIREFOX
from tests.catalog.reach.counter import THREADS, events

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


def environment(**extra: str) -> dict[str, str]:
    """Return what a process of its own needs to write into the database of this test."""
    given: dict[str, Any] = connection.settings_dict
    address = f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={given['HOST']}"
    env = {**os.environ, **extra, "DATABASE_URL": address + (f"&port={given['PORT']}" if given["PORT"] else "")}
    env.pop("DATABASE_URL_FILE", None)
    return env


def started(tool: int, rounds: int, *end: str) -> subprocess.Popen[str]:
    argv = [sys.executable, "-m", "tests.catalog.reach.counter", str(tool), str(rounds), *end]
    return subprocess.Popen(argv, cwd=ROOT, env=environment(), text=True, stderr=subprocess.PIPE)


def stored(tool: int) -> tuple[int, ...]:
    """Return all counts of a tool, and of the filter."""
    day = ToolDay.objects.get(tool=tool)
    found = ToolSearch.objects.get(tool=tool).count
    facet = FilterDay.objects.get(facet="kind")
    return day.impressions, day.views, day.visits, found, facet.count, facet.unknown


def test_two_processes_with_four_threads_each_count_exactly_and_write_when_they_end() -> None:
    tool, other = make.tool(), make.tool()
    assert other.pk == tool.pk + 1
    children = [started(tool.pk, 500) for _ in range(2)]
    for child in children:
        _, told = child.communicate(timeout=100)
        assert (child.returncode, told) == (0, "")
    times = 2 * (THREADS * 500 + 1)
    assert stored(tool.pk) == (times,) * 6
    assert ToolDay.objects.get(tool=other).impressions == times


def test_a_killed_process_loses_what_it_had_not_written_and_nothing_else() -> None:
    tool = make.tool()
    make.tool()
    child = started(tool.pk, 101, "killed")
    _, told = child.communicate(timeout=100)
    assert (child.returncode, told) == (-9, "")
    found = stored(tool.pk)
    assert len(set(found)) == 1  # a transaction for all of it
    assert 0 < found[0] < THREADS * 101 + 1


def test_gunicorn_counts_in_its_workers_and_writes_when_it_is_stopped(free_port: int, tmp_path: Path) -> None:
    tool = make.tool()
    env = environment(PORT=str(free_port), DEBUG="1", WEB_WORKERS="2", SITE_URL=f"http://127.0.0.1:{free_port}")
    argv = [sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py", "config.wsgi:application"]
    with (tmp_path / "log").open("wb") as log:
        child = processes.spawn(processes.Command(argv, env, ROOT), stdout=log.fileno())
    try:
        until(lambda: status(free_port, "/healthz") == 200)
        began = time.monotonic()
        answers = [status(free_port, tool.get_absolute_url()) for _ in range(6)]
        early = time.monotonic() - began < 9  # before a worker writes by itself
    finally:
        processes.send(child.pid, signal.SIGTERM)
        child.wait(20)
    assert (answers, early, ToolDay.objects.get(tool=tool).views) == ([200] * 6, True, 6), (
        tmp_path / "log"
    ).read_text()


def status(port: int, path: str) -> int:
    """Ask as a browser; 0 while nobody answers."""
    one = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        one.request("GET", path, headers={"User-Agent": FIREFOX})
        return one.getresponse().status
    except OSError:
        return 0
    finally:
        one.close()


@pytest.fixture
def own(settings: Any) -> Iterator[Reach]:
    """A counter that writes by itself."""
    one = Reach()
    yield one
    settings.REACH_SECONDS = 0
    one.full.set()
    assert one.thread
    one.thread.join(10)
    assert not one.thread.is_alive()


def until(done: Any) -> None:
    deadline = time.monotonic() + 40
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_was_counted_is_written_in_time_without_being_asked(settings: Any, own: Reach) -> None:
    settings.REACH_SECONDS = 0.25
    tool = make.tool()
    for times in (1, 2):
        own.add([Event("page", (tool.pk,))])
        until(lambda: ToolDay.objects.filter(tool=tool, views=times).exists())  # noqa: B023
    assert list(ToolDay.objects.values_list("tool", "views")) == [(tool.pk, 2)]


def test_a_thousand_different_counts_are_written_before_the_time_has_come(settings: Any, own: Reach) -> None:
    settings.REACH_SECONDS = 3_600
    tool = make.tool()
    own.add(Event("search", (tool.pk,), f"words {number}") for number in range(counting.WRITE_AT - 1))
    time.sleep(0.3)
    assert ToolSearch.objects.count() == 0
    own.add([Event("page", (tool.pk,))])
    until(lambda: ToolSearch.objects.count() == counting.WRITE_AT - 1)


def test_without_a_database_pages_go_on_and_counts_wait(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    tool, browser = make.tool(), Client(headers={"User-Agent": FIREFOX})
    browser.get(tool.get_absolute_url())
    given = connection.settings_dict["HOST"]
    connections.close_all()
    connection.settings_dict["HOST"] = "/no/such/folder"
    try:
        assert browser.get(tool.get_absolute_url()).status_code == 200
        assert [reach.write(), reach.write()] == [False, False]
        assert browser.get(tool.get_absolute_url()).status_code == 200
    finally:
        connections.close_all()
        connection.settings_dict["HOST"] = given
    told = [record.message.partition(":")[0] for record in caplog.records]
    assert told == ["Counts of pages could not be written and are kept in memory"]
    assert rows.of(tool) == (0, 3, 0)


def test_memory_is_bounded_and_counts_that_were_begun_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST", 3)
    reach.add(Event("search", (1,), f"words {number}") for number in range(9))
    reach.add([Event("search", (1,), "words 0")])
    assert [(event, count) for (_, event), count in reach.counts.items()] == [
        (Event("search", (1,), "words 0"), 2), (Event("search", (1,), "words 1"), 1),
        (Event("search", (1,), "words 2"), 1),
    ]  # fmt: skip


def test_a_forked_process_does_not_count_again_what_its_parent_counted() -> None:
    reach.add(events(1))
    child = os.fork()
    if not child:
        os._exit(len(reach.counts))
    assert (os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(reach.counts)) == (0, 6)


def test_counts_of_a_tool_that_is_gone_are_left_out_and_others_written() -> None:
    tool, gone = make.tool(), make.tool()
    reach.add([*events(gone.pk), Event("page", (tool.pk,)), Event("cards", (tool.pk, gone.pk))])
    gone.delete()
    assert (rows.of(tool), ToolDay.objects.count(), ToolSearch.objects.count()) == ((1, 1, 0), 1, 0)


def test_a_day_gets_no_more_rows_of_searches_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("catalog.reach.store.MOST_TEXTS", 3)
    tool = make.tool()
    for batch in range(3):
        reach.add(Event("search", (tool.pk,), f"words {batch} {number}") for number in range(2))
        rows.written()
    assert sorted(text for _, text in rows.searches()) == ["words 0 0", "words 0 1", "words 1 0"]
