"""What is kept of the categories, and for how long."""

from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from api import taxonomy
from catalog.models import Category

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def coding() -> Category:
    return Category.objects.create(slug="coding", name="Coding", position=0)


def test_categories_are_kept_for_as_long_as_answers_are(
    coding: Category, settings: Any, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    assert taxonomy.names() == {"coding": "Coding"}
    with django_assert_num_queries(0):
        assert taxonomy.current([coding.pk]).paths == {coding.pk: "coding"}


def test_a_category_that_is_newer_than_what_is_kept_is_noticed(coding: Category, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    taxonomy.names()
    below = Category.objects.create(slug="editors", name="Editors", parent=coding, position=1)
    assert taxonomy.current([below.pk]).paths[below.pk] == "coding/editors"


def test_nothing_is_kept_where_no_answer_is(coding: Category, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    taxonomy.names()
    Category.objects.update(name="Programming")
    assert taxonomy.names() == {"coding": "Programming"}
