"""A tool that was renamed, or whose slug is written otherwise, is found online and in an export alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import aicatalog
from api.exports import writing
from api.manifests import keeping
from catalog import services
from catalog.models import Tool
from tests import make
from tests.client.conftest import Run, listed
from tests.client.test_offline import change
from tests.people import person

pytestmark = pytest.mark.django_db(transaction=True)


def rename(before: str, now: str) -> None:
    """Give a tool another slug."""
    row = Tool.objects.get(slug=before)
    said = make.record(slug=now, name=row.name, homepage=row.homepage)
    services.update_tool(row, said, categories=make.categories(), actor=person(f"{now}@example.com"))


@pytest.fixture
def both(live_server: Any, settings: Any, tmp_path: Path) -> tuple[str, Path]:
    """A site on which bark was renamed twice, and an export of it."""
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    listed()
    rename("bark", "suno-bark")
    rename("suno-bark", "bark-2")
    rename("two-a", "bark-3")
    writing.export(tmp_path / "export")
    return str(live_server.url), tmp_path / "export"


def test_pins_are_the_same_online_and_from_an_export(both: tuple[str, Path]) -> None:
    site, folder = both
    slugs = ["BARK", "bark", "suno-bark", "bark-2", "Bark-2", "two-a", "one", "two", "gone", "GONE", "one"]
    with aicatalog.open(site) as online, aicatalog.open(folder) as offline:
        found, there = offline.pins(slugs), online.pins(slugs)
        assert found == there | {"catalog": site}  # a site has a slash at its end
        assert [(one["asked"], one["slug"]) for one in found["pins"]] == [
            ("BARK", "bark-2"), ("bark", "bark-2"), ("suno-bark", "bark-2"), ("bark-2", "bark-2"),
            ("Bark-2", "bark-2"), ("two-a", "bark-3"), ("one", "one"), ("two", "two"),
        ]  # fmt: skip
        assert found["missing"] == ["gone", "GONE"]


@pytest.mark.parametrize("slug", ["bark", "BARK", "suno-bark", "bark-2", "BARK-2"])
def test_show_and_compare_find_it(slug: str, both: tuple[str, Path], run: Run) -> None:
    for where in both:
        assert json.loads(run("show", slug, "--json", "--from", str(where)).out)["slug"] == "bark-2"
        done = json.loads(run("compare", "ONE", slug, "--json", "--from", str(where)).out)
        assert [one["slug"] for one in done["tools"]] == ["one", "bark-2"]


def test_a_manifest_is_found_by_an_older_slug(both: tuple[str, Path]) -> None:
    with aicatalog.open(both[1]) as offline:
        found = offline.manifest("DEEPGRAM")
        assert (found.slug, found.version) == ("deepgram", 1)
        with pytest.raises(aicatalog.NotFound, match="no manifest of “bark-2”"):
            offline.manifest("BARK")


def test_a_tool_that_has_the_slug_now_goes_before_one_that_had_it(both: tuple[str, Path]) -> None:
    rows = seen(both[1])
    rows["two"]["aliases"] = ["one", "bark-3"]
    rewrite(both[1], rows)
    with aicatalog.open(both[1]) as offline:
        assert [one["slug"] for one in offline.pins(["one", "bark-3"])["pins"]] == ["one", "bark-3"]
        assert offline.tool("ONE")["slug"] == "one"


def test_an_older_export_knows_none(both: tuple[str, Path]) -> None:
    rows = seen(both[1])
    for row in rows.values():
        row.pop("aliases", None)
    rewrite(both[1], rows)
    with aicatalog.open(both[1]) as offline:
        assert offline.pins(["bark", "BARK-2"])["missing"] == ["bark"]
        with pytest.raises(aicatalog.NotFound):
            offline.tool("bark")


def test_an_export_without_the_file_answers_by_the_slugs_of_now(both: tuple[str, Path], tmp_path: Path) -> None:
    writing.export(tmp_path / "sqlite", ["sqlite"])
    with aicatalog.open(tmp_path / "sqlite") as offline:
        assert offline.tool("BARK-2")["slug"] == "bark-2"
        with pytest.raises(aicatalog.NotFound, match="No tool is listed as “bark”"):
            offline.tool("bark")


@pytest.mark.parametrize(
    "wrong",
    [
        {"aliases": "bark"}, {"aliases": [["bark"]]}, {"aliases": {"bark": 1}}, {"slug": "../me", "aliases": ["bark"]},
        {"slug": ["bark"]}, {"status": 3, "aliases": ["bark"]},
    ],
)  # fmt: skip
def test_a_line_that_somebody_wrote_wrong_is_an_error_in_a_sentence(
    wrong: dict[str, Any], both: tuple[str, Path]
) -> None:
    rows = seen(both[1])
    rows["bark-2"].pop("aliases")
    rewrite(both[1], rows | {"bark-2": rows["bark-2"] | wrong})
    with aicatalog.open(both[1]) as offline, pytest.raises(aicatalog.DamagedExport, match="cannot be read"):
        offline.pins(["bark"])


def test_an_alias_that_leads_nowhere_is_no_tool(both: tuple[str, Path]) -> None:
    rows = seen(both[1])
    rewrite(both[1], rows | {"x": rows["bark-2"] | {"slug": "nowhere", "aliases": ["old"]}})
    with aicatalog.open(both[1]) as offline, pytest.raises(aicatalog.NotFound, match="No tool is listed as “old”"):
        offline.tool("old")


def test_a_tool_that_was_renamed_is_checked_and_not_said_to_be_removed(
    live_server: Any, settings: Any, tmp_path: Path, run: Run
) -> None:
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    listed()
    file = str(tmp_path / "lock.json")
    assert run("lock", "bark", "--file", file, "--from", live_server.url).code == 0
    rename("bark", "suno-bark")
    keeping.sweep()
    writing.export(tmp_path / "export")
    for where in (live_server.url, str(tmp_path / "export")):
        (verdict,) = json.loads(run("check", "--json", "--file", file, "--from", where).out)["tools"]
        assert verdict["state"] == "changed"
        assert ("address", "suno-bark") in [(one["area"], one["now"]) for one in verdict["findings"]]


def seen(folder: Path) -> dict[str, Any]:
    """Return the rows of seen.jsonl by slug."""
    return {row["slug"]: row for row in map(json.loads, (folder / "seen.jsonl").read_bytes().splitlines())}


def rewrite(folder: Path, rows: dict[str, Any]) -> None:
    """Write other rows into seen.jsonl."""
    change(folder, "seen.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows.values()).encode())
