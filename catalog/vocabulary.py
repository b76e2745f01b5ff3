"""The words that listed tools use: how rare each is, and which one a misspelt word was meant to be.

One row per word, made anew from the search index when the catalog has changed (catalog/derived.py).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from catalog import jobs
from catalog.models import Tool
from catalog.text import fold
from catalog.words import WORD, synonyms

LONGEST = 40  # letters of a word that is kept
ALIKE = 0.36  # trigram similarity that makes a name worth comparing; "elevnlabs" ~ "elevenlabs" is 0.57
ALIKE_WORD = 0.2  # the same of a word
COMPARED = 40
BATCH = 5_000


@dataclass(frozen=True)
class Lexeme:
    """A stem of a typed word and how many listed tools have it."""

    word: str
    lexeme: str
    tools: int
    known: bool  # whether the word itself is in the vocabulary


@dataclass(frozen=True)
class LookUp:
    """What is known of the words of a text."""

    is_name: bool  # whether all of it is the name of a listed tool
    listed: int  # how many tools there were when the words were last counted
    lexemes: tuple[Lexeme, ...]  # in order; stop words have none

    def of(self, words: Iterable[str]) -> list[Lexeme]:
        """Return the stems of some of the words."""
        wanted = list(words)
        return [stem for word in wanted for stem in self.lexemes if stem.word == word]


def rebuild(progress: Callable[[int, int], None] = lambda *_: None) -> int:
    """Collect the words of all listed tools anew, in one transaction; return how many there are."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_word'))")  # one at a time
        words = {word for phrase in _curated() for word in WORD.findall(fold(phrase))}
        tools = Tool.objects.listed().order_by("id").values_list("name", "vendor", "tagline", "description", "tags")
        for name, vendor, tagline, description, tags in tools.iterator(BATCH):
            text = fold(" ".join([name, vendor, tagline, description, *tags]))
            # "fireflies.ai" is a word, and so is "fireflies"
            words.update(part for word in WORD.findall(text) for part in {word, *word.split(".")})
        cursor.execute("DELETE FROM catalog_word")  # not TRUNCATE, which would make searches wait
        kept = sorted(word for word in words if 0 < len(word) <= LONGEST)
        for start in range(0, len(kept), BATCH):
            cursor.execute(
                """
                INSERT INTO catalog_word (word, lexeme, tools)
                SELECT word, lexeme, 0 FROM unnest(%s::text[]) AS word,
                LATERAL (SELECT lexeme FROM unnest(to_tsvector('catalog_text', word)) LIMIT 1) AS stem
                """,
                [kept[start : start + BATCH]],
            )
            progress(min(start + BATCH, len(kept)), len(kept))
        cursor.execute(
            """
            UPDATE catalog_word SET tools = stat.ndoc
            FROM ts_stat('SELECT search FROM catalog_toolindex') AS stat WHERE stat.word = lexeme
            """
        )
        cursor.execute("SELECT count(*) FROM catalog_word")
        return int(cursor.fetchone()[0])


def _curated() -> Iterator[str]:
    """Yield what people ask for: its words are known, and not to be corrected, whether a tool has them or not."""
    for job in jobs.known():
        yield from job.asked
    yield from synonyms()


def look_up(words: Sequence[str], name: str = "") -> LookUp:
    """Look the words of a text up, and its key among the names. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH text AS (
                SELECT EXISTS (
                           SELECT FROM catalog_toolindex WHERE name_key = %(name)s OR slug_key = %(name)s
                       ) AS is_name,
                       coalesce((SELECT size FROM catalog_derived WHERE name = 'words'), 0) AS listed
            ), stem AS (
                SELECT typed.word, typed.place, stem.part, stem.lexeme,
                       -- what was listed a minute ago is not in the vocabulary yet
                       coalesce((SELECT max(tools) FROM catalog_word WHERE catalog_word.lexeme = stem.lexeme),
                                (SELECT count(*) FROM catalog_toolindex
                                 WHERE search @@ quote_literal(stem.lexeme)::tsquery)) AS tools,
                       EXISTS (SELECT FROM catalog_word WHERE catalog_word.word = typed.word) AS known
                FROM unnest(%(words)s::text[]) WITH ORDINALITY AS typed (word, place),
                LATERAL unnest(to_tsvector('catalog_text', typed.word)) WITH ORDINALITY AS stem (lexeme, p, w, part)
            )
            SELECT is_name, listed, word, lexeme, tools, known FROM text LEFT JOIN stem ON true ORDER BY place, part
            """,
            {"name": name, "words": list(words)},
        )
        rows = cursor.fetchall()
    found = tuple(Lexeme(*row[2:]) for row in rows if row[2] is not None)
    return LookUp(rows[0][0], rows[0][1], found)


def rarity(tools: int, listed: int) -> float:
    """Return the inverse document frequency of a word that `tools` of `listed` tools have (Robertson and Zaragoza,
    "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with 1 added so that it is never negative).
    """
    return math.log(1 + (listed - tools + 0.5) / (tools + 0.5))


def corrected(words: Sequence[str]) -> dict[str, str]:
    """Return, for each of these unknown words, the known word that was probably meant; words without one are left out.

    Must run inside search.limited. Nearest by letters that differ, then the same first letter, then the more used word.
    """
    found: dict[str, str] = {}
    asked = [word for word in words if len(word) > 3]
    if not asked:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE_WORD)])
        cursor.execute(
            """
            SELECT typed.word, near.word, near.tools FROM unnest(%s::text[]) AS typed (word),
            LATERAL (
                SELECT word, tools FROM catalog_word WHERE catalog_word.word %% typed.word AND tools > 0
                ORDER BY similarity(catalog_word.word, typed.word) DESC, tools DESC, catalog_word.word LIMIT %s
            ) AS near
            """,
            [asked, COMPARED],
        )
        rows: dict[str, list[tuple[int, bool, int, str]]] = {}
        for typed, near, tools in cursor.fetchall():
            edits = differing(typed, near)
            if edits <= slips(typed):
                rows.setdefault(typed, []).append((edits, typed[0] != near[0], -tools, near))
    for typed, near in rows.items():
        found[typed] = min(near)[-1]
    return found


def slips(word: str) -> int:
    """Return how many letters of a word may be wrong for it still to be taken for another.

    Two only in long words: "harmless" is not "harness".
    """
    return 1 if len(word) <= 8 else 2


def differing(a: str, b: str) -> int:
    """Return in how many letters two words differ; "f" is as good as "ph"."""
    return distance(a.replace("ph", "f"), b.replace("ph", "f"))


def distance(a: str, b: str) -> int:
    """Return how many letters must be added, removed, replaced or swapped with their neighbour to turn a into b.

    Optimal string alignment (Damerau 1964, restricted).
    """
    before: list[int] = []
    last = list(range(len(b) + 1))
    for i, left in enumerate(a, 1):
        row = [i]
        for j, right in enumerate(b, 1):
            best = min(row[j - 1] + 1, last[j] + 1, last[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]
