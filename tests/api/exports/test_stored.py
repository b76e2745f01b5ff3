"""Nightly exports: made once a day, the last seven kept, listed by the API and sent as they lie on the disk."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from api import tasks
from api.exports import stored
from config.celery import app
from tests.api.client import Api
from tests.api.exports.conftest import fill, lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    """Keep exports in a folder of the test."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def today() -> str:
    """Make the export of today; return its day."""
    fill()
    assert tasks.exports() is True
    return timezone.now().date().isoformat()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def test_an_operator_makes_that_of_today_before_the_night_and_anew(folder: Path) -> None:
    fill()
    today = timezone.now().date().isoformat()
    for _ in range(2):
        call_command("export_data", "--stored")
        assert list(stored.kept()) == [today]
    assert [one["date"] for one in Api().json("/exports")["results"]] == [today]


def test_a_folder_or_the_stored_one_not_both_nor_none() -> None:
    for words in (["export_data"], ["export_data", "x", "--stored"]):
        with pytest.raises(CommandError):
            call_command(*words)


def test_it_is_made_once_a_day(today: str, folder: Path) -> None:
    assert tasks.exports() is False
    assert list(stored.kept()) == [today]
    assert app.conf.beat_schedule["api-exports"]["task"] == "api.exports"


def test_the_last_seven_are_kept_and_what_was_left_half_is_removed(today: str, folder: Path) -> None:
    first = dt.date.fromisoformat(today)
    for back in range(1, 10):
        shutil.copytree(folder / today, folder / (first - dt.timedelta(days=back)).isoformat())
    (folder / ".half").mkdir()
    (folder / ".new").mkdir()
    os.utime(folder / ".half", (1, 1))
    tasks.exports()
    assert list(stored.kept()) == [(first - dt.timedelta(days=back)).isoformat() for back in range(7)]
    assert [one.name for one in folder.glob(".*")] == [".new"]


@pytest.mark.parametrize("damage", ["", "{}", "null", '{"files": [1]}', '{"files": []}', "no JSON"])
def test_a_damaged_one_is_not_offered_and_that_of_today_is_made_anew(today: str, folder: Path, damage: str) -> None:
    (folder / "2026-01-01").mkdir()
    (folder / "2026-01-02").write_text("a file named like a day")
    for day in (today, "2026-01-01"):
        (folder / day / "manifest.json").write_text(damage)
    assert Api().json("/exports")["results"] == []
    assert Client().get("/exports/2026-01-02/manifest.json").status_code == 404
    assert tasks.exports() is True
    assert [one["date"] for one in Api().json("/exports")["results"]] == [today]


def test_the_api_lists_them_with_hashes_and_addresses_that_answer(today: str) -> None:
    (row,) = Api().json("/exports")["results"]
    assert (row["date"], row["licence"], row["schema_version"]) == (today, "MIT", "2026-12-01")
    for one in row["files"]:
        answer = Client().get(one["url"])
        content = body(answer)
        assert (len(content), hashlib.sha256(content).hexdigest()) == (one["bytes"], one["sha256"])
        assert (answer["Content-Length"], answer["ETag"]) == (str(one["bytes"]), f'"{one["sha256"]}"')


def test_there_may_be_none_yet() -> None:
    assert Api().json("/exports") == {"results": []}
    assert Client().get("/exports/latest").status_code == 404


def test_latest_leads_to_the_last_one(today: str) -> None:
    answer = Client().get("/exports/latest")
    assert (answer.status_code, answer["Location"]) == (302, f"/exports/{today}/manifest.json")
    assert Client().get("/exports/latest/tools.csv")["Location"] == f"/exports/{today}/tools.csv"


def test_a_file_is_not_sent_twice_and_not_compressed_on_the_way(today: str, folder: Path) -> None:
    address = f"/exports/{today}/tools.jsonl"
    first = Client().get(address, headers={"Accept-Encoding": "gzip"})
    assert body(first) == (folder / today / "tools.jsonl").read_bytes()
    for known in (first["ETag"], f"W/{first['ETag']}", f'"another", {first["ETag"]}', "*"):
        again = Client().get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")


def test_scripts_of_other_sites_may_read_files_part_by_part(today: str) -> None:
    for address in (f"/exports/{today}/tools.parquet", "/exports/latest/tools.parquet"):
        answer = Client().get(address, headers={"Range": "bytes=0-3"})
        assert (answer["Access-Control-Allow-Origin"], answer["Cross-Origin-Resource-Policy"]) == ("*", "cross-origin")
        assert answer["Access-Control-Expose-Headers"] == "ETag, Content-Length, Content-Range"


def test_a_download_that_broke_off_goes_on(today: str, folder: Path) -> None:
    address, whole = f"/exports/{today}/tools.jsonl", (folder / today / "tools.jsonl").read_bytes()
    answer = Client().get(address, headers={"Range": "bytes=10-"})
    assert (answer.status_code, body(answer)) == (206, whole[10:])
    assert answer["Content-Range"] == f"bytes 10-{len(whole) - 1}/{len(whole)}"
    part = Client().get(address, headers={"Range": "bytes=10-19", "If-Range": answer["ETag"]})
    assert (part.status_code, part["Content-Length"], body(part)) == (206, "10", whole[10:20])
    other = Client().get(address, headers={"Range": "bytes=10-19", "If-Range": '"another"'})
    assert (other.status_code, body(other)) == (200, whole)
    backwards = Client().get(address, headers={"Range": "bytes=20-10"})
    assert (backwards.status_code, body(backwards)) == (200, whole)
    beyond = Client().get(address, headers={"Range": f"bytes={len(whole)}-"})
    assert (beyond.status_code, beyond["Content-Range"]) == (416, f"bytes */{len(whole)}")


@pytest.mark.parametrize(
    "path", ["../manifest.json", "2026-01-01/tools.csv", "{today}/secret_key", "{today}/..%2F..%2Fx"]
)
def test_nothing_else_is_sent(today: str, folder: Path, path: str) -> None:
    (folder.parent / "manifest.json").write_text('{"files": []}')
    (folder / today / "secret_key").write_text("secret")
    assert Client().get(f"/exports/{path.format(today=today)}").status_code == 404


def test_an_export_and_the_log_after_its_serial_are_the_whole_story(today: str) -> None:
    serial = Api().json("/exports")["results"][0]["serial"]
    assert Api().json(f"/changes?since={serial}")["changes"] == []
    assert len(lines(stored.root() / today / "tools.jsonl")) == 3
