"""Search by meaning, the optional extra: off by default, in step with the catalog, and of use."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from catalog import meaning
from catalog.models import Tool
from catalog.search import search
from tests import make


@pytest.fixture(autouse=True)
def _anew() -> Iterator[None]:
    meaning._tools = None
    yield
    meaning._tools = None


def slugs(near: dict[int, float], limit: int) -> list[str]:
    best = sorted(near, key=lambda pk: -near[pk])[:limit]
    tools = Tool.objects.in_bulk(best)
    return [tools[pk].slug for pk in best]


def test_it_is_off_unless_asked_for() -> None:
    assert (meaning.is_on(), meaning.near_tools("music"), meaning.near_jobs("music")) == (False, {}, [])


def test_without_the_package_it_stays_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEARCH_BY_MEANING = True
    monkeypatch.setitem(sys.modules, "wordllama", None)
    meaning._model.cache_clear()
    try:
        assert (meaning.is_on(), meaning.near_tools("music")) == (False, {})
        assert search("vector database").how == "all"
    finally:
        meaning._model.cache_clear()


def test_tools_are_found_by_what_they_mean(settings: Any) -> None:
    settings.SEARCH_BY_MEANING = True
    near = meaning.near_tools("song maker")
    assert {"suno", "udio"} & set(slugs(near, 20))
    assert len(near) <= meaning.NEAREST
    assert 0 < min(near.values()) <= max(near.values()) <= 1 - meaning.LEAST
    assert search("song maker").ids != ()


def test_jobs_are_found_by_phrases_that_mean_the_same(settings: Any) -> None:
    settings.SEARCH_BY_MEANING = True
    assert meaning.near_jobs("isolate the vocals of a tune")[0][0].slug == "stem-separation"


def test_vectors_follow_the_catalog(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEARCH_BY_MEANING = True
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    meaning.near_tools("beekeeping")
    made = make.tool(name="Hive minder", tagline="Beekeeping diary that watches hives, honey and bees for beekeepers")
    assert made.pk not in meaning.near_tools("beekeeping diary for hives")
    clock[0] += meaning.LOOK_AGAIN
    assert slugs(meaning.near_tools("beekeeping diary for hives"), 1) == [made.slug]


def test_too_many_tools_switch_it_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SEARCH_BY_MEANING = True
    monkeypatch.setattr(meaning, "MOST_TOOLS", 10)
    assert meaning.near_tools("music") == {}
