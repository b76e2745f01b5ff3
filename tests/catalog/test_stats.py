"""The catalog in figures: every number that is a link equals the list behind it, and none of them flatters."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from catalog import services
from catalog.models import Category, Fact, Tool
from catalog.stats import PLOT, Chart, Figures, figures, percent
from tests import make

TODAY = dt.date(2026, 11, 25)


def charts(found: Figures) -> list[Chart]:
    return [found.by_job, found.by_price, found.by_kind, found.known, found.sources, found.ages]


def numbers(chart: Chart) -> dict[str, tuple[int, ...]]:
    return {bar.label: tuple(part.count for part in bar.parts) for bar in chart.bars}


@pytest.fixture
def nothing() -> None:
    """A catalog in which no tool is listed; its categories stay."""
    services.delist_tools(Tool.objects.listed())


# -- the numbers are those of the lists ------------------------------------------------------------------------------


def test_every_linked_number_is_the_total_of_the_list_it_opens(client: Client) -> None:
    page = client.get("/stats/")
    found: Figures = page.context["figures"]
    links = [(part.url, part.count) for chart in charts(found) for bar in chart.bars for part in bar.parts if part.url]
    links += [(year.url, year.since) for year in found.launches.years]
    assert len(links) > 50
    assert [(url, client.get(url).context["browse"].total) for url, _ in links] == links
    drawn = re.findall(
        r'<td class="n">\s*<a href="([^"]+)"|<th scope="row">\s*<a href="([^"]+)"', page.content.decode()
    )
    assert sorted("".join(pair) for pair in drawn) == sorted(escape(url) for url, _ in links)


def test_bars_of_one_label_a_tool_add_up_to_all_tools() -> None:
    found = figures(TODAY)
    for chart in (found.by_price, found.by_kind):
        assert sum(sum(row) for row in numbers(chart).values()) == found.listed == Tool.objects.listed().count()
    assert {known + unknown for known, unknown in numbers(found.known).values()} == {found.listed}
    assert found.launches.known + found.launches.unknown == found.listed
    for chart in (found.sources, found.ages):
        assert sum(sum(row) for row in numbers(chart).values()) == found.facts == Fact.objects.count()
    assert sum(sum(said.counts) for said in found.fields) == found.facts


def test_the_least_known_field_comes_first_and_the_fullest_category() -> None:
    found = figures(TODAY)
    unknown = [row[1] for row in numbers(found.known).values()]
    assert unknown == sorted(unknown, reverse=True)
    sizes = [row[0] for row in numbers(found.by_job).values()]
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == Category.objects.top().count()


def test_a_delisted_tool_counts_nowhere() -> None:
    before = figures(TODAY)
    made = make.tool(launched="2026-03", launched_said_by="editor")
    between = figures(TODAY)
    services.delist_tools([made])
    assert (between.listed, between.facts > before.facts) == (before.listed + 1, True)
    assert figures(TODAY) == before


# -- launches --------------------------------------------------------------------------------------------------------


def test_launches_are_told_by_year_and_by_how_exactly_they_are_known(nothing: None) -> None:
    for launched in ("2010", "2012-05", "2024", "2024-01", "2024-02-29", "2026"):
        make.tool(launched=launched, launched_said_by="editor")
    make.tool()
    found = figures(TODAY).launches
    assert [(y.label, y.exact, y.bare, y.since) for y in found.years if y.count] == [
        ("to 2016", 1, 1, 6),
        ("2024", 2, 1, 4),
        ("2026", 0, 1, 1),
    ]
    assert [y.label for y in found.years[1:]] == [str(year) for year in range(2017, 2027)]
    assert (found.exact, found.bare, found.known, found.unknown) == (3, 3, 6, 1)
    highest = next(y for y in found.years if y.label == "2024")
    assert (highest.exact_top, highest.bare_top, highest.exact_height + highest.bare_height) == (47, 0, PLOT)


# -- who says it, and when -------------------------------------------------------------------------------------------


def test_facts_are_told_by_source_and_by_age(nothing: None) -> None:
    made = make.tool(listed="2026-11-25", licence="MIT")
    for field, said_by, days in (("licence", "docs", 30), ("pricing", "list", 31), ("kind", "none", 180)):
        Fact.objects.filter(tool=made, field=field).update(said_by=said_by, said_on=TODAY - dt.timedelta(days=days))
    Fact.objects.filter(tool=made, field="modality").update(said_on=TODAY - dt.timedelta(days=181))
    found = figures(TODAY)
    assert [row[0] for row in numbers(found.sources).values()] == [4, 1, 1, 0, 0, 1]
    assert [row[0] for row in numbers(found.ages).values()] == [4, 1, 1, 1]
    assert [(said.field, said.counts) for said in found.fields if said.field in {"Kind", "Licence", "Pricing"}] == [
        ("Kind", (0, 0, 0, 0, 0, 1)),
        ("Pricing", (0, 1, 0, 0, 0, 0)),
        ("Licence", (0, 0, 1, 0, 0, 0)),
    ]


# -- honest words ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 9, "0%"), (1, 1000, "<1%"), (1, 3, "33%"), (999, 1000, ">99%"), (9, 9, "100%"), (0, 0, "")],
)
def test_only_all_is_100_per_cent_and_only_none_is_0(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_an_empty_catalog_says_so(client: Client, nothing: None) -> None:
    response = client.get("/stats/")
    text = response.content.decode()
    assert (response.status_code, response.context["figures"].listed) == (200, 0)
    assert "No tool is listed yet, so there is nothing to count." in text
    assert ("<table" in text, "<rect" in text, "NaN" in text) == (False, False, False)
    assert {bar.share for chart in charts(response.context["figures"]) for bar in chart.bars} == {""}


def test_numbers_have_their_thousands_apart(client: Client) -> None:
    text = client.get("/stats/").content.decode()
    assert "1,772 tools and 12,819 facts about them" in text
    assert (
        re.findall(
            r">\s*\d{4,}\s*<", re.sub(r'<th scope="row">.*?</th>|<text class="year.*?</text>', "", text, flags=re.S)
        )
        == []
    )


def test_the_name_of_a_category_stays_text(client: Client) -> None:
    hostile = '"><script>alert(1)</script>'
    Category.objects.filter(slug="coding").update(name=hostile)
    text = client.get("/stats/").content.decode()
    assert f'<a href="/categories/coding/">{escape(hostile)}</a>' in text
    assert "<script>alert" not in text


# -- how it is made --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_four_questions(client: Client, nothing: None, rows: int, django_assert_num_queries: Any) -> None:
    for _ in range(rows):
        make.tool(launched="2024", launched_said_by="editor")
    with django_assert_num_queries(4):
        response = client.get("/stats/")
    assert response.context["figures"].listed == rows


def test_every_table_has_a_caption_and_every_head_its_scope(client: Client) -> None:
    text = client.get("/stats/").content.decode()
    assert text.count("<table") == text.count("<caption") == 8
    assert re.findall(r"<th(?! scope=\"(?:row|col)\")[ >]", text) == []
    assert "style" not in re.sub(r'rel="stylesheet"', "", text)


def test_the_footer_and_the_front_page_lead_to_the_figures(client: Client) -> None:
    assert client.get("/tools/").content.decode().count('href="/stats/"') == 1
    assert client.get("/").content.decode().count('href="/stats/"') == 2
