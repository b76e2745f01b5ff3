"""What waits for editors, in order, a page at a time, by a constant number of questions."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from catalog.models import Fact, Tool
from submissions.curation import queue
from tests import make
from tests.submissions.conftest import role
from tests.verification import make_runs

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client: Client) -> Client:
    """The browser of an editor."""
    client.force_login(role("editor", "edith@example.com"))
    return client


def aged(tool: Tool, field: str, days: int) -> None:
    Fact.objects.filter(tool=tool, field=field).update(said_on=timezone.now().date() - dt.timedelta(days=days))


def test_old_facts_the_oldest_first(editor: Client) -> None:
    a, b = make.tool(slug="a"), make.tool(slug="b")
    aged(a, "pricing", 181)
    aged(a, "kind", 181)
    aged(b, "kind", 366)
    assert [(fact.tool.slug, fact.field) for fact in queue.old(timezone.now())] == [("b", "kind"), ("a", "pricing")]
    fact = Fact.objects.get(tool=b, field="kind")
    assert editor.post("/review/catalog/confirm/", {"fact": fact.pk}).status_code == 302
    fact.refresh_from_db()
    assert (fact.said_by, fact.said_on) == ("editor", timezone.now().date())
    assert [(one.tool.slug, one.field) for one in queue.old(timezone.now())] == [("a", "pricing")]


def dying(tool: Tool, key: str, verdict: str, **more: object) -> None:
    make_runs.run(tool, {"key": key, "verdict": verdict, **more})


def test_dead_links_of_the_last_run_only(editor: Client) -> None:
    a, b = make.tool(slug="a"), make.tool(slug="b")
    dying(a, "documentation", "fail")
    dying(b, "documentation", "fail")
    dying(b, "documentation", "pass")
    dying(make.tool(slug="c"), "documentation", "fail", soft=True)
    assert [row.run.tool.slug for row in queue.dead(timezone.now())] == ["a"]


def test_duplicates_lead_to_the_comparison(editor: Client) -> None:
    a = make.tool(slug="a")
    make.tool(slug="b", name="B")
    dying(a, "duplicates", "warn", detail={"hits": [{"slug": "b", "name": "B", "code": "x", "what": "y"}]})
    page = editor.get("/review/catalog/", {"show": "duplicates"}).content.decode()
    assert 'href="/review/catalog/merge/?keep=a&amp;gone=b">Compare with B</a>' in page


def test_unknown_facts_by_how_often_they_are_asked_for() -> None:
    make.tool(licence=None)
    rows = queue.unknown({"has_mcp": 7, "has_api": 2})
    assert [row["facet"].name for row in rows][:2] == ["has_mcp", "has_api"]
    assert rows[0]["query"] == "has_mcp=unknown"


def test_small_sub_categories_are_named() -> None:
    make.tool()
    assert list(queue.places(timezone.now()).values_list("slug", "size")) == [("ide-assistants", 1)]


@pytest.mark.parametrize("show", [*queue.TABS])
def test_each_tab_asks_a_constant_number_of_questions(editor: Client, show: str) -> None:
    def fill(number: int) -> None:
        tool = make.tool(slug=f"t{number}")
        aged(tool, "kind", 400)
        make_runs.run(
            tool, {"key": "documentation", "verdict": "fail"},
            {"key": "duplicates", "verdict": "warn", "detail": {"hits": [{"slug": "t0", "name": "T"}]}},
        )  # fmt: skip

    counts = []
    for upto in (1, 3):
        while Tool.objects.count() < upto:
            fill(Tool.objects.count())
        editor.get("/review/catalog/", {"show": show})
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert editor.get("/review/catalog/", {"show": show}).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_others_than_editors_are_refused(client: Client) -> None:
    assert client.get("/review/catalog/").headers["Location"] == "/account/sign-in/?next=/review/catalog/"
    client.force_login(role("reviewer", "rita@example.com"))
    assert client.get("/review/catalog/").status_code == 403
    assert User.objects.count() == 1
