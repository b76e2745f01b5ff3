"""Slots: a position of a place for a week, at a fixed price. Only bookings are rows; what is free follows from them.

A place is a page that shows sponsored cards. It is written "home", "new", "search" or "category/<slug>", as in
addresses and in bookings.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import models

from catalog import bitmaps
from catalog.models import Category


class Surface(models.TextChoices):
    """The kinds of pages that have places."""

    HOME = "home", "Home"
    CATEGORY = "category", "Category"
    SUBCATEGORY = "subcategory", "Sub-category"
    SEARCH = "search", "Search results"
    NEW = "new", "New"


# Places of a page, each held by one booking at a time; more than are shown at once take turns (featured/showing.py).
POSITIONS = {Surface.HOME: 3, Surface.CATEGORY: 3, Surface.SUBCATEGORY: 2, Surface.SEARCH: 1, Surface.NEW: 2}
PER = 8  # ordinary cards that a page has for each sponsored one


@dataclass(frozen=True)
class Place:
    """A page that has places: all of a surface, or that of a category or sub-category."""

    surface: Surface
    category: Category | None = None

    @property
    def name(self) -> str:
        """What addresses and bookings call it: "home", "category/coding"."""
        return f"category/{self.category.slug}" if self.category else str(self.surface.value)

    @property
    def label(self) -> str:
        """What people call it: "Home", "Coding"."""
        return self.category.name if self.category else str(self.surface.label)

    @property
    def positions(self) -> int:
        """How many bookings it takes at once."""
        return POSITIONS[self.surface]

    @property
    def lookup_key(self) -> str:
        """What the price of a week is called at Stripe and in orders, whatever it is just now: "featured_home_week"."""
        return f"featured_{self.surface.value}_week"

    @property
    def price(self) -> int:
        """What a week costs, in minor units of settings.FEATURED_CURRENCY, without tax."""
        return int(settings.FEATURED_PRICES[self.surface.value])


def of_category(category: Category) -> Place:
    """Return the place of a category or sub-category."""
    return Place(Surface.SUBCATEGORY if category.parent_id else Surface.CATEGORY, category)


def find(name: str) -> Place | None:
    """Return the place of this name, None where there is none. One query for categories, none else."""
    if name.startswith("category/"):
        category = Category.objects.filter(slug=name.removeprefix("category/")).first()
        return of_category(category) if category else None
    return Place(Surface(name)) if name in {Surface.HOME, Surface.SEARCH, Surface.NEW} else None


def every() -> Iterator[Place]:
    """Yield all places: home, new, search, each category followed by its sub-categories. One query."""
    yield from (Place(Surface.HOME), Place(Surface.NEW), Place(Surface.SEARCH))
    rows = list(Category.objects.in_order())
    for top in (row for row in rows if row.parent_id is None):
        yield of_category(top)
        yield from (of_category(row) for row in rows if row.parent_id == top.pk)


def too_short(places: Iterable[Place]) -> set[str]:
    """Return the names of the categories among these whose lists are too short to show a card: sold to nobody.

    One statement, none without a category.
    """
    slugs = {place.name: place.category.slug for place in places if place.category}
    words = bitmaps.current().words if slugs else {}
    return {name for name, slug in slugs.items() if words.get(f"category:{slug}", 0).bit_count() < PER}


def labels(names: Collection[str]) -> dict[str, str]:
    """Return what people call these places; of a category that is gone the name itself. One query at most."""
    slugs = [name.removeprefix("category/") for name in names if name.startswith("category/")]
    found = {one.slug: one.name for one in Category.objects.filter(slug__in=slugs)} if slugs else {}
    pages = {str(one.value): str(one.label) for one in Surface}
    return {name: pages.get(name) or found.get(name.removeprefix("category/"), name) for name in names}


def positions_of_a_week() -> int:
    """Return how many positions all places have together. One query."""
    return sum(place.positions for place in every())
