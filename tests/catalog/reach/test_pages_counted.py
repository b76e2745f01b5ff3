"""What is counted when which page is served to whom."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog import services
from catalog.models import Tool, ToolDay
from catalog.reach.counting import reach
from tests import make
from tests.catalog.reach import rows
from tests.catalog.reach.conftest import FIREFOX

BOTS = [
    "",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; ClaudeBot/1.0; +claudebot@anthropic.com)",
    "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "curl/8.5.0",
    "Wget/1.21.4",
    "python-requests/2.32.3",
    "Go-http-client/2.0",
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html)",
    "Mozilla/5.0 (compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
]
PEOPLE = [
    FIREFOX,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6"
    " Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 13; CUBOT X70) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile"
    " Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
    " Edg/140.0.0.0",
    "Lynx/2.9.2 libwww-FM/2.14",
]


@pytest.fixture
def tool() -> Tool:
    return make.tool(licence="Quux-1.0", tags=["quuxling", "two", "three"], launched="2031", launched_said_by="editor")


LISTS = [
    "/tools/?licence=Quux-1.0",
    "/tools/?q=quuxling",
    "/categories/ide-assistants/?licence=Quux-1.0",
    "/compare/?tools={slug}",
    "/",
    "/new/?period=added",
]


@pytest.mark.parametrize("path", LISTS)
def test_a_card_is_an_impression_once_for_each_page_served(browser: Client, tool: Tool, path: str) -> None:
    for _ in range(2):
        assert browser.get(path.format(slug=tool.slug)).status_code == 200
    assert rows.of(tool) == (2, 0, 0)
    row = ToolDay.objects.get(tool=tool)
    assert (row.day, row.channel) == (dt.datetime.now(dt.UTC).date(), "site")


def test_a_tool_page_is_a_view_and_its_alternatives_are_impressions(browser: Client, tool: Tool) -> None:
    other = make.tool()
    tool.neighbours.create(other=other, position=1, score=1)
    browser.get(tool.get_absolute_url())
    browser.get(f"{tool.get_absolute_url()}alternatives/")
    assert (rows.of(tool), rows.of(other)) == ((0, 1, 0), (2, 0, 0))


def test_nothing_but_pages_for_people_counts(browser: Client, tool: Tool) -> None:
    for path in (f"/tools/{tool.slug}.md", f"/tools/{tool.slug}/card.png", "/suggest?q=quuxling", "/feeds/added.json"):
        assert browser.get(path).status_code == 200
    browser.get(tool.get_absolute_url(), headers={"Accept": "text/markdown"})
    assert browser.get("/tools/?licence=Quux-1.0&page=7").status_code == 404
    for path in (tool.get_absolute_url(), "/tools/?licence=Quux-1.0"):
        assert browser.head(path).status_code == 200
    assert (rows.of(tool), rows.filters()) == ((0, 0, 0), {})


def test_pages_of_tools_that_are_not_listed_do_not_count(browser: Client, tool: Tool) -> None:
    services.delist_tools(Tool.objects.filter(pk=tool.pk), actor=None)
    browser.force_login(User.objects.create_superuser("a@example.com", "correct horse battery"))
    assert browser.get(tool.get_absolute_url()).status_code == 200
    assert rows.of(tool) == (0, 0, 0)


@pytest.mark.parametrize("agent", BOTS)
def test_robots_and_programs_do_not_count(client: Client, tool: Tool, agent: str) -> None:
    client.get(tool.get_absolute_url(), headers={"User-Agent": agent})
    assert rows.of(tool) == (0, 0, 0)


@pytest.mark.parametrize("agent", PEOPLE)
def test_browsers_count(client: Client, tool: Tool, agent: str) -> None:
    client.get(tool.get_absolute_url(), headers={"User-Agent": agent})
    assert rows.of(tool) == (0, 1, 0)


@pytest.mark.parametrize(
    "header", ["Sec-Purpose: prefetch", "Sec-Purpose: prefetch;prerender", "Purpose: prefetch", "X-Moz: prefetch"]
)
def test_what_a_browser_fetches_ahead_does_not_count(browser: Client, tool: Tool, header: str) -> None:
    browser.get(tool.get_absolute_url(), headers=dict([header.split(": ")]))
    assert rows.of(tool) == (0, 0, 0)


def test_somebody_signed_in_counts_like_everybody(browser: Client, tool: Tool) -> None:
    browser.force_login(User.objects.create_user("a@example.com", "correct horse battery"))
    browser.get(tool.get_absolute_url())
    assert rows.of(tool) == (0, 1, 0)


# -- pages from memory -------------------------------------------------------------------------------------------------


def test_pages_from_memory_count_as_often_as_they_are_served(browser: Client, tool: Tool, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    path = "/tools/?licence=Quux-1.0"
    first = browser.get(path)
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            assert browser.get(path).content == first.content
        assert browser.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        browser.head(path)
        browser.get(path, headers={"User-Agent": "curl/8.5.0"})
    assert len(asked) == 0
    assert (rows.of(tool), rows.filters()) == ((5, 0, 0), {"licence": (5, 0)})


def test_a_page_from_memory_counts_the_search_of_who_opens_it(browser: Client, tool: Tool, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    for words in ("quuxling", "quuxling", "other words", ""):
        browser.get(tool.get_absolute_url(), headers={"Referer": f"http://testserver/tools/?q={words}"})
    assert rows.searches() == {(tool.slug, "quuxling"): 2, (tool.slug, "other words"): 1}


def test_counting_adds_no_statement_and_no_header(tool: Tool, browser: Client) -> None:
    browser.get(tool.get_absolute_url())
    with CaptureQueriesContext(connection) as counted:
        told = browser.get(tool.get_absolute_url())
    with CaptureQueriesContext(connection) as uncounted:
        plain = Client().get(tool.get_absolute_url())
    assert (len(counted), dict(told.items()), told.cookies) == (len(uncounted), dict(plain.items()), plain.cookies)


# -- filters -----------------------------------------------------------------------------------------------------------


def test_a_filter_counts_when_it_is_chosen_and_not_again_with_every_page_after(browser: Client, tool: Tool) -> None:
    def go(path: str, before: str) -> None:
        assert browser.get(path, headers={"Referer": f"http://testserver{before}"} if before else {}).status_code == 200

    go("/tools/", "")
    go("/tools/?has_api=unknown", "/tools/")
    go("/tools/?has_api=unknown&kind=app", "/tools/?has_api=unknown")
    go("/tools/?has_api=unknown&kind=app&page=2", "/tools/?has_api=unknown&kind=app")
    go("/tools/?has_api=yes", "/tools/?has_api=yes&kind=app")
    go("/tools/?has_api=yes&has_api=unknown", "/tools/?has_api=yes")
    go("/categories/coding/?has_api=yes", "")
    assert rows.filters() == {"has_api": (2, 2), "kind": (1, 0)}


def test_words_that_are_read_as_a_filter_count_once_for_each_search(browser: Client) -> None:
    for before in ("", "http://testserver/tools/?q=free+chatbot"):
        browser.get("/tools/?q=free+chatbot", headers={"Referer": before})
    assert rows.filters() == {"pricing": (1, 0)}


def test_what_is_no_filter_counts_nothing(browser: Client) -> None:
    assert browser.get("/tools/?has_api=perhaps").status_code == 400
    browser.get("/tools/?utm_source=x&sort=name&nonsense=1")
    assert rows.filters() == {}


# -- a click on “Visit” ------------------------------------------------------------------------------------------------

OURS = {"Sec-Fetch-Site": "same-origin"}


def test_a_click_on_visit_is_counted(browser: Client, tool: Tool) -> None:
    path = f"/tools/{tool.slug}/visit/"
    answer = browser.post(path, headers=OURS)
    assert (answer.status_code, answer.content, answer.cookies) == (204, b"", {})
    assert browser.post(path, headers={"Origin": "http://testserver"}).status_code == 204  # no Sec-Fetch-Site: older
    assert rows.of(tool) == (0, 0, 2)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://testserver"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://[::1"},
    ],
)
def test_a_click_that_no_page_of_this_site_tells_is_refused(
    browser: Client, tool: Tool, headers: dict[str, str]
) -> None:
    assert browser.post(f"/tools/{tool.slug}/visit/", headers=headers).status_code == 403
    assert rows.of(tool) == (0, 0, 0)


def test_clicks_of_robots_and_on_tools_that_are_not_listed_do_not_count(browser: Client, tool: Tool) -> None:
    assert Client().post(f"/tools/{tool.slug}/visit/", headers=OURS).status_code == 204
    assert browser.post("/tools/no-such-tool/visit/", headers=OURS).status_code == 404
    services.delist_tools(Tool.objects.filter(pk=tool.pk), actor=None)
    assert browser.post(f"/tools/{tool.slug}/visit/", headers=OURS).status_code == 404
    assert not reach.counts


def test_one_network_adds_five_clicks_a_day_to_a_tool(browser: Client, tool: Tool, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    settings.SECRET_KEY = f"counts of this test alone {tool.slug}"
    answers = [browser.post(f"/tools/{tool.slug}/visit/", headers=OURS).status_code for _ in range(7)]
    assert answers == [204] * 5 + [429] * 2
    assert browser.post(f"/tools/{make.tool().slug}/visit/", headers=OURS).status_code == 204
    other = browser.post(f"/tools/{tool.slug}/visit/", headers=OURS, REMOTE_ADDR="192.0.2.7")
    assert (other.status_code, rows.of(tool)) == (204, (0, 0, 6))


def test_the_link_shows_the_real_address_and_says_where_to_count(client: Client, tool: Tool) -> None:
    text = client.get(tool.get_absolute_url()).content.decode()
    link = f'href="{tool.homepage}" rel="noopener nofollow" data-visit="/tools/{tool.slug}/visit/">Visit '
    assert text.count(link) == 1
