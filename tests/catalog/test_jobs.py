"""The curated jobs: every line of the file is of use, and what people ask for leads to tools that do it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml
from django.db import connection

from catalog import jobs, vocabulary
from catalog.models import Category, Tool
from catalog.search import search
from catalog.words import groups, terms


def wanted(text: str) -> list[str]:
    stems = [stem.lexeme for stem in vocabulary.look_up(terms(text)).lexemes]
    return [job.slug for job, _ in sorted(jobs.asked_for(stems), key=lambda pair: -pair[1])]


def test_the_file_names_each_job_once_and_only_sub_categories_that_exist() -> None:
    rows = yaml.safe_load(jobs.JOBS.read_text(encoding="utf-8"))
    slugs = {f"{one.parent.slug}/{one.slug}" for one in Category.objects.filter(parent__isnull=False) if one.parent}
    assert [slug for slug, times in Counter(row["job"] for row in rows).items() if times > 1] == []
    assert {place for row in rows for place in row["in"]} == slugs
    assert [row["job"] for row in rows if set(row) != {"job", "in", "words", "asked"}] == []
    assert [row["job"] for row in rows if not row["words"] or len(set(row["asked"])) < 12] == []
    assert [row["job"] for row in rows if len(set(row["asked"])) != len(row["asked"])] == []
    odd = [one for row in rows for one in row["asked"] if not re.fullmatch(r"[a-z0-9][a-z0-9 '&+#%./-]*", one)]
    assert odd == []


def test_every_job_is_done_by_a_tool_that_is_filed_there() -> None:
    with connection.cursor() as cursor:
        for job, query in jobs.phrases().queries.items():
            cursor.execute(
                "SELECT EXISTS (SELECT FROM catalog_toolindex WHERE search @@ %s::tsquery AND filed && %s::varchar[])",
                [query, list(job.categories)],
            )
            assert cursor.fetchone() == (True,), job.slug
    assert len(jobs.phrases().queries) == len(jobs.known())


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("split a track into drums and voice", "stem-separation"),
        ("make karaoke versions", "stem-separation"),
        ("cover letter", "cover-letters"),
    ],
)
def test_the_words_of_people_lead_to_the_job(text: str, job: str) -> None:
    assert wanted(text)[0] == job


def test_the_order_of_words_matters() -> None:
    spoken, written = wanted("text to speech"), wanted("speech to text")
    assert spoken.index("text-to-speech") < spoken.index("transcription")
    assert written.index("transcription") < written.index("text-to-speech")


def test_nothing_is_asked_for_by_no_words_or_words_of_no_job() -> None:
    assert jobs.asked_for([]) == []
    assert jobs.asked_for(["zqxjkvw"]) == []


@pytest.mark.parametrize(
    ("text", "slugs"),
    [
        ("get the singer alone", {"lalal-ai", "moises", "demucs"}),
        ("make karaoke versions", {"lalal-ai", "moises", "demucs"}),
        ("write a cover letter", {"kickresume", "rezi", "teal"}),
    ],
)
def test_a_job_in_other_words_finds_the_tools_that_do_it(text: str, slugs: set[str]) -> None:
    first = (search(text).ids or ())[:10]
    found = set(Tool.objects.filter(pk__in=first).values_list("slug", flat=True))
    assert len(slugs & found) >= 2, found


def test_fillers_do_not_hide_the_job() -> None:
    assert [group[0] for group in groups(terms("is there a tool that can remove the background"))] == [
        "remove",
        "background",
    ]
