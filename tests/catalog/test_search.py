"""Search: names first, forgiving about spelling, bounded."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from catalog import ranking, search, words
from catalog.models import Tool
from catalog.suggest import suggest
from tests import make

pytestmark = pytest.mark.datalayer


def names(found: search.Found, limit: int = 5) -> list[str]:
    ids = (found.ids or ())[:limit]
    tools = Tool.objects.in_bulk(ids)
    return [tools[pk].name for pk in ids]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("elevnlabs", "ElevenLabs"),
        ("mid journey", "Midjourney"),
        ("MIDJOURNEY", "Midjourney"),
        ("chat gtp", "ChatGPT"),
        ("stable difusion", "Stable Diffusion 3.5"),
        ("ollama", "Ollama"),
        ("\uff2f\uff2c\uff2c\uff21\uff2d\uff21", "Ollama"),
        ("qdrant", "Qdrant"),
        ("cursor", "Cursor"),
    ],
)
def test_a_name_comes_first_however_it_is_spelt(typed: str, name: str) -> None:
    assert names(search.search(typed), 1) == [name]


def test_a_prefix_of_a_name_comes_before_words_in_a_description() -> None:
    found = names(search.search("eleven"), 1)
    assert found == ["ElevenLabs"]


def test_synonyms_find_what_the_words_do_not_say() -> None:
    speech = (search.search("text to speech").ids or ())[:20]
    assert set(search.search("tts").ids or ()) >= set(speech)


def test_accents_do_not_matter() -> None:
    made = make.tool(name="Café Zèbre")
    assert search.search("cafe zebre").ids == (made.pk,)
    assert search.search("CAFÉ ZÈBRE").ids == (made.pk,)


@pytest.mark.parametrize("typed", ["elevenlabs.io", "https://elevenlabs.io/", "www.elevenlabs.io"])
def test_an_address_finds_its_tool(typed: str) -> None:
    assert "ElevenLabs" in names(search.search(typed))


def test_all_words_must_match_and_the_answer_says_when_only_some_did() -> None:
    made = make.tool(tags=["quuxling", "two", "three"])
    assert search.search("quuxling").how == "all"
    both = search.search("quuxling zorbleflap")
    assert (both.ids, both.how) == ((made.pk,), "some")


def test_nothing_is_found_for_nothing() -> None:
    for text in ("", "   ", "-", "!!!", "\u0301" * 50):
        assert search.search(text) == search.Found((), "nothing")


def test_words_that_say_nothing_leave_every_tool() -> None:
    assert search.search("and or the") == search.Found(None, "common")


def test_the_text_is_at_most_200_characters() -> None:
    search.search("a" * 200)
    with pytest.raises(words.QueryTooLong, match="200 characters"):
        search.search("a" * 201)


def test_at_most_eight_different_terms_are_used() -> None:
    assert words.terms("b c d e f g h j k l b") == list("bcdefghjkl")
    assert words.groups(list("bcdefghjkl")) == [[letter] for letter in "bcdefghj"]


def test_the_longest_synonym_wins_and_fillers_are_dropped() -> None:
    found = words.groups(words.terms("the best text to speech api"))
    assert [group[0] for group in found] == ["text to speech", "api"]
    assert words.groups(["the"]) == [["the"]]


def test_candidates_are_capped_before_ranking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "MAX_CANDIDATES", 7)
    assert len(search.search("image").ids or ()) == 7


def test_a_search_that_takes_too_long_is_stopped(settings: Any) -> None:
    settings.SEARCH_TIMEOUT_MS = 50
    with pytest.raises(search.SearchTimeout), search.limited(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(5)")


def test_the_timeout_does_not_outlive_the_search() -> None:
    search.search("speech")
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("0",)


def test_suggestions_begin_with_names_that_begin_so() -> None:
    tools = Tool.objects.in_bulk(suggest("elev"))
    assert next(tools[pk].name for pk in suggest("elev")) == "ElevenLabs"
    assert suggest("'") == ()
    assert suggest("\\") == ()


def test_every_synonym_is_folded_and_leads_somewhere() -> None:
    known = words.synonyms()
    assert len(known) >= 120
    assert [key for key in known if key != " ".join(words.terms(key))] == []
    for typed, phrases in known.items():
        assert phrases, typed
