"""The filter form that reads query parameters: one object for the site, and later for feeds, exports and the API."""

from __future__ import annotations

import copy
import functools
import re
from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

import django_filters
from django import forms
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db.models import BigIntegerField, F, Func, Value
from django.http import QueryDict

from catalog import intent, launch, search
from catalog.facets import FACETS, Facet, Narrowing, words
from catalog.index import UNKNOWN
from catalog.models import Tool, ToolIndex
from catalog.models.tool import ToolQuerySet
from catalog.words import QueryTooLong, clean
from core.clean import shown

SORTS = {
    "relevance": "Best match",
    "newest": "Newest",
    "added": "Recently added",
    "verified": "Recently verified",
    "name": "A to Z",
}
ALIASES = {("pricing", "freemium"): "free-tier"}
ONCE = ("q", "sort", "launched_since", "page")
PARAMETERS = ("q", *FACETS, "launched_since", "sort", "page")
SHOWN = 24  # values that an error names
LICENCE = re.compile(r"^[A-Za-z0-9.+-]{1,60}$")


class BadParameter(ValueError):
    """A query parameter cannot be used; the message is a sentence for people. `name` is the parameter."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


class _Unchanged:
    """Filters and fields that nobody changes once they are made, so that copies share what is in them.

    The libraries copy all of them with all that is in them for each request: a fifth of the time of a list of the API.
    """

    def __deepcopy__(self, memo: Any) -> Any:
        return copy.copy(self)


class _Sort(_Unchanged, forms.ChoiceField):
    """One order; the error names what there is."""

    default_error_messages = {"invalid_choice": f"%(value)r is not one of: {', '.join(SORTS)}."}


class _Values(_Unchanged, forms.Field):
    """Several values of one facet; the error names the bad one and what there is.

    Not Django's field for choices: that copies all choices several times for each request (0.4 ms for the categories).
    """

    widget = forms.SelectMultiple

    def __init__(self, *, known: Collection[str], **options: Any) -> None:
        super().__init__(**options)
        self.known = known

    def to_python(self, value: Any) -> list[str]:
        return [str(one) for one in value or ()]

    def validate(self, value: Any) -> None:
        for one in value:
            if one not in self.known:
                more = f", and {len(self.known) - SHOWN} more" if len(self.known) > SHOWN else ""
                raise ValidationError(f"{one[:60]!r} is not one of: {', '.join(islice(self.known, SHOWN))}{more}.")


class _Licences(_Values):
    """SPDX licence ids. The list is open: an id that no tool has finds nothing."""

    def validate(self, value: Any) -> None:
        for one in value:
            if one != UNKNOWN and not LICENCE.match(one):
                raise ValidationError(f"{one[:60]!r} is no SPDX licence id, such as Apache-2.0.")


class _Since(_Unchanged, forms.CharField):
    """A day, a month or a year; a month or a year means its first day."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return launch.period(text)[0]
        except ValueError as error:
            raise ValidationError(f"{text[:20]!r} is no date. Write 2026, 2026-03 or 2026-03-31.") from error


class _Query(_Unchanged, forms.CharField):
    """The words of a search."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            clean(text)
        except QueryTooLong as error:
            raise ValidationError(str(error)) from error
        return text


class _ValuesFilter(_Unchanged, django_filters.Filter):  # type: ignore[misc]
    field_class = _Values


class _LicenceFilter(_Unchanged, django_filters.Filter):  # type: ignore[misc]
    field_class = _Licences


class _SortFilter(_Unchanged, django_filters.ChoiceFilter):  # type: ignore[misc]
    field_class = _Sort


class _SinceFilter(_Unchanged, django_filters.CharFilter):  # type: ignore[misc]
    field_class = _Since


class _QueryFilter(_Unchanged, django_filters.CharFilter):  # type: ignore[misc]
    field_class = _Query


def _facet_filter(facet: Facet, values: Mapping[str, str]) -> Any:
    kind = _LicenceFilter if facet.name == "licence" else _ValuesFilter
    one = kind(field_name=facet.name, label=facet.title, known=dict.fromkeys([*values, UNKNOWN]), method="by_facet")
    one.model = Tool
    return one


@functools.cache
def _fixed_filter(name: str) -> Any:
    """Return the filter of a facet whose values are those of its labels: always the same one."""
    return _facet_filter(FACETS[name], FACETS[name].labels)


class ToolFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Tools as the query parameters of a page ask for them.

    Words of the search that imply a filter ("free") are read as one, unless the facet is chosen by a parameter.
    `categories` maps the slugs of both levels to names. Call `check()` first; then `narrowing` says what was
    asked and `qs` holds the tools in order.
    """

    q = _QueryFilter(label="Words", method="by_words", max_length=4_000)
    launched_since = _SinceFilter(label="Launched since", method="by_launch", max_length=40)
    sort = _SortFilter(label="Sort", choices=list(SORTS.items()), method="by_sort")

    class Meta:
        model = Tool
        fields: list[str] = []

    def __init__(self, data: QueryDict, queryset: ToolQuerySet, categories: Mapping[str, str]) -> None:
        super().__init__(_with_aliases(data), queryset)
        for facet in FACETS.values():
            if facet.name not in self.data:
                continue  # a field costs 0.1 ms to make: only those that are asked for
            by_labels = facet.name != "category"
            self.filters[facet.name] = _fixed_filter(facet.name) if by_labels else _facet_filter(facet, categories)
        self.found: search.Found | None = None
        self.readings: tuple[intent.Reading, ...] = ()  # the readings of the words that are in force
        self.unmet: tuple[intent.Reading, ...] = ()  # those given up, as no tool found fits them

    def check(self) -> None:
        """Read all parameters; search if there are words. Raises BadParameter, search.SearchTimeout."""
        for name in ONCE:
            if len(set(self.data.getlist(name))) > 1:
                raise BadParameter(name, f"“{name}” is given {len(self.data.getlist(name))} times; give it once.")
        if not self.form.is_valid():
            name, errors = next(iter(self.form.errors.items()))
            raise BadParameter(name, f"“{name}” cannot be used: {errors[0]}")
        if self.words:
            self.found = search.search(self.words)
            self.readings = tuple(one for one in self.found.readings if one.facet not in self.asked)
            if self.readings and not self._fitting():
                self.readings, self.unmet = (), self.readings

    def _fitting(self) -> bool:
        """Say whether any tool that the words found fits the readings."""
        assert self.found is not None
        rows = ToolIndex.objects.all() if self.found.ids is None else ToolIndex.objects.filter(pk__in=self.found.ids)
        for one in self.readings:
            rows = rows.filter(facets__overlap=words(one.facet, one.values))
        return rows.exists()

    @property
    def words(self) -> str:
        """The text searched for, without what cannot be seen, stripped."""
        return shown(str(self.form.cleaned_data["q"])).strip()

    @property
    def asked(self) -> dict[str, tuple[str, ...]]:
        """The values that parameters choose, of every facet that has any, without repetitions."""
        values = {name: tuple(dict.fromkeys(self.form.cleaned_data.get(name, ()))) for name in FACETS}
        return {name: found for name, found in values.items() if found}

    @property
    def chosen(self) -> dict[str, tuple[str, ...]]:
        """The chosen values of every facet that has any, by parameters or by words that were read as filters."""
        return self.asked | {one.facet: one.values for one in self.readings}

    @property
    def ranked(self) -> bool:
        """Whether there are words that say which tools fit best."""
        return self.found is not None and self.found.ids is not None

    @property
    def order(self) -> str:
        """The order in force: the one asked for, else best match for words, else newest."""
        asked = str(self.form.cleaned_data["sort"])
        if asked == "relevance" and not self.ranked:
            asked = ""
        return asked or ("relevance" if self.ranked else "newest")

    @property
    def narrowing(self) -> Narrowing:
        """What was asked, for counting."""
        ids = self.found.ids if self.found else None
        return Narrowing(self.chosen, ids, self.form.cleaned_data["launched_since"])

    def filter_queryset(self, queryset: Any) -> Any:
        """Return the tools that match, in order."""
        narrowing = self.narrowing
        for name, values in narrowing.chosen.items():
            queryset = queryset.filter(index__facets__overlap=words(name, values))
        if narrowing.launched_since:
            queryset = queryset.filter(launched_on__gte=narrowing.launched_since)
        if narrowing.ids is not None:
            queryset = queryset.filter(pk__in=narrowing.ids)
        return ordered(queryset, self.order, narrowing.ids)


for _one in ToolFilter.base_filters.values():
    assert _one.field  # made once: copies share it


def ordered(queryset: Any, sort: str, ids: tuple[int, ...] | None) -> Any:
    """Return the tools in an order of SORTS; best match is the order of `ids`, and newest first without them."""
    if sort == "relevance" and ids:
        ranked = Value(list(ids), output_field=ArrayField(BigIntegerField()))
        return queryset.order_by(Func(ranked, F("pk"), function="array_position"), "slug")
    orders = {"added": queryset.recently_added, "verified": queryset.recently_verified, "name": queryset.by_name}
    return orders.get(sort, queryset.newest)()


def _with_aliases(data: QueryDict) -> QueryDict:
    """Leave out empty values (forms send them); replace other spellings of values ("freemium") by ours."""
    changed = QueryDict(mutable=True)
    for name, values in data.lists():
        kept = [value for value in values if value]
        if kept:
            changed.setlist(name, kept)
    for name in {name for name, _ in ALIASES}:
        if name not in changed:
            continue
        changed.setlist(name, [ALIASES.get((name, one), one) for one in data.getlist(name)])
    return changed
