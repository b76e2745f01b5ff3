"""An export is read back into an empty instance, and says the same there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from api.exports import importing, writing
from api.manifests import keeping
from api.manifests.canonical import canonical
from api.models import Manifest
from catalog import loader
from catalog.models import Change, Tool
from tests.api.exports.conftest import empty, fill, lines

pytestmark = pytest.mark.django_db(transaction=True)
SAME = ("tools.jsonl", "categories.json", "collections.json", "manifests.jsonl")
Exported = Callable[..., Path]


@pytest.mark.timeout(400)
def test_the_whole_seed_comes_back_byte_for_byte(tmp_path: Path) -> None:
    loader.load(loader.DATA)
    call_command("export_data", str(tmp_path / "a"))
    tools = Tool.objects.listed().count()
    empty()
    call_command("import_data", str(tmp_path / "a"))
    call_command("export_data", str(tmp_path / "b"))
    assert [(tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in SAME] == [True] * 4
    assert (len(lines(tmp_path / "a" / "tools.jsonl")), Manifest.objects.count()) == (tools, tools)
    sizes = {one.name: one.stat().st_size for one in (tmp_path / "a").iterdir()}
    if "catalog.sqlite" in sizes:
        assert sizes["catalog.sqlite"] < 25_000_000


def test_a_line_is_canonical_and_says_nothing_that_is_for_curators(exported: Exported) -> None:
    fill()
    folder = exported()
    raw = (folder / "tools.jsonl").read_bytes().splitlines()
    rows = lines(folder / "tools.jsonl")
    assert [row["slug"] for row in rows] == ["one", "two", "two-a"]
    assert [canonical(row) for row in rows] == raw
    assert "note" not in rows[0]["record"]
    assert {row["field"]: row["by"] for row in rows[2]["facts"]}["launched"] == "docs"


def test_the_manifest_names_rows_bytes_and_hash_of_each_file_and_the_last_change(exported: Exported) -> None:
    fill()
    folder = exported()
    told = json.loads((folder / "manifest.json").read_bytes())
    last = Change.objects.order_by("-serial").values_list("serial", flat=True).first()
    assert (told["serial"], told["schema_version"], told["licence"]) == (last, "2026-12-01", "MIT")
    for row in told["files"]:
        content = (folder / row["name"]).read_bytes()
        assert (row["bytes"], row["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert {row["name"]: row["rows"] for row in told["files"]} == {
        "tools.jsonl": 3, "manifests.jsonl": 3, "categories.json": 2, "collections.json": 1,
    }  # fmt: skip


def test_an_imported_manifest_is_the_same_version_and_is_not_made_anew(exported: Exported) -> None:
    fill()
    folder = exported()
    before = list(Manifest.objects.order_by("slug").values_list("slug", "version", "sha256"))
    empty()
    importing.load(folder)
    assert list(Manifest.objects.order_by("slug").values_list("slug", "version", "sha256")) == before
    assert keeping.sweep() == 0


def test_a_file_that_was_changed_is_refused_before_anything_is_written(exported: Exported) -> None:
    fill()
    folder = exported()
    content = (folder / "tools.jsonl").read_bytes()
    (folder / "tools.jsonl").write_bytes(content.replace(b"=One", b"=Two"))
    empty()
    with pytest.raises(CommandError, match=r"tools\.jsonl is not the file that was exported.*Nothing was changed"):
        call_command("import_data", str(folder))
    assert not Tool.objects.exists()


def test_an_address_that_runs_a_script_is_refused_and_leaves_nothing(exported: Exported) -> None:
    fill()
    folder = exported()
    file = folder / "tools.jsonl"
    rows = lines(file)
    rows[2]["record"]["homepage"] = "javascript:alert(1)"
    file.write_bytes(b"".join(canonical(row) + b"\n" for row in rows))
    told = json.loads((folder / "manifest.json").read_bytes())
    told["files"][0] |= {"bytes": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(told))
    empty()
    with pytest.raises(importing.BadExport, match="homepage"):
        importing.load(folder)
    assert (Tool.objects.count(), Change.objects.count()) == (0, 0)


def test_a_catalog_that_is_not_empty_is_left_alone(exported: Exported) -> None:
    fill()
    folder = exported()
    with pytest.raises(importing.BadExport, match="not empty"):
        importing.load(folder)
    assert Tool.objects.count() == 3


def test_an_export_takes_the_place_of_the_last_one_and_of_nothing_else(tmp_path: Path, exported: Exported) -> None:
    fill()
    folder = exported()
    (folder / "old.txt").write_text("of the last export")
    exported()
    assert not (folder / "old.txt").exists()
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("mine")
    with pytest.raises(writing.BadFolder):
        exported("mine")
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["letter.txt"]


def test_an_export_that_is_interrupted_leaves_the_last_one_as_it_was(tmp_path: Path, exported: Exported) -> None:
    fill()
    folder = exported()
    before = (folder / "manifest.json").read_bytes()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        writing.export(folder, progress=stop)
    assert (folder / "manifest.json").read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["export"]
