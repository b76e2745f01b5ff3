"""Feeds: valid Atom and JSON Feed, made of rows, stable, bounded, and found from the pages they belong to."""

from __future__ import annotations

import datetime as dt
import json
import re
from calendar import timegm
from typing import Any

import feedparser
import jsonschema
import pytest
from django.test import Client

from catalog import feeds, services
from catalog.models import Alias, Category, Change, Tool
from tests import make

SITE = "https://catalog.example"
TEXT = {"type": "string", "minLength": 1}
ADDRESS = {"type": "string", "pattern": "^https://catalog\\.example/"}
# jsonfeed.org/version/1.1, narrowed to what we write
SCHEMA = {
    "type": "object",
    "required": ["version", "title", "items", "home_page_url", "feed_url", "language", "authors"],
    "additionalProperties": False,
    "properties": {
        "version": {"const": "https://jsonfeed.org/version/1.1"},
        "title": TEXT,
        "description": TEXT,
        "home_page_url": ADDRESS,
        "feed_url": {**ADDRESS, "pattern": "\\.json$"},
        "language": {"const": "en"},
        "authors": {"type": "array", "items": {"type": "object", "required": ["name"]}, "minItems": 1},
        "items": {
            "type": "array",
            "maxItems": 50,
            "items": {
                "type": "object",
                "required": ["id", "url", "title", "content_text", "date_published", "date_modified"],
                "additionalProperties": False,
                "properties": {
                    "id": {"type": "string", "pattern": "^tag:catalog\\.example,2026-11-25:(tools|changes)/[0-9]+$"},
                    "url": ADDRESS,
                    "title": TEXT,
                    "content_text": TEXT,
                    "date_published": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT.*\\+00:00$"},
                    "date_modified": {"type": "string", "pattern": "^\\d{4}-\\d\\d-\\d\\dT.*\\+00:00$"},
                    "tags": {"type": "array", "items": TEXT},
                },
            },
        },
    },
}
FEEDS = ["new", "added", "categories/coding", "categories/ide-assistants", "tools/ollama"]


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


def atom(client: Client, name: str) -> Any:
    """Return a feed as a reader sees it; fails when the XML is not well-formed or says what Atom does not know."""
    response = client.get(f"/feeds/{name}.atom")
    assert (response.status_code, response["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    found = feedparser.parse(response.content)
    assert (found.bozo, found.version) == (False, "atom10")
    return found


def moment(parsed: Any) -> dt.datetime:
    """Return what feedparser read as a date, which it gives in UTC without saying so."""
    return dt.datetime.fromtimestamp(timegm(parsed), dt.UTC)


def json_feed(client: Client, name: str) -> Any:
    """Return a valid JSON feed."""
    response = client.get(f"/feeds/{name}.json")
    assert (response.status_code, response["Content-Type"]) == (200, "application/feed+json; charset=utf-8")
    found = json.loads(response.content)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


# -- both formats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FEEDS)
def test_both_formats_are_valid_and_say_the_same(client: Client, name: str) -> None:
    one, other = atom(client, name), json_feed(client, name)
    assert one.feed.title == other["title"]
    assert one.feed.subtitle == other["description"]
    assert [entry.id for entry in one.entries] == [item["id"] for item in other["items"]]
    assert [entry.title for entry in one.entries] == [item["title"] for item in other["items"]]
    assert [entry.link for entry in one.entries] == [item["url"] for item in other["items"]]
    assert [[tag.term for tag in entry.tags] for entry in one.entries] == [item["tags"] for item in other["items"]]
    stamps = [dt.datetime.fromisoformat(item["date_modified"]).replace(microsecond=0) for item in other["items"]]
    assert [moment(entry.updated_parsed) for entry in one.entries] == stamps
    assert moment(one.feed.updated_parsed) == max(stamps)


@pytest.mark.parametrize("name", FEEDS)
def test_an_atom_feed_has_what_rfc_4287_asks_for(client: Client, name: str) -> None:
    found = atom(client, name)
    links = {link.rel: link.href for link in found.feed.links}
    assert links == {"self": f"{SITE}/feeds/{name}.atom", "alternate": json_feed(client, name)["home_page_url"]}
    assert found.feed.id == links["self"]
    assert found.feed.author == "AI Apps"
    ids = [entry.id for entry in found.entries]
    assert len(ids) == len(set(ids)) > 0
    assert [entry.title for entry in found.entries if not (entry.published and entry.updated and entry.summary)] == []


@pytest.mark.parametrize("name", FEEDS)
def test_a_feed_says_the_same_twice_by_any_host(client: Client, name: str) -> None:
    for form in ("atom", "json"):
        path = f"/feeds/{name}.{form}"
        assert client.get(path).content == client.get(path, headers={"host": "localhost"}).content
        assert b"localhost" not in client.get(path).content
        assert client.head(path).status_code == 200
        assert client.post(path).status_code == 405
        assert client.get(path)["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path"), ["new.rss", "new", "categories/nosuch.atom", "tools/nosuch.json", "tools/nosuch.xml"]
)
def test_other_feeds_are_not_there(client: Client, path: str) -> None:
    assert client.get(f"/feeds/{path}").status_code == 404


# -- what is in them -------------------------------------------------------------------------------------------------


def test_newly_launched_tools_come_by_launch_date(client: Client) -> None:
    late = make.tool(name="Late", launched="2031-05", launched_said_by="editor")
    early = make.tool(name="Early", launched="2031-04-30", launched_said_by="editor")
    make.tool(name="Undated")
    items = json_feed(client, "new")["items"]
    assert [item["title"] for item in items[:2]] == ["Late", "Early"]
    assert [item["title"] for item in items if item["title"] == "Undated"] == []
    assert [item["id"] for item in items[:2]] == [f"tag:catalog.example,2026-11-25:tools/{t.pk}" for t in (late, early)]
    assert items[0]["content_text"].endswith(
        "Price: Free, open source · Kind: App · Job: IDE assistants & completion · Launched: May 2031"
    )


def test_recently_added_tools_come_by_the_day_of_listing(client: Client) -> None:
    made = [make.tool(name=name, listed=day) for name, day in (("A", "2031-01-01"), ("B", "2031-01-02"))]
    items = json_feed(client, "added")["items"]
    assert [item["title"] for item in items[:2]] == ["B", "A"]
    assert items[0]["date_published"] == "2031-01-02T00:00:00+00:00"
    assert items[0]["date_modified"] == "2031-01-02T00:00:00+00:00"  # never before it was published
    assert items[0]["url"] == f"{SITE}/tools/{made[1].slug}/"
    assert len(items) == 50


def test_the_feed_of_a_category_holds_its_tools_only_at_both_levels(client: Client) -> None:
    inside = make.tool(name="Inside", category="coding/ide-assistants", listed="2031-01-01")
    further = make.tool(
        name="Further", category="audio-voice/text-to-speech", also=["coding/ide-assistants"], listed="2031-01-02"
    )
    make.tool(name="Outside", category="audio-voice/text-to-speech", listed="2031-01-03")
    for slug in ("coding", "ide-assistants"):
        found = json_feed(client, f"categories/{slug}")
        assert [item["title"] for item in found["items"][:2]] == ["Further", "Inside"]
        assert found["home_page_url"] == f"{SITE}/categories/{slug}/"
        tools = Tool.objects.in_category(Category.objects.get(slug=slug))
        assert {inside, further} <= set(tools)
        slugs = {item["url"].split("/")[-2] for item in found["items"]}
        assert slugs <= set(tools.values_list("slug", flat=True))


def test_the_feed_of_a_tool_tells_its_changes_and_not_what_only_curators_read(client: Client) -> None:
    record = make.record(name="Zebra Voice", slug="zebra")
    tool = services.create_tools([record], categories=make.categories())[0]
    services.update_tool(tool, record | {"licence": "MIT"}, categories=make.categories())
    services.update_tool(tool, record | {"licence": "MIT", "note": "Ask in May"}, categories=make.categories())
    made, changed, _ = Change.objects.filter(tool_id=tool.pk).order_by("serial")
    found = json_feed(client, "tools/zebra")
    assert [(item["id"], item["title"], item["date_modified"]) for item in found["items"]] == [
        (f"tag:catalog.example,2026-11-25:changes/{row.serial}", f"Zebra Voice: {text}", row.at.isoformat())
        for row, text in ((changed, "licence changed."), (made, "listed."))
    ]


def test_an_entry_keeps_its_id_over_a_rename_and_old_addresses_move(client: Client) -> None:
    record = make.record(slug="old-name", listed="2031-01-01")
    tool = services.create_tools([record], categories=make.categories())[0]
    before = json_feed(client, "added")["items"][0]
    services.update_tool(tool, record | {"slug": "new-name"}, categories=make.categories())
    after = json_feed(client, "added")["items"][0]
    assert (after["id"], after["url"]) == (before["id"], f"{SITE}/tools/new-name/")
    response = client.get("/feeds/tools/old-name.atom")
    assert (response.status_code, response["Location"]) == (301, "/feeds/tools/new-name.atom")
    Alias.objects.create(slug="speech", category=Category.objects.get(slug="text-to-speech"))
    response = client.get("/feeds/categories/speech.json")
    assert (response.status_code, response["Location"]) == (301, "/feeds/categories/text-to-speech.json")


def test_a_delisted_tool_is_in_no_feed(client: Client) -> None:
    made = make.tool(name="Zorbogone", slug="gone", launched="2031", launched_said_by="editor", listed="2031-01-01")
    paths = ("new", "added", "categories/coding", "categories/ide-assistants")
    assert [path for path in paths if json_feed(client, path)["items"][0]["title"] != "Zorbogone"] == []
    services.delist_tools([made])
    assert [path for path in paths if "Zorbogone" in client.get(f"/feeds/{path}.atom").content.decode()] == []
    assert client.get("/feeds/tools/gone.atom").status_code == 404


def test_an_empty_feed_is_valid_and_dated_by_the_last_change_of_the_catalog(client: Client) -> None:
    empty = Category.objects.create(slug="empty", name="Empty", position=999)
    found = atom(client, f"categories/{empty.slug}")
    latest = Change.objects.latest("serial").at
    assert (found.entries, found.feed.updated) == ([], latest.isoformat())
    assert json_feed(client, "categories/empty")["items"] == []


def test_a_catalog_without_any_history_has_feeds_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Change, "objects", Change.objects.none())
    empty = feeds.Feed(title="T", subtitle="S", page="/", items=[], view="catalog:feed_new")
    assert feedparser.parse(feeds.atom(empty)).feed.updated == "1970-01-01T00:00:00+00:00"


@pytest.mark.parametrize("hostile", ["</title><script>alert(1)</script>", "]]>&amp;<b>", "\x01\x0bA\uffffB"])
def test_hostile_text_stays_text(client: Client, hostile: str) -> None:
    make.tool(name=f"X{hostile}", tagline=f"Y{hostile}", listed="2031-01-01")
    plain = re.sub("[\x01\x0b\uffff]", "", hostile)
    entry, item = atom(client, "added").entries[0], json_feed(client, "added")["items"][0]
    assert (item["title"], item["content_text"].split("\n\n")[0]) == (f"X{plain}", f"Y{plain}")
    raw = client.get("/feeds/added.atom").content.decode()
    assert "<script" not in raw
    assert "<b>" not in raw
    assert "<script" not in entry.summary


# -- how often the database is asked ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("new", 3), ("added", 3), ("categories/coding", 4), ("tools/made", 2)])
def test_a_feed_asks_a_constant_number_of_questions(
    client: Client, rows: int, name: str, queries: int, django_assert_num_queries: Any
) -> None:
    Tool.objects.update(status="delisted")
    for number in range(rows):
        record = make.record(slug="made" if number == 0 else f"made-more-{number}", launched="2031")
        record["interfaces"] = [{"kind": "sdk", "registry": "pypi", "package": "x"}]
        tool = services.create_tools([record], categories=make.categories())[0]
        if number:
            first = Tool.objects.get(slug="made")
            changed = make.record(slug="made", name=f"Made {number}", launched="2031")
            services.update_tool(first, changed, categories=make.categories())
    assert tool.is_listed
    with django_assert_num_queries(queries):
        response = client.get(f"/feeds/{name}.json")
    assert len(response.json()["items"]) == rows


# -- where they are found --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/", ["added"]),
        ("/tools/", ["added"]),
        ("/new/", ["new", "added"]),
        ("/categories/coding/", ["categories/coding"]),
        ("/categories/ide-assistants/?pricing=free", ["categories/ide-assistants"]),
        ("/tools/ollama/", ["tools/ollama"]),
        ("/feeds/", ["new", "added"]),
    ],
)
def test_readers_find_the_feeds_of_a_page(client: Client, path: str, names: list[str]) -> None:
    text = client.get(path).content.decode()
    found = re.findall(
        r'<link rel="alternate" type="application/(?:atom|feed)\+[a-z]+" title="[^"]+" href="([^"]+)">', text
    )
    assert found == [f"/feeds/{name}.{form}" for name in names for form in ("atom", "json")]


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/new/?period=year", "/feeds/new.atom"),
        ("/new/?period=added", "/feeds/added.json"),
        ("/categories/coding/", "/feeds/categories/coding.atom"),
        ("/tools/ollama/", "/feeds/tools/ollama.atom"),
        ("/", "/feeds/"),
        ("/feeds/", "/feeds/categories/coding.json"),
    ],
)
def test_people_find_the_feeds_of_a_page(client: Client, monkeypatch: pytest.MonkeyPatch, path: str, feed: str) -> None:
    monkeypatch.setattr("catalog.views._today", lambda: dt.date(2026, 11, 25))
    assert f'<a href="{feed}">' in client.get(path).content.decode()
