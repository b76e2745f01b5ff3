"""The order of what a search finds: names before words, and words by where they stand."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog import ranking, search
from catalog.models import Tool
from catalog.suggest import suggest
from tests import make

pytestmark = pytest.mark.datalayer


def named(ids: tuple[int, ...] | None) -> list[str]:
    tools = Tool.objects.in_bulk(ids or ())
    return [tools[pk].name for pk in ids or ()]


def found(text: str) -> list[str]:
    return named(search.search(text).ids)


def offered(text: str) -> list[str]:
    return named(suggest(text))


# -- search ----------------------------------------------------------------------------------------------------------


def test_a_name_that_begins_so_comes_before_words_anywhere_else() -> None:
    make.tool(
        name="Quux",
        tagline="The zorbo of all zorbo tools for zorbo people",
        description="A zorbo is a zorbo. " * 20,
        tags=["zorbo", "two", "three"],
    )
    make.tool(name="Quux Zorbo Zorbo Zorbo", tagline="The zorbo of all zorbo tools for zorbo people")
    make.tool(name="Zorbo Prime")
    assert found("zorbo") == ["Zorbo Prime", "Quux Zorbo Zorbo Zorbo", "Quux"]


def test_the_very_name_comes_before_names_that_begin_so() -> None:
    make.tool(name="Zorbo Zorbo Zorbo", tagline="The zorbo of all zorbo tools for zorbo people")
    make.tool(name="Zorbomatic")
    make.tool(name="Zorbo")
    assert found("zorbo") == ["Zorbo", "Zorbo Zorbo Zorbo", "Zorbomatic"]


def test_one_letter_begins_no_name() -> None:
    make.tool(name="Zorbomatic")
    assert "Zorbomatic" in found("zo")
    assert "Zorbomatic" not in found("z")


def test_a_word_in_the_name_outranks_the_same_word_in_the_description() -> None:
    make.tool(name="Aaaa Bbbb", description="A zorbo is a zorbo, says the zorbo. " + make.DESCRIPTION)
    make.tool(name="Aaaa Zorbo")
    assert found("zorbo") == ["Aaaa Zorbo", "Aaaa Bbbb"]


def test_words_count_by_where_they_stand() -> None:
    # listed in the opposite order: where ranks are equal, the older listing comes first
    make.tool(name="Description", description=f"{make.DESCRIPTION} It is a zorbo.")
    make.tool(name="Labelled", tags=["zorbo", "two", "three"])
    make.tool(name="Promised", tagline="A zorbo that was made for a test of this catalog")
    make.tool(name="My Zorbo")
    assert found("zorbo") == ["My Zorbo", "Promised", "Labelled", "Description"]


def test_a_vendor_and_a_host_count_like_the_tagline() -> None:
    make.tool(name="Labelled", tags=["zorbo", "two", "three"])
    make.tool(name="Hosted", homepage="https://zorbo.example.com")
    make.tool(name="Sold", vendor="Zorbo")
    assert found("zorbo")[0] == "Sold"
    assert found("zorbo.example.com") == ["Hosted"]


def test_where_ranks_are_equal_the_shorter_name_comes_first() -> None:
    make.tool(name="Longer name", tags=["zorbo", "two", "three"])
    make.tool(name="Short", tags=["zorbo", "two", "three"])
    assert found("zorbo") == ["Short", "Longer name"]


def test_a_list_shows_tools_in_the_order_of_the_search(client: Client) -> None:
    make.tool(name="Labelled", tags=["zorbo", "two", "three"], launched="2031", launched_said_by="editor")
    make.tool(name="My Zorbo")
    make.tool(name="Zorbo Prime")

    def names(**data: str) -> list[str]:
        return [tool.name for tool in client.get("/tools/", {"q": "zorbo", **data}).context["tools"]]

    assert names() == names(sort="relevance") == ["Zorbo Prime", "My Zorbo", "Labelled"]
    assert names(sort="newest")[0] == "Labelled"
    assert names(sort="name") == ["Labelled", "My Zorbo", "Zorbo Prime"]


def test_names_spelt_nearly_so_come_nearest_first() -> None:
    make.tool(name="Zorbofexion")
    make.tool(name="Zorbofex")
    assert search.search("zorbofx").how == "spelling"
    assert found("zorbofx") == ["Zorbofex", "Zorbofexion"]


def test_at_most_so_many_candidates_are_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make.tool(name=f"Zorbomatic {number}")
        make.tool(tags=["zorbo", f"t{number}", "three"])
    assert len(found("zorbo")) == 10
    monkeypatch.setattr(ranking, "MAX_CANDIDATES", 3)
    assert [name.split()[0] for name in found("zorbo")] == ["Zorbomatic"] * 3


def test_every_way_to_find_candidates_is_bounded() -> None:
    with CaptureQueriesContext(connection) as asked:
        search.search("image editor with quuxling")
    [statement] = [query["sql"] for query in asked.captured_queries if "candidate" in query["sql"]]
    candidates = statement[statement.index("candidate AS") : statement.index("scored AS")]
    by_words = [part for part in candidates.split("UNION") if any(sign in part for sign in ("@@", "LIKE", "&&"))]
    limits = [int(part.split("LIMIT ")[1].split(")")[0]) for part in by_words]
    assert sorted(limits) == sorted(
        [ranking.MAX_CANDIDATES, ranking.MAX_CANDIDATES, ranking.MAX_RARE, ranking.MAX_DOING]
    )
    assert len(limits) == 4  # names, all words, some words, jobs


# -- suggestions -----------------------------------------------------------------------------------------------------


def test_suggestions_are_names_by_length_and_then_words_by_where_they_stand() -> None:
    make.tool(name="Labelled", tags=["zorbo", "two", "three"])
    make.tool(name="Promised", tagline="A zorbo that was made for a test of this catalog")
    make.tool(name="My Zorbo", tagline="Made for a test of this very catalog")
    make.tool(name="Zorbonautics", tagline="The zorbo of all zorbo tools for zorbo people")
    make.tool(name="Zorbomatic")
    make.tool(name="Zorbo")
    names = ["Zorbo", "Zorbomatic", "Zorbonautics"]
    assert offered("zorbo") == [*names, "My Zorbo", "Promised", "Labelled"]
    assert offered("zorb") == offered("Zórb") == offered("zorbo")


def test_suggestions_take_the_last_word_as_begun_and_the_others_as_whole() -> None:
    make.tool(name="Quux Zorbomatic")
    assert offered("quux zorb") == offered("zorbomatic quu") == ["Quux Zorbomatic"]
    assert offered("zorbo quux") == []


def test_suggestions_are_as_many_as_asked_for() -> None:
    for number in range(10):
        make.tool(name=f"Zorbomatic {number}")
    assert offered("zorbo") == [f"Zorbomatic {number}" for number in range(8)]
    assert named(suggest("zorbo", 3)) == [f"Zorbomatic {number}" for number in range(3)]


def test_suggestions_fall_back_to_names_spelt_nearly_so() -> None:
    make.tool(name="Zorbofex")
    assert offered("zorbofx") == ["Zorbofex"]


def test_suggestions_reach_the_visitor_in_that_order(client: Client) -> None:
    for name in ("My Zorbo", "Zorbomatic", "Zorbo"):
        make.tool(name=name)
    rows: list[dict[str, Any]] = client.get("/suggest", {"q": "zorb"}).json()["tools"]
    assert [row["name"] for row in rows] == ["Zorbo", "Zorbomatic", "My Zorbo"]
