"""Following tools, categories and searches: the buttons, the page, and what counts as news."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import services
from catalog.models import Category, Change, Follow, Newsletter, Tool
from catalog.personal import follows, news
from tests import make
from tests.catalog.personal.conftest import Count
from verification.models import LogEntry


def followed(user: User) -> list[tuple[str, str]]:
    rows = Follow.objects.visible_to(user).select_related("tool", "category").order_by("id")
    return [(row.label, row.get_absolute_url()) for row in rows]


def everything(user: User) -> list[str]:
    return [one.title for one in news.gather(user, after=news.Mark(0, news.days_ago(9).at), until=news.now())]


def change(tool: Tool, **changes: Any) -> None:
    tool.refresh_from_db()
    record = make.record(slug=tool.slug, name=tool.name, homepage=tool.homepage, **changes)
    services.update_tool(tool, record, categories=make.categories())


# -- buttons ---------------------------------------------------------------------------------------------------------


def test_a_tool_is_followed_and_left_by_its_button_without_script(as_ana: Client, ana: User) -> None:
    assert '<button class="btn">Follow</button>' in as_ana.get("/tools/ollama/").content.decode()
    answer = as_ana.post("/following/", {"tool": "ollama", "next": "/tools/ollama/"})
    assert answer["Location"] == "/tools/ollama/"
    as_ana.post("/following/", {"tool": "ollama"})
    as_ana.get("/following/")
    assert followed(ana) == [("Ollama", "/tools/ollama/")]
    page = as_ana.get("/tools/ollama/").content.decode()
    assert '<button class="btn btn-on" aria-label="Following: stop">Following</button>' in page
    assert told(page) == []  # once
    as_ana.post("/following/", {"stop": str(Follow.objects.get().pk)})
    assert followed(ana) == []


def told(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'<p class="note ">([^<]+)</p>', page)]


def test_the_page_where_a_button_was_pressed_says_what_happened(as_ana: Client) -> None:
    def press(path: str, back: str, **fields: str) -> list[str]:
        return told(as_ana.post(path, fields | {"next": back}, follow=True).content.decode())

    how = "How you hear of what is new is set under Account, Following."
    assert press("/following/", "/categories/coding/", category="coding") == [
        f"You follow {Category.objects.get(slug='coding').name} now. {how}"
    ]
    assert press("/following/", "/tools/?q=speech", query="q=speech") == [f"You follow this search now. {how}"]
    assert press("/following/", "/tools/ollama/", tool="ollama") == [f"You follow Ollama now. {how}"]
    stop = str(Follow.objects.get(tool__slug="ollama").pk)
    assert press("/following/", "/tools/ollama/", stop=stop) == ["You no longer follow Ollama."]
    assert press("/following/", "/following/", stop=stop) == ["You do not follow that."]
    saved = "Ollama was saved. Your saved tools are under Account."
    assert press("/saved/", "/", save="ollama") == [saved]
    assert press("/saved/", "/tools/ollama/", remove="ollama") == ["Ollama was taken out of your saved tools."]


@pytest.mark.parametrize(
    ("path", "field", "value", "words"),
    [
        ("/categories/coding/", "category", "coding", "Follow this category"),
        ("/categories/coding/?sort=name", "category", "coding", "Follow this category"),
        ("/tools/?category=coding", "category", "coding", "Follow this category"),
        (
            "/categories/coding/?pricing=freemium",
            "query",
            "category=coding&amp;pricing=free-tier",
            "Follow this search",
        ),
        ("/tools/?sort=name&q=+speech+&page=2", "query", "q=speech", "Follow this search"),
        (
            "/tools/?pricing=free&launched_since=2026&pricing=free-tier&utm=x&has_api=yes",
            "query",
            "pricing=free&amp;pricing=free-tier&amp;has_api=yes&amp;launched_since=2026",
            "Follow this search",
        ),
    ],
)
def test_a_list_offers_to_follow_what_it_shows(as_ana: Client, path: str, field: str, value: str, words: str) -> None:
    body = as_ana.get(path).content.decode()
    assert f'<input type="hidden" name="{field}" value="{value}">' in body
    assert f">{words}</button>" in body


def test_the_list_of_all_tools_offers_nothing_to_follow(as_ana: Client, client: Client) -> None:
    for browser in (as_ana, client):
        assert "Follow this" not in browser.get("/tools/?sort=name").content.decode()


def test_visitors_are_led_to_the_sign_in_and_back_to_the_very_list(client: Client) -> None:
    body = client.get("/tools/?q=speech&page=2").content.decode()
    assert 'href="/account/sign-in/?next=%2Ftools%2F%3Fq%3Dspeech%26page%3D2" rel="nofollow">Follow this search' in body


def test_one_search_is_followed_once_however_it_is_written(as_ana: Client, ana: User) -> None:
    for query in ("pricing=free&q=speech", "q=+speech&sort=name&pricing=free&utm_source=x", "q=speech&pricing=free"):
        as_ana.post("/following/", {"query": query})
    assert followed(ana) == [("“speech” · Free", "/tools/?q=speech&pricing=free")]
    assert (
        'aria-label="Following this search: stop">Following</button>'
        in as_ana.get("/tools/?pricing=free&q=speech").content.decode()
    )


def test_a_search_that_is_a_category_is_that_category(as_ana: Client, ana: User) -> None:
    as_ana.post("/following/", {"query": "category=coding&sort=name"})
    as_ana.post("/following/", {"category": "coding"})
    assert [url for _, url in followed(ana)] == ["/categories/coding/"]


def test_what_cannot_be_followed_is_refused_with_a_sentence(as_ana: Client, ana: User) -> None:
    told = as_ana.post("/following/", {"query": "sort=name"}, follow=True).content.decode()
    assert "That list is not narrowed by anything." in told
    long = {"query": "&".join(f"licence={letter * 60}" for letter in "ABCDEFGHIJKLMNOPQRST")}
    assert "This search is too long to be followed." in as_ana.post("/following/", long, follow=True).content.decode()
    assert as_ana.post("/following/", {"query": "pricing=cheap"}).status_code == 400
    assert as_ana.post("/following/", {"tool": "no-such"}).status_code == 404
    assert as_ana.post("/following/", {"category": "no-such"}).status_code == 404
    assert as_ana.post("/following/", {}).status_code == 400
    assert followed(ana) == []


def test_limits_are_told(as_ana: Client, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follows, "MOST_SEARCHES", 1)
    monkeypatch.setattr(follows, "MOST", 2)
    as_ana.post("/following/", {"query": "q=speech"})
    answer = as_ana.post("/following/", {"query": "q=image"}, follow=True)
    assert "You follow 1 searches, which is the most there can be." in answer.content.decode()
    as_ana.post("/following/", {"tool": "ollama"})
    answer = as_ana.post("/following/", {"tool": "qdrant"}, follow=True)
    assert "You follow 2 things, which is the most there can be." in answer.content.decode()
    assert len(followed(ana)) == 2


# -- the page --------------------------------------------------------------------------------------------------------


def test_the_page_takes_the_same_statements_for_one_thing_and_three(
    as_ana: Client, ana: User, statements: Count
) -> None:
    assert "You follow nothing yet." in as_ana.get("/following/").content.decode()
    follows.follow_tool(user=ana, tool=Tool.objects.get(slug="ollama"))
    one = statements(as_ana, "/following/")
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    follows.follow_search(user=ana, query="q=speech")
    assert (one, statements(as_ana, "/following/")) == (6, 6)


def test_nobody_sees_or_ends_what_another_follows(as_ben: Client, ana: User) -> None:
    follows.follow_tool(user=ana, tool=Tool.objects.get(slug="ollama"))
    assert "/tools/ollama/" not in as_ben.get("/following/").content.decode()
    as_ben.post("/following/", {"stop": str(Follow.objects.get().pk)})
    assert followed(ana) == [("Ollama", "/tools/ollama/")]


def test_the_database_takes_a_follow_of_exactly_one_thing_once(ana: User) -> None:
    tool, category = Tool.objects.get(slug="ollama"), Category.objects.get(slug="coding")
    wrong: list[dict[str, Any]] = [
        {},
        {"tool": tool, "category": category},
        {"tool": tool, "query": "q=a", "name": "a"},
        {"query": "q=a"},
    ]
    for fields in wrong:
        with pytest.raises(IntegrityError, match="follow_of_one_thing"), transaction.atomic():
            Follow.objects.create(user=ana, serial=0, **fields)
    once: dict[str, dict[str, Any]] = {
        "follow_tool_once": {"tool": tool},
        "follow_category_once": {"category": category},
        "follow_search_once": {"query": "q=a", "name": "a"},
    }
    for name, about in once.items():
        Follow.objects.create(user=ana, serial=0, **about)
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Follow.objects.create(user=ana, serial=0, **about)


# -- news ------------------------------------------------------------------------------------------------------------


def test_news_of_a_tool_are_its_public_changes_from_when_it_was_followed(ana: User) -> None:
    tool, other = make.tool(name="Acme"), make.tool(name="Other")
    change(tool, tags=["before"])
    follows.follow_tool(user=ana, tool=tool)
    assert everything(ana) == []
    change(tool, tagline="Another tagline that says what it does for whom", tags=["before"])
    change(other, tags=["after"])
    change(tool, tagline="Another tagline that says what it does for whom", tags=["before"], note="For curators")
    assert everything(ana) == ["Acme: tagline changed."]
    services.delist_tools([tool])
    assert everything(ana) == ["Acme: removed from the catalog.", "Acme: tagline changed."]
    assert {one.path for one in news.gather(ana, after=news.Mark(0, timezone.now()), until=news.now())} == {""}


def test_news_of_a_tool_are_incidents_and_levels_and_no_other_decisions(ana: User) -> None:
    tool = make.tool(name="Acme")
    entry = {"tool": tool, "slug": tool.slug, "at": timezone.now()}
    LogEntry.objects.create(**entry, kind="incident", key="old", sentence="An old incident.")
    LogEntry.objects.update(written_at=timezone.now() - dt.timedelta(hours=1))
    follows.follow_tool(user=ana, tool=tool)
    Follow.objects.update(created_at=timezone.now() - dt.timedelta(minutes=1))
    for kind in ("incident", "level", "claim", "effect", "person"):
        LogEntry.objects.create(**entry, kind=kind, key=kind, sentence=f"Told of {kind}.")
    LogEntry.objects.exclude(key="old").update(written_at=timezone.now())
    assert sorted(everything(ana)) == ["Acme: Told of incident.", "Acme: Told of level."]
    services.delist_tools([tool])
    assert everything(ana) == ["Acme: removed from the catalog."]


def test_news_of_a_category_are_tools_listed_in_it_or_below_it(ana: User) -> None:
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    make.tool(name="Inside")
    make.tool(name="Elsewhere", category="audio-voice/text-to-speech")
    make.tool(name="Also inside", category="audio-voice/text-to-speech", also=["coding/ide-assistants"])
    coding = Category.objects.get(slug="coding").name
    assert sorted(everything(ana)) == [f"New in {coding}: Also inside", f"New in {coding}: Inside"]


def test_news_of_a_search_are_new_tools_that_match_it(ana: User) -> None:
    follows.follow_search(user=ana, query="q=zebrafish&pricing=free-open-source")
    make.tool(name="Zebrafish counter")
    make.tool(name="Quiet one")
    paid = {"access": "paid_only", "model": [], "source": "proprietary", "said_by": "editor"}
    make.tool(name="Zebrafish pro", pricing=paid)
    assert everything(ana) == ["New in “zebrafish” · Free, open source: Zebrafish counter"]


def test_a_tool_that_two_follows_find_is_told_once_and_a_delisted_one_not_at_all(ana: User) -> None:
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    follows.follow_category(user=ana, category=Category.objects.get(slug="ide-assistants"))
    make.tool(name="Once")
    services.delist_tools([make.tool(name="Gone")])
    assert everything(ana) == [f"New in {Category.objects.get(slug='coding').name}: Once"]


def test_a_search_that_cannot_be_read_any_more_hides_no_other_news(ana: User) -> None:
    follows.follow_search(user=ana, query="q=zebrafish")
    Follow.objects.update(query="pricing=abolished")
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    make.tool(name="Inside")
    assert len(everything(ana)) == 1


def test_marks_part_news_without_gap_or_overlap(ana: User) -> None:
    tool = make.tool(name="Acme")
    follows.follow_tool(user=ana, tool=tool)
    first = news.now()
    change(tool, tags=["one"])
    second = news.now()
    change(tool, tags=["two"])
    third = news.now()
    told = [len(news.gather(ana, after=a, until=b)) for a, b in ((first, second), (second, third), (first, third))]
    assert told == [1, 1, 2]


def test_news_come_latest_first_by_a_constant_number_of_statements(ana: User, django_assert_num_queries: Any) -> None:
    tools = [make.tool(name=f"Tool {number}") for number in range(3)]
    for number, tool in enumerate(tools):
        follows.follow_tool(user=ana, tool=tool)
        follows.follow_category(user=ana, category=Category.objects.exclude(slug="coding")[number])
    for tool in tools:
        change(tool, tags=["changed"])
        make.tool()
    start, end = news.Mark(0, timezone.now()), news.now()
    with django_assert_num_queries(6):
        found = news.gather(ana, after=start, until=end)
    assert [one.key for one in found] == sorted((one.key for one in found), reverse=True)
    assert len(found) == 3


def test_the_account_takes_its_follows_with_it(ana: User) -> None:
    follows.follow_tool(user=ana, tool=Tool.objects.get(slug="ollama"))
    ana.delete()
    assert (Follow.objects.count(), Newsletter.objects.count()) == (0, 0)


def test_a_deleted_tool_is_followed_by_nobody_and_its_changes_stay(ana: User) -> None:
    tool = make.tool()
    follows.follow_tool(user=ana, tool=tool)
    key = tool.pk
    services.delete_tool(tool)
    assert followed(ana) == []
    assert list(Change.objects.filter(tool_id=key).values_list("action", flat=True)) == ["created", "removed"]
