"""Suggestions while somebody is typing: names that begin so, then a word that does."""

from __future__ import annotations

from django.db import connection

from catalog import names
from catalog.search import limited
from catalog.text import key
from catalog.words import clean, terms

MOST_BY_WORDS = 300  # tools looked at because a word begins so


def suggest(text: str, limit: int = 8) -> tuple[int, ...]:
    """Return ids of tools to offer for what has been typed so far.

    Names that begin so come first, shortest first; then tools with a word that does; then names spelt nearly so.
    Raises words.QueryTooLong, search.SearchTimeout.
    """
    folded = clean(text)
    words, name = terms(folded), key(folded)
    if not name:
        return ()
    with limited():
        ids = _named(name, limit)
        if len(ids) < limit:
            ids += [pk for pk in _worded(words or [name], limit + len(ids)) if pk not in ids]
        return tuple(ids[:limit]) or tuple(tool for tool, _ in names.close(name))[:limit]


def _named(name: str, limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tool_id FROM catalog_toolindex WHERE name_key LIKE %s ORDER BY length(name_key), tool_id LIMIT %s",
            [name + "%", limit],
        )
        return [row[0] for row in cursor.fetchall()]


def _worded(words: list[str], limit: int) -> list[int]:
    *whole, last = words
    # a quoted lexeme with :* is a prefix; quotes and backslashes are not letters, so `last` has neither
    prefix = "".join(char for char in last if char.isalnum())
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH query AS MATERIALIZED (
                SELECT plainto_tsquery('catalog_text', %s) && to_tsquery('catalog_text', quote_literal(%s) || ':*')
                    AS words
            ), candidate AS MATERIALIZED (
                SELECT tool_id, name_key, search FROM catalog_toolindex, query WHERE search @@ words LIMIT %s
            )
            SELECT tool_id FROM candidate, query
            ORDER BY ts_rank_cd('{0, 0.2, 0.3, 1}', search, words) DESC, length(name_key), tool_id LIMIT %s
            """,
            [" ".join(whole), prefix, MOST_BY_WORDS, limit],
        )
        return [row[0] for row in cursor.fetchall()]
