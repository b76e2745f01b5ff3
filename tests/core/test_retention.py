"""The table of what is kept how long: how rows are added, removed in chunks, and how one that fails is told."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.sessions.models import Session
from django.db import DatabaseError
from django.utils import timezone

from core import retention
from core.retention import Kept, delete, enforce, keep, rows
from core.tasks import enforce_retention

AT = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _own_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_table", {})


def row(name: str = "one", what: str = "One thing", count: int = 1) -> Kept:
    return Kept(name, what, "a day", "a reason", lambda at: count)


def test_rows_stand_in_the_order_of_what_they_are_called_and_are_enforced() -> None:
    two, one = row("two", "Zebras", 2), row("one", "Apes", 1)
    for added in (two, one, Kept("log", "Logs", "for ever", "proof", by="nobody")):
        keep(added)
    keep(one)  # again: no other row
    assert [kept.name for kept in rows()] == ["one", "log", "two"]
    assert enforce(at=AT) == {"one": 1, "two": 2}


def test_a_name_is_taken_once_and_every_row_says_who_removes_it() -> None:
    keep(row())
    with pytest.raises(ValueError, match="Two rows of the retention table are called one"):
        keep(row(what="Another thing"))
    with pytest.raises(ValueError, match="Row two: either this job removes it"):
        keep(Kept("two", "Two", "a day", "a reason"))
    with pytest.raises(ValueError, match="Row two: either this job removes it"):
        keep(Kept("two", "Two", "a day", "a reason", lambda at: 1, by="another job"))


def test_one_that_the_database_refuses_keeps_no_other_and_fails_in_the_end(caplog: pytest.LogCaptureFixture) -> None:
    def refused(at: dt.datetime) -> int:
        raise DatabaseError("no")

    done: list[dt.datetime] = []
    keep(Kept("bad", "Apes", "a day", "a reason", refused))
    keep(Kept("good", "Zebras", "a day", "a reason", lambda at: done.append(at) or 1))  # type: ignore[func-returns-value]
    with pytest.raises(RuntimeError, match="Not removed, see the log: bad"):
        enforce(at=AT)
    assert (done, caplog.messages) == ([AT], ["Data that is too old could not be removed: Apes"])


@pytest.mark.django_db
def test_rows_are_deleted_in_chunks(monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: object) -> None:
    monkeypatch.setattr(retention, "BATCH", 3)
    now = timezone.now()
    Session.objects.bulk_create(
        [Session(session_key=f"{number:032}", session_data="", expire_date=now) for number in range(8)]
    )
    Session.objects.create(session_key="young", session_data="", expire_date=now + dt.timedelta(seconds=2))
    assert delete(Session.objects.filter(expire_date__lt=now + dt.timedelta(seconds=1))) == 8
    assert list(Session.objects.values_list("session_key", flat=True)) == ["young"]


def test_the_daily_task_enforces_the_table() -> None:
    keep(row())
    assert enforce_retention() == {"one": 1}
