"""What each format says of the same tools."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyarrow import parquet

from api.exports.csvfile import FORMULA, cell
from catalog.models import Tool
from catalog.records import record_of, with_record_rows
from tests import make
from tests.api.exports.conftest import fill, lines

Exported = Callable[..., Path]
writes = pytest.mark.django_db(transaction=True)


@given(some.text() | some.lists(some.text(), max_size=3))
def test_no_cell_begins_as_a_formula_does(value: str | list[str]) -> None:
    assert cell(value).lstrip(" ")[:1] not in FORMULA


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "  =", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_what_a_spreadsheet_would_run_is_written_as_text(first: str) -> None:
    hostile = first + "cmd|' /C calc'!A0"
    assert (cell(hostile), cell([hostile, "b"])) == (f"'{hostile}", f"'{hostile}; b")
    assert cell(f"a{hostile}") == f"a{hostile}"


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("hostile", ["a;=1+1", "a\t=1+1", "a; -1", "a\n@SUM(1)", ["a", "=1"]])
def test_it_is_none_either_where_a_reader_separates_by_something_else(hostile: str | list[str], separator: str) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerow([cell(hostile), cell("b")])
    found = [
        one
        for row in csv.reader(io.StringIO(out.getvalue()), delimiter=separator, quoting=csv.QUOTE_NONE)
        for one in row
    ]
    assert [one for one in found if one.strip(' "').startswith(("=", "-", "@"))] == []


@writes
def test_a_spreadsheet_reads_back_what_was_written(exported: Exported) -> None:
    fill()
    make.tool(slug="hostile", name='@SUM(1)"', tagline="a, b; “c” and a tagline that goes on", vendor="-1+1")
    with (exported("export", "csv") / "tools.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["slug"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["hostile", "one", "two", "two-a"]
    assert (rows["one"]["name"], rows["two-a"]["name"]) == ("'=One", "Two “é”")
    assert (rows["hostile"]["name"], rows["hostile"]["vendor"]) == ("'@SUM(1)\"", "'-1+1")
    assert (rows["one"]["tags"], rows["one"]["listed"], rows["two"]["listed"]) == (
        "one; two; three", "2026-11-25", "2026-11-26",
    )  # fmt: skip
    assert json.loads(rows["one"]["plans"])[0]["amount"] == "20.5"


@writes
def test_sqlite_answers_a_search_and_has_every_line(exported: Exported) -> None:
    fill()
    make.tool(slug="cafe", name="Café", tagline="Draws coffees for those who are waiting here")
    folder = exported("export", "sqlite")
    with sqlite3.connect(f"file:{folder}/catalog.sqlite?mode=ro", uri=True) as file:
        found = file.execute(
            "SELECT tool.slug FROM tool_search JOIN tool ON tool.id = tool_search.rowid"
            " WHERE tool_search MATCH ? ORDER BY rank",
            ["cafe coffee"],
        ).fetchall()
        kept = [json.loads(line) for (line,) in file.execute("SELECT line FROM tool ORDER BY id")]
        below = file.execute("SELECT count(*) FROM tool_category WHERE category = 'coding'").fetchone()
        body = file.execute("SELECT body FROM manifest JOIN tool ON tool.id = manifest.tool WHERE slug = 'one'")
        manifest = body.fetchone()[0]
    assert found == [("cafe",)]
    assert kept == lines(folder / "tools.jsonl")
    assert below == (4,)
    assert manifest.encode() in (folder / "manifests.jsonl").read_bytes().splitlines()
    assert [one.name for one in folder.glob("catalog.sqlite*")] == ["catalog.sqlite"]


@writes
def test_parquet_has_lists_as_lists(exported: Exported) -> None:
    fill()
    rows = parquet.read_table(exported("export", "parquet") / "tools.parquet").to_pylist()
    assert [row["slug"] for row in rows] == ["one", "two", "two-a"]
    assert (rows[0]["name"], rows[0]["tags"], rows[0]["manifest_version"]) == ("=One", ["one", "two", "three"], 1)


@writes
def test_a_record_is_what_the_catalog_itself_says_of_a_tool(exported: Exported) -> None:
    fill()
    make.tool(slug="also", also=["coding/ide-assistants"], licence="MIT", links={"docs": "https://also.example.com"})
    said = {row["slug"]: row["record"] for row in lines(exported() / "tools.jsonl")}
    for tool in with_record_rows(Tool.objects.listed()):
        record = record_of(tool)
        record.pop("note", None)
        assert said.pop(tool.slug) == record
    assert said == {}


@writes
def test_only_the_formats_that_are_asked_for_are_written(exported: Exported) -> None:
    fill()
    assert sorted(one.name for one in exported("export", "csv").iterdir()) == [
        "categories.json", "collections.json", "manifest.json", "manifests.jsonl", "tools.csv", "tools.jsonl",
    ]  # fmt: skip
