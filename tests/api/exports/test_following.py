"""A copy that follows the change log is an export, byte for byte, also when its program was killed in the middle."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from accounts.models import User
from api.manifests import keeping
from api.models import Manifest
from catalog import edits, services
from catalog.models import Change, Tool
from tests import make
from tests.api.client import Api
from tests.api.exports import follower
from tests.api.exports.conftest import fill
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)
Exported = Callable[..., Path]
MANY, PAGE = 240, 4


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


def edit(slug: str, /, **changes: Any) -> None:
    """Let a tool state something else."""
    tool = Tool.objects.get(slug=slug)
    said = {"slug": slug, "name": tool.name, "homepage": tool.homepage, **changes}
    services.update_tool(tool, make.record(**said), categories=make.categories())


def stir(start: int, editor: User) -> None:
    """Do to some tools all that can happen to one."""
    edit(f"many-{start}", tagline="Says something else than what it said before")
    edit(f"many-{start + 1}", slug=f"other-{start + 1}")
    services.delist_tools([Tool.objects.get(slug=f"many-{start + 2}")])
    services.delete_tool(Tool.objects.get(slug=f"many-{start + 3}"))
    services.delist_tools([Tool.objects.get(slug=f"many-{start + 4}")])
    services.relist_tools([Tool.objects.get(slug=f"many-{start + 4}")])
    edit(f"many-{start + 5}", note="Only for curators.")
    edits.confirm_fact(Tool.objects.get(slug=f"many-{start + 6}").facts.get(field="vendor"), by=editor)


def reached(path: Path) -> int:
    """Return the serial of a copy, 0 while there is none."""
    with contextlib.suppress(sqlite3.Error, TypeError), contextlib.closing(sqlite3.connect(path)) as copy:
        return follower.serial_of(copy)
    return 0


@pytest.mark.timeout(240)
def test_a_follower_that_is_killed_in_the_middle_ends_byte_equal_to_an_export(
    tmp_path: Path, live_server: Any, exported: Exported
) -> None:
    records = [make.record(slug=f"many-{number}", vendor="Made by hand") for number in range(MANY)]
    tools = services.create_tools(records, categories=make.categories())
    editor = person()
    copy = tmp_path / "copy.sqlite"
    command = [sys.executable, follower.__file__, live_server.url, str(copy), str(PAGE)]
    killed, last = 0, 0
    for stop in (PAGE, 60, 140):  # serials of its copy at which it is killed
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while reached(copy) < tools_first(tools) + stop and child.poll() is None:
                time.sleep(0.005)
            stir(stop, editor)
        finally:
            child.kill()
        killed += child.wait() == -9
        assert reached(copy) >= last
        last = reached(copy)
    assert killed == 3
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    keeping.sweep()  # as beat does every 10 seconds
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    follower.write(str(copy), tmp_path / "followed.jsonl")
    folder = exported()
    assert (tmp_path / "followed.jsonl").read_bytes() == (folder / "tools.jsonl").read_bytes()
    assert len((folder / "tools.jsonl").read_bytes().splitlines()) == MANY - 6


def tools_first(tools: list[Tool]) -> int:
    """Return the serial before the first of these tools was listed."""
    return Change.objects.filter(tool_id=tools[0].pk).order_by("serial").values_list("serial", flat=True)[0] - 1


def test_records_are_the_lines_of_an_export_and_name_what_is_missing(exported: Exported) -> None:
    fill()
    edit("one", name="One more")
    assert Api().json("/records?slugs=one")["records"][0]["manifest"] is None  # the one there is says something else
    assert Manifest.objects.count() == 3  # reading makes none
    keeping.sweep()
    answer = Api().json("/records?slugs=two,one,nothing,two-a,one")
    assert answer["missing"] == ["nothing"]
    assert [row["slug"] for row in answer["records"]] == ["one", "two", "two-a"]
    assert answer["records"][0]["manifest"]["version"] == 2
    lines = (exported() / "tools.jsonl").read_text().splitlines()
    assert [follower.canonical(row) for row in answer["records"]] == lines


@pytest.mark.parametrize("slugs", ["", ",".join(f"a{number}" for number in range(101)), "a" * 9_000])
def test_no_more_than_a_hundred_records_are_asked_for_at_once(slugs: str) -> None:
    answer = Api().get(f"/records?slugs={slugs}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "slugs")


def test_records_may_not_come_from_a_copy() -> None:
    fill()
    assert Api().get("/records?slugs=one").headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("number", [1, 3])
def test_records_take_as_many_statements_for_one_as_for_three(number: int, django_assert_num_queries: Any) -> None:
    fill()
    slugs = ",".join(["one", "two", "two-a"][:number])
    with django_assert_num_queries(6):
        Api().json(f"/records?slugs={slugs}")
