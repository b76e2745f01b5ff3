"""Finding a tool by its name as people write it."""

from __future__ import annotations

from django.db import connection

from catalog import vocabulary
from catalog.text import key
from catalog.words import terms

MOST_CLOSE = 12  # tools with a name like the one typed


def close(name: str) -> list[tuple[int, int]]:
    """Return tools whose folded name is spelt nearly like the key `name`: (id, letters that differ), nearest first.

    Must run inside search.limited, which sets the threshold of `%`.
    """
    if len(name) < 3:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tool_id, name_key, slug_key FROM catalog_toolindex
            WHERE name_key %% %(name)s OR slug_key %% %(name)s
            ORDER BY greatest(similarity(name_key, %(name)s), similarity(slug_key, %(name)s)) DESC,
                     length(name_key), tool_id LIMIT %(most)s
            """,
            {"name": name, "most": MOST_CLOSE},
        )
        rows = cursor.fetchall()
    found = [(tool, min(vocabulary.differing(name, other) for other in keys)) for tool, *keys in rows]
    return sorted(found, key=lambda pair: pair[1])


def misspelt(name: str) -> tuple[int, ...]:
    """Return ids of tools whose name differs from the key `name` by a slip or two, nearest first."""
    return tuple(tool for tool, letters in close(name) if 0 < letters <= (1 if len(name) <= 5 else 2))


def inside(words: list[str]) -> list[str]:
    """Return the keys of up to three words side by side: one of them may be a name ("anthropic claude")."""
    runs = {key("".join(words[at : at + size])) for size in (1, 2, 3) for at in range(len(words))}
    return sorted(run for run in runs if len(run) > 3)


def meant(text: str) -> int | None:
    """Return the id of the listed tool that a person means by this name, or None.

    The whole name or address, an old address, the shortest name that begins so, the shortest name that holds all the
    words ("photoshop" → Adobe Photoshop), a name spelt nearly so. Must run inside search.limited.
    """
    name = key(text)
    if len(name) < 2:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tool_id FROM (
                (SELECT tool_id, 0 AS worse, 0 AS size FROM catalog_toolindex WHERE name_key = %(name)s LIMIT 1)
                UNION ALL
                (SELECT tool_id, 1, 0 FROM catalog_toolindex WHERE slug_key = %(name)s LIMIT 1)
                UNION ALL
                (SELECT index.tool_id, 2, 0 FROM catalog_toolindex AS index JOIN catalog_alias USING (tool_id)
                 WHERE slug = %(slug)s)
                UNION ALL
                (SELECT tool_id, 3, length(name_key) FROM catalog_toolindex WHERE name_key LIKE %(name)s || '%%'
                 ORDER BY length(name_key), tool_id LIMIT 1)
                UNION ALL
                (SELECT tool_id, 4, length(name_key) FROM catalog_toolindex
                 WHERE search @@ regexp_replace(
                     plainto_tsquery('catalog_text', %(words)s)::text, '''(?= &|$)', ''':A', 'g')::tsquery
                 ORDER BY length(name_key), tool_id LIMIT 1)
            ) AS found ORDER BY worse, size LIMIT 1
            """,
            {"name": name, "slug": "-".join(terms(text)), "words": text},
        )
        row = cursor.fetchone()
    if row:
        return int(row[0])
    return next(iter(misspelt(name)), None)
