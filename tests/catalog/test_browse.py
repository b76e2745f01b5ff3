"""The state of a list page: chips, addresses, counts, ways out of an empty result."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client, RequestFactory

from catalog import services
from catalog.browse import Browse
from catalog.filters import BadParameter
from catalog.models import Category, Tool
from tests import make


def browse(query: str = "", *, base: str = "") -> Browse:
    category = Category.objects.get(slug=base) if base else None
    path = f"/categories/{base}/" if base else "/tools/"
    return Browse(RequestFactory().get(f"{path}?{query}"), path=path, base=category)


def test_values_of_one_facet_widen_and_facets_narrow() -> None:
    free, tier = browse("pricing=free").total, browse("pricing=free-tier").total
    assert browse("pricing=free&pricing=free-tier").total == free + tier
    both = browse("pricing=free&pricing=free-tier&has_api=yes")
    assert 0 < both.total < free + tier
    assert both.total == len({tool.slug for n in range(1, both.last_page + 1) for tool in page_of(both, n)})


def page_of(state: Browse, number: int) -> list[Tool]:
    query = state.url(page=number).partition("?")[2]
    return browse(query).tools


def test_freemium_is_another_word_for_free_tier() -> None:
    state = browse("pricing=freemium")
    assert (state.total, [chip.label for chip in state.chips]) == (browse("pricing=free-tier").total, ["Free tier"])
    assert state.url() == "/tools/?pricing=free-tier"


def test_every_chip_leads_to_the_state_without_it() -> None:
    state = browse("q=speech&pricing=free-tier&pricing=free&input=text&has_api=yes&launched_since=2020&sort=name")
    assert [(chip.label, chip.url) for chip in state.chips] == [
        ("“speech”", "/tools/?pricing=free-tier&pricing=free&has_api=yes&input=text&launched_since=2020&sort=name"),
        ("Free tier", "/tools/?q=speech&pricing=free&has_api=yes&input=text&launched_since=2020&sort=name"),
        ("Free", "/tools/?q=speech&pricing=free-tier&has_api=yes&input=text&launched_since=2020&sort=name"),
        ("Has an API", "/tools/?q=speech&pricing=free-tier&pricing=free&input=text&launched_since=2020&sort=name"),
        ("Input: Text", "/tools/?q=speech&pricing=free-tier&pricing=free&has_api=yes&launched_since=2020&sort=name"),
        ("Launched since 2020", "/tools/?q=speech&pricing=free-tier&pricing=free&has_api=yes&input=text&sort=name"),
    ]


def test_the_order_is_best_match_for_words_and_newest_without() -> None:
    assert (browse().sort, browse("q=speech").sort) == ("newest", "relevance")
    assert (browse("sort=relevance").sort, browse("q=speech&sort=name").sort) == ("newest", "name")
    names = [tool.sort_name for tool in browse("sort=name").tools]
    assert names == sorted(names)
    launched = [tool.launched_on for tool in browse("sort=newest&launched_since=2025").tools]
    assert launched == sorted(launched, key=lambda day: day.toordinal() if day else 0, reverse=True)
    assert browse("q=elevenlabs").tools[0].name == "ElevenLabs"


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    state = browse("kind=agent&sort=added")
    seen = [tool.slug for number in range(1, state.last_page + 1) for tool in page_of(state, number)]
    assert len(seen) == len(set(seen)) == state.total == 83
    assert [link.number for link in browse("page=10").pages] == [1, None, 9, 10, 11, None, 74]
    assert (browse("page=2").previous_url, browse("page=2").next_url) == ("/tools/", "/tools/?page=3")


def test_a_page_that_is_not_there_is_not_found() -> None:
    with pytest.raises(Http404, match="There is no page 75: this list has 74"):
        _ = browse("page=75").tools


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("page=-1", "page"),
        ("page=1e9", "page"),
        ("page=99999999999999999999", "page"),
        ("page=²", "page"),
        ("pricing=cheap", "pricing"),
        ("category=poems", "category"),
        ("licence=a b", "licence"),
        ("has_api=true", "has_api"),
        ("sort=owner__email", "sort"),
        ("launched_since=9999-99-99", "launched_since"),
        ("launched_since=yesterday", "launched_since"),
        ("q=" + "a" * 201, "q"),
        ("q=" + "a+" * 5000, "q"),
        ("q=a&q=b", "q"),
        ("sort=name&sort=newest", "sort"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_with_a_sentence(query: str, name: str) -> None:
    with pytest.raises(BadParameter, match=f"“{name}”") as caught:
        browse(query)
    assert caught.value.name == name


def test_unknown_parameters_are_ignored_and_said() -> None:
    state = browse("utm_source=x&ordering=owner__email&pricing=free")
    assert state.ignored == ["ordering", "utm_source"]
    assert state.url() == "/tools/?pricing=free"


def test_a_category_page_says_that_it_takes_no_other_category() -> None:
    assert browse("category=audio-voice", base="coding").ignored == ["category"]


def test_words_that_say_nothing_are_said_to_say_nothing(client: Client) -> None:
    response = client.get("/tools/?q=to+be+or+not+to+be")
    assert response.context["browse"].total == 1772
    assert "holds only words that stand in every text" in " ".join(response.content.decode().split())


def test_unknown_is_a_choice_with_a_count() -> None:
    group = next(group for group in browse().groups if group.facet.name == "has_mcp")
    assert group.unknown is not None
    assert browse("has_mcp=unknown").total == group.unknown.count == 1484


def test_a_category_holds_what_is_filed_below_it_or_also_in_it() -> None:
    parent, child = browse("category=audio-voice"), browse("category=text-to-speech")
    tools = Tool.objects.in_category(Category.objects.get(slug="text-to-speech"))
    assert child.total == tools.count()
    assert parent.total == Tool.objects.in_category(Category.objects.get(slug="audio-voice")).count()
    row = next(row for row in parent.category_rows if row.category.slug == "audio-voice")
    narrowed = next(sub for sub in row.subs if sub.category.slug == "text-to-speech")
    assert (narrowed.count, narrowed.narrow_url) == (child.total, "/tools/?category=text-to-speech")


def test_a_category_page_narrows_within_itself() -> None:
    state = browse("pricing=free-tier", base="text-to-speech")
    assert state.total == browse("category=text-to-speech&pricing=free-tier").total
    assert [chip.label for chip in state.chips] == ["Free tier"]
    assert state.url() == "/categories/text-to-speech/?pricing=free-tier"
    siblings = {row.category.slug: row.count for row in state.sub_categories}
    assert siblings["speech-to-text"] == browse("category=speech-to-text&pricing=free-tier").total


def test_an_empty_result_says_what_each_single_filter_given_up_would_find() -> None:
    state = browse("q=speech&pricing=free-open-source&kind=dataset&auth=oauth2")
    assert state.total == 0
    for drop in state.drops:
        assert drop.count == browse(drop.url.partition("?")[2]).total > 0
    state = browse("licence=MIT&source=proprietary&access=trial")
    assert state.total == 0
    assert {drop.label: drop.count for drop in state.drops} == {
        "Licence: MIT": browse("source=proprietary&access=trial").total
    }


def test_an_empty_result_names_nearby_categories() -> None:
    assert [c.slug for c in browse("q=guardrails+zorbleflap&licence=No-Such-1").nearby][:1] == ["guardrails"]
    near = {c.slug for c in browse("category=text-to-speech&licence=No-Such-1").nearby}
    assert "audio-voice" in near


def test_spelling_and_partial_matches_are_told_apart() -> None:
    assert [browse(f"q={text}").how for text in ("", "speech", "elevnlabs", "speech+zorbleflap")] == [
        "",
        "all",
        "spelling",
        "some",
    ]


def test_a_delisted_tool_is_in_no_list() -> None:
    made = make.tool(name="Zorbleflap Studio")
    assert [tool.pk for tool in browse("q=zorbleflap").tools] == [made.pk]
    services.delist_tools([made])
    assert browse("q=zorbleflap").total == 0


@pytest.mark.parametrize(
    "query", ["q=agent&pricing=free-tier", "q=agent&sort=name", "kind=app", "kind=app&sort=added", "q=and", "sort=name"]
)
@pytest.mark.parametrize("sooner", [True, False])
def test_a_page_shows_what_the_filter_finds_however_it_is_fetched(
    query: str, sooner: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Browse, "_sorts_sooner", lambda *_: sooner)
    for page in (1, 2):
        shown = browse(f"{query}&page={page}")
        start = 24 * (page - 1)
        assert shown.tools == list(shown.filter.qs[start : start + 24])
        assert len(shown.tools) == 24
