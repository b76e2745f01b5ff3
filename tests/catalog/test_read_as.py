"""What the words of a search were read as, on the page: chips, notes and the ways back."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote_plus

import pytest
from django.test import Client

from catalog.browse import Browse
from catalog.models import Tool, ToolIndex
from tests import make


def browse(client: Client, query: str) -> Browse:
    found = client.get(f"/tools/?{query}").context["browse"]
    assert isinstance(found, Browse)
    return found


def main(client: Client, query: str) -> str:
    text = client.get(f"/tools/?{query}").content.decode()
    return re.sub(r"\s+", " ", text[text.index('id="browse"') : text.index("</main>")])


def facets_of(tools: list[Tool], name: str) -> set[str]:
    rows = ToolIndex.objects.filter(pk__in=[tool.pk for tool in tools]).values_list("facets", flat=True)
    return {word.partition(":")[2] for words in rows for word in words if word.startswith(f"{name}:")}


def test_free_is_read_as_a_filter_and_shown_as_a_chip(client: Client) -> None:
    page = browse(client, "q=free+image+generator")
    assert [(chip.label, chip.read) for chip in page.chips] == [
        ("“image generator”", False),
        ("Free or free tier", True),
    ]
    assert facets_of(page.tools, "pricing") == {"free", "free-open-source", "free-tier"}
    assert "<small>read as</small> Free or free tier" in main(client, "q=free+image+generator")


def test_removing_the_chip_takes_its_words_away(client: Client) -> None:
    chip = browse(client, "q=free+image+generator&sort=name").chips[1]
    assert chip.url == "/tools/?sort=name&q=image+generator"
    assert [chip.url for chip in browse(client, "q=free").chips] == ["/tools/"]


def test_removing_the_words_leaves_what_was_read(client: Client) -> None:
    chip = browse(client, "q=free+image+generator+with+api").chips[0]
    assert chip.url == "/tools/?q=with+api+free"
    page = client.get(chip.url).context["browse"]
    assert [(one.label, one.read) for one in page.chips] == [("Has an API", True), ("Free or free tier", True)]


def test_between_quotes_the_words_mean_themselves(client: Client) -> None:
    page = browse(client, "q=%22free%22+image+generator")
    assert [(chip.label, chip.read) for chip in page.chips] == [('“"free" image generator”', False)]


def test_a_parameter_of_the_same_facet_wins_over_the_words(client: Client) -> None:
    page = browse(client, "q=free+image+generator&pricing=paid")
    assert [(chip.label, chip.read) for chip in page.chips][1:] == [("Paid", False)]
    assert facets_of(page.tools, "pricing") == {"paid"}


def test_boxes_take_the_place_of_the_words(client: Client) -> None:
    text = main(client, "q=Free+image+generator&has_api=yes")
    form = text[text.index('id="filters"') : text.index("</form>")]
    assert '<input type="hidden" name="q" value="image generator">' in form
    boxes = re.findall(r"<input[^>]*checked[^>]*>", form)
    ticked = {tuple(sorted(re.findall(r'(?:name|value)="([^"]*)"', box))) for box in boxes}
    assert ticked == {
        ("free", "pricing"),
        ("free-open-source", "pricing"),
        ("free-tier", "pricing"),
        ("has_api", "yes"),
    }


def test_links_keep_the_words_as_typed(client: Client) -> None:
    page = browse(client, "q=free+image")
    assert page.next_url == "/tools/?q=free+image&page=2"
    assert browse(client, "q=free+image&page=2").filter.readings == page.filter.readings


def test_a_search_of_filters_alone_lists_all_that_fit(client: Client) -> None:
    page = browse(client, "q=open+source")
    assert page.total == ToolIndex.objects.filter(facets__contains=["source:open_source"]).count()
    assert (page.how, page.sort) == ("filters", "newest")
    assert "relevance" not in [value for value, _, _ in page.sorts]


def test_a_reading_that_fits_nothing_found_is_given_up_and_said_so(client: Client) -> None:
    make.tool(name="Zorbomatic", tags=["zorbo", "two", "three"])
    page = browse(client, "q=zorbo+with+mcp")
    assert ([tool.name for tool in page.tools], page.filter.readings) == (["Zorbomatic"], ())
    assert "Nothing found fits “with mcp”, so it was left out: Speaks MCP." in main(client, "q=zorbo+with+mcp")


def test_the_way_out_of_nothing_gives_a_reading_up(client: Client) -> None:
    make.tool(name="Zorbomatic", tags=["zorbo", "two", "three"], platforms=["macos"])
    make.tool(name="Zorbolight", tags=["zorbo", "two", "three"], platforms=["linux"], kind="cli")
    page = browse(client, "q=zorbo+for+mac&kind=cli")
    assert (page.total, [reading.words for reading in page.filter.readings]) == (0, ["for mac"])
    assert [(drop.label, drop.count) for drop in page.drops if drop.label == "Runs on: macOS"] == [
        ("Runs on: macOS", 1)
    ]
    [way_out] = [drop.url for drop in page.drops if drop.label == "Runs on: macOS"]
    assert way_out == "/tools/?kind=cli&q=zorbo"
    assert client.get(way_out).context["browse"].total == 1


def test_alternatives_of_a_tool_are_its_neighbours(client: Client) -> None:
    tool = Tool.objects.get(slug="chatgpt")
    page = browse(client, "q=alternative+to+chatgpt")
    assert (page.how, page.alternative_to) == ("alternatives", tool)
    near = tool.neighbours.order_by("position").values_list("other_id", flat=True)[:10]
    assert [one.pk for one in page.tools[:10]] == list(near)
    assert tool not in page.tools
    text = main(client, "q=alternative+to+chatgpt")
    assert 'Alternatives to <a href="/tools/chatgpt/">ChatGPT</a>, nearest first.' in text
    assert f'href="{page.literally}"'.replace("&", "&amp;") in text
    assert client.get(page.literally).context["browse"].how != "alternatives"


@pytest.mark.parametrize("text", ["open source alternative to github copilot", "open source github copilot"])
def test_filters_narrow_the_alternatives(client: Client, text: str) -> None:
    page = browse(client, "q=" + quote_plus(text))
    assert page.how == "alternatives"
    assert facets_of(page.tools, "source") == {"open_source"}
    assert "continue" in [tool.slug for tool in page.tools]


def test_a_name_with_a_filter_that_it_fits_is_the_tool_itself(client: Client) -> None:
    page = browse(client, "q=open+source+ollama")
    assert (page.how, page.tools[0].slug) == ("all", "ollama")


def test_a_name_that_holds_filter_words_is_a_name(client: Client) -> None:
    make.tool(name="Zorbo API")
    page = browse(client, "q=zorbo+api")
    assert (page.tools[0].name, page.filter.readings) == ("Zorbo API", ())


@pytest.mark.parametrize("text", ["suno api", "midjourney api", "does midjourney have an api", "is midjourney free"])
def test_who_asks_about_a_tool_gets_the_tool(client: Client, text: str) -> None:
    page = browse(client, "q=" + quote_plus(text))
    assert (page.tools[0].slug, page.filter.readings) == ("suno" if "suno" in text else "midjourney", ())


@pytest.mark.parametrize(
    "text",
    [
        "sky replacement",
        "voice replacement",
        "find competitors",
        "software like excel",
        "like a pro",
        "alternative to google",
    ],
)
def test_what_is_no_tools_name_has_no_alternatives(client: Client, text: str) -> None:
    assert browse(client, "q=" + quote_plus(text)).alternative_to is None


@pytest.mark.parametrize("text", ["chatgpt alternatives for coding", "alternatives to chatgpt for students"])
def test_a_purpose_behind_does_not_hide_the_name(client: Client, text: str) -> None:
    tool = browse(client, "q=" + quote_plus(text)).alternative_to
    assert tool is not None
    assert tool.slug == "chatgpt"


def test_alternatives_to_nobody_are_a_search_that_says_so(client: Client) -> None:
    page = browse(client, "q=alternative+to+zqxjkvw+vector+database")
    assert (page.how == "alternatives", page.nobody) == (False, "zqxjkvw vector database")
    assert "No tool is listed as “zqxjkvw vector database”" in main(client, "q=alternative+to+zqxjkvw+vector+database")


def test_corrected_words_are_shown_with_the_way_back(client: Client) -> None:
    page = browse(client, "q=vectr+database")
    assert (page.corrected, page.how) == ("vector database", "spelling")
    assert "qdrant" in [tool.slug for tool in page.tools]
    text = main(client, "q=vectr+database")
    assert "Shown for “vector database”." in text
    assert f'href="{page.literally}"' in text
    assert client.get(page.literally).context["browse"].total == 0


def test_quoted_words_must_be_there_word_for_word(client: Client) -> None:
    make.tool(name="A", description=f"{make.DESCRIPTION} It is a quux zorbo.")
    make.tool(name="B", description=f"{make.DESCRIPTION} It is a zorbo quux.")
    assert [tool.name for tool in browse(client, "q=%22quux+zorbo%22").tools] == ["A"]
    assert {tool.name for tool in browse(client, "q=quux+zorbo").tools} == {"A", "B"}


def test_a_delisted_tool_is_nobodys_alternative(client: Client, monkeypatch: Any) -> None:
    tool = Tool.objects.get(slug="google-gemini")
    ToolIndex.objects.filter(pk=tool.pk).delete()
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    assert tool not in browse(client, "q=alternative+to+chatgpt").tools
    assert browse(client, "q=alternative+to+google+gemini").alternative_to != tool
