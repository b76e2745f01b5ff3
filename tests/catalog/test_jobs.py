"""The curated jobs: every line of the file is of use, and what people ask for leads to tools that do it."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import yaml

from catalog import derived, jobs, vocabulary
from catalog.models import Category, Tool, ToolIndex
from catalog.search import search
from catalog.words import groups, terms
from tests import make


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
    done = {number >> 3 for row in ToolIndex.objects.values_list("doing", flat=True) for number in row}
    assert [job.slug for job in jobs.known() if job.number not in done] == []
    assert len({job.number for job in jobs.known()}) == len(jobs.known())


def test_what_a_tool_does_is_stored_by_how_well_its_texts_say_so() -> None:
    job = next(one for one in jobs.known() if one.slug == "stem-separation")
    here, also, elsewhere = [
        make.tool(tagline="Stem separation and vocal removal for songs of any kind", category=place, also=further)
        for place, further in (
            ("audio-voice/sound-podcast", []),
            ("coding/coding-agents", ["audio-voice/sound-podcast"]),
            ("coding/coding-agents", []),
        )
    ]
    silent = make.tool(
        category="audio-voice/sound-podcast", tagline="A thing that has nothing to do with what is asked"
    )

    def well(tool: Tool) -> int:
        found = ToolIndex.objects.get(pk=tool.pk).doing
        return next((number & 7 for number in found if number >> 3 == job.number), 0)

    assert well(here) > well(also) > 0
    assert (well(elsewhere), well(silent)) == (0, 0)


def test_another_edition_of_the_file_is_taken_in_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert derived.take_in_jobs() == 0
    ToolIndex.objects.update(doing=[])
    monkeypatch.setattr(jobs, "edition", lambda: 1)
    assert derived.take_in_jobs() == Tool.objects.listed().count()
    assert ToolIndex.objects.exclude(doing=[]).exists()
    assert derived.take_in_jobs() == 0


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
