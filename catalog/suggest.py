"""Suggestions while somebody is typing: names that begin so, then a word that does."""

from __future__ import annotations

from django.db import connection

from catalog import names
from catalog.search import limited
from catalog.text import key
from catalog.words import clean, terms


def suggest(text: str, limit: int = 8) -> tuple[int, ...]:
    """Return ids of tools to offer for what has been typed so far.

    Raises words.QueryTooLong, search.SearchTimeout.
    """
    folded = clean(text)
    words, name = terms(folded), key(folded)
    if not name:
        return ()
    *whole, last = words or [name]
    with limited(), connection.cursor() as cursor:
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
        return ids or tuple(tool for tool, _ in names.close(name))[:limit]
