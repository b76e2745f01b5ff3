"""The words of the catalog: how rare, and which were meant by misspelt ones."""

from __future__ import annotations

import pytest
from django.db import connection

from catalog import derived, names, vocabulary
from catalog.models import Derived, Tool, Word
from catalog.search import limited
from tests import make

pytestmark = pytest.mark.datalayer


def corrected(*words: str) -> dict[str, str]:
    with limited():
        return vocabulary.corrected(words)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vectr", "vector"),
        ("speach", "speech"),
        ("databse", "database"),
        ("transcirbe", "transcribe"),  # two letters swapped are one slip
        ("fotoshop", "photoshop"),  # "f" is as good as "ph"
        ("tesserract", "tesseract"),
    ],
)
def test_a_misspelt_word_is_taken_for_the_nearest_known_one(typed: str, meant: str) -> None:
    assert corrected(typed) == {typed: meant}


def test_short_words_and_words_like_nothing_are_left_alone() -> None:
    assert corrected("teh", "zqxjkvw", "harmlezzness") == {}


@pytest.mark.parametrize(
    ("a", "b", "letters"),
    [("", "abc", 3), ("abc", "abc", 0), ("abcd", "abdc", 1), ("kitten", "sitting", 3), ("ca", "abc", 3)],
)
def test_distance_counts_added_removed_replaced_and_swapped_letters(a: str, b: str, letters: int) -> None:
    assert (vocabulary.distance(a, b), vocabulary.distance(b, a)) == (letters, letters)


def test_each_word_knows_how_many_tools_have_its_stem() -> None:
    found = vocabulary.look_up(["transcribing", "the", "zqxjkvw"])
    [one, unknown] = found.lexemes
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM catalog_toolindex WHERE search @@ to_tsquery('catalog_text', 'transcribe')"
        )
        assert (one.word, one.lexeme, (one.tools,)) == ("transcribing", "transcrib", cursor.fetchone())
    assert (unknown.tools, unknown.known) == (0, False)
    assert found.listed == Tool.objects.listed().count()


def test_the_words_of_a_tool_listed_a_minute_ago_are_not_unknown() -> None:
    make.tool(tags=["quuxling", "two", "three"])
    [stem] = vocabulary.look_up(["quuxling"]).lexemes
    assert (stem.tools, stem.known) == (1, False)


def test_the_vocabulary_follows_the_catalog() -> None:
    make.tool(name="Zorbofex", description=f"{make.DESCRIPTION} It quuxles fireflies.ai.")
    assert derived.is_stale("words")
    assert set(derived.rebuild()) == {"related", "words"}
    assert set(
        Word.objects.filter(word__in=["zorbofex", "quuxles", "fireflies.ai"]).values_list("word", flat=True)
    ) == {
        "zorbofex",
        "quuxles",
        "fireflies.ai",
    }
    assert derived.rebuild() == {}
    assert Derived.objects.get(name="words").size == Tool.objects.listed().count()


def test_rare_words_weigh_more_and_none_less_than_nothing() -> None:
    weights = [vocabulary.rarity(tools, 1_000) for tools in (1, 10, 500, 1_000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("chatgpt", "chatgpt"),
        ("ChatGPT", "chatgpt"),
        ("photoshop", "adobe-photoshop"),
        ("github copilot", "github-copilot"),
        ("midjourny", "midjourney"),
        ("google gemini", "google-gemini"),
    ],
)
def test_a_name_as_people_write_it_leads_to_its_tool(typed: str, slug: str) -> None:
    with limited():
        found = names.meant(typed.lower())
    assert found is not None
    assert Tool.objects.get(pk=found).slug == slug


def test_what_is_no_name_leads_nowhere() -> None:
    with limited():
        assert names.meant("zqxjkvw") is None
        assert names.meant("x") is None
        assert names.misspelt("chatgpt") == ()  # spelt right
