"""Search by words: PostgreSQL full text, names first, forgiving about spelling.

Whatever is typed is plain text: no operator reaches the database's query language. Work is bounded by the
length of the text, the number of terms, the number of candidates and a statement timeout.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings
from django.db import OperationalError, connection, transaction
from psycopg.errors import QueryCanceled

from catalog.text import fold, key

MAX_LENGTH = 200  # characters
MAX_TERMS = 8
MAX_CANDIDATES = 2_000  # tools looked at before ranking
MAX_CLOSE = 12  # tools with a name like the one typed
CLOSE_ENOUGH = 0.36  # trigram similarity of folded names; "elevnlabs" ~ "elevenlabs" is 0.57
SYNONYMS = Path(__file__).resolve().parent / "data" / "synonyms.yaml"
WORD = re.compile(r"[^\W_]+(?:[.']+[^\W_]+)*[+#]*")  # "text-to-speech" is three words, "c++" and "you.com" are one
ADDRESS = re.compile(r"\bhttps?://(?:www\.)?|\bwww\.|(?<=[a-z])/(?=\s|$)")
FILLERS = frozenset(
    ("a an and the for with that which of to in on is are i my me need want find best good tool tools").split()  # noqa: SIM905
)


class QueryTooLong(ValueError):
    """The text is longer than MAX_LENGTH; the message is a sentence for people."""


class SearchTimeout(RuntimeError):
    """The database took longer than SEARCH_TIMEOUT_MS."""


@dataclass(frozen=True)
class Found:
    """What a search found: ids of tools, best first, and how literally the text was taken."""

    ids: tuple[int, ...] | None  # None: the words say nothing ("and"), so every tool stays
    how: str  # "all" words, "spelling" (names like it), "some" words, "common" words only, "nothing"


def clean(text: str) -> str:
    """Return the text folded, white space collapsed, "https://www." taken off addresses. Raises QueryTooLong."""
    folded = " ".join(ADDRESS.sub("", fold(text)).split())
    if len(text) > MAX_LENGTH or len(folded) > MAX_LENGTH:
        raise QueryTooLong(f"The search is longer than {MAX_LENGTH} characters. Shorten it to a few words.")
    return folded


def terms(folded: str) -> list[str]:
    """Return at most MAX_TERMS different words of a folded text, in order."""
    return list(dict.fromkeys(WORD.findall(folded)))[:MAX_TERMS]


@lru_cache(maxsize=1)
def synonyms() -> dict[str, list[str]]:
    """Return the committed synonyms: folded words as typed → phrases that mean the same."""
    with SYNONYMS.open(encoding="utf-8") as file:
        rows = yaml.load(file, Loader=yaml.CSafeLoader) or {}
    return {fold(str(typed)): [fold(str(phrase)) for phrase in phrases] for typed, phrases in rows.items()}


def groups(words: list[str]) -> list[list[str]]:
    """Return, for each thing typed, the phrases that may stand for it; the longest synonym key wins.

    ["tts", "api"] → [["tts", "text to speech", …], ["api"]]. Filler words are dropped unless nothing else is left.
    """
    known = synonyms()
    found: list[list[str]] = []
    at = 0
    while at < len(words):
        for size in (3, 2, 1):
            phrase = " ".join(words[at : at + size])
            if len(words[at : at + size]) == size and (phrase in known or size == 1):
                found.append([phrase, *known.get(phrase, [])])
                at += size
                break
    kept = [group for group in found if group[0] not in FILLERS]
    return kept or found


def search(text: str) -> Found:
    """Find tools for a text that a person typed, best first.

    First the tools that match every word (or whose name begins so); if there are none, tools whose name is
    spelt nearly so; if there are none, tools that match some of the words. Raises QueryTooLong, SearchTimeout.
    """
    folded = clean(text)
    asked = groups(terms(folded))
    name = key(folded)
    if not asked and not name:
        return Found((), "nothing")
    with _limited():
        ids = _matching(asked, name, " && ")
        if ids:
            return Found(ids, "all")
        ids = _close(name)
        if ids:
            return Found(ids, "spelling")
        if _says_nothing(asked):
            return Found(None, "common")
        pieces = groups([piece for group in asked for piece in re.split(r"[^\w]+", group[0]) if piece])
        ids = _matching(pieces, name, " || ") if len(pieces) > 1 else ()
        return Found(ids, "some" if ids else "nothing")


@contextmanager
def _limited() -> Iterator[None]:
    """Run statements under the search timeout."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(settings.SEARCH_TIMEOUT_MS)])
            yield
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            raise SearchTimeout("The search took too long. Use fewer or rarer words.") from error
        raise


def _tsquery(asked: list[list[str]], joined_by: str) -> tuple[str, list[str]]:
    """Return an SQL expression for the query and its parameters: groups joined, phrases within a group ORed."""
    parts, parameters = [], []
    for group in asked:
        parts.append("(" + " || ".join("phraseto_tsquery('catalog_text', %s)" for _ in group) + ")")
        parameters += group
    return joined_by.join(parts) or "''::tsquery", parameters


def _matching(asked: list[list[str]], name: str, joined_by: str) -> tuple[int, ...]:
    """Return ids of tools that match the words or whose folded name begins with what was typed."""
    query, parameters = _tsquery(asked, joined_by)
    prefix = name if len(name) >= 2 else "\x01"  # one letter begins too many names
    statement = f"""
        WITH query AS MATERIALIZED (SELECT {query} AS words, %s::text AS name),
        candidate AS MATERIALIZED (
            (SELECT tool_id FROM catalog_toolindex, query WHERE name_key = name)
            UNION (SELECT tool_id FROM catalog_toolindex WHERE name_key LIKE %s LIMIT {MAX_CANDIDATES})
            UNION (SELECT tool_id FROM catalog_toolindex, query WHERE search @@ words LIMIT {MAX_CANDIDATES})
        )
        SELECT tool_id FROM candidate JOIN catalog_toolindex USING (tool_id), query
        ORDER BY
            CASE WHEN name_key = name THEN 0 WHEN starts_with(name_key, %s) THEN 1 ELSE 2 END,
            ts_rank_cd('{{0.05, 0.3, 0.5, 1.0}}', search, words, 1) DESC,
            length(name_key), tool_id
        LIMIT {MAX_CANDIDATES}
    """  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, [*parameters, name, prefix + "%", prefix])
        return tuple(row[0] for row in cursor.fetchall())


def _says_nothing(asked: list[list[str]]) -> bool:
    """Say whether all words are stop words, which the index does not hold."""
    query, parameters = _tsquery(asked, " && ")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT numnode({query})", parameters)
        row = cursor.fetchone()
    return row is not None and row[0] == 0


def _close(name: str) -> tuple[int, ...]:
    """Return ids of tools whose folded name is spelt nearly like `name`, nearest first."""
    if len(name) < 3:
        return ()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(CLOSE_ENOUGH)])
        cursor.execute(
            """
            SELECT tool_id FROM catalog_toolindex WHERE name_key %% %s
            ORDER BY similarity(name_key, %s) DESC, length(name_key), tool_id LIMIT %s
            """,
            [name, name, MAX_CLOSE],
        )
        return tuple(row[0] for row in cursor.fetchall())


def suggest(text: str, limit: int = 8) -> tuple[int, ...]:
    """Return ids of tools to offer while somebody is typing: names that begin so, then a word that does.

    Raises QueryTooLong, SearchTimeout.
    """
    folded = clean(text)
    words, name = terms(folded), key(folded)
    if not name:
        return ()
    *whole, last = words or [name]
    with _limited(), connection.cursor() as cursor:
        # a quoted lexeme with :* is a prefix; quotes and backslashes are not letters, so `last` has neither
        prefix = "".join(char for char in last if char.isalnum())
        cursor.execute(
            """
            WITH query AS MATERIALIZED (
                SELECT plainto_tsquery('catalog_text', %s) && to_tsquery('catalog_text', quote_literal(%s) || ':*')
                    AS words
            )
            SELECT tool_id FROM catalog_toolindex, query
            WHERE name_key LIKE %s OR search @@ words
            ORDER BY CASE WHEN starts_with(name_key, %s) THEN length(name_key) ELSE 1000 END,
                     ts_rank_cd('{0, 0.2, 0.3, 1}', search, words) DESC, length(name_key), tool_id
            LIMIT %s
            """,
            [" ".join(whole), prefix, name + "%", name, limit],
        )
        ids = tuple(row[0] for row in cursor.fetchall())
        return ids or _close(name)[:limit]
