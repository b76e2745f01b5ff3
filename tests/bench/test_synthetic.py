"""The synthetic catalog of `make bench`: real records by every rule, and rows as the site itself would write them."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import pytest
from django.db import connection, models

from bench.speed import loading, queries, synthetic
from catalog import loader, services, validation
from catalog.models import AlsoIn, Category, Change, Fact, Interface, Plan, Tool, ToolIndex
from catalog.yamlfile import Located

SIZE = 300


@pytest.fixture(scope="module")
def made() -> synthetic.Synthetic:
    return synthetic.Synthetic(synthetic.real_records(), seed=1)


def test_every_record_is_one_that_a_seed_file_could_hold(made: synthetic.Synthetic) -> None:
    parents = {row["slug"]: row["parent"] for row in loader.read(loader.DATA).categories if row["parent"]}
    problems = [
        problem
        for number in range(SIZE)
        for problem in validation.problems_of(Located(made.record(number), "", number), parents)
    ]
    assert problems == []


def test_the_same_seed_number_makes_the_same_tools_and_another_makes_others(made: synthetic.Synthetic) -> None:
    again, other = (synthetic.Synthetic(made.real, seed) for seed in (1, 2))
    assert [again.record(number) for number in (7, 3)] == [made.record(number) for number in (7, 3)]
    assert other.record(7) != made.record(7)


def test_words_follow_the_stated_law(made: synthetic.Synthetic) -> None:
    assert len(set(made.vocabulary)) == synthetic.WORDS
    records = [made.record(number) for number in range(SIZE)]
    began_with_ai = sum(record["tagline"].startswith("AI ") for record in records) / SIZE
    assert 0.62 < began_with_ai < 0.78
    counts = Counter(word for record in records for word in synthetic.WORD.findall(record["description"].lower()))
    first, tenth = counts[made.vocabulary[0]], counts[made.vocabulary[9]]
    assert 0.7 < (first / tenth) / 10**synthetic.ZIPF < 1.4


def test_queries_come_in_the_stated_shares_and_find_something(made: synthetic.Synthetic) -> None:
    found = list(itertools.islice(queries.queries(made, SIZE), 200))
    assert Counter(kind for kind, _ in found) == {"ai": 40, "common": 60, "medium": 50, "rare": 50}
    assert {len(words.split()) for _, words in found} == {1, 2, 3}


@pytest.mark.django_db
def test_loaded_rows_equal_those_that_the_site_writes(made: synthetic.Synthetic) -> None:
    records = [made.record(number) for number in range(SIZE)]
    _empty()  # of the seed, if other tests have loaded it
    loading.write_frame()
    loading.load(records, first_id=1)
    loaded = _rows()
    _empty()
    categories = {category.slug: category for category in Category.objects.select_related("parent")}
    services.create_tools(records, categories=categories)
    assert {name: len(rows) for name, rows in loaded.items()} == {name: len(rows) for name, rows in _rows().items()}
    assert loaded == _rows()


def _empty() -> None:
    Tool.objects.all().delete()
    connection.cursor().execute("TRUNCATE catalog_change")


def _rows() -> dict[str, list[Any]]:
    """Return all rows by table, tools named by their slug, what tells the moment of writing left out."""
    left_out = {"changed_at", "at", "serial", "actor"}
    found = {}
    parts: list[type[models.Model]] = [ToolIndex, AlsoIn, Fact, Interface, Plan]
    for model in parts:
        names = [f.name for f in model._meta.concrete_fields if f.name not in {"id", "tool"} | left_out]
        found[model.__name__] = sorted(model._default_manager.values_list("tool__slug", *names), key=repr)
    for own in (Tool, Change):
        names = [f.name for f in own._meta.concrete_fields if f.name not in {"id", "tool_id"} | left_out]
        found[own.__name__] = sorted(own._default_manager.values_list(*names), key=repr)
    return found
