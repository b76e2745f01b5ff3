"""The catalog in figures: what `/stats/` draws, counted from the index and from who says what."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.urls import reverse

from catalog import facets
from catalog.choices import SaidBy
from catalog.facets import FACETS, Counts, Narrowing
from catalog.index import UNKNOWN
from catalog.models import Category, Fact, Tool
from catalog.records import FACTS

YEARS = 10  # columns of the picture of launches, as many as numbers fit on a small screen; older ones share one more
PLOT = 140  # its height in pixels, as in templates/catalog/_launches.html
AGES = ((30, "In the last 30 days"), (90, "31 to 90 days ago"), (180, "91 to 180 days ago"))
OLDER = "More than 180 days ago"
# heads of narrow columns; the words in full are those of SaidBy
SOURCES = {
    SaidBy.EDITOR: "Editors", SaidBy.LIST: "Public list", SaidBy.DOCS: "Vendor", SaidBy.OWNER: "Owner",
    SaidBy.SUBMITTER: "Submitter", SaidBy.NONE: "Nobody",
}  # fmt: skip
# how a part of a bar is drawn: filled, light, hatched (not known)
FULL, LIGHT, HATCHED = "full", "light", "hatched"


@dataclass(frozen=True)
class Part:
    """One number of a bar. `url` is the list that shows exactly these tools, "" where no list does."""

    count: int
    look: str = FULL
    url: str = ""
    x: str = "0"  # where it begins and how wide it is, in per cent of the picture
    width: str = "0"


@dataclass(frozen=True)
class Bar:
    """One row of a chart: a label, its numbers, and their share in words."""

    label: str
    parts: tuple[Part, ...]
    share: str


@dataclass(frozen=True)
class Chart:
    """A picture that is a table as well: the heads are the label's, one per number, and the share's."""

    name: str
    title: str
    says: str
    heads: tuple[str, ...]
    bars: Sequence[Bar]


@dataclass(frozen=True)
class Year:
    """The tools that launched in a year, by how exactly it is known; `since` counts them and all later ones."""

    label: str
    exact: int  # known to the month or the day
    bare: int  # known to the year only
    since: int
    url: str
    x: str = "0"  # the left edge, the middle and the width of its column in per cent
    middle: str = "0"
    width: str = "0"
    exact_height: int = 0  # pixels
    bare_height: int = 0

    @property
    def count(self) -> int:
        """All tools of the year."""
        return self.exact + self.bare

    @property
    def exact_top(self) -> int:
        """Where the lower part of the column begins, from the top of the picture."""
        return PLOT - self.exact_height

    @property
    def bare_top(self) -> int:
        """Where the upper part of the column begins."""
        return self.exact_top - self.bare_height


@dataclass(frozen=True)
class Launches:
    """Launches by year, and for how many tools no launch date is known."""

    years: Sequence[Year]
    exact: int
    bare: int
    unknown: int

    @property
    def known(self) -> int:
        """The tools whose launch is known at least to the year."""
        return self.exact + self.bare


@dataclass(frozen=True)
class Said:
    """How many facts of one field each source states, in the order of `SOURCES`."""

    field: str
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Figures:
    """Everything that the page shows."""

    listed: int
    by_job: Chart
    by_price: Chart
    by_kind: Chart
    launches: Launches
    known: Chart
    facts: int
    sources: Chart
    heads: Sequence[str]
    fields: Sequence[Said]
    ages: Chart


def figures(today: dt.date) -> Figures:
    """Count the listed tools and their facts, in four statements."""
    counts = facets.count(Narrowing())
    launches = _launches(counts.listed)
    rows = _facts(today)
    facts = sum(row[source] for row in rows.values() for source in SOURCES)
    return Figures(
        counts.listed,
        _by_job(counts),
        _by_facet(counts, "pricing", "What they cost", "By the one pricing label that every tool has."),
        _by_facet(counts, "kind", "What they are", "The form a tool comes in; every tool has one."),
        launches,
        _known(counts, launches),
        facts,
        _sources(rows.values(), facts),
        list(SOURCES.values()),
        [Said(name.capitalize(), tuple(rows[name][source] for source in SOURCES)) for name in FACTS if name in rows],
        _ages(rows.values(), facts),
    )


def percent(part: int, whole: int) -> str:
    """Return a share in whole per cent: "0%" and "100%" mean none and all; "" of nothing."""
    if not whole:
        return ""
    rounded = round(100 * part / whole)
    if 0 < part < whole and rounded in {0, 100}:
        return "<1%" if rounded == 0 else ">99%"
    return f"{rounded}%"


def _width(part: int, scale: int) -> str:
    return f"{100 * part / scale:.2f}" if scale else "0"


def _list_url(name: str, value: str) -> str:
    return f"{reverse('catalog:tools')}?{urlencode({name: value})}"


def _bars(rows: Sequence[tuple[str, Part]], whole: int) -> list[Bar]:
    """Return bars of one part each; the longest fills the picture."""
    longest = max((part.count for _, part in rows), default=0)
    return [
        Bar(
            label,
            (Part(part.count, part.look, part.url, width=_width(part.count, longest)),),
            percent(part.count, whole),
        )
        for label, part in rows
    ]


def _by_job(counts: Counts) -> Chart:
    found = counts.by_value.get("category", {})
    rows = [
        (category.name, Part(found.get(category.slug, 0), url=category.get_absolute_url()))
        for category in Category.objects.top().in_order()
    ]
    rows.sort(key=lambda row: -row[1].count)  # equal ones stay in the taxonomy's order
    says = "A tool counts in every category it is filed under, so the shares add up to more than all."
    return Chart("job", "The jobs they do", says, ("Category", "Tools", "Share"), _bars(rows, counts.listed))


def _by_facet(counts: Counts, name: str, title: str, says: str) -> Chart:
    facet = FACETS[name]
    rows = [
        (choice.label, Part(choice.count, HATCHED if choice.value == UNKNOWN else FULL, _list_url(name, choice.value)))
        for choice in counts.choices(facet, ())
        if choice.count
    ]
    return Chart(name, title, says, (facet.title, "Tools", "Share"), _bars(rows, counts.listed))


def _known(counts: Counts, launches: Launches) -> Chart:
    """How many tools state each field; the least known first."""
    missing = {
        facet.title: Part(counts.by_value.get(name, {}).get(UNKNOWN, 0), HATCHED, _list_url(name, UNKNOWN))
        for name, facet in FACETS.items()
        if name != "category"
    }
    missing["Launch date"] = Part(launches.unknown, HATCHED)
    bars = []
    for label, part in sorted(missing.items(), key=lambda row: (-row[1].count, row[0])):
        known = counts.listed - part.count
        share = _width(known, counts.listed)
        hatched = Part(part.count, HATCHED, part.url if part.count else "", share, _width(part.count, counts.listed))
        bars.append(Bar(label, (Part(known, width=share), hatched), percent(known, counts.listed)))
    says = "“Not known” means that nobody on record says so; it is no “no”. A linked number opens the list."
    return Chart("known", "How much is known", says, ("Field", "Known", "Not known", "Share known"), bars)


def _launches(listed: int) -> Launches:
    dated = Tool.objects.listed().filter(launched_on__isnull=False)
    rows = dated.values(year=F("launched_on__year")).annotate(
        exact=Count("pk", filter=Q(launched__contains="-")), bare=Count("pk", filter=~Q(launched__contains="-"))
    )
    found = {row["year"]: (row["exact"], row["bare"]) for row in rows.order_by("year")}
    exact, bare = (sum(pair[place] for pair in found.values()) for place in (0, 1))
    return Launches(_years(found), exact, bare, listed - exact - bare)


def _years(found: Mapping[int, tuple[int, int]]) -> list[Year]:
    """Return one entry per year up to the last launch, years without any too; the oldest ones share the first."""
    if not found:
        return []
    first, last = min(found), max(found)
    start = max(first, last - YEARS + 1)
    groups = [(str(year), year, [year]) for year in range(start, last + 1)]
    if first < start:
        groups.insert(0, (f"to {start - 1}", first, [year for year in found if year < start]))
    sums = [tuple(sum(found.get(year, (0, 0))[place] for year in years) for place in (0, 1)) for _, _, years in groups]
    highest, step = max(exact + bare for exact, bare in sums), 100 / len(groups)
    entries, left = [], sum(exact + bare for exact, bare in sums)
    for place, ((label, since, _), (exact, bare)) in enumerate(zip(groups, sums, strict=True)):
        entries.append(
            Year(
                label,
                exact,
                bare,
                left,
                _list_url("launched_since", f"{since:04}"),
                f"{step * (place + 0.15):.2f}",
                f"{step * (place + 0.5):.2f}",
                f"{step * 0.7:.2f}",
                round(PLOT * exact / highest),
                round(PLOT * bare / highest),
            )
        )
        left -= exact + bare
    return entries


def _facts(today: dt.date) -> dict[str, Counter[str]]:
    """Return for every field of listed tools how many facts each source states, and how many are how old."""
    counted = {str(source): Count("pk", filter=Q(said_by=source)) for source in SOURCES}
    for days, _ in AGES:
        counted[_within(days)] = Count("pk", filter=Q(said_on__gte=today - dt.timedelta(days=days)))
    facts = Fact.objects.filter(tool__in=Tool.objects.listed())
    rows = facts.values("field").annotate(**counted).order_by("field").values_list("field", *counted)
    return {field: Counter(dict(zip(counted, numbers, strict=True))) for field, *numbers in rows}


def _within(days: int) -> str:
    return f"within_{days}"


def _sources(rows: Iterable[Counter[str]], facts: int) -> Chart:
    total = sum(rows, Counter[str]())
    bars = [
        (source.label[:1].upper() + source.label[1:], Part(total[source], HATCHED if source == SaidBy.NONE else FULL))
        for source in SOURCES
    ]
    says = "Every fact of a tool page names who states it. Nothing here is our own measurement."
    return Chart("sources", "Who says it", says, ("Source", "Facts", "Share"), _bars(bars, facts))


def _ages(rows: Iterable[Counter[str]], facts: int) -> Chart:
    total = sum(rows, Counter[str]())
    bars, younger = [], 0
    for days, label in AGES:  # each count holds the younger ones
        bars.append((label, Part(total[_within(days)] - younger)))
        younger = total[_within(days)]
    bars.append((OLDER, Part(facts - younger, LIGHT)))
    says = "The day on which a fact was last read at its source, or stated."
    return Chart("ages", "When it was seen", says, ("Seen", "Facts", "Share"), _bars(bars, facts))
