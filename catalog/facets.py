"""Facets: what tools can be narrowed by, and how many tools each choice would leave.

Counts follow the other filters: the choices made in one facet do not narrow that facet's own counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, reduce
from operator import and_, or_

from django.db.models import TextChoices

from catalog import bitmaps, choices
from catalog.index import UNKNOWN

YES_NO = (("yes", "Yes"), ("no", "No"))
# a level holds those below it: verified=2 finds L2 and above
LEVELS = {
    **{
        str(n): f"L{n} {name.lower()}" + (", or higher" if n < len(choices.LEVELS) - 1 else "")
        for n, name in enumerate(choices.LEVELS)
        if n
    },
    "0": "Not verified",
}


@dataclass(frozen=True)
class Facet:
    """One thing to narrow by. `labels` maps values to words; other values are shown as they are."""

    name: str
    title: str
    said: str  # before a value in a chip: "Input: text"; "" when the value speaks for itself
    labels: Mapping[str, str]
    fixed_order: bool = False  # keep the order of `labels` instead of ordering by count

    def label(self, value: str) -> str:
        """Return the words for a value."""
        if value == UNKNOWN:
            return self.labels.get(UNKNOWN, "Not known")
        return self.labels.get(value, value)

    @cached_property
    def known(self) -> list[str]:
        """The values of `labels`, in their order, without what stands for not known."""
        return [value for value in self.labels if value != UNKNOWN]

    @cached_property
    def folded(self) -> Mapping[str, str]:
        """The words of `labels` without regard to case."""
        return {value: label.casefold() for value, label in self.labels.items()}

    def sorted_as(self, value: str) -> str:
        """Return what a value is sorted by among those with the same count."""
        return self.folded.get(value) or value.casefold()


def _labels(enum: type[TextChoices]) -> dict[str, str]:
    return {str(value): str(label) for value, label in enum.choices}


FACETS: dict[str, Facet] = {
    facet.name: facet
    for facet in (
        Facet("category", "Category", "", {}),
        Facet("verified", "Verified", "", LEVELS, fixed_order=True),
        Facet("pricing", "Pricing", "", _labels(choices.PricingLabel), fixed_order=True),
        Facet("has_api", "Has an API", "Has an API", dict(YES_NO), fixed_order=True),
        Facet("has_mcp", "Speaks MCP", "Speaks MCP", dict(YES_NO), fixed_order=True),
        Facet("self_hosted", "Can be self-hosted", "Self-hosted", dict(YES_NO), fixed_order=True),
        Facet("kind", "Kind", "", _labels(choices.Kind)),
        Facet("source", "Source", "", _labels(choices.Source)),
        Facet("licence", "Licence", "Licence", {}),
        Facet("interface", "Interface", "Interface", _labels(choices.InterfaceKind)),
        Facet("auth", "Sign-in of its API", "Sign-in", _labels(choices.Auth)),
        Facet("platform", "Platform", "Runs on", _labels(choices.Platform)),
        Facet("input", "Input", "Input", _labels(choices.Modality)),
        Facet("output", "Output", "Output", _labels(choices.Modality)),
        Facet("access", "Access", "Access", _labels(choices.Access), fixed_order=True),
        Facet("model", "Charged by", "Charged by", _labels(choices.PriceModel)),
    )
}


@dataclass(frozen=True)
class Choice:
    """One value of a facet: how many tools it would show, whether it is chosen."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Narrowing:
    """What narrows the catalog: chosen values per facet, the ids that a search found, a launch date."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ids: tuple[int, ...] | None = None
    launched_since: dt.date | None = None
    launched_until: dt.date | None = None


@dataclass(frozen=True)
class Counts:
    """How many tools match, how many each value would leave, how many are listed at all."""

    matching: int
    listed: int
    tools: int  # bitmap of the matching ones
    by_value: Mapping[str, Mapping[str, int]]  # facet name → value → count
    without: Mapping[str, int]  # facet name → how many would match if its choices were dropped

    def choices(self, facet: Facet, chosen: Iterable[str]) -> list[Choice]:
        """Return the facet's values for display: known ones first, unknown last; chosen ones always there."""
        picked = set(chosen)
        found = self.ordered(facet, picked)
        return [Choice(value, facet.label(value), number, value in picked) for value, number in found]

    def ordered(self, facet: Facet, chosen: Iterable[str]) -> list[tuple[str, int]]:
        """Return the facet's values, each with its count, in the order of `choices`."""
        counts, picked = self.by_value.get(facet.name, {}), set(chosen)
        values = {*counts, *picked}
        if facet.fixed_order:
            known = [*facet.known, *sorted(value for value in values - facet.labels.keys() if value != UNKNOWN)]
        else:
            there = values.union(facet.known) - {UNKNOWN}
            known = [value for _, _, value in sorted((-counts.get(one, 0), facet.sorted_as(one), one) for one in there)]
        if counts.get(UNKNOWN) or UNKNOWN in picked:
            known.append(UNKNOWN)
        return [(value, counts.get(value, 0)) for value in known]


def words(name: str, values: Iterable[str]) -> list[str]:
    """Return the index words of some values of a facet."""
    return [f"{name}:{value}" for value in values]


def count(narrowing: Narrowing, within: float = 0) -> Counts:
    """Count everything, from the bitmaps of facet words as they are now, or were `within` so many seconds.

    One statement, or none.
    """
    index = bitmaps.current(within)
    tools = index.listed
    if narrowing.ids is not None:
        tools &= bitmaps.bitmap(narrowing.ids)
    if narrowing.launched_since or narrowing.launched_until:
        tools &= index.launched_between(narrowing.launched_since, narrowing.launched_until)
    chosen = {
        name: reduce(or_, (index.words.get(word, 0) for word in words(name, values)))
        for name, values in narrowing.chosen.items()
        if values
    }
    # what is left when the choices of one facet are dropped: that facet's values are counted among these
    without = {
        name: reduce(and_, (found for other, found in chosen.items() if other != name), tools) for name in chosen
    }
    matching = reduce(and_, chosen.values(), tools)
    by_value: dict[str, dict[str, int]] = {}
    for name, values in index.by_facet.items():
        among = without.get(name, matching)
        numbers = {value: number for value, found in values if (number := (found & among).bit_count())}
        if numbers:
            by_value[name] = numbers
    return Counts(
        matching.bit_count(),
        index.listed.bit_count(),
        matching,
        by_value,
        {name: found.bit_count() for name, found in without.items()},
    )
