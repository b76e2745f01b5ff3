"""Everything a list page shows, from one request: chips, facets with counts, one page of tools, ways out of nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, QueryDict

from catalog import bitmaps, facets, intent
from catalog.facets import FACETS, Choice, Counts, Facet, Narrowing
from catalog.filters import PARAMETERS, SORTS, BadParameter, ToolFilter, ordered
from catalog.index import UNKNOWN
from catalog.models import Category, Tool
from catalog.models.tool import ToolQuerySet
from catalog.words import clean, terms

PAGE_SIZE = 24
SHOWN_VALUES = 5  # a facet group is folded after these
MAX_PAGE = 10_000
NEVER_SHOWN_EMPTY = {"no"}  # absence proves nothing, so "has an API: no" is seldom known


@dataclass(frozen=True)
class Chip:
    """An active filter and the address without it. `read`: words of the search were read as this filter."""

    label: str
    url: str
    read: bool = False


@dataclass(frozen=True)
class Group:
    """One facet in the rail: the choices in sight, those behind the fold, the unknown ones."""

    facet: Facet
    shown: list[Choice]
    folded: list[Choice]
    unknown: Choice | None
    open: bool  # whether the fold is open because something behind it is chosen


@dataclass(frozen=True)
class Drop:
    """A way out of an empty result: one filter given up, and what that would find."""

    label: str
    url: str
    count: int


@dataclass(frozen=True)
class PageLink:
    """A page number with its address; a gap has neither."""

    number: int | None
    url: str
    current: bool


class Browse:
    """One state of a list of tools. `base` is the category that the page itself stands for, if any."""

    def __init__(self, request: HttpRequest, *, path: str, base: Category | None = None) -> None:
        self.path, self.base = path, base
        self.categories = list(Category.objects.in_order())
        known = set(PARAMETERS) - ({"category"} if base else set())
        self.ignored = sorted(name for name in request.GET if name not in known)
        names = {category.slug: category.name for category in self.categories}
        self._listed: ToolQuerySet = Tool.objects.found().for_cards()
        self.filter = ToolFilter(_within(request.GET, base), self._listed, names)
        self.filter.check()
        self.page = _page_number(request.GET)

    # -- what was asked -------------------------------------------------------------------------------------

    @property
    def q(self) -> str:
        """The words searched for."""
        return str(self.filter.words)

    @property
    def sort(self) -> str:
        """The order in force."""
        return str(self.filter.order)

    @property
    def sorts(self) -> list[tuple[str, str, bool]]:
        """Value, label, whether in force; best match only where there are words."""
        return [(v, label, v == self.sort) for v, label in SORTS.items() if v != "relevance" or self.filter.ranked]

    @property
    def how(self) -> str:
        """How literally the words were taken (search.Found.how), "" without words."""
        return self.filter.found.how if self.filter.found else ""

    @property
    def nobody(self) -> str:
        """A name that no tool has and whose alternatives were asked for, "" without."""
        return self.filter.found.nobody if self.filter.found else ""

    @property
    def corrected(self) -> str:
        """The words that were searched for instead of misspelt ones, "" without."""
        return self.filter.found.corrected if self.filter.found else ""

    @cached_property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values by facet, those read from the words too; the page's own category is not among them."""
        return {name: values for name, values in self.filter.chosen.items() if not (self.base and name == "category")}

    @property
    def asked(self) -> dict[str, tuple[str, ...]]:
        """The values that parameters choose; the page's own category is not among them."""
        return {name: values for name, values in self.filter.asked.items() if not (self.base and name == "category")}

    @property
    def unread(self) -> str:
        """The words without those that were read as filters: for a form in which the filters are boxes."""
        return intent.without(self.q, self.filter.readings)

    @property
    def literally(self) -> str:
        """The address with the words taken as they are written."""
        text = self.q.replace('"', " ").strip()
        return self.url(without=[("q", self.q)], plus=[("q", f'"{text}"')])

    @cached_property
    def alternative_to(self) -> Tool | None:
        """The tool whose alternatives are shown, if the words ask for some."""
        found = self.filter.found
        return Tool.objects.listed().get(pk=found.alternative_to) if found and found.alternative_to else None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page's own category narrows the list."""
        return bool(self.chosen or self.q or self.filter.form.cleaned_data["launched_since"])

    @property
    def indexed(self) -> bool:
        """Whether search engines should list this page: the whole list in its usual order, page by page."""
        return not self._pairs()

    # -- addresses ------------------------------------------------------------------------------------------

    def url(
        self, *, without: Iterable[tuple[str, str]] = (), plus: Iterable[tuple[str, str]] = (), page: int = 1
    ) -> str:
        """Return the address of this state with some (parameter, value) pairs removed or added."""
        removed = set(without)
        pairs = [pair for pair in [*self._pairs(), *plus] if pair not in removed]
        pairs += [("page", str(page))] if page > 1 else []
        return f"{self.path}?{urlencode(pairs)}" if pairs else self.path

    def _pairs(self) -> list[tuple[str, str]]:
        pairs = [("q", self.q)] if self.q else []
        pairs += [(name, value) for name, values in self.asked.items() for value in values]
        since = self.since
        pairs += [("launched_since", since)] if since else []
        asked = str(self.filter.form.cleaned_data["sort"])
        return pairs + ([("sort", asked)] if asked and asked == self.sort else [])

    @property
    def since(self) -> str:
        """The launch date asked for, as it was written; "" without."""
        asked = self.filter.form.cleaned_data["launched_since"]
        return str(self.filter.data.get("launched_since", "")).strip() if asked else ""

    # -- what is shown --------------------------------------------------------------------------------------

    @cached_property
    def counts(self) -> Counts:
        """All counts, by one statement."""
        return facets.count(self.filter.narrowing)

    @property
    def total(self) -> int:
        """How many tools match."""
        return self.counts.matching

    def matching(self, tools: Iterable[int]) -> list[int]:
        """Return those of these tools (their keys) that fit all filters and every word of this list, on any page.

        No further statement. A search also lists what fits some of its words; that is not among them.
        """
        found = self.filter.found
        fitting = bitmaps.among(self.counts.tools, tools)
        return fitting if found is None or found.ids is None else [one for one in fitting if one in found.whole]

    @cached_property
    def tools(self) -> list[Tool]:
        """The tools of this page. Raises Http404 when there is no such page."""
        start = (self.page - 1) * PAGE_SIZE
        if self.page > self.last_page:
            raise Http404(f"There is no page {self.page}: this list has {self.last_page}.")
        return self._page(start) if self.total else []

    def _page(self, start: int) -> list[Tool]:
        ids = self.filter.narrowing.ids
        if self.sort == "relevance" and ids is not None:  # the order is known: only what is shown is fetched
            page = bitmaps.among(self.counts.tools, ids)[start : start + PAGE_SIZE]
            found = {tool.pk: tool for tool in self._listed.filter(pk__in=page)}
            return [found[pk] for pk in page if pk in found]
        if self._sorts_sooner(start):
            few = self._listed.filter(pk__in=bitmaps.ids(self.counts.tools))
            return list(ordered(few, self.sort, None)[start : start + PAGE_SIZE])
        return list(self.filter.qs[start : start + PAGE_SIZE])

    def _sorts_sooner(self, start: int) -> bool:
        """Whether sorting all that match reads fewer rows than walking along the order until the page is full."""
        return self.total**2 <= (start + PAGE_SIZE) * self.counts.listed

    @property
    def last_page(self) -> int:
        """The number of the last page (1 when nothing matches)."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def first_row(self) -> int:
        """The number of the first tool on this page."""
        return (self.page - 1) * PAGE_SIZE + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        """The number of the last tool on this page."""
        return min(self.page * PAGE_SIZE, self.total)

    @property
    def pages(self) -> list[PageLink]:
        """The page numbers to show: first, last, two around this one, gaps between."""
        numbers = sorted({1, self.last_page, *range(self.page - 1, self.page + 2)} & set(range(1, self.last_page + 1)))
        links: list[PageLink] = []
        for number in numbers:
            if links and links[-1].number is not None and number - links[-1].number > 1:
                links.append(PageLink(None, "", False))
            links.append(PageLink(number, self.url(page=number), number == self.page))
        return links

    @property
    def previous_url(self) -> str:
        """The address of the page before, "" on the first."""
        return self.url(page=self.page - 1) if self.page > 1 else ""

    @property
    def next_url(self) -> str:
        """The address of the page after, "" on the last."""
        return self.url(page=self.page + 1) if self.page < self.last_page else ""

    @cached_property
    def groups(self) -> list[Group]:
        """The facets of the rail but category (see `category_rows`)."""
        return [self._group(facet) for name, facet in FACETS.items() if name != "category"]

    def _group(self, facet: Facet) -> Group:
        found = self.counts.choices(facet, self.chosen.get(facet.name, ()))
        unknown = next((choice for choice in found if choice.value == UNKNOWN), None)
        known = [choice for choice in found if choice.value != UNKNOWN]
        kept = {name for name in facet.labels if facet.fixed_order and name not in NEVER_SHOWN_EMPTY}
        known = [choice for choice in known if choice.count or choice.chosen or choice.value in kept]
        size = len(known) if facet.fixed_order else SHOWN_VALUES
        shown, folded = known[:size], known[size:]
        return Group(facet, shown, folded, unknown, any(choice.chosen for choice in folded))

    @cached_property
    def category_rows(self) -> list[CategoryRow]:
        """Categories for the rail: upper ones with counts; under a chosen one its sub-categories."""
        counts = self.counts.by_value.get("category", {})
        chosen = set(self.chosen.get("category", ()))
        children: dict[int, list[Category]] = {}
        for category in self.categories:
            if category.parent_id:
                children.setdefault(category.parent_id, []).append(category)
        rows = []
        for top in (category for category in self.categories if not category.parent_id):
            below = children.get(top.pk, [])
            opened = top.slug in chosen or any(sub.slug in chosen for sub in below)
            subs = [
                CategoryRow(
                    sub,
                    counts.get(sub.slug, 0),
                    sub.slug in chosen,
                    self.url(without=[("category", top.slug)], plus=[("category", sub.slug)])
                    if top.slug in chosen
                    else "",
                )
                for sub in (below if opened else [])
            ]
            rows.append(CategoryRow(top, counts.get(top.slug, 0), top.slug in chosen, "", subs))
        return sorted(rows, key=lambda row: (not row.chosen and not row.subs, -row.count, row.category.position))

    @property
    def sub_categories(self) -> list[CategoryRow]:
        """The sub-categories of the page's own category (or its siblings), with the counts they would show."""
        if self.base is None:
            return []
        parent = self.base.parent_id or self.base.pk
        counts = self.counts.by_value.get("category", {})
        return [
            CategoryRow(category, counts.get(category.slug, 0), category.pk == self.base.pk, "")
            for category in self.categories
            if category.parent_id == parent
        ]

    @cached_property
    def chips(self) -> list[Chip]:
        """The active filters, each with the address without it."""
        names = {category.slug: category.name for category in self.categories}
        read = " ".join(one.words for one in self.filter.readings)
        without_words = self.url(without=[("q", self.q)], plus=[("q", read)] if read else [])
        chips = [Chip(f"“{self.unread}”", without_words)] if self.unread else []
        chips += [Chip(one.label, self._unread(one), read=True) for one in self.filter.readings]
        for name, values in self.asked.items():
            for value in values:
                label = names.get(value, value) if name == "category" else chip_label(FACETS[name], value)
                chips.append(Chip(label, self.url(without=[(name, value)])))
        if self.since:
            chips.append(Chip(f"Launched since {self.since}", self.url(without=[("launched_since", self.since)])))
        return chips

    def _unread(self, reading: intent.Reading) -> str:
        """Return the address without the words of a reading."""
        rest = intent.without(self.q, [reading])
        return self.url(without=[("q", self.q)], plus=[("q", rest)] if rest else [])

    @cached_property
    def drops(self) -> list[Drop]:
        """For an empty result: each single filter to give up, with what it would find, most first."""
        found: list[Drop] = []
        read = {one.facet: one for one in self.filter.readings}
        for name, values in self.chosen.items():
            label = read[name].label if name in read else ", ".join(self._value_label(name, value) for value in values)
            url = self._unread(read[name]) if name in read else self.url(without=[(name, value) for value in values])
            found.append(Drop(label, url, self.counts.without.get(name, 0)))
        narrowing = self.filter.narrowing
        if self.q and (self.chosen or self.since):
            count = facets.count(Narrowing(narrowing.chosen, None, narrowing.launched_since)).matching
            found.append(Drop(f"the words “{self.q}”", self.url(without=[("q", self.q)]), count))
        if self.since:
            count = facets.count(Narrowing(narrowing.chosen, narrowing.ids)).matching
            url = self.url(without=[("launched_since", self.since)])
            found.append(Drop(f"launched since {self.since}", url, count))
        return sorted((drop for drop in found if drop.count), key=lambda drop: (-drop.count, drop.label))

    def _value_label(self, name: str, value: str) -> str:
        if name == "category":
            return next((category.name for category in self.categories if category.slug == value), value)
        return chip_label(FACETS[name], value)

    @property
    def nearby(self) -> list[Category]:
        """Categories whose name shares a word with what was typed, else those around the chosen one."""
        asked = {word for word in terms(clean(self.q)) if len(word) > 2}
        found = [c for c in self.categories if asked & set(terms(clean(c.name)))]
        if not found and self.chosen.get("category"):
            near = {c.parent_id for c in self.categories if c.slug in self.chosen["category"]}
            found = [c for c in self.categories if c.parent_id in near - {None} or c.pk in near]
        return found[:6]


@dataclass(frozen=True)
class CategoryRow:
    """A category with its count. `narrow_url` (under a chosen parent) replaces the parent by this sub-category."""

    category: Category
    count: int
    chosen: bool
    narrow_url: str
    subs: Sequence[CategoryRow] = ()


def chip_label(facet: Facet, value: str) -> str:
    """Return the words on a chip: "Free tier", "Input: text", "Has an API", "Licence not known"."""
    label = facet.label(value)
    if value == UNKNOWN and facet.name not in {"pricing"}:
        return f"{facet.said or facet.title}: not known"
    if facet.name in {"has_api", "has_mcp", "self_hosted"}:
        return facet.said if value == "yes" else f"{facet.said}: no"
    return f"{facet.said}: {label}" if facet.said else label


def _within(data: QueryDict, base: Category | None) -> QueryDict:
    if base is None:
        return data
    inside = data.copy()
    inside.setlist("category", [base.slug])
    return inside


def _page_number(data: Any) -> int:
    text = data.get("page") or "1"
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_PAGE):
        raise BadParameter("page", f"“page” is {text[:20]!r}; write a whole number from 1 to {MAX_PAGE:,}.")
    return int(text)
