"""The transparency page: what is counted, what is not said, and that nobody can be found in it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from submissions.models import Appeal, Decision, Move, Report, State, Submission
from submissions.public import transparency as facts
from tests import make

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


def decided(action: str, *, at: dt.datetime = NOW, ground: str = "true", **fields: Any) -> Decision:
    """Make a decision of a moment, about a submission if about nothing else."""
    if not fields.keys() & {"tool", "report"}:
        fields["submission"] = Submission.objects.create(state=State.DRAFT, record={}, name="Secret Startup")
    return Decision.objects.create(action=action, ground=ground, sentence="A name.", created_at=at, **fields)


def month(found: facts.Transparency, place: int = 0) -> dict[str, str]:
    return dict(found.months[place].cells)


def test_small_numbers_about_people_are_not_said(rita: User) -> None:
    for _ in range(4):
        decided("reject", decided_by=rita)
    for _ in range(2):
        decided("approve", decided_by=rita)
    assert (month(facts.transparency(NOW))["rejected"], month(facts.transparency(NOW))["approved"]) == (
        "fewer than 5", "2",
    )  # fmt: skip
    decided("reject", decided_by=rita)
    found = facts.transparency(NOW)
    assert (month(found)["rejected"], len(found.months)) == ("5", 1)
    assert [(bar.label, bar.value) for bar in found.reasons] == [("It is true", "5")]


def test_what_is_automatic_is_counted_apart_and_months_are_those_of_utc(rita: User) -> None:
    last = dt.datetime(2026, 10, 31, 23, 59, 59, tzinfo=dt.UTC)
    for _ in range(5):
        decided("request_changes", at=last, automated=True)
        decided("request_changes", at=last, decided_by=rita)
    decided("approve", automated=True)
    decided("suspend", tool=make.tool(), decided_by=rita)
    decided("archive", tool=make.tool(), decided_by=rita, confirm_by=NOW)  # nobody has agreed
    found = facts.transparency(NOW)
    assert [month(found, 1)[name] for name in ("by_checks", "changes")] == ["5", "5"]
    assert [month(found)[name] for name in ("at_once", "approved", "suspended", "archived")] == ["1", "0", "1", "0"]
    assert [f"{one.first:%Y-%m}" for one in found.months] == ["2026-11", "2026-10"]


def test_the_overturn_rate_is_said_from_five_answers_on(rita: User, rolf: User) -> None:
    assert facts.transparency(NOW).overturn_rate == "not said: fewer than 5 appeals were answered"
    for number in range(5):
        Appeal.objects.create(
            decision=decided("reject", decided_by=rita), text="No.", due_at=NOW, against=rita, created_at=NOW,
            outcome="overturned" if number < 2 else "upheld", sentence="So.", decided_by=rolf, decided_at=NOW,
        )  # fmt: skip
    assert facts.transparency(NOW).overturn_rate == "40% of 5 answered appeals"
    assert month(facts.transparency(NOW))["overturned"] == "fewer than 5"


def test_times_are_drawn_from_five_answers_on() -> None:
    for hours in range(1, 5):
        answered(hours)
    assert list(facts.transparency(NOW).waits) == []
    answered(5)
    assert [(bar.label, bar.value) for bar in facts.transparency(NOW).waits] == [
        ("Nov 2026", "3 hours, 9 of 10 within 5 hours")
    ]


def answered(hours: int) -> None:
    one = Submission.objects.create(state=State.DRAFT, record={})
    for event, at in (("send", NOW - dt.timedelta(hours=hours + 1)), ("approve", NOW - dt.timedelta(hours=1))):
        Move.objects.create(submission=one, event=event, old="draft", new="draft", at=at)


def test_the_log_names_listed_tools_and_nobody_else(client: Client, ana: User, rita: User, rolf: User) -> None:
    tool = make.tool(name="Acme")
    decided("approve", tool=tool, ground="all-rules", decided_by=rita)
    for ground in ("true", "alive", "works", "true", "true"):
        decided("reject", decided_by=rita, ground=ground)
    report = Report.objects.create(tool=tool, reason="wrong", text="Secret words.", email="vera@example.com", by=ana)
    decided("dismiss", report=report, tool=tool, decided_by=rita)
    decided("suspend", tool=tool, decided_by=rita, confirm_by=NOW)  # nobody has agreed yet
    decided("archive", tool=tool, decided_by=rita, confirm_by=NOW, ended_at=NOW)  # came to nothing
    decided("suspend", tool=tool, decided_by=rita, second_by=rolf, confirm_by=NOW, seconded_at=NOW, ground="harmless")
    shown = [(one.when, one.subject, one.action, one.rule) for one in map(facts.entry, facts.logged())]
    assert shown == [
        ("2026-11-26", "Acme", "Suspended", "It harms nobody"),
        ("2026-11-26", "Acme", "Approved", "All rules are kept"),
        *(
            ("2026-11", "A tool that is not listed", "Rejected", rule)
            for rule in (
                "It exists",
                "It is true",
                "It is true",
                "It is true",
                "It works",
            )
        ),
    ]  # and of reports there was one only
    page, data = client.get("/transparency/"), client.get("/transparency.json")
    for text in (page.content.decode(), data.content.decode()):
        assert "Acme" in text
        for secret in ("Secret", "vera", "ana@", "rita", "rolf", "A name."):
            assert secret not in text, secret
    assert data.headers["Access-Control-Allow-Origin"] == "*"


def test_the_log_does_not_tell_the_numbers_that_the_table_keeps_to_itself(rita: User) -> None:
    for _ in range(4):
        decided("reject", decided_by=rita)
    assert (month(facts.transparency(NOW))["rejected"], facts.logged().count()) == ("fewer than 5", 0)
    decided("reject", decided_by=rita)
    assert facts.logged().count() == 5


def test_where_a_rejection_stands_in_the_log_does_not_tell_its_day(rita: User) -> None:
    decided("approve", tool=make.tool(name="Early"), at=NOW - dt.timedelta(days=20), decided_by=rita)
    for number in range(5):
        decided("reject", at=NOW - dt.timedelta(days=number), decided_by=rita)
    assert [one.subject for one in map(facts.entry, facts.logged())] == ["Early", *["A tool that is not listed"] * 5]


def test_the_page_asks_the_database_equally_often_for_any_number(client: Client, rita: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/transparency/").status_code == 200
        return len(queries)

    decided("approve", tool=make.tool(), decided_by=rita)
    client.get("/transparency/")
    first = asked()
    for _ in range(20):
        decided("reject", decided_by=rita)
        decided("approve", tool=make.tool(), decided_by=rita)
    assert asked() == first


def test_it_is_linked_from_the_foot_and_from_how_we_check(client: Client) -> None:
    text = client.get("/trust/").content.decode()
    assert text.count('href="/transparency/"') == 2
