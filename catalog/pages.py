"""Small things that pages are made of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.core.paginator import InvalidPage, Page, Paginator
from django.http import Http404
from django.urls import reverse

from catalog.facets import Counts
from catalog.models import Category, Tool
from catalog.suggest import suggest
from catalog.words import QueryTooLong

Row = TypeVar("Row")


def number_of(text: str) -> int:
    """Return the key that a form names; 0, which no row has, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


@dataclass(frozen=True)
class IndexEntry:
    """A category of the index with its sub-categories, each with a count."""

    category: Category
    count: int
    subs: list[tuple[Category, int]]

    @property
    def largest(self) -> list[tuple[Category, int]]:
        """The two largest sub-categories."""
        return sorted(self.subs, key=lambda pair: (-pair[1], pair[0].position))[:2]


def category_index(counts: Counts) -> list[IndexEntry]:
    """Return all categories in order, by one statement."""
    found = counts.by_value.get("category", {})
    rows = list(Category.objects.in_order())
    return [
        IndexEntry(
            top,
            found.get(top.slug, 0),
            [(sub, found.get(sub.slug, 0)) for sub in rows if sub.parent_id == top.pk],
        )
        for top in rows
        if top.parent_id is None
    ]


def related_tools(tool: Tool, limit: int) -> list[Tool]:
    """Return the stored neighbours of a tool that are listed, nearest first. Four statements."""
    ids = list(tool.neighbours.order_by("position").values_list("other_id", flat=True))
    found = {other.pk: other for other in Tool.objects.listed().for_cards().filter(pk__in=ids)}
    return [found[pk] for pk in ids if pk in found][:limit]


def suggestions(text: str) -> list[Tool]:
    """Return tools to offer for what has been typed so far. Raises QueryTooLong, SearchTimeout."""
    ids = suggest(text)
    found = Tool.objects.listed().in_bulk(ids)
    return [found[pk] for pk in ids if pk in found]


def slugs_like(text: str) -> list[str]:
    """Return the slug of the tool that a person means by a name or slug; [] when none is meant."""
    exact = Tool.objects.listed().filter(slug=text.lower()).first()
    if exact:
        return [exact.slug]
    try:
        return [tool.slug for tool in suggestions(text)[:1]]
    except QueryTooLong as error:
        raise BadRequest(str(error)) from error


def compare_url(slugs: Iterable[str]) -> str:
    """Return the address that compares these tools."""
    joined = ",".join(dict.fromkeys(slugs))
    return reverse("catalog:compare") + ("?" + urlencode({"tools": joined}, safe=",") if joined else "")


def address(path: str, *, period: str, page: int) -> str:
    """Return the one address of a page of /new/: what is usual is left out."""
    query = {"period": period} if period else {}
    query |= {"page": str(page)} if page > 1 else {}
    return f"{path}?{urlencode(query)}" if query else path


def numbered(paginator: Paginator[Row], asked: str) -> Page[Row]:
    """Return the page of that number. Raises BadRequest for no number, Http404 for a page that is not there."""
    if not (asked.isascii() and asked.isdigit() and 0 < int(asked[:9]) <= 10_000):
        raise BadRequest(f"“page” is {asked[:20]!r}; write a whole number from 1.")
    try:
        return paginator.page(int(asked))
    except InvalidPage as error:
        raise Http404(f"There is no page {asked}: this list has {paginator.num_pages}.") from error
