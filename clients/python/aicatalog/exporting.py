"""Fetching the latest export of a site: resumed where it broke off, hashes checked, whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from aicatalog.asking import Asker, no_catalog
from aicatalog.errors import BadFile, CatalogError, CatalogUnavailable, DamagedExport, NotFound, TooSlow
from aicatalog.folder import MANIFEST, MOST_MANIFEST, check_file, manifest_of, read_manifest, sha256_of
from aicatalog.shapes import ExportFile, ExportManifest

try:
    import fcntl
except ImportError:  # Windows: two at once are noticed by their hashes there
    fcntl = None  # type: ignore[assignment]

Progress = Callable[[str, int, int], None]  # the name of a file, bytes of all files that are here, of how many
TRIES = 5  # connections that may break off without a byte in between
SPARE = 16 << 20  # bytes of the disk that are left free


class _Listed(TypedDict):
    date: str
    manifest: str


class _Exports(TypedDict):
    results: list[_Listed]


def fetch(asker: Asker, folder: Path, progress: Progress = lambda *_: None) -> tuple[ExportManifest, bool]:
    """Fetch the latest export into `folder`; return what its manifest.json says, and whether anything was fetched.

    What is fetched lies beside the folder until all hashes are right; then it takes the place of an export that was
    there. One that is stopped goes on where it was. Raises BadFile, NotFound, DamagedExport, CatalogUnavailable.
    """
    try:
        folder = folder.resolve()  # a link stays a link: where it leads to gets the export
        _refuse_other_files(folder)
        body, base = _latest(asker)
        told = manifest_of(body, f"{MANIFEST} of {asker.site}")
        names = {MANIFEST, *(one["name"] for one in told["files"])}
        _refuse_other_files(folder, names)
        if _is_there(folder, body):
            return told, False
        beside = folder.parent / f".{folder.name}.part"
        beside.mkdir(parents=True, exist_ok=True)
        with _alone(beside):
            _fetch_files(asker, base, beside, told, progress)
            (beside / MANIFEST).write_bytes(body)
            _tidy(beside, names)
        _refuse_other_files(folder, names)  # again: fetching takes minutes
        _put_in_place(beside, folder)
    except OSError as error:
        place = error.filename or folder
        raise BadFile(f"{place} cannot be written: {error.strerror}.", "What was fetched so far is kept.") from None
    return told, True


def _refuse_other_files(folder: Path, names: Collection[str] | None = None) -> None:
    """Refuse a folder that is neither empty nor an export with nothing beside it, of which it is said what it lists.

    `names`: those that the new export lists, which may be there as well; None where they are not known yet. The folder
    is going to be replaced as a whole, and many a program calls a file of its own manifest.json. Raises BadFile.
    """
    if folder.exists() and not folder.is_dir():
        raise BadFile(f"{folder} is a file.", "Name a new folder, or one that holds an export.")
    there = list(folder.iterdir()) if folder.is_dir() else []
    listed = _listed(folder / MANIFEST) if there else set()
    if listed is None:
        raise BadFile(f"{folder} holds files that are no export.", "Name a new or empty folder.")
    for one in there:
        if one.is_dir() or (names is not None and one.name not in {MANIFEST, *listed, *names}):
            raise BadFile(
                f"{folder} holds {one.name}, which belongs to no export.",
                "Move it away, or name a new folder.",
            )


def _listed(path: Path) -> set[str] | None:
    """Return the names of the files that a manifest.json lists; None where it is not that of an export, of any age."""
    try:
        with path.open("rb") as file:
            said = json.loads(file.read(MOST_MANIFEST))
    except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):
        return None
    files = said.get("files") if isinstance(said, dict) and isinstance(said.get("schema_version"), str) else None
    if not isinstance(files, list) or not all(isinstance(one, dict) for one in files):
        return None
    names = {one.get("name") for one in files}
    return names if all(isinstance(one, str) for one in names) else None


def _latest(asker: Asker) -> tuple[bytes, str]:
    """Return the bytes of the latest manifest.json, and the path that its files lie below."""
    exports = asker.object(_Exports, "/api/v1/exports")["results"]
    if not exports:
        raise NotFound(
            f"{asker.site} has no export yet.",
            "One is made each night, at 02:41 UTC; who runs the site makes one now: manage.py export_data --stored",
        )
    path = urlsplit(exports[0]["manifest"]).path.removeprefix(urlsplit(asker.site).path)
    if not path.startswith("/") or not path.endswith(f"/{MANIFEST}"):
        raise no_catalog(asker.site, "an export without its manifest.json")
    body = asker.get(path).body
    if len(body) > MOST_MANIFEST:
        raise no_catalog(asker.site, "a manifest.json that is too large")
    return body, path.removesuffix(MANIFEST)


def _is_there(folder: Path, body: bytes) -> bool:
    """Say whether a folder holds that very export, undamaged."""
    try:
        if (folder / MANIFEST).read_bytes() != body:
            return False
        for one in read_manifest(folder)["files"]:
            check_file(folder / one["name"], one)
    except (OSError, CatalogError):
        return False
    return True


@contextlib.contextmanager
def _alone(beside: Path) -> Iterator[None]:
    """Let one process at a time write. Raises BadFile."""
    with (beside / "lock").open("w") as lock:
        if fcntl:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BadFile(f"Another process is writing {beside}.", "Wait until it has ended.") from None
        yield


def _fetch_files(asker: Asker, base: str, beside: Path, told: ExportManifest, progress: Progress) -> None:
    total = sum(one["bytes"] for one in told["files"])
    _refuse_full(beside, total)
    done = 0
    for one in told["files"]:
        before = done

        def tell(here: int, name: str = one["name"], before: int = before) -> None:
            progress(name, before + here, total)

        _fetch_file(asker, base, beside, one, tell)
        done += one["bytes"]


def _refuse_full(beside: Path, total: int) -> None:
    here = sum(one.stat().st_size for one in beside.iterdir() if one.is_file())
    free = shutil.disk_usage(beside).free
    if total - here > max(free - SPARE, 0):
        raise BadFile(
            f"The export has {total:,} bytes; the disk of {beside.parent} has {free:,} free.",
            "Make room, or name a folder on another disk.",
        )


def _fetch_file(asker: Asker, base: str, beside: Path, one: ExportFile, tell: Callable[[int], None]) -> None:
    """Fetch a file, beginning where an earlier one broke off. Its bytes are those of the hash, or there is none."""
    whole = beside / one["name"]
    part = beside / f"{one['name']}.{one['sha256'][:16]}.part"
    if whole.is_file() and whole.stat().st_size == one["bytes"] and sha256_of(whole) == one["sha256"]:
        tell(one["bytes"])
        return
    left = TRIES
    while (here := part.stat().st_size if part.exists() else 0) < one["bytes"] or not part.exists():
        try:
            _fetch_part(asker, base + one["name"], part, one, tell)
        except TooSlow:
            raise
        except CatalogUnavailable:
            gained = part.exists() and part.stat().st_size > here
            left = TRIES if gained else left - 1
            if not left:
                raise
            time.sleep(0.2 * (TRIES - left + 1))
    if sha256_of(part) != one["sha256"]:
        part.unlink()
        raise DamagedExport(
            f"{one['name']} as {asker.site} sent it is not what its manifest.json says: the SHA-256 differs.",
            "Try once more; if it stays so, tell those who run the site.",
        )
    os.replace(part, whole)


def _fetch_part(asker: Asker, path: str, part: Path, one: ExportFile, tell: Callable[[int], None]) -> None:
    """Fetch what is missing of a file. A site that has another by now, or knows no parts, sends it from the start."""
    here = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={here}-", "If-Range": f'"{one["sha256"]}"'} if here else {}
    with asker.stream(path, headers=headers) as response:
        goes_on = response.status_code == 206 and response.headers.get("Content-Range", "").startswith(f"bytes {here}-")
        if response.status_code == 206 and not goes_on:
            raise no_catalog(asker.site, "another part of a file than was asked for")
        with part.open("ab" if goes_on else "wb") as file:
            size = here if goes_on else 0
            tell(size)
            for block in response.iter_raw():
                size += len(block)
                if size > one["bytes"]:
                    file.truncate(0)
                    raise DamagedExport(f"{one['name']} is longer than its manifest.json says.", "Try once more.")
                file.write(block)
                tell(size)
    if size < one["bytes"]:
        raise CatalogUnavailable(f"{asker.site} sent {one['name']} only in part.", "Run it again: it goes on there.")


def _tidy(beside: Path, names: set[str]) -> None:
    """Remove what does not belong to the export: parts of an older one, the lock."""
    for one in beside.iterdir():
        if one.name not in names:
            one.unlink()


def _put_in_place(beside: Path, folder: Path) -> None:
    if not folder.exists():
        os.replace(beside, folder)
        return
    before = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    os.replace(folder, before / "old")
    try:
        os.replace(beside, folder)
    except OSError:
        os.replace(before / "old", folder)
        raise
    finally:
        shutil.rmtree(before, ignore_errors=True)
