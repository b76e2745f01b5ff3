"""What crawlers are told: the site map, robots.txt, and one canonical address per page."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest
from django.test import Client

from catalog import services, sitemap
from catalog.models import Category, Collection, Tool
from tests import make

SITE = "https://catalog.example"
SPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
STAMP = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?\+00:00)?")  # W3C date and time


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


def entries(client: Client, path: str, root: str = "urlset", child: str = "url") -> dict[str, str]:
    """Return {address: date of the last change} of a part of the map."""
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (200, "application/xml; charset=utf-8")
    tree = ElementTree.fromstring(response.content)
    assert tree.tag == SPACE + root
    assert {node.tag for node in tree} == {SPACE + child}
    found = {node.findtext(f"{SPACE}loc", ""): node.findtext(f"{SPACE}lastmod", "") for node in tree}
    assert len(found) == len(tree)
    assert [loc for loc in found if not loc.startswith(f"{SITE}/")] == []
    assert [day for day in found.values() if day and not STAMP.fullmatch(day)] == []
    return found


def told(client: Client, path: str) -> tuple[str, bool]:
    """Return the canonical address of a page, which must name exactly one and share the same; is it to be indexed?"""
    text = client.get(path).content.decode()
    found = re.findall(r'<link rel="canonical" href="([^"]*)">', text)
    assert re.findall(r'<meta property="og:url" content="([^"]*)">', text) == found
    assert len(found) == 1
    robots = re.findall(r'<meta name="robots" content="([^"]*)">', text)
    assert robots in ([], ["noindex, follow"])
    return str(found[0]).replace("&amp;", "&"), not robots


# -- the site map ----------------------------------------------------------------------------------------------------


def test_the_index_names_every_part_with_the_date_of_its_latest_change(client: Client) -> None:
    latest = Tool.objects.latest("changed_at").changed_at.isoformat()
    newest = max(row.updated_on for row in Collection.objects.all()).isoformat()
    assert entries(client, "/sitemap.xml", "sitemapindex", "sitemap") == {
        f"{SITE}/sitemaps/pages.xml": latest,
        f"{SITE}/sitemaps/categories.xml": latest,
        f"{SITE}/sitemaps/collections.xml": newest,
        f"{SITE}/sitemaps/tools-1.xml": latest,
        f"{SITE}/sitemaps/alternatives-1.xml": "",
    }


def test_pages_that_stand_for_no_row_are_on_the_map(client: Client) -> None:
    latest = Tool.objects.latest("changed_at").changed_at.isoformat()
    dated = dict.fromkeys(["", "tools/", "categories/", "new/", "stats/"], latest)
    expected = {f"{SITE}/{path}": day for path, day in {**dated, "privacy/": ""}.items()}
    assert entries(client, "/sitemaps/pages.xml") == expected
    assert [told(client, urlsplit(address).path) for address in expected] == [(address, True) for address in expected]


def test_every_listed_tool_is_on_the_map_with_its_own_date_and_no_other(client: Client) -> None:
    gone, stays = make.tool(), make.tool()
    services.delist_tools([gone])
    found = entries(client, "/sitemaps/tools-1.xml")
    listed = Tool.objects.listed().values_list("slug", "changed_at")
    assert found == {f"{SITE}/tools/{slug}/": changed.isoformat() for slug, changed in listed}
    assert f"{SITE}/tools/{stays.slug}/" in found
    others = entries(client, "/sitemaps/alternatives-1.xml")
    assert set(others) == {f"{SITE}/tools/{slug}/alternatives/" for slug, _ in listed}
    assert set(others.values()) == {""}


def test_tools_are_parted_into_files_of_bounded_length(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 700)
    parts = [path for path in entries(client, "/sitemap.xml", "sitemapindex", "sitemap") if "tools-" in path]
    assert parts == [f"{SITE}/sitemaps/tools-{number}.xml" for number in (1, 2, 3)]
    pages = [entries(client, f"/sitemaps/tools-{number}.xml") for number in (1, 2, 3)]
    assert [len(page) for page in pages] == [700, 700, 372]
    assert len(set().union(*pages)) == 1772


def test_a_category_is_dated_by_its_tools_at_both_levels(client: Client) -> None:
    moment = dt.datetime(2031, 5, 1, 12, tzinfo=dt.UTC)
    tool = make.tool(category="coding/ide-assistants", also=["audio-voice/text-to-speech"])
    Tool.objects.filter(pk=tool.pk).update(changed_at=moment)
    Category.objects.create(slug="empty", name="Empty", position=999)
    found = entries(client, "/sitemaps/categories.xml")
    dated = [url.split("/")[-2] for url, day in found.items() if day == moment.isoformat()]
    assert sorted(dated) == ["audio-voice", "coding", "ide-assistants", "text-to-speech"]
    assert found[f"{SITE}/categories/empty/"] == ""
    assert len(found) == Category.objects.count()


@pytest.mark.parametrize(
    "name", ["tools-2", "tools-0", "tools-", "tools", "tools-01", "pages-1", "nosuch", "tools-999999"]
)
def test_other_parts_are_not_there(client: Client, name: str) -> None:
    assert client.get(f"/sitemaps/{name}.xml").status_code == 404


def test_an_empty_catalog_has_a_map_of_its_pages(client: Client) -> None:
    Collection.objects.all().delete()
    Tool.objects.update(status="delisted")
    assert entries(client, "/sitemap.xml", "sitemapindex", "sitemap") == {
        f"{SITE}/sitemaps/{name}.xml": "" for name in ("pages", "categories", "collections")
    }


@pytest.mark.parametrize(
    "path", ["/sitemaps/pages.xml", "/sitemaps/collections.xml", "/sitemaps/categories.xml", "/sitemaps/tools-1.xml"]
)
def test_every_address_of_the_map_is_a_page_that_says_it_is_the_original(client: Client, path: str) -> None:
    for address in list(entries(client, path))[::9]:
        assert told(client, urlsplit(address).path) == (address, True)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/sitemap.xml", 8),
        ("/sitemaps/pages.xml", 1),
        ("/sitemaps/categories.xml", 5),
        ("/sitemaps/collections.xml", 1),
        ("/sitemaps/tools-1.xml", 1),
    ],
)
def test_the_map_asks_a_constant_number_of_questions(
    client: Client, rows: int, path: str, queries: int, django_assert_num_queries: Any
) -> None:
    Tool.objects.update(status="delisted")
    for _ in range(rows):
        make.tool(also=["audio-voice/text-to-speech"])
    with django_assert_num_queries(queries):
        assert client.get(path).status_code == 200


# -- robots.txt ------------------------------------------------------------------------------------------------------


def allowed(rules: list[tuple[str, str]], path: str) -> bool:
    """Decide as RFC 9309 does: the longest rule that matches wins, "allow" wins a tie."""
    found = [("Allow", "")]
    for kind, pattern in rules:
        expression = re.escape(pattern).replace(r"\*", ".*")
        if re.match(expression, path):
            found.append((kind, pattern))
    return max(found, key=lambda rule: (len(rule[1]), rule[0] == "Allow"))[0] == "Allow"


@pytest.mark.parametrize(
    ("path", "may"),
    [
        ("/", True),
        ("/tools/", True),
        ("/tools/?page=2", True),
        ("/tools/?pricing=free&page=2", False),
        ("/tools/?q=x", False),
        ("/tools/?sort=name", False),
        ("/tools/ollama/", True),
        ("/tools/ollama.md", True),
        ("/tools/ollama/card.png", True),
        ("/tools/ollama/alternatives/", True),
        ("/categories/coding/", True),
        ("/categories/coding/?page=3", True),
        ("/categories/coding/?pricing=free", False),
        ("/new/?period=year", True),
        ("/compare/", True),
        ("/compare/?tools=a,b", False),
        ("/suggest?q=a", False),
        ("/admin/", False),
        ("/feeds/new.atom", True),
        ("/sitemaps/tools-1.xml", True),
        ("/llms.txt", True),
        ("/card.png", True),
        ("/static/css/app.css", True),
    ],
)
def test_robots_lets_crawlers_read_pages_and_not_combinations_of_filters(client: Client, path: str, may: bool) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    lines = response.content.decode().splitlines()
    rules = [
        (kind, value) for kind, _, value in (line.partition(": ") for line in lines) if kind in {"Allow", "Disallow"}
    ]
    assert allowed(rules, path) is may


def test_robots_names_the_map_and_an_ordinary_parser_reads_it(client: Client) -> None:
    lines = client.get("/robots.txt", headers={"host": "localhost"}).content.decode().splitlines()
    parser = RobotFileParser()
    parser.parse(lines)
    assert parser.site_maps() == [f"{SITE}/sitemap.xml"]
    assert (parser.can_fetch("any", "/tools/ollama/"), parser.can_fetch("any", "/admin/")) == (True, False)


# -- canonical addresses ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "address", "indexed"),
    [
        ("/", "/", True),
        ("/?utm_source=x", "/", True),
        ("/tools/", "/tools/", True),
        ("/tools/?page=1", "/tools/", True),
        ("/tools/?page=2", "/tools/?page=2", True),
        ("/tools/?utm_source=x&page=2", "/tools/?page=2", True),
        ("/tools/?sort=relevance", "/tools/", True),  # no order without words
        ("/tools/?sort=name", "/tools/?sort=name", False),
        ("/tools/?pricing=free&page=2", "/tools/?pricing=free&page=2", False),
        ("/tools/?pricing=freemium", "/tools/?pricing=free-tier", False),
        ("/tools/?source=open_source&pricing=free", "/tools/?pricing=free&source=open_source", False),
        ("/tools/?q=tts", "/tools/?q=tts", False),
        ("/categories/coding/", "/categories/coding/", True),
        ("/categories/coding/?page=2", "/categories/coding/?page=2", True),
        ("/categories/coding/?pricing=free", "/categories/coding/?pricing=free", False),
        ("/categories/", "/categories/", True),
        ("/tools/ollama/", "/tools/ollama/", True),
        ("/tools/ollama/?utm_source=x", "/tools/ollama/", True),
        ("/tools/ollama/alternatives/", "/tools/ollama/alternatives/", True),
        ("/collections/", "/collections/", True),
        ("/compare/?tools=ollama,jan", "/compare/?tools=ollama,jan", False),
        ("/compare/?tools=ollama,nosuch,jan&only=differences", "/compare/?tools=ollama,jan", False),
        ("/feeds/", "/feeds/", True),
        ("/new/?period=added", "/new/?period=added", True),
        ("/new/?period=added&page=2", "/new/?period=added&page=2", True),
    ],
)
def test_each_page_has_one_canonical_address(
    client: Client, monkeypatch: pytest.MonkeyPatch, path: str, address: str, indexed: bool
) -> None:
    monkeypatch.setattr("catalog.views._today", lambda: dt.date(2026, 11, 25))
    assert told(client, path) == (SITE + address, indexed)


def test_the_period_that_new_opens_with_is_new_itself(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from catalog import views

    monkeypatch.setattr(views, "_today", lambda: dt.date(2026, 11, 25))
    usual = client.get("/new/").context["period"]
    other = "year" if usual == "month" else "month"
    addresses = [told(client, path)[0] for path in ("/new/", f"/new/?period={usual}", f"/new/?period={other}")]
    assert addresses == [f"{SITE}/new/", f"{SITE}/new/", f"{SITE}/new/?period={other}"]


@pytest.mark.parametrize("path", ["/tools/nosuch/", "/tools/?pricing=cheap"])
def test_an_error_is_no_original_of_anything(client: Client, path: str) -> None:
    text = client.get(path).content.decode()
    assert 'rel="canonical"' not in text
    assert '<meta name="robots" content="noindex">' in text
