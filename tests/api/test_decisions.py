"""Decisions by the API: the log tells no more than the page of transparency; one's own come in full."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from submissions import appeals
from submissions.models import Decision, Report, State, Submission
from submissions.public import transparency as facts
from tests import make
from tests.api.client import Api, key_of
from tests.api.walking import follow, pages
from tests.people import person
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.submissions.test_transparency import NOW, decided

pytestmark = pytest.mark.django_db
PRIVATE = {"key", "submission", "sentence", "evidence", "automated", "decided_at", "statement"}


@pytest.fixture
def ana() -> User:
    return person("ana@example.com")


@pytest.fixture
def rita() -> User:
    return role("reviewer", "rita@example.com")


def of(user: User, ground: str = "true", at: dt.datetime = NOW, **fields: Any) -> Decision:
    """Make a rejection of what an account sent."""
    sent = Submission.objects.create(state=State.DRAFT, record={}, name="Lantern", submitter=user)
    return Decision.objects.create(
        action="reject", ground=ground, sentence="A name.", created_at=at, submission=sent, **fields
    )


def test_the_log_is_the_one_of_the_page_and_nothing_more(api: Api, ana: User, rita: User) -> None:
    tool = make.tool(slug="acme", name="Acme")
    decided("approve", tool=tool, ground="all-rules", decided_by=rita)
    decided("suspend", tool=tool, decided_by=rita, confirm_by=NOW)  # nobody has agreed yet
    for ground in ("true", "once", "works", "true", "true"):
        of(ana, ground=ground, decided_by=rita, at=NOW - dt.timedelta(days=2))
    answer = api.get("/decisions")
    found = answer.json()["results"]
    told = [facts.entry(one) for one in facts.logged()]
    assert [(row["when"], row["subject"], row["rule"]) for row in found] == [
        (one.when, one.subject, one.rule) for one in told
    ]
    assert (found[0]["when"], found[0]["subject"], found[0]["tool"]) == ("2026-11-26", "Acme", "acme")
    assert {(row["when"], row["subject"], row["tool"]) for row in found[1:]} == {
        ("2026-11", "A tool that is not listed", None)
    }
    assert {row[name] for row in found for name in PRIVATE} == {None}
    for secret in ("Lantern", "ana@", "rita", "A name."):
        assert secret not in answer.content.decode()


def test_pages_of_the_log_go_both_ways_and_their_cursors_tell_no_day(api: Api, ana: User, rita: User) -> None:
    for number in range(6):
        of(ana, ground=("true", "once")[number % 2], decided_by=rita, at=NOW - dt.timedelta(days=number))
        decided("approve", tool=make.tool(), decided_by=rita, at=NOW - dt.timedelta(days=5 * number))
    whole = api.json("/decisions?limit=100")["results"]
    forwards = pages(api, "/decisions?limit=5")
    assert [row for body in forwards for row in body["results"]] == whole
    assert follow(api, forwards[1]["previous"])["results"] == forwards[0]["results"]
    keys = set(Decision.objects.values_list("key", flat=True))
    for body in forwards[:-1]:
        text = body["next"].partition("cursor=")[2].partition("&")[0]
        held = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))[16:].decode()
        assert any(f'"{key}"' in held for key in keys)
        assert "2026" not in held
    Decision.objects.filter(key=next(key for key in keys if key in held)).delete()
    gone = api.get(forwards[-2]["next"].split("/api/v1", 1)[1])
    assert (gone.status_code, gone.json()["errors"][0]["parameter"]) == (400, "cursor")


def test_ones_own_come_in_full_and_nobody_elses(ana: User, rita: User) -> None:
    mine = of(ana, decided_by=rita)
    of(person("other@example.com"), decided_by=rita)
    (found,) = Api(key_of(ana, "submissions:read")).json("/decisions?mine=1")["results"]
    sent = mine.submission
    assert sent is not None
    assert {name: found[name] for name in ("key", "submission", "sentence", "subject", "when", "decided_at")} == {
        "key": mine.key,
        "submission": sent.key,
        "sentence": "A name.",
        "subject": "Lantern",
        "when": "2026-11-26",
        "decided_at": "2026-11-26T12:00:00Z",
    }
    assert "rita" not in str(found)


def test_ones_own_need_a_key_with_the_scope_by_cursor_too(api: Api, ana: User, rita: User) -> None:
    for _ in range(2):
        of(ana, decided_by=rita)
    mine = Api(key_of(ana, "submissions:read"))
    first = mine.get("/decisions?mine=1&limit=1")
    after = first.json()["next"].split("/api/v1", 1)[1]
    other, without = Api(key_of(person("other@example.com"))), Api(key_of(ana, "lists:read"))
    for path in ("/decisions?mine=1", after):
        assert [one.get(path).status_code for one in (api, without)] == [401, 403]
        assert other.json(path)["results"] == []
    assert len(mine.json(after)["results"]) == 1
    assert "private" in first.headers["Cache-Control"]


def test_what_concerns_an_account_is_the_same_for_one_decision_and_for_all(ana: User, rita: User) -> None:
    tool, away, strange = (make.tool(homepage=f"https://{name}.example.com/") for name in ("one", "two", "else"))
    for name in ("one.example.com", "two.example.com"):
        rows.owner(ana, name)
    other = person("other@example.com")
    for about in (tool, away, strange):
        for action in ("suspend", "archive", "reinstate", "approve", "request_changes"):
            decided(action, tool=about, decided_by=rita)
        for by in (ana, other, None):
            report = Report.objects.create(tool=about, reason="wrong", text="So.", by=by)
            decided("dismiss", report=report, tool=about, decided_by=rita)
    away.status = "delisted"
    away.save(update_fields=["status"])
    for by in (ana, other):
        of(by, decided_by=rita)
    everything = list(Decision.objects.all())
    for user, count in ((ana, 10), (other, 4), (rita, 0)):
        said = {one.pk for one in everything if appeals.concerns(user, one)}
        assert (set(appeals.concerning(user).values_list("pk", flat=True)), len(said)) == (said, count)


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [("/decisions", 3), ("/decisions?mine=1", 6)])
def test_decisions_take_as_many_statements_whatever_their_number(
    ana: User, rita: User, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        of(ana, decided_by=rita)
        decided("approve", tool=make.tool(), decided_by=rita)
    mine = Api(key_of(ana))
    mine.json("/facets")  # the first use of a key is written down
    with django_assert_num_queries(statements):
        mine.json(path)
