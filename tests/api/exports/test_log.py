"""The change log: streamed whole as lines, and gone where it is too old."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from catalog import edits, forgetting
from catalog.models import Change, Tool
from tests import make
from tests.api.client import Api
from tests.api.exports.conftest import fill
from tests.people import person

pytestmark = pytest.mark.django_db
OLD = dt.timedelta(days=401)


def streamed(query: str = "", accept: str = "application/jsonl", **headers: str) -> Any:
    return Client().get(f"/api/v1/changes{query}", headers={"Accept": accept, **headers})


def rows(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]


def log(age: dt.timedelta, number: int = 1) -> int:
    """Add changes of an age; return the last serial."""
    at = timezone.now() - age
    made = Change.objects.bulk_create(
        Change(tool_id=1, slug="old", action="updated", fields={"name": ["A", "B"]}, at=at) for _ in range(number)
    )
    return made[-1].serial


@pytest.mark.parametrize("accept", ["application/jsonl", "application/x-ndjson"])
def test_all_changes_come_at_once_as_lines(accept: str) -> None:
    fill()
    log(dt.timedelta(), 1_200)  # more than a block, and more than a page
    answer = streamed(accept=accept)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/jsonl")
    found, whole, page = rows(answer), [], {"last_serial": 0, "has_more": True}
    while page["has_more"]:
        page = Api().json(f"/changes?since={page['last_serial']}&limit=1000")
        whole += page["changes"]
    assert (len(found), found) == (1_203, whole)


def test_a_page_of_large_changes_ends_before_it_grows_too_large_and_nothing_is_left_out() -> None:
    fields = {"description": ["a" * 90_000, "b" * 90_000]}
    made = Change.objects.bulk_create(Change(tool_id=1, slug="old", action="updated", fields=fields) for _ in range(3))
    huge = Change.objects.create(tool_id=1, slug="old", action="updated", fields={"note of all": ["c" * 400_000, None]})
    pages: list[Any] = []
    since = made[0].serial - 1
    while not pages or pages[-1]["has_more"]:
        pages.append(Api().json(f"/changes?since={since}&limit=1000"))
        since = pages[-1]["last_serial"]
    assert [[one["serial"] for one in page["changes"]] for page in pages] == [
        *([one.serial] for one in made), [huge.serial],
    ]  # fmt: skip
    assert [(page["last_serial"], page["has_more"]) for page in pages][-2:] == [
        (made[-1].serial, True), (huge.serial, False),
    ]  # fmt: skip


def test_a_stream_begins_after_the_serial_that_one_has() -> None:
    first = log(dt.timedelta())
    last = log(dt.timedelta())
    assert [row["serial"] for row in rows(streamed(f"?since={first}"))] == [last]
    assert rows(streamed(f"?since={last}")) == []


def test_errors_of_a_stream_are_problems() -> None:
    answer = streamed("?since=99999999999")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "since")


def test_browsers_and_programs_that_take_anything_get_the_page() -> None:
    fill()
    for accept in ("*/*", "application/json, application/jsonl;q=0.5", "application/json"):
        assert streamed(accept=accept).json()["has_more"] is False


def test_what_is_older_than_what_is_kept_is_gone_and_leads_to_the_exports() -> None:
    last = log(OLD, 3)
    kept = log(dt.timedelta())
    assert forgetting.forget() == 3
    for since in (0, last - 1):
        answer = Api().get(f"/changes?since={since}")
        assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (410, "gone")
        assert answer["Link"] == '<http://127.0.0.1:8000/api/v1/exports>; rel="alternate"'
        assert streamed(f"?since={since}").status_code == 410
    assert [row["serial"] for row in Api().json(f"/changes?since={last}")["changes"]] == [kept]


def test_a_log_that_is_kept_whole_answers_from_the_beginning() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('catalog_change', 'serial'))")  # of what was rolled back
    last = log(dt.timedelta())
    assert [row["serial"] for row in Api().json("/changes?since=0")["changes"]] == [last]


def test_only_the_beginning_is_forgotten_and_never_what_is_younger() -> None:
    log(dt.timedelta(days=399))
    late = log(OLD)  # after a younger one: a clock was set back
    assert forgetting.forget(older_than=dt.timedelta(days=1)) == 0
    assert Change.objects.filter(serial=late).exists()
    with pytest.raises(CommandError, match="400 days at least"):
        call_command("forget_changes", "--days", "30")


def test_the_database_refuses_to_delete_what_is_younger() -> None:
    log(dt.timedelta(days=399))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Change.objects.all().delete()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Change.objects.update(slug="other")


def test_that_a_fact_was_confirmed_is_told_to_programs_and_no_news_for_people() -> None:
    fill()
    fact = Tool.objects.get(slug="two-a").facts.get(field="launched")
    edits.confirm_fact(fact, by=person())
    change = Api().json("/changes")["changes"][-1]
    assert (change["tool"], change["action"]) == ("two-a", "updated")
    before = {"field": "launched", "by": "docs", "on": fact.said_on.isoformat()}
    assert change["fields"] == {"facts": [before, before | {"by": "editor", "on": timezone.now().date().isoformat()}]}
    assert make.categories()
    assert Client().get("/tools/two-a/").status_code == 200
