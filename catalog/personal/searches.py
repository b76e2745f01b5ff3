"""A search that somebody follows: its parameters in one order, and its filters in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import QueryDict

from catalog.browse import chip_label
from catalog.facets import FACETS
from catalog.filters import ToolFilter
from catalog.models import Category, Tool

LONGEST = 1_000  # characters of a query that is kept
LONGEST_NAME = 300


@dataclass(frozen=True)
class Search:
    """What a list is narrowed by. `category`: its slug, when nothing but one category narrows it."""

    query: str
    name: str
    category: str = ""


def read(query: str) -> ToolFilter:
    """Return the filter of a query, checked. Raises BadParameter, search.SearchTimeout."""
    found = ToolFilter(QueryDict(query), Tool.objects.found(), names())
    found.check()
    return found


def names() -> dict[str, str]:
    """Return the names of all categories by slug."""
    return dict(Category.objects.in_order().values_list("slug", "name"))


def described(found: ToolFilter, categories: Mapping[str, str]) -> Search:
    """Return what a checked filter asks for. Order and page are left out: they change nothing in what is found."""
    asked = found.asked
    pairs = [("q", found.words)] if found.words else []
    labels = [f"“{found.words}”"] if found.words else []
    for name, values in asked.items():
        for value in sorted(values):
            pairs.append((name, value))
            labels.append(categories[value] if name == "category" and value in categories else _label(name, value))
    since = str(found.data.get("launched_since", "")).strip() if found.form.cleaned_data["launched_since"] else ""
    if since:
        pairs.append(("launched_since", since))
        labels.append(f"Launched since {since}")
    alone = asked.get("category", ())
    category = alone[0] if len(pairs) == len(alone) == 1 else ""
    name = " · ".join(labels)
    return Search(urlencode(pairs), name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…", category)


def _label(name: str, value: str) -> str:
    return chip_label(FACETS[name], value)
