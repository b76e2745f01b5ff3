"""Search by words: read what was meant, find and rank, forgive spelling.

Whatever is typed is plain text: no operator reaches the database's query language. Work is bounded by the
length of the text, the number of terms, the number of candidates and a statement timeout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models import Q
from psycopg.errors import QueryCanceled

from catalog import bitmaps, intent, jobs, meaning, names, ranking, vocabulary
from catalog.index import UNKNOWN
from catalog.intent import Reading
from catalog.jobs import Job
from catalog.models import Related, Tool, ToolIndex
from catalog.text import fold, key
from catalog.vocabulary import Lexeme, LookUp
from catalog.words import FILLERS, clean, groups, terms

MOST_JOBS = 5  # that a text may ask for
MEANT = 0.8  # how much nearness in meaning adds to how well a job fits
MOST_ALTERNATIVES = 500  # besides the nearest
QUESTIONS = frozenset(("is", "are", "does", "do", "can", "has", "was"))
RARE = 20  # tools: a single known word of fewer may still be a slip of somebody's name
MOST_NAME_WORDS = 3  # longer texts are not looked at as misspelt names


class SearchTimeout(RuntimeError):
    """The database took longer than SEARCH_TIMEOUT_MS."""


@dataclass(frozen=True)
class Found:
    """What a search found: ids of tools, best first, and how the text was taken.

    `how`: "all" words, "spelling" (corrected, or names like it), "some" words, "alternatives" (to one tool),
    "filters" only, "common" words only (both say nothing of which fits best: ids is None, every tool stays), "nothing".
    """

    ids: tuple[int, ...] | None
    how: str
    readings: tuple[Reading, ...] = ()  # words that were read as filters; the ids are not narrowed by them
    corrected: str = ""  # the text as it was searched for, when words were corrected
    alternative_to: int | None = None  # the tool whose alternatives these are
    nobody: str = ""  # a name whose alternatives were asked for, and no tool has it
    whole: frozenset[int] = frozenset()  # those of `ids` that have every word, or are called by them


def search(text: str) -> Found:
    """Find tools for a text that a person typed, best first. Raises words.QueryTooLong, SearchTimeout."""
    folded = clean(text)
    if not key(folded):
        return Found((), "nothing")
    jobs.phrases()  # read once a process, which takes longer than a search may
    with limited():
        known = vocabulary.look_up(terms(folded), key(folded))
        if known.is_name:
            return _by_words(intent.Intent(folded, (), (), ()), folded, known)
        meant, lacking = _about_a_tool(intent.read(folded))
        other = lacking or _first_named(meant)
        if other is not None:
            return Found(_alternatives(other), "alternatives", meant.readings, alternative_to=other)
        found = _by_words(meant, folded, known)
        return replace(found, nobody=next((name for name, loose in meant.alternative_to if loose), ""))


def _first_named(meant: intent.Intent) -> int | None:
    """Return the first tool whose alternatives may be asked for."""
    for name, loose in meant.alternative_to:
        found = names.meant(name) if loose else names.exactly(name)
        if found is not None:
            return found
    return None


def _about_a_tool(meant: intent.Intent) -> tuple[intent.Intent, int | None]:
    """Look whether a tool is named beside filters.

    "self-hosted chatgpt" asks for alternatives of a tool that surely is not: its id is returned. Where it is not known
    whether the tool fits ("suno api"), or it is asked ("is midjourney free"), the tool is wanted: those readings go.
    """
    words = [word for word in terms(meant.rest) if word not in FILLERS]
    name = key("".join(words))
    if not (meant.readings and name):
        return meant, None
    tool = ToolIndex.objects.filter(Q(name_key=name) | Q(slug_key=name)).order_by("pk").first()
    if tool is None:
        return meant, None
    asks = meant.rest.split()[0] in QUESTIONS
    has = set(tool.facets)
    fitting = tuple(one for one in meant.readings if {f"{one.facet}:{value}" for value in one.values} & has)
    unknown = [one for one in meant.readings if f"{one.facet}:{UNKNOWN}" in has]
    if asks or len(fitting) + len(unknown) == len(meant.readings):
        return replace(meant, rest=" ".join(words), readings=() if asks else fitting), None
    return meant, tool.pk


def _alternatives(tool: int) -> tuple[int, ...]:
    """Return the stored neighbours of a tool, nearest first, and after them what else is filed in its sub-category."""
    rows = Related.objects.filter(tool=tool, other__index__isnull=False).order_by("position")
    near = list(rows.values_list("other_id", flat=True))
    place = ToolIndex.objects.values_list("filed__0", flat=True).get(pk=tool)
    others = ToolIndex.objects.filter(filed__contains=[place]).exclude(pk__in=[tool, *near]).order_by("name_key", "pk")
    return (*near, *others.values_list("pk", flat=True)[:MOST_ALTERNATIVES])


@dataclass(frozen=True)
class _Typed:
    """A text taken apart: the things asked for, each with its synonyms, and the stems of all words."""

    text: str
    things: list[list[str]]
    stems: list[Lexeme]
    listed: int

    @property
    def unknown(self) -> list[str]:
        """The words that no tool and no list of ours has."""
        return [stem.word for stem in self.stems if not (stem.tools or stem.known)]


def _take_apart(text: str, known: LookUp) -> _Typed:
    words = terms(text)
    return _Typed(text, groups(words), known.of(words), known.listed)


def _by_words(meant: intent.Intent, folded: str, known: LookUp) -> Found:
    typed = _take_apart(meant.rest, known)
    if not typed.things and not meant.quoted:
        return Found(None, "filters" if meant.readings else "nothing", meant.readings)
    alike = names.misspelt(key(folded)) if _may_be_name(typed) and not known.is_name else ()
    text = meant.rest if known.is_name else _corrected(typed, alike)
    if text != meant.rest:
        typed = _take_apart(text, vocabulary.look_up(terms(text)))
    if not typed.stems and not meant.quoted:
        return Found(None, "filters" if meant.readings else "common", meant.readings)
    asked = ranking.Asked(
        name=key(folded if text == meant.rest else text),
        terms=_weighed(typed),
        quoted=meant.quoted,
        jobs=_wanted(typed),
        near=meaning.near_tools(text),
        inside=names.inside(terms(text)),
        alike=alike,
    )
    rows = ranking.ranked(asked)
    if not rows:
        return Found((), "nothing", meant.readings)
    whole = frozenset(row.tool_id for row in rows if row.all_words or row.named)
    how = "spelling" if text != meant.rest or (alike and not whole) else "all" if whole else "some"
    return Found(_away_last(rows), how, meant.readings, text if text != meant.rest else "", whole=whole)


def _away_last(rows: Sequence[ranking.Row]) -> tuple[int, ...]:
    """Return the tools found, those that are unreachable behind the others; who is asked for by name stays."""
    away = bitmaps.current().words.get("away:yes", 0)
    behind = [not row.named and bool(away >> row.tool_id & 1) for row in rows]
    return tuple(row.tool_id for _, row in sorted(zip(behind, rows, strict=True), key=lambda pair: pair[0]))


def _may_be_name(typed: _Typed) -> bool:
    """Say whether a text could be a misspelt name: a few words, or one that hardly any tool uses."""
    rare = any(stem.tools <= RARE for stem in typed.stems)
    return len(typed.things) <= MOST_NAME_WORDS and (rare or len(typed.things) > 1)


def _corrected(typed: _Typed, alike: tuple[int, ...]) -> str:
    """Return the text with unknown words replaced by the known ones that were probably meant.

    If a name is spelt like the whole text, that is what was meant.
    """
    unknown = typed.unknown
    if not unknown:
        return typed.text
    if alike:
        return fold(Tool.objects.values_list("name", flat=True).get(pk=alike[0]))
    fixed = vocabulary.corrected(unknown)
    pieces = {word: word.replace(".", " ") for word in unknown if "." in word}  # "a.b" nowhere: a and b perhaps
    known = pieces | fixed
    return " ".join(known.get(word, word) for word in terms(typed.text)) if known else typed.text


def _weighed(typed: _Typed) -> tuple[ranking.Term, ...]:
    """Return the things asked for with their rarity; those of stop words only are left out."""
    holding = {stem.word: stem.tools for stem in typed.stems}
    found = []
    for phrases in typed.things:
        tools = [holding[word] for word in terms(phrases[0]) if word in holding]
        if tools:
            rare = sum(vocabulary.rarity(number, max(typed.listed, number)) for number in tools)
            found.append(ranking.Term(tuple(phrases), rare, min(tools)))
    return tuple(found)


def _wanted(typed: _Typed) -> tuple[tuple[Job, float], ...]:
    """Return the jobs that are asked for, best first; those much less likely than the best weigh little."""
    fits = dict(jobs.asked_for([stem.lexeme for stem in typed.stems]))
    for job, near in meaning.near_jobs(typed.text):
        fits[job] = fits.get(job, 0.0) + MEANT * near
    best = sorted(fits.items(), key=lambda pair: (-pair[1], pair[0].slug))[:MOST_JOBS]
    return tuple((job, fit * (fit / best[0][1]) ** 2) for job, fit in best)


@contextmanager
def limited() -> Iterator[None]:
    """Run statements under the search timeout. Raises SearchTimeout."""
    inside = connection.in_atomic_block
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true), "
                "set_config('pg_trgm.similarity_threshold', %s, true), "
                # of arrays and texts the planner expects far too many hits, and would read the whole table
                "set_config('enable_seqscan', 'off', true)",
                [str(settings.SEARCH_TIMEOUT_MS), str(vocabulary.ALIKE)],
            )
            yield
            if inside:  # else both end with the transaction
                cursor.execute(
                    "SELECT set_config('statement_timeout', '0', true), set_config('enable_seqscan', 'on', true)"
                )
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimeout("The search took too long. Use fewer or rarer words.") from error
        raise
