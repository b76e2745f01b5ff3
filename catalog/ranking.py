"""The order of what a search finds, made by one SQL statement over the slim search table.

Four things speak for a tool: its name is what was typed; its texts hold the typed words, rare words and prominent
places first; it does the job that was asked for; it is filed where the best matches are filed. Weights were chosen on
the dev split of `make relevance` (docs/search.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from catalog.jobs import PLACES, Job

MAX_CANDIDATES = 1_000  # tools with all words that are looked at, and the most that a search finds
MAX_RARE = 1_000  # tools that are looked at though they lack some of the words
MAX_DOING = 400  # tools that are looked at for doing a job
TYPICAL = 0.6  # ts_rank of a word in tagline and description, by which scores are divided
SYNONYM = 0.8  # how much another word for the same thing counts
JOB = 1.0  # for doing the job that is asked for best
MEANING = 1.5  # for nearness in meaning, which is at most 0.75
FILED = 0.25  # for being filed where the best matches are filed
HEAD = 25  # the best matches
BEGINS = 2.0  # for a name that begins so, or stands whole in the text, by its share
EXACT = 9  # for the very name: more than all else together
LIKELY = 0.3  # of the best score: tools below it are left out unless they have all the words

DOES = """(
    SELECT max((%(fits)s::real[])[array_position(%(jobs)s::int[], job >> 3)] * (job & 7)) / 7 FROM unnest(doing) AS job
)"""
NAMED = f"""
    CASE WHEN %(name)s IN (name_key, slug_key) THEN {EXACT}
         WHEN starts_with(name_key, %(prefix)s) THEN {BEGINS} * length(%(prefix)s) / length(name_key)::real
         WHEN (name_key = ANY(%(inside)s) OR slug_key = ANY(%(inside)s)) AND search @@ all_words
         THEN {BEGINS} * least(length(name_key) / length(%(name)s)::real, 1)
         ELSE 0 END
"""


@dataclass(frozen=True)
class Term:
    """One thing typed: the words for it, how rare they are, how many tools have them."""

    phrases: tuple[str, ...]  # as typed first, then synonyms
    rarity: float
    tools: int


@dataclass(frozen=True)
class Asked:
    """Everything that the ranking looks at."""

    name: str  # key of the whole text
    terms: tuple[Term, ...]
    quoted: tuple[str, ...] = ()  # phrases that must be there, word for word
    jobs: tuple[tuple[Job, float], ...] = ()
    near: dict[int, float] = field(default_factory=dict)  # tool → nearness in meaning (0 to 1)
    inside: list[str] = field(default_factory=list)  # keys of the words in the text that could be a name: "claude"
    alike: tuple[int, ...] = ()  # tools with a name spelt like the text


@dataclass(frozen=True)
class Row:
    """A tool that was found."""

    tool_id: int
    all_words: bool
    named: bool


def ranked(asked: Asked) -> list[Row]:
    """Return what was found, best first, at most MAX_CANDIDATES tools."""
    statement, parameters = _statement(asked)
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [Row(*row) for row in cursor.fetchall()]


def _statement(asked: Asked) -> tuple[str, dict[str, Any]]:
    typed = asked.name if len(asked.name) >= 2 else "\x01"  # one letter begins too many names
    parameters: dict[str, Any] = {
        "name": asked.name,
        "prefix": typed,
        "like": typed + "%",
        "alike": list(asked.alike),
        "inside": asked.inside,
        "near": list(asked.near),
        "nearness": list(asked.near.values()),
        "jobs": [job.number for job, _ in asked.jobs],
        "fits": [fit for _, fit in asked.jobs],
        "doing": [job.number * 8 + well for job, _ in asked.jobs for well in range(1, 8)],
    }
    queries = _queries(asked, parameters)
    total = sum(term.rarity for term in asked.terms) or 1.0
    words = " + ".join(_term_score(at, term) for at, term in enumerate(asked.terms)) or "0"
    statement = f"""
        WITH query AS MATERIALIZED (SELECT {queries}),
        candidate AS MATERIALIZED ({_candidates(asked)}),
        scored AS MATERIALIZED (
            SELECT tool_id, name_key, filed, search @@ all_words AS has_all, {NAMED} AS named,
                   tool_id = ANY(%(alike)s) AS alike,
                   (({words}) / {total * TYPICAL} + {JOB} * coalesce({DOES}, 0)
                    + {MEANING} * coalesce(nearness, 0) + {NAMED})::real AS score
            FROM candidate JOIN catalog_toolindex USING (tool_id) CROSS JOIN query
            LEFT JOIN unnest(%(near)s::bigint[], %(nearness)s::real[]) AS meaning (tool_id, nearness) USING (tool_id)
            WHERE search @@ literal OR numnode(literal) = 0  -- quoted stop words ask for nothing
        ),
        head AS (SELECT filed, score FROM scored ORDER BY score DESC, tool_id LIMIT {HEAD}),
        place AS (
            SELECT slug, sum(score * CASE WHEN at = 1 THEN 1 ELSE 0.5 END)::real AS weight
            FROM head, unnest(filed) WITH ORDINALITY AS filing (slug, at) GROUP BY slug
        ),
        best AS MATERIALIZED (
            SELECT array_agg(slug) AS slugs, array_agg(weight / greatest(most, 1e-6)) AS weights
            FROM place, (SELECT max(weight) AS most FROM place) AS heaviest
        ),
        final AS (
            SELECT scored.*, score + {FILED} * coalesce((
                SELECT max(weights[array_position(slugs, slug)] * CASE WHEN at = 1 THEN 1 ELSE 0.6 END)
                FROM unnest(filed) WITH ORDINALITY AS filing (slug, at)
            ), 0) AS total FROM scored, best
        )
        SELECT tool_id, has_all, named > 0 FROM final
        WHERE named > 0 OR alike OR has_all OR total >= {LIKELY} * (SELECT max(total) FROM final)
        ORDER BY alike AND NOT EXISTS (SELECT FROM final WHERE named = {EXACT}) DESC,
                 total DESC, length(name_key), tool_id
        LIMIT {MAX_CANDIDATES}
    """  # noqa: S608
    return statement, parameters


def _queries(asked: Asked, parameters: dict[str, Any]) -> str:
    """Return the named queries of the statement; what they hold are parameters."""
    parts: dict[str, str] = {}
    for at, term in enumerate(asked.terms):
        parts[f"typed_{at}"] = _phrase(f"t{at}", term.phrases[:1], parameters)
        if len(term.phrases) > 1:
            parts[f"other_{at}"] = _phrase(f"s{at}", term.phrases[1:], parameters)
    whole = [
        f"({_phrase(f't{at}', term.phrases[:1], parameters)}"
        + (f" || {_phrase(f's{at}', term.phrases[1:], parameters)})" if len(term.phrases) > 1 else ")")
        for at, term in enumerate(asked.terms)
    ]
    parts["all_words"] = " && ".join(whole) or "''::tsquery"
    parts["some_words"] = " || ".join(whole[at] for at in _rarest(asked.terms)) or "''::tsquery"
    literal = [_phrase(f"q{at}", [phrase], parameters) for at, phrase in enumerate(asked.quoted)]
    parts["literal"] = " && ".join(literal) or "''::tsquery"
    return ", ".join(f"{query} AS {name}" for name, query in parts.items())


def _phrase(name: str, phrases: Sequence[str], parameters: dict[str, Any]) -> str:
    names = [f"{name}_{at}" for at in range(len(phrases))]
    parameters.update(zip(names, phrases, strict=True))
    return "(" + " || ".join(f"phraseto_tsquery('catalog_text', %({one})s)" for one in names) + ")"


def _rarest(terms: Sequence[Term]) -> list[int]:
    """Return which terms fetch candidates that lack others: the rarest, together at most MAX_RARE tools, at least one.

    A tool that has only common words of many is not looked at: it could not come out on top.
    """
    kept: list[int] = []
    fetched = 0
    for at in sorted(range(len(terms)), key=lambda at: terms[at].tools):
        fetched += terms[at].tools
        if kept and fetched > MAX_RARE:
            break
        kept.append(at)
    return kept


def _term_score(at: int, term: Term) -> str:
    typed = f"ts_rank({PLACES}, search, typed_{at})"
    if len(term.phrases) > 1:
        typed = f"greatest({typed}, {SYNONYM} * ts_rank({PLACES}, search, other_{at}))"
    return f"{term.rarity:.4f} * {typed}"


def _candidates(asked: Asked) -> str:
    table = "SELECT tool_id FROM catalog_toolindex"
    parts = [
        f"{table} WHERE name_key = %(name)s OR slug_key = %(name)s",
        f"{table} WHERE name_key LIKE %(like)s LIMIT {MAX_CANDIDATES}",
        f"{table}, query WHERE search @@ all_words LIMIT {MAX_CANDIDATES}",
    ]
    if asked.alike:
        parts.append("SELECT unnest(%(alike)s::bigint[])")
    if asked.near:
        parts.append("SELECT unnest(%(near)s::bigint[])")
    if len(asked.terms) > 1:
        parts.append(f"{table}, query WHERE search @@ some_words LIMIT {MAX_RARE}")
    if asked.jobs:
        parts.append(f"{table} WHERE doing && %(doing)s::int[] LIMIT {MAX_DOING}")
    if asked.quoted:
        parts.append(f"{table}, query WHERE search @@ literal LIMIT {MAX_CANDIDATES}")
    return " UNION ".join(f"({part})" for part in parts)
