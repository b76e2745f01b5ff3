"""Money cannot move rank: with bookings and without any, 1,000 queries find the same, byte for byte.

On the real seed. The queries are drawn from a fixed seed: words of tools, facets, orders, pages, categories; each goes
through the very code of the pages (catalog.browse).
"""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import Http404
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.http import urlencode

from catalog import bitmaps, facets, loader
from catalog.browse import Browse
from catalog.filters import SORTS
from catalog.models import Category, Tool
from featured import booking, slots
from featured.eligibility import vendor_of
from featured.models import Booking, BookingMove
from tests.featured.running import without_strips

QUERIES, PAGES = 1_000, 40
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(400)]
FIXED = 20_261_126


@pytest.fixture
def look(db: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The real catalog. What is returned reads its bitmaps once more: in a transaction each query would do so."""
    loader.load(loader.DATA)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    read = bitmaps.current

    def again() -> None:
        index = read()
        monkeypatch.setattr(bitmaps, "current", lambda _within=0: index)

    again()
    return again


def queries() -> list[tuple[str, str]]:
    """Return paths with their parameters: the same at each run."""
    rng = random.Random(FIXED)
    names = list(Tool.objects.found().order_by("slug").values_list("name", "tagline"))
    slugs = list(Category.objects.order_by("slug").values_list("slug", flat=True))
    known = bitmaps.current().words
    values: dict[str, list[str]] = {}
    for word in sorted(known):
        name, _, value = word.partition(":")
        if name in facets.FACETS:
            values.setdefault(name, []).append(value)
    found = []
    for _ in range(QUERIES):
        pairs: list[tuple[str, str]] = []
        if rng.random() < 0.6:
            name, tagline = rng.choice(names)
            words = rng.sample(tagline.split(), k=min(2, len(tagline.split()))) if rng.random() < 0.6 else [name]
            pairs.append(("q", " ".join(words)))
        for facet in rng.sample(sorted(values), k=rng.choice([0, 0, 1, 1, 2])):
            pairs += [(facet, value) for value in rng.sample(values[facet], k=1)]
        if rng.random() < 0.4:
            pairs.append(("sort", rng.choice(list(SORTS))))
        base = rng.choice(slugs) if rng.random() < 0.4 else ""
        if base:
            pairs = [pair for pair in pairs if pair[0] != "category"]
        found.append((f"/categories/{base}/" if base else "/tools/", urlencode(pairs)))
    return found


def organic(path: str, query: str) -> bytes:
    """Return all that a list shows of the catalog: ids in their order, how many there are, every count."""
    base = Category.objects.get(slug=path.split("/")[2]) if path != "/tools/" else None
    browse = Browse(RequestFactory().get(f"{path}?{query}"), path=path, base=base)
    try:
        ids = [tool.pk for tool in browse.tools]
    except Http404:
        ids = []
    told: dict[str, Any] = {
        "ids": ids, "all": browse.filter.narrowing.ids, "total": browse.total, "how": browse.how,
        "counts": browse.counts.by_value, "without": browse.counts.without,
    }  # fmt: skip
    return json.dumps(told, sort_keys=True).encode()


def book_everything() -> int:
    """Book every position of every place for the running week; return how many."""
    tools = list(Tool.objects.found().select_related("category").order_by("?"))
    used: set[tuple[str, str]] = set()
    made = 0
    for place in slots.every():
        category = place.category
        fitting = (
            one for one in tools
            if (category is None or category.pk in {one.category_id, one.category.parent_id})
            and (place.surface, vendor_of(one)) not in used
        )  # fmt: skip
        for tool, _ in zip(fitting, range(place.positions), strict=False):
            used.add((place.surface, vendor_of(tool)))
            until = timezone.now() + dt.timedelta(hours=1)
            held = booking.hold(tool=tool, place=place, first=timezone.now(), payer="P", kind="granted", until=until)
            made += booking.move(held, "book")
    return made


def delete_everything() -> None:
    """Delete all bookings, moves and all."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        BookingMove.objects.all().delete()
        cursor.execute("SET LOCAL session_replication_role = origin")
    Booking.objects.all().delete()


def test_a_thousand_queries_find_the_same_with_bookings_and_without(look: Callable[[], None], client: Client) -> None:
    asked = queries()
    made = book_everything()
    assert made > 200
    look()
    plain = [pair for pair in asked if not pair[1]][: PAGES // 2]
    pages = plain + [pair for pair in asked if pair[1]][: PAGES - len(plain)]
    with_money = [organic(*one) for one in asked]
    shown = [client.get(f"{path}?{query}").content.decode() for path, query in pages]
    delete_everything()
    assert Booking.objects.count() == 0
    look()
    without = [organic(*one) for one in asked]
    assert len(without) == QUERIES
    assert [one for one, a, b in zip(asked, with_money, without, strict=True) if a != b] == []
    assert len(set(without)) > QUERIES / 2  # they ask for different things
    strips = 0
    for (path, query), text in zip(pages, shown, strict=True):
        strips += 'class="spon"' in text
        assert without_strips(text) == client.get(f"{path}?{query}").content.decode(), f"{path}?{query}"
    assert strips >= 10
