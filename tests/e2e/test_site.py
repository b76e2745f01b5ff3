"""The site in a real browser, as `manage.py up` serves it: by mouse, by keyboard and without script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import violations

PAGES = {
    "home": "/",
    "list": "/tools/",
    "narrowed list": "/tools/?q=speech&pricing=free-tier&has_api=yes",
    "no result": "/tools/?licence=MIT&source=proprietary&access=trial",
    "misspelt": "/tools/?q=elevnlabs",
    "category": "/categories/audio-voice/",
    "sub-category": "/categories/text-to-speech/?pricing=free",
    "categories": "/categories/",
    "tool": "/tools/elevenlabs/",
    "tool without interfaces": "/tools/anyword/",
    "alternatives": "/tools/elevenlabs/alternatives/",
    "new, empty": "/new/?period=today",
    "new": "/new/?period=year",
    "added": "/new/?period=added",
    "compare": "/compare/?tools=qdrant,milvus,weaviate,pinecone,chroma",
    "compare, nothing": "/compare/",
    "collections": "/collections/",
    "collection": "/collections/run-models-locally/",
    "a long search": "/tools/?q=how+do+i+get+rid+of+the+background+noise+in+all+my+old+podcast+recordings+for+free",
    "stats": "/stats/",
    "feeds": "/feeds/",
    "runs": "/tools/elevenlabs/verification/",
    "trust": "/trust/",
    "decisions": "/trust/log/",
    "status": "/status/",
    "claims": "/tools/elevenlabs/verification/?show=claims",
    "bot": "/bot/",
    "privacy": "/privacy/",
    "audit": "/trust/audit/",
    "submit": "/submit/",
    "rules of submitting": "/submit/rules/",
    "transparency": "/transparency/",
    "api docs": "/api/docs/",
    "api errors": "/api/docs/errors/",
    "api reference": "/api/docs/reference/",
    "api operation": "/api/docs/reference/list_categories/",
    "400": "/tools/?pricing=cheap",
    "404": "/tools/no-such-tool/",
}


@pytest.fixture
def strict_page(page: Page) -> Iterator[Page]:
    """A page on which any error in the console (a blocked script, a missing file) fails the test."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert [text for text in said if "400 (Bad Request)" not in text and "404 (Not Found)" not in text] == []


# -- what a person finds without help ---------------------------------------------------------------------------------


def test_a_free_text_to_speech_tool_with_an_api(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site)
    page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first.fill("text to speech")
    page.keyboard.press("Enter")
    page.get_by_role("group", name="Pricing").get_by_label(re.compile(r"^Free tier")).check()
    expect(page).to_have_url(re.compile("pricing=free-tier"))
    page.get_by_role("group", name="Has an API").get_by_label(re.compile("^Yes")).check()
    expect(page).to_have_url(re.compile("has_api=yes"))
    page.locator(".card-nm").first.click()
    expect(page.get_by_role("heading", name="How to reach it")).to_be_visible()
    expect(page.locator(".glance")).to_contain_text("Free tier")


def test_an_open_source_vector_database(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/categories/")
    page.get_by_role("link", name="Vector databases").click()
    page.get_by_role("group", name="Source").get_by_label(re.compile("^Open source")).check()
    expect(page).to_have_url(re.compile(r"/categories/vector-databases/\?source=open_source"))
    names = page.locator(".card-nm").all_text_contents()
    assert {"Qdrant", "Milvus", "Weaviate"} & set(names)


def test_three_alternatives_to_a_named_tool(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/tools/?q=midjourney")
    page.locator(".card-nm").first.click()
    page.get_by_role("link", name=re.compile("alternatives", re.I)).first.click()
    expect(page).to_have_url(site + "/tools/midjourney/alternatives/")
    assert page.locator(".card-nm").count() >= 3


def test_what_launched_this_year_newest_first_and_an_honest_word_where_nothing_did(
    site: str, strict_page: Page
) -> None:
    page = strict_page
    page.goto(site)
    page.get_by_role("navigation", name="Site").get_by_role("link", name="New").click()
    page.get_by_role("link", name=re.compile("^Today")).click()
    expect(page.get_by_text("No listed tool is known to have launched today.")).to_be_visible()
    page.get_by_role("link", name=re.compile("^This year")).first.click()
    dates = [value or "" for value in page.locator(".card time").evaluate_all("all => all.map(t => t.dateTime)")]
    assert dates == sorted(dates, reverse=True)


# -- filters, keyboard, history ---------------------------------------------------------------------------------------


def test_a_filter_swaps_the_list_keeps_focus_and_back_works(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/tools/")
    before = page.locator(".said strong").inner_text()
    box = page.locator("#f-pricing-free")
    box.focus()
    page.keyboard.press("Space")
    expect(page).to_have_url(site + "/tools/?pricing=free")
    expect(page.locator(".chips .chip")).to_have_count(1)
    assert page.evaluate("document.activeElement.id") == "f-pricing-free"
    assert page.locator(".said strong").inner_text() != before
    page.go_back()
    expect(page).to_have_url(site + "/tools/")
    expect(page.locator(".said strong")).to_have_text(before)
    expect(page.locator("#f-pricing-free")).not_to_be_checked()


def test_a_chip_takes_its_filter_away(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/tools/?pricing=free&has_api=yes")
    page.get_by_role("link", name=re.compile("Remove filter: Has an API")).click()
    expect(page).to_have_url(site + "/tools/?pricing=free")


def test_slash_searches_arrows_choose_enter_opens(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/tools/ollama/")
    page.keyboard.press("/")
    page.keyboard.type("elevenl")
    expect(page.get_by_role("option").first).to_contain_text("ElevenLabs")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(site + "/tools/elevenlabs/")


def test_a_question_mark_shows_the_keys_and_escape_closes_them(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_tools_are_gathered_for_comparison(site: str, strict_page: Page) -> None:
    page = strict_page
    page.goto(site + "/tools/?q=vector+database")
    for name in ("Qdrant", "Milvus"):
        page.get_by_role("button", name=f"Compare {name}", exact=True).or_(
            page.get_by_role("link", name=f"Compare {name}", exact=True)
        ).first.click()
    page.get_by_role("link", name=re.compile(r"^Compare\W+\(2\)")).click()
    expect(page).to_have_url(re.compile(r"/compare/\?tools=qdrant,milvus"))
    page.get_by_role("link", name=re.compile("differences", re.I)).or_(
        page.get_by_role("button", name=re.compile("differences", re.I))
    ).first.click()
    expect(page).to_have_url(re.compile("only=differences"))


# -- without script ---------------------------------------------------------------------------------------------------


def test_filters_search_and_comparison_work_without_script(site: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(site + "/tools/")
    page.locator("#f-pricing-free").check()
    page.get_by_role("button", name=re.compile("Apply")).first.click()
    assert "pricing=free" in page.url
    page.locator("input[name=q]").first.fill("image")
    page.get_by_role("button", name="Search").first.click()
    assert "q=image" in page.url
    assert "pricing=free" in page.url
    page.goto(site + "/compare/?tools=qdrant")
    page.locator("input[name=add]").fill("milvus")
    page.locator("input[name=add]").press("Enter")
    assert page.url == site + "/compare/?tools=qdrant,milvus"
    context.close()


# -- every page, every theme, every width -----------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(site: str, browser: Browser, name: str, theme: str) -> None:
    for width in (1440, 360):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(site + PAGES[name])
        assert violations(page) == [], (name, theme, width)
        context.close()


WATCH = """
window.shift = 0; window.blocked = [];
new PerformanceObserver(list => list.getEntries().forEach(e => window.shift += e.value))
  .observe({type: 'layout-shift', buffered: true});
addEventListener("securitypolicyviolation", e => window.blocked.push(`${e.violatedDirective} ${e.blockedURI}`));
"""


@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways_nothing_jumps_and_nothing_is_blocked(site: str, browser: Browser, name: str) -> None:
    pages = {}
    for width in (320, 768, 1440):  # side by side: each is waited for until it has been idle for half a second
        context = browser.new_context(viewport={"width": width, "height": 900})
        pages[width] = context.new_page()
        pages[width].add_init_script(WATCH)
        pages[width].goto(site + PAGES[name])
    for width, page in pages.items():
        page.wait_for_load_state("networkidle")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (wide, page.evaluate("window.shift"), page.evaluate("window.blocked")) == (0, 0, []), (name, width)
        page.context.close()


def test_the_filter_drawer_opens_on_a_small_screen(site: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(site + "/tools/")
    expect(page.locator("#filters")).to_be_hidden()
    page.get_by_role("button", name=re.compile("^Filters")).click()
    expect(page.locator("#filters")).to_be_visible()
    assert violations(page) == []
    context.close()


def test_a_first_list_view_stays_small(site: str, page: Page) -> None:
    """At most 60 KB over the wire for the first list view (UI.md), all files counted, compressed."""
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto(site + "/tools/")
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sizes) <= 60_000
