"""A catalog.sqlite that somebody made to do harm: nothing but tables is read of it, and nothing takes for ever."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from pathlib import Path

import click
import pytest

import aicatalog
from aicatalog import database
from aicatalog.cli import completing
from tests.client.conftest import Run
from tests.client.test_offline import change

pytestmark = pytest.mark.django_db(transaction=True)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
COLUMNS = "id, slug, name, kind, access, source, line, tagline, vendor, description, tags, category"
VIEW = f"CREATE VIEW {{}} AS {ENDLESS} SELECT i AS id, 'x' || i AS slug, " + ", ".join(
    f"'' AS {name}" for name in COLUMNS.split(", ")[2:]
)
SEARCH = "fts5(name, vendor, tagline, description, tags, content={!r}, content_rowid='id')"
HOSTILE: dict[str, str] = {
    "a view instead of a table": f"DROP TABLE tool; {VIEW.format('tool')};",
    "a view instead of the categories": "DROP TABLE category; CREATE VIEW category AS "
    f"{ENDLESS} SELECT 'id' || i AS slug, '' AS name, NULL AS parent, i AS position FROM n;",
    "a view instead of the search": f"DROP TABLE tool_search; {VIEW.format('tool_search')};",
    "another table for the search": f"DROP TABLE tool_search; {VIEW.format('endless')};"
    f"CREATE VIRTUAL TABLE tool_search USING {SEARCH.format('endless')};",
    "a view for the settings of the search": "PRAGMA writable_schema = ON; UPDATE sqlite_master SET type = 'view',"
    f" rootpage = 0, sql = 'CREATE VIEW tool_search_config AS {ENDLESS} SELECT i AS k, i AS v FROM n'"
    " WHERE name = 'tool_search_config';",
    "a search instead of a table": f"DROP TABLE tool; CREATE VIRTUAL TABLE tool USING fts5({COLUMNS});",
    "a trigger": "CREATE TRIGGER again AFTER INSERT ON tool BEGIN INSERT INTO tool (id) VALUES (NEW.id + 1); END;",
    "a column that is computed": "ALTER TABLE tool DROP COLUMN line;"
    "ALTER TABLE tool ADD COLUMN line TEXT AS (printf('%.*c', 900000000, 'x'));",
    "a table without a column": "ALTER TABLE tool DROP COLUMN line;",
    "no table": "DROP TABLE manifest;",
}  # fmt: skip


@pytest.fixture(params=HOSTILE)
def hostile(request: pytest.FixtureRequest, folder: Path, tmp_path: Path) -> Path:
    """An export with such a file, and with its hash."""
    file = folder / "catalog.sqlite"
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.executescript(HOSTILE[request.param])
        connection.commit()
    change(folder, file.name, file.read_bytes())
    return folder


@pytest.mark.timeout(60)
def test_only_tables_of_an_export_are_read(hostile: Path, run: Run) -> None:
    for arguments in (
        ("search", "speech"), ("search",), ("search", "--category", "ide-assistants"), ("search", "--sort", "name"),
        ("show", "one"), ("show", "nothing"), ("compare", "one", "two"),
    ):  # fmt: skip
        started = time.monotonic()
        done = run(*arguments, "--from", str(hostile))
        assert (done.code, done.out, done.err.count("cannot be read")) == (2, "", 1), (arguments, done)
        assert time.monotonic() - started < 3


@pytest.mark.timeout(60)
def test_of_such_a_file_nothing_is_completed(hostile: Path) -> None:
    assert completed(hostile) == []


def completed(folder: Path) -> list[str]:
    """Return the slugs that are offered, soon."""
    parameter = click.Argument(["slug"])
    context = click.Context(click.Command("show", params=[parameter]))
    context.params["where"] = str(folder)
    started = time.monotonic()
    found = [one.value for one in completing.slugs(context, parameter, "")]
    assert time.monotonic() - started < 3
    return found


@pytest.mark.timeout(60)
def test_a_question_without_an_end_is_ended(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicatalog.offline.LONGEST", 0.3)
    with aicatalog.open(folder) as catalog:
        assert catalog.search("speech").count == 2
        monkeypatch.setattr("aicatalog.offline.ONE", f"{ENDLESS} SELECT max(i), ? FROM n")
        started = time.monotonic()
        with pytest.raises(aicatalog.DamagedExport, match=r"took more than 0\.3 s") as error:
            catalog.tool("one")
        assert (time.monotonic() - started < 3, bool(error.value.hint)) == (True, True)
        assert catalog.search("speech").count == 2  # the next question has its own time


def test_the_time_between_questions_does_not_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aicatalog.offline.LONGEST", 0.2)
    with aicatalog.open(folder) as catalog:
        found = iter(catalog.search())
        next(found)
        time.sleep(0.3)
        assert len(list(found)) == 4


def test_nothing_can_be_written(folder: Path) -> None:
    with contextlib.closing(database.opened(folder / "catalog.sqlite", 5)) as file:
        for statement in ("DELETE FROM tool", "CREATE TABLE x (a)", "PRAGMA user_version = 3"):
            with pytest.raises(sqlite3.OperationalError):
                file.execute(statement)
        assert [file.execute(f"PRAGMA {name}").fetchone() for name in ("trusted_schema", "query_only")] == [(0,), (1,)]


@pytest.mark.parametrize("name", ["a b", "what?mode=rwc", "50%41", "a#b", "é日", "a&vfs=x", "it's"])
def test_a_folder_may_have_any_name(name: str, folder: Path, run: Run) -> None:
    there = folder.rename(folder.parent / name)
    before = sorted(one.name for one in folder.parent.iterdir())
    done = run("search", "deepgram", "--from", str(there))
    assert (done.code, done.out.partition("\t")[0]) == (0, "deepgram")
    assert "deepgram" in completed(there)
    assert sorted(one.name for one in folder.parent.iterdir()) == before
