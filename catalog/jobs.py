"""What people ask for, in their own words, and which tools do that: the curated file data/jobs.yaml.

A job has phrases that people use ("get the singer alone"), the phrases of the records of tools that do it ("stem
separation"), and the sub-categories where such tools are filed.
"""

from __future__ import annotations

import math
import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml
from django.db import connection

JOBS = Path(__file__).resolve().parent / "data" / "jobs.yaml"

PLACES = "'{0.3, 0.75, 0.8, 1}'"  # what a word counts in description, tags and categories, tagline and vendor, name
FILED = 0.3  # of what doing a job counts, for being filed where it is done; the rest is how plainly the texts say so
ALSO = 0.6  # of it, for tools whose main place is another
SAYS_SO = 2.5  # how quickly words of a job in a tool's texts add up
NEAR = 0.35  # of a fit, for the nearest single phrase; the rest is for what the job's phrases cover together
PAIR = 0.5  # what two stems side by side weigh, of the commoner one


@dataclass(frozen=True, eq=False)  # one object a job: told apart by identity, quick to look up
class Job:
    """Something that tools do. `categories` are slugs of sub-categories."""

    slug: str
    categories: tuple[str, ...]
    words: tuple[str, ...]
    asked: tuple[str, ...]

    @property
    def number(self) -> int:
        """What stands for the job in the search table: 27 bits of its slug's checksum, the same in every edition."""
        return zlib.crc32(self.slug.encode()) & 0x7FF_FFFF


@dataclass(frozen=True)
class Phrases:
    """All phrases of all jobs by their stems, for matching."""

    jobs: tuple[Job, ...]
    job_of: tuple[int, ...]  # phrase → job
    sizes: tuple[float, ...]  # phrase → weight of its stems together
    holders: dict[str, tuple[int, ...]]  # stem → phrases
    known_by: tuple[frozenset[str], ...]  # job → stems of all its phrases
    weight: dict[str, float]  # stem → squared rarity among jobs
    unknown: float  # the weight of a stem that no job has


@lru_cache(maxsize=1)
def known() -> tuple[Job, ...]:
    """Return the committed jobs."""
    with JOBS.open(encoding="utf-8") as file:
        rows = yaml.load(file, Loader=yaml.CSafeLoader)
    return tuple(
        Job(
            row["job"],
            tuple(path.rpartition("/")[2] for path in row["in"]),
            tuple(map(str, row["words"])),
            tuple(map(str, row["asked"])),
        )
        for row in rows
    )


@lru_cache(maxsize=1)
def phrases() -> Phrases:
    """Return the phrases of all jobs by stem. Stems come from the database: one statement and a second a process."""
    jobs = known()
    texts = [(at, text) for at, job in enumerate(jobs) for text in (*job.asked, *job.words, job.slug.replace("-", " "))]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT ARRAY(SELECT lexeme FROM unnest(to_tsvector('catalog_text', text)) ORDER BY positions[1]) "
            "FROM unnest(%s::text[]) WITH ORDINALITY AS phrase (text, place) ORDER BY place",
            [[text for _, text in texts]],
        )
        stems = tuple(frozenset(with_pairs(row[0])) for row in cursor.fetchall())
    job_of = tuple(at for at, _ in texts)
    holders: dict[str, list[int]] = defaultdict(list)
    known_by: list[set[str]] = [set() for _ in jobs]
    for phrase, found in enumerate(stems):
        known_by[job_of[phrase]] |= found
        for stem in found:
            holders[stem].append(phrase)
    weight = {stem: _weight(len({job_of[i] for i in found}), len(jobs)) for stem, found in holders.items()}
    # a pair adds a part of what its commoner half weighs
    weight |= {pair: PAIR * min(weight[stem] for stem in pair.split()) for pair in weight if " " in pair}
    sizes = tuple(sum(weight[stem] for stem in found) for found in stems)
    held = {stem: tuple(found) for stem, found in holders.items()}
    return Phrases(jobs, job_of, sizes, held, tuple(map(frozenset, known_by)), weight, _weight(0, len(jobs)))


def with_pairs(stems: Sequence[str]) -> list[str]:
    """Return the stems and those side by side: "text speech" and "speech text" are two things."""
    return [*stems, *(f"{a} {b}" for a, b in pairwise(stems))]


def _weight(holding: int, jobs: int) -> float:
    return math.log(1 + (jobs - holding + 0.5) / (holding + 0.5)) ** 2


def asked_for(stems: Sequence[str]) -> list[tuple[Job, float]]:
    """Return the jobs that these stems, in the order typed, may ask for, each with how well it fits (0 to 1).

    NEAR of the fit is the nearest single phrase (cosine of rarity weights), the rest how much of what was asked the
    job's phrases cover together.
    """
    if not stems:
        return []
    known_phrases = phrases()
    asked = frozenset(with_pairs(stems))
    weight = known_phrases.weight
    total = sum(weight.get(stem, 0.0 if " " in stem else known_phrases.unknown) for stem in asked)
    shared: dict[int, float] = defaultdict(float)
    for stem in asked:
        for phrase in known_phrases.holders.get(stem, ()):
            shared[phrase] += weight[stem]
    nearest: dict[int, float] = defaultdict(float)
    for phrase, common in shared.items():
        job = known_phrases.job_of[phrase]
        nearest[job] = max(nearest[job], common / math.sqrt(total * known_phrases.sizes[phrase]))
    return [
        (
            known_phrases.jobs[job],
            NEAR * near + (1 - NEAR) * sum(weight[stem] for stem in asked & known_phrases.known_by[job]) / total,
        )
        for job, near in nearest.items()
    ]


# Stores for some tools which jobs they do. A further place counts less than the main one.
DOING = f"""
WITH job AS MATERIALIZED (
    SELECT number, string_agg('(' || phraseto_tsquery('catalog_text', text)::text || ')', ' | ')::tsquery AS query
    FROM unnest(%(numbers)s::int[], %(words)s::text[]) AS word (number, text)
    WHERE numnode(phraseto_tsquery('catalog_text', text)) > 0 GROUP BY number
), place AS MATERIALIZED (
    SELECT * FROM unnest(%(placed)s::int[], %(places)s::text[]) AS place (number, slug)
)
UPDATE catalog_toolindex SET doing = ARRAY(
    SELECT number * 8 + ceil(7 * max(CASE WHEN at = 1 THEN 1 ELSE {ALSO} END)
        * ({FILED} + {1 - FILED} * least(ts_rank({PLACES}, search, query) * {SAYS_SO}, 1)))::int
    FROM unnest(filed) WITH ORDINALITY AS filing (slug, at) JOIN place USING (slug) JOIN job USING (number)
    WHERE search @@ query
    GROUP BY number, query ORDER BY number
) WHERE tool_id = ANY(%(tools)s)
"""  # noqa: S608


def store(tool_ids: Sequence[int]) -> None:
    """Store in the search table which jobs these tools do, and how well: filed where it is done, and saying so."""
    jobs = known()
    parameters: dict[str, list[int] | list[str]] = {
        "tools": list(tool_ids),
        "numbers": [job.number for job in jobs for _ in job.words],
        "words": [word for job in jobs for word in job.words],
        "placed": [job.number for job in jobs for _ in job.categories],
        "places": [place for job in jobs for place in job.categories],
    }
    with connection.cursor() as cursor:
        cursor.execute(DOING, parameters)


def edition() -> int:
    """Return a number that is another when the file is another."""
    return zlib.crc32(JOBS.read_bytes())
