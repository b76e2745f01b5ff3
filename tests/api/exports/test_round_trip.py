"""An export is read back into an empty instance, and says the same there."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from api.exports import importing, writing
from api.manifests import keeping
from api.manifests.canonical import canonical
from api.models import Manifest
from catalog import loader
from catalog.models import Change, Tool
from tests import make
from tests.api.exports.conftest import empty, fill, lines

pytestmark = pytest.mark.django_db(transaction=True)
SAME = ("tools.jsonl", "categories.json", "collections.json", "manifests.jsonl")
Exported = Callable[..., Path]
ROOT = Path(__file__).resolve().parents[3]
# kills itself: after a batch was read, when all files are closed, when all is there but in its place
KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from api.exports import writing
kill = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
folder, when = Path(sys.argv[1]), int(sys.argv[2])
if when == 2:
    writing._told = kill
if when == 3:
    writing._exchanged = kill
writing.export(folder, progress=kill if when == 1 else lambda *_: None)
"""


def environment() -> dict[str, str]:
    """Return what a process of its own needs to read the database of this test."""
    given: dict[str, Any] = connection.settings_dict
    address = f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={given['HOST']}"
    address += f"&port={given['PORT']}" if given["PORT"] else ""
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL_FILE"}
    more = {"DATABASE_URL": address, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings"}
    return kept | more


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
    assert 0 < sizes["catalog.sqlite"] < 25_000_000


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


def rehash(folder: Path) -> None:
    """Let manifest.json say of its files what they are now: whoever changes one can do that."""
    told = json.loads((folder / "manifest.json").read_bytes())
    for one in told["files"]:
        content = (folder / one["name"]).read_bytes()
        one |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(told))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": "draft"}, "listed tools only"),
        ({"status": "delisted"}, "listed tools only"),
        ({"note": "of a curator"}, "without the notes"),
        ({"rank": 1}, "rank is not a field"),
        ({"name": "\u202eevil"}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"slug": "a_B-_"}, "stand in one line"),
        ({"tagline": "A tool with a key, AKIAB2CDE3FGHI4JKLMN"}, "tagline looks like a secret key"),
        ({"interfaces": [{"kind": "mcp-remote", "url": "javascript:alert(1)", "said_by": "docs"}]}, "interfaces"),
        (
            {"interfaces": [{"kind": "sdk", "registry": "pypi", "package": "--x; rm -rf /", "said_by": "docs"}]},
            "package",
        ),
    ],
)
def test_what_a_seed_file_is_refused_for_is_refused(exported: Exported, changes: dict[str, Any], told: str) -> None:
    fill()
    folder = exported("export", "jsonl")
    rows = lines(folder / "tools.jsonl")
    rows[2]["record"] |= changes
    (folder / "tools.jsonl").write_bytes(b"".join(canonical(row) + b"\n" for row in rows))
    rehash(folder)
    empty()
    with pytest.raises(importing.BadExport, match=told):
        importing.load(folder)
    assert (Tool.objects.count(), Change.objects.count()) == (0, 0)


def another(body: bytes, **changes: Any) -> bytes:
    return canonical(json.loads(body) | changes)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda body: another(body, tool="two"), "is one of two"),
        (lambda body: another(body, description="sk-ant-api03-" + "A1b2C3d4" * 5), "looks like a secret"),
        (lambda body: body.replace(b":", b": ", 1), "no canonical JSON"),
    ],
)
def test_a_manifest_that_no_site_would_make_is_refused(exported: Exported, change: Any, told: str) -> None:
    fill()
    folder = exported("export", "jsonl")
    bodies = (folder / "manifests.jsonl").read_bytes().splitlines()
    bodies[0] = change(bodies[0])
    rows = lines(folder / "tools.jsonl")
    rows[0]["manifest"]["sha256"] = hashlib.sha256(bodies[0]).hexdigest()
    (folder / "manifests.jsonl").write_bytes(b"".join(body + b"\n" for body in bodies))
    (folder / "tools.jsonl").write_bytes(b"".join(canonical(row) + b"\n" for row in rows))
    rehash(folder)
    empty()
    with pytest.raises(importing.BadExport, match=told):
        importing.load(folder)
    assert Manifest.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("tools.jsonl", b"[" * 200_000, "more than 8 brackets"),
        ("tools.jsonl", b" " * 1_000_001, "longer than 1,000,000 bytes"),
        ("tools.jsonl", b"", "manifests.jsonl has more lines"),
        ("categories.json", b'[{"slug": "a", "name": "A", "parent": null, "position": 1e999}]', "OverflowError"),
    ],
)
def test_lines_that_nobody_wrote_so_are_errors_in_a_sentence(
    exported: Exported, name: str, content: bytes, told: str
) -> None:
    fill()
    folder = exported("export", "jsonl")
    (folder / name).write_bytes(content)
    rehash(folder)
    empty()
    with pytest.raises(importing.BadExport, match=told):
        importing.load(folder)
    assert Tool.objects.count() == 0


@pytest.mark.parametrize("changes", [{"name": 5}, {"name": ".."}, {"name": "../x"}, {"rows": "abc"}, {"rows": -1}])
def test_a_manifest_json_that_names_what_cannot_be_is_refused(exported: Exported, changes: dict[str, Any]) -> None:
    fill()
    folder = exported("export", "jsonl")
    told = json.loads((folder / "manifest.json").read_bytes())
    told["files"][0] |= changes
    (folder / "manifest.json").write_text(json.dumps(told))
    with pytest.raises(importing.BadExport, match="is no manifest of an export"):
        importing.read_manifest(folder)


def test_a_catalog_that_is_not_empty_is_left_alone(exported: Exported) -> None:
    fill()
    folder = exported()
    with pytest.raises(importing.BadExport, match="not empty"):
        importing.load(folder)
    assert Tool.objects.count() == 3


def test_an_export_takes_the_place_of_the_last_one_and_of_nothing_else(tmp_path: Path, exported: Exported) -> None:
    fill()
    folder = exported("export", "csv")
    exported("export", "jsonl")
    assert not (folder / "tools.csv").exists()
    for name in ("letter", "extension", "added"):
        (tmp_path / name).mkdir()
    (tmp_path / "letter" / "letter.txt").write_text("mine")
    (tmp_path / "extension" / "manifest.json").write_text('{"name": "an extension of a browser"}')
    exported("added", "jsonl")
    (tmp_path / "added" / "notes").mkdir()
    for name, lost in (("letter", "letter.txt"), ("extension", "manifest.json"), ("added", "notes")):
        before = sorted(one.name for one in (tmp_path / name).iterdir())
        with pytest.raises(writing.BadFolder, match=lost):
            exported(name)
        assert sorted(one.name for one in (tmp_path / name).iterdir()) == before


@pytest.mark.parametrize("when", range(1, 4))
def test_an_export_that_is_killed_leaves_the_last_one_as_it_was(tmp_path: Path, exported: Exported, when: int) -> None:
    fill()
    folder = exported()
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    make.tool(slug="another")
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(folder), str(when)], env=environment())
    assert child.wait(timeout=60) == -9
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
    assert len([one for one in tmp_path.iterdir() if one.name.startswith(".export.")]) == 1
    call_command("export_data", str(folder))
    assert len(lines(folder / "tools.jsonl")) == 4


def test_progress_goes_to_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill()
    call_command("export_data", str(tmp_path / "export"), "--formats", "jsonl")
    out, told = capsys.readouterr()
    assert (told, "tools 3" in out) == ("  tools 3\n", False)


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
