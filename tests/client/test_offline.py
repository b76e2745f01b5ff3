"""An export answers what the site does, as far as it knows."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

import aicatalog
from aicatalog.asking import Asker
from aicatalog.folder import sha256_of
from api.exports import writing
from api.manifests import keeping
from catalog import loader
from catalog.models import Change

NOT_KNOWN = {"verification", "logo", "listed_on", "changed_at"}
FILTERS: list[dict[str, Any]] = [
    {"pricing": "free-tier"}, {"kind": ["app", "api"], "has_api": "yes"}, {"category": "audio-voice"},
    {"category": "audio-voice/text-to-speech", "self_hosted": ["yes", "unknown"]}, {"interface": ["rest", "unknown"]},
    {"auth": "apiKey"}, {"licence": "MIT"}, {"launched_since": "2024-05"}, {"model": "usage", "source": "proprietary"},
    {"platform": "linux", "has_mcp": "yes"}, {"input": "audio", "output": "text"}, {"access": "trial"},
    {"sort": "name"},
]  # fmt: skip
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def catalog(folder: Path) -> Any:
    with aicatalog.open(folder) as found:
        yield found


def change(folder: Path, name: str, content: bytes) -> None:
    """Write another file into an export, with a manifest.json that names its hash: what somebody made, not an error."""
    (folder / name).write_bytes(content)
    told = json.loads((folder / "manifest.json").read_bytes())
    for one in told["files"]:
        if one["name"] == name:
            one |= {"bytes": len(content), "sha256": sha256_of(folder / name)}
    (folder / "manifest.json").write_text(json.dumps(told))


@pytest.mark.timeout(400)
def test_the_whole_seed_reads_the_same_online_and_from_an_export(live_server: Any, tmp_path: Path) -> None:
    loader.load(loader.DATA)
    keeping.sweep()
    writing.export(tmp_path / "seed", ["sqlite"])
    offline, site = aicatalog.open(tmp_path / "seed"), aicatalog.open(live_server.url)
    assert list(_told(offline)) == list(_told(site))
    for filters in FILTERS:
        found, there = offline.search(**filters), site.search(**filters)
        assert (found.count, [one["slug"] for one in found]) == (there.count, [one["slug"] for one in there]), filters
        assert found.count > 0, filters
    for slug, parts in _parts(live_server.url):
        tool: Any = offline.tool(slug)
        assert {name: tool[name] for name in parts} == parts
    offline.close()
    site.close()


def _told(catalog: aicatalog.Source) -> Any:
    for tool in catalog.search():
        yield {name: value for name, value in tool.items() if name not in NOT_KNOWN}


def _parts(address: str) -> Any:
    """Yield plans, interfaces and facts of all tools, as the API has them, but for whether they answer."""
    asker, cursor = Asker(address), ""
    while True:
        asked = {"limit": 100, "expand": "plans,interfaces,facts", **({"cursor": cursor} if cursor else {})}
        page = asker.object(dict[str, Any], "/api/v1/tools", asked)
        for tool in page["results"]:
            for one in tool["interfaces"]:
                one["works"] = {"state": "unknown", "since": None, "looked_at": None}
            yield tool["slug"], {name: tool[name] for name in ("plans", "interfaces", "facts")}
        if not page["next"]:
            return asker.close()
        cursor = parse_qs(urlsplit(page["next"]).query)["cursor"][0]


def test_words_are_found_by_their_stems_and_any_of_them_where_not_all_are(catalog: aicatalog.Source) -> None:
    assert [one["slug"] for one in catalog.search("text to speech machines")] == ["bark"]
    assert {one["slug"] for one in catalog.search("speech zebra")} == {"bark", "deepgram"}
    assert [one["slug"] for one in catalog.search("deepgram")] == ["deepgram"]
    assert catalog.search("zebra").count == 0


@pytest.mark.parametrize(
    "query", ['"', "AND speech", "NEAR(speech", "speech*", "name:speech", "^speech", "speech -text", "\0"]
)
def test_no_word_is_a_command_of_the_search(query: str, catalog: aicatalog.Source) -> None:
    assert {one["slug"] for one in catalog.search(query)} <= {"bark", "deepgram"}


def test_what_an_export_cannot_answer_is_refused_with_a_sentence(catalog: aicatalog.Source) -> None:
    serial = Change.objects.latest("serial").serial
    with pytest.raises(aicatalog.NotOffline, match="does not hold levels of verification"):
        catalog.search(verified="2")
    with pytest.raises(aicatalog.NotOffline, match="the order “added”"):
        catalog.search(sort="added")
    with pytest.raises(aicatalog.NotOffline, match=f"the catalog at serial {serial}") as error:
        catalog.changes(0)
    assert f"--since {serial}" in error.value.hint
    with pytest.raises(aicatalog.NotOffline, match="Snippets are written by the site"):
        catalog.snippets("deepgram")
    with pytest.raises(aicatalog.NotOffline, match="has version 1 of the manifest of “deepgram”, not 2"):
        catalog.manifest_version("deepgram", 2)


def test_values_that_are_none_are_refused_with_those_there_are(catalog: aicatalog.Source) -> None:
    for filters, told in (
        ({"kind": "toy"}, "has “toy” as its kind"),
        ({"category": "toys"}, "There is no category “toys”"),
        ({"category": "toys/ide-assistants"}, "There is no category “toys/ide-assistants”"),
        ({"launched_since": "soon"}, "“soon” is no date"),
        ({"sort": "best"}, "There is no order “best”"),
        ({"colour": "red"}, "There is no filter “colour”"),
    ):
        with pytest.raises(aicatalog.BadRequest, match=told) as error:
            catalog.search(**filters)  # type: ignore[arg-type]
        assert error.value.hint


def test_tools_and_manifests_are_those_of_the_export(catalog: aicatalog.Source, folder: Path) -> None:
    assert [one["slug"] for one in catalog.compare(["two", "one"])] == ["two", "one"]
    lines = {json.loads(line)["name"]: line for line in (folder / "manifests.jsonl").read_bytes().splitlines()}
    found = catalog.manifest("deepgram")
    assert (found.version, found.body) == (1, lines["Deepgram"])
    assert catalog.manifest_version("deepgram", 1) == found
    with pytest.raises(aicatalog.NotFound, match="No tool is listed as “deepgrm” in the export of") as error:
        catalog.tool("deepgrm")
    assert error.value.suggestions == ["deepgram"]
    with pytest.raises(aicatalog.NotFound):
        catalog.manifest("deepgrm")


def test_a_file_whose_hash_differs_is_not_read(folder: Path) -> None:
    file = bytearray((folder / "catalog.sqlite").read_bytes())
    file[-1] ^= 1
    (folder / "catalog.sqlite").write_bytes(file)
    with aicatalog.open(folder) as catalog, pytest.raises(aicatalog.DamagedExport, match="its SHA-256 differs"):
        catalog.search("speech")
    (folder / "catalog.sqlite").write_bytes(file[:-5])
    with aicatalog.open(folder) as catalog, pytest.raises(aicatalog.DamagedExport, match="bytes instead of"):
        catalog.search("speech")
    (folder / "catalog.sqlite").unlink()
    with aicatalog.open(folder) as catalog, pytest.raises(aicatalog.DamagedExport, match="No such file"):
        catalog.tool("one")


@pytest.mark.parametrize(
    ("said", "error", "told"),
    [
        ({"schema_version": "2027-01-01"}, aicatalog.NewerExport, "has the schema '2027-01-01'"),
        ({"schema_version": "2020-01-01"}, aicatalog.NoExport, "which no export had"),
        ({"schema_version": 3}, aicatalog.NoExport, "says no schema version"),
        ({"serial": "many"}, aicatalog.DamagedExport, "“/serial” is str instead of int"),
        ({"files": [{"name": "../x", "rows": 1, "bytes": 1, "sha256": ""}]}, aicatalog.DamagedExport, "'../x'"),
    ],
)
def test_another_manifest_json_is_refused(
    said: dict[str, Any], error: type[Exception], told: str, tmp_path: Path
) -> None:
    whole = {"schema_version": "2026-12-01", "serial": 1, "exported_at": "", "site": "", "licence": "", "files": []}
    (tmp_path / "manifest.json").write_text(json.dumps(whole | said))
    with pytest.raises(error, match=told):
        aicatalog.open(tmp_path)


def test_a_folder_that_is_no_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(aicatalog.NoExport, match="holds no export"):
        aicatalog.open(tmp_path)
    (tmp_path / "manifest.json").write_text("[" * 100_000)
    with pytest.raises(aicatalog.NoExport, match="is no JSON"):
        aicatalog.open(tmp_path)
    with pytest.raises(aicatalog.BadFile, match="is a file"):
        aicatalog.open(tmp_path / "manifest.json")
    with pytest.raises(aicatalog.BadFile, match="is not there"):
        aicatalog.open(tmp_path / "nowhere")


def test_an_export_without_the_file_that_is_needed_says_which(folder: Path, tmp_path: Path) -> None:
    writing.export(tmp_path / "lines", [])
    with aicatalog.open(tmp_path / "lines") as catalog, pytest.raises(aicatalog.BadFile, match=r"no catalog\.sqlite"):
        catalog.search("speech")


def test_files_that_somebody_wrote_wrong_are_errors_in_a_sentence(folder: Path) -> None:
    before = (folder / "catalog.sqlite").read_bytes()
    lines = [_with_line(folder, line) for line in ("[]", '{"record": {}}', "[" * 100_000)]
    for content in (b"no database", before[:5_000], *lines):
        change(folder, "catalog.sqlite", content)
        with aicatalog.open(folder) as catalog, pytest.raises(aicatalog.DamagedExport, match="cannot be read"):
            catalog.tool("one")
        with aicatalog.open(folder) as catalog, pytest.raises(aicatalog.DamagedExport):
            list(catalog.search(pricing="free"))


def _with_line(folder: Path, line: str) -> bytes:
    """Return catalog.sqlite with another line for each tool."""
    other = folder.parent / "other.sqlite"
    shutil.copy(folder / "catalog.sqlite", other)
    with contextlib.closing(sqlite3.connect(other)) as file, file:
        file.execute("UPDATE tool SET line = ?", [line])
    return other.read_bytes()
