"""An export is fetched whole or not at all, and goes on where it was stopped."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from aicatalog.folder import sha256_of
from api import tasks
from api.exports import writing
from tests import make
from tests.client.conftest import Run, command, hosting, listed

pytestmark = pytest.mark.django_db(transaction=True)


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir()}


class Mirror:
    """A host that sends the files of a folder as a site does, and breaks off when a test wants it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = ""
        self.most: dict[str, int] = {}  # bytes that are sent of a file before the connection breaks off
        self.slow = 0.0  # seconds for each block
        self.asked: list[tuple[str, str | None]] = []  # files with their Range
        self.ranges = True
        self.changed: Callable[[str, bytes], bytes] = lambda name, body: body

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer a request."""
        if handler.path == "/api/v1/exports":
            listed_one = {"date": "2026-11-27", "manifest": f"{self.address}/exports/2026-11-27/manifest.json"}
            return self._send(handler, 200, json.dumps({"results": [listed_one]}).encode(), "list", {})
        name = handler.path.rpartition("/")[2]
        body = self.changed(name, (self.folder / name).read_bytes())
        wanted = handler.headers.get("Range")
        if name != "manifest.json":
            self.asked.append((name, wanted))
        told = {one["name"]: one["sha256"] for one in json.loads((self.folder / "manifest.json").read_bytes())["files"]}
        first = int(re.findall(r"\d+", wanted or "0")[0])
        if first and self.ranges and handler.headers.get("If-Range") == f'"{told[name]}"':
            span = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}
            return self._send(handler, 206, body[first:], name, span)
        return self._send(handler, 200, body, name, {})

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, name: str, headers: dict[str, str]
    ) -> None:
        handler.send_response(status)
        for one, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            handler.send_header(one, value)
        handler.end_headers()
        for start in range(0, min(len(body), self.most.get(name, len(body))), 16_384):
            handler.wfile.write(body[start : min(start + 16_384, self.most.get(name, len(body)))])
            handler.wfile.flush()
            time.sleep(self.slow)
        handler.close_connection = True


@pytest.fixture
def mirror(folder: Path) -> Iterator[Mirror]:
    """Serve an export of five tools; `most` of a file breaks its connection off."""
    found = Mirror(folder)
    with hosting(found.answer) as address:
        found.address = address
        yield found


def test_the_files_are_those_of_the_site_and_answer_offline(
    live_server: Any, tmp_path: Path, settings: Any, run: Run
) -> None:
    settings.VAR_DIR = tmp_path / "var"
    listed()
    done = run("export", str(tmp_path / "got"), "--from", live_server.url)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        f"Error: {live_server.url} has no export yet.",
        "One is made each night, at 02:41 UTC; who runs the site makes one now: manage.py export_data --stored",
    ]
    tasks.exports()
    kept = next((tmp_path / "var" / "exports").iterdir())
    done = run("export", str(tmp_path / "got"), "--from", live_server.url)
    serial = json.loads((kept / "manifest.json").read_bytes())["serial"]
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"The catalog at change {serial} is in {tmp_path / 'got'}: ")
    assert files(tmp_path / "got") == files(kept)
    done = run("export", str(tmp_path / "got"), "--json", "--from", live_server.url)
    assert (json.loads(done.out)["fetched"], json.loads(done.out)["serial"]) == (False, serial)
    assert run("show", "bark", "--from", str(tmp_path / "got")).code == 0
    assert sorted(one.name for one in tmp_path.iterdir()) == ["got", "var"]


def test_what_broke_off_goes_on_where_it_was(mirror: Mirror, folder: Path, tmp_path: Path, run: Run) -> None:
    mirror.most = {"catalog.sqlite": 20_000}
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, files(tmp_path / "got") == files(folder)) == (0, True)
    size = (folder / "catalog.sqlite").stat().st_size
    ranges = [asked for name, asked in mirror.asked if name == "catalog.sqlite"]
    assert ranges == [None, *(f"bytes={at}-" for at in range(20_000, size, 20_000))]


def test_one_that_gets_no_further_ends_and_the_next_goes_on(
    mirror: Mirror, folder: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aicatalog.exporting.time.sleep", lambda seconds: None)
    monkeypatch.setattr("aicatalog.exporting.TRIES", 2)
    (tmp_path / "got").mkdir()
    mirror.most = {"tools.parquet": 0}
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, files(tmp_path / "got")) == (3, {})
    mirror.most, mirror.asked = {}, []
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert ([name for name, _ in mirror.asked], files(tmp_path / "got")) == (
        ["tools.parquet", "seen.jsonl"],
        files(folder),
    )


def test_one_that_is_killed_goes_on_and_leaves_what_was_there(
    mirror: Mirror, folder: Path, tmp_path: Path, run: Run
) -> None:
    old = tmp_path / "got"
    shutil.copytree(folder, old)
    (old / "tools.csv").write_text("an older one")
    before = files(old)
    argv, env = command()
    mirror.slow = 0.05
    process = subprocess.Popen([*argv, "export", str(old), "--from", mirror.address], env=env)
    part = tmp_path / ".got.part"
    until = time.monotonic() + 30
    while not list(part.glob("catalog.sqlite.*.part")) and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert files(old) == before
    mirror.slow, mirror.asked = 0.0, []
    assert run("export", str(old), "--from", mirror.address).code == 0
    assert files(old) == files(folder)
    assert mirror.asked[0][0] == "catalog.sqlite"
    assert (mirror.asked[0][1] or "").startswith("bytes=")
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


def test_a_site_that_knows_no_parts_sends_the_file_from_the_start(
    mirror: Mirror, folder: Path, tmp_path: Path, run: Run
) -> None:
    part = tmp_path / ".got.part"
    part.mkdir()
    sha256 = sha256_of(folder / "tools.csv")
    (part / f"tools.csv.{sha256[:16]}.part").write_bytes((folder / "tools.csv").read_bytes()[:10])
    mirror.ranges = False
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert files(tmp_path / "got") == files(folder)


def test_a_file_whose_hash_is_another_is_not_kept(mirror: Mirror, folder: Path, tmp_path: Path, run: Run) -> None:
    mirror.changed = lambda name, body: body[:-1] + b"!" if name == "tools.csv" else body
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, (tmp_path / "got").exists()) == (2, False)
    assert "tools.csv" in done.err
    assert "the SHA-256 differs" in done.err
    mirror.changed = lambda name, body: body + b"!" if name == "tools.csv" else body
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, "is longer than its manifest.json says" in done.err) == (2, True)
    mirror.changed = lambda name, body: body
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert files(tmp_path / "got") == files(folder)


def test_a_newer_export_takes_the_place_of_an_older_one(mirror: Mirror, folder: Path, tmp_path: Path, run: Run) -> None:
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    make.tool(slug="newer")
    writing.export(folder)
    mirror.asked = []
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert files(tmp_path / "got") == files(folder)
    assert run("show", "newer", "--from", str(tmp_path / "got")).code == 0


def test_a_damaged_one_is_fetched_again(mirror: Mirror, folder: Path, tmp_path: Path, run: Run) -> None:
    shutil.copytree(folder, tmp_path / "got")
    (tmp_path / "got" / "tools.csv").write_text("damaged")
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert files(tmp_path / "got") == files(folder)


def test_other_files_are_left_alone(mirror: Mirror, tmp_path: Path, run: Run) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    for place in (tmp_path / "mine", tmp_path / "mine" / "letter.txt"):
        done = run("export", str(place), "--from", mirror.address)
        assert (done.code, done.out) == (2, "")
    assert files(tmp_path / "mine") == {"letter.txt": b"dear"}
    assert mirror.asked == []


@pytest.mark.parametrize(
    "manifest",
    ['{"manifest_version": 3, "name": "An extension"}', '{"schema_version": "1", "files": ["a.js"]}', "[" * 100_000],
)
def test_a_manifest_json_of_another_program_makes_no_folder_an_export(
    manifest: str, mirror: Mirror, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "manifest.json").write_text(manifest)
    done = run("export", str(tmp_path / "mine"), "--from", mirror.address)
    assert (done.code, "holds files that are no export" in done.err) == (2, True)
    assert files(tmp_path / "mine") == {"manifest.json": manifest.encode()}


@pytest.mark.parametrize("name", ["letter.txt", "notes/letter.txt"])
def test_what_somebody_laid_into_an_export_is_not_lost(
    name: str, mirror: Mirror, folder: Path, tmp_path: Path, run: Run
) -> None:
    shutil.copytree(folder, tmp_path / "got")
    (tmp_path / "got" / "tools.csv").write_text("an older one")
    letter = tmp_path / "got" / name
    letter.parent.mkdir(exist_ok=True)
    letter.write_text("dear")
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, f"holds {name.partition('/')[0]}, which belongs to no export" in done.err) == (2, True)
    assert (letter.read_text(), mirror.asked) == ("dear", [])


def test_an_export_that_lists_other_files_than_the_new_one_is_replaced(
    mirror: Mirror, folder: Path, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "got").mkdir()
    (tmp_path / "got" / "manifest.json").write_text('{"schema_version": "2020-01-01", "files": [{"name": "old.csv"}]}')
    (tmp_path / "got" / "old.csv").write_text("old")
    (tmp_path / "got" / "tools.csv").write_text("of the new one")
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert files(tmp_path / "got") == files(folder)


def test_a_link_stays_one_and_the_folder_that_it_leads_to_gets_the_export(
    mirror: Mirror, folder: Path, tmp_path: Path, run: Run
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "real").mkdir()
    (tmp_path / "got").symlink_to(tmp_path / "disk" / "real")
    assert run("export", str(tmp_path / "got"), "--from", mirror.address).code == 0
    assert ((tmp_path / "got").is_symlink(), files(tmp_path / "disk" / "real")) == (True, files(folder))
    assert [one.name for one in (tmp_path / "disk").iterdir()] == ["real"]


def test_a_disk_that_is_too_small_is_noticed_before(
    mirror: Mirror, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aicatalog.exporting.shutil.disk_usage", lambda path: type("U", (), {"free": 17 << 20})())
    told = json.loads((mirror.folder / "manifest.json").read_bytes())
    told["files"][0]["bytes"] = 1 << 30
    (mirror.folder / "manifest.json").write_text(json.dumps(told))
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, "free" in done.err, mirror.asked) == (2, True, [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_says_so(mirror: Mirror, tmp_path: Path, run: Run) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    done = run("export", str(tmp_path / "closed" / "got"), "--from", mirror.address)
    assert (done.code, "cannot be written" in done.err) == (2, True)


def test_two_at_once_do_not_write_the_same_folder(mirror: Mirror, tmp_path: Path, run: Run) -> None:
    argv, env = command()
    mirror.slow = 0.1
    process = subprocess.Popen(
        [*argv, "export", str(tmp_path / "got"), "--from", mirror.address], env=env, stdout=subprocess.DEVNULL
    )
    until = time.monotonic() + 30
    while not list((tmp_path / ".got.part").glob("*.part")) and time.monotonic() < until:
        time.sleep(0.01)
    done = run("export", str(tmp_path / "got"), "--from", mirror.address)
    assert (done.code, "Another process is writing" in done.err) == (2, True)
    mirror.slow = 0.0
    assert process.wait(30) == 0
