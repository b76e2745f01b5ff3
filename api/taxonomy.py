"""The categories' names and places, which nearly every answer about tools needs.

Where answers are kept in memory (PAGE_CACHE_SECONDS), this is kept in the process for as long: an answer could be as
old anyway. A category that is newer than what is kept is noticed by its key, and everything is read anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from catalog.models import Category


@dataclass(frozen=True)
class Taxonomy:
    """All categories in their order: names by slug, "category/sub-category" by key; until when (time.monotonic)."""

    names: dict[str, str]
    paths: dict[int, str]
    until: float


_kept: dict[str, Taxonomy] = {}  # by database


def current(keys: Iterable[int] = ()) -> Taxonomy:
    """Return the categories, among them those with these keys. At most one statement."""
    name = str(connection.settings_dict["NAME"])
    kept = _kept.get(name)
    if kept is not None and kept.until > time.monotonic() and all(key in kept.paths for key in keys):
        return kept
    rows = list(Category.objects.in_order().values_list("id", "slug", "name", "parent__slug"))
    paths = {key: f"{parent}/{slug}" if parent else slug for key, slug, _, parent in rows}
    seconds = settings.PAGE_CACHE_SECONDS
    found = Taxonomy({slug: name for _, slug, name, _ in rows}, paths, time.monotonic() + seconds)
    if seconds and not connection.in_atomic_block:  # what a transaction sees may be rolled back
        _kept[name] = found
    return found


def names() -> dict[str, str]:
    """Return the names of all categories by slug, in their order. At most one statement."""
    return current().names
