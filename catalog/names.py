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


def exactly(text: str) -> int | None:
    """Return the id of the listed tool with this very name, slug or old slug, or None."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tool_id FROM (
                (SELECT tool_id, 0 AS worse FROM catalog_toolindex WHERE name_key = %(name)s)
                UNION ALL
                (SELECT tool_id, 1 FROM catalog_toolindex WHERE slug_key = %(name)s)
                UNION ALL
                (SELECT tool_id, 2 FROM catalog_toolindex JOIN catalog_alias USING (tool_id) WHERE slug = %(slug)s)
            ) AS found ORDER BY worse, tool_id LIMIT 1
            """,
            {"name": key(text), "slug": "-".join(terms(text))},
        )
        row = cursor.fetchone()
    return int(row[0]) if row else None


def meant(text: str) -> int | None:
    """Return the id of the listed tool that a person means by this name, or None.

    The very name; the only name that holds all the words ("photoshop" → Adobe Photoshop; "google" is none); a name
    spelt nearly so. Must run inside search.limited.
    """
    name = key(text)
    if len(name) < 2:
        return None
    found = exactly(text)
    if found is not None:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tool_id FROM catalog_toolindex WHERE search @@ regexp_replace(
                plainto_tsquery('catalog_text', %s)::text, '''(?= &|$)', ''':A', 'g')::tsquery
            ORDER BY tool_id LIMIT 2
            """,
            [text],
        )
        rows = cursor.fetchall()
    return int(rows[0][0]) if len(rows) == 1 else next(iter(misspelt(name)), None)
