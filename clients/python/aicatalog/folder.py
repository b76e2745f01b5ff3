"""The folder of an export: its manifest.json, and its files, which have to be those that it describes."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from aicatalog.checking import WrongShape, shaped
from aicatalog.errors import BadFile, DamagedExport, NewerExport, NoExport
from aicatalog.shapes import ExportFile, ExportManifest

SCHEMA = "2026-12-01"  # of exports that this version reads
MANIFEST = "manifest.json"
MOST_MANIFEST = 1 << 20  # bytes
BLOCK = 1 << 20
FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
AGAIN = "Fetch it once more: aicatalog export {folder}"


class Folder:
    """An export as it lies on the disk. Files are hashed once, when they are used first."""

    def __init__(self, path: Path) -> None:
        """Read manifest.json. Raises NoExport, DamagedExport, NewerExport, BadFile."""
        self.path = path
        self.told = read_manifest(path)
        self._good: set[str] = set()

    def names(self) -> list[str]:
        """Return the names of its files."""
        return [one["name"] for one in self.told["files"]]

    def file(self, name: str) -> Path:
        """Return the path of a file whose bytes are those that manifest.json describes.

        Raises BadFile where the export was made without it, DamagedExport where it is another or not there.
        """
        told = next((one for one in self.told["files"] if one["name"] == name), None)
        if told is None:
            raise BadFile(
                f"The export in {self.path} has no {name}, which this needs.",
                "It was made without: “aicatalog export” fetches one with all files.",
            )
        if name not in self._good:
            check_file(self.path / name, told)
            self._good.add(name)
        return self.path / name


def read_manifest(folder: Path) -> ExportManifest:
    """Return what manifest.json of an export says. Raises NoExport, DamagedExport, NewerExport, BadFile."""
    path = folder / MANIFEST
    try:
        with path.open("rb") as file:
            body = file.read(MOST_MANIFEST + 1)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NoExport(
            f"{folder} holds no export: it has no {MANIFEST}.",
            f"“aicatalog export {folder} --from URL” fetches one; “manage.py export_data” of a site makes one.",
        ) from None
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror}.") from None
    if len(body) > MOST_MANIFEST:
        raise NoExport(f"{path} has more than {MOST_MANIFEST:,} bytes, so it is not that of an export.")
    return manifest_of(body, str(path))


def manifest_of(body: bytes, path: str) -> ExportManifest:
    """Return what the bytes of a manifest.json say. Raises NoExport, NewerExport, DamagedExport."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise NoExport(f"{path} is no JSON, so it is not that of an export.") from None
    version = said.get("schema_version") if isinstance(said, dict) else None
    if not isinstance(version, str):
        raise NoExport(f"{path} says no schema version, so it is not that of an export.")
    if version > SCHEMA:
        raise NewerExport(
            f"The export has the schema {version[:40]!r}; this version reads {SCHEMA}.",
            "Install a newer version of aicatalog.",
        )
    if version != SCHEMA:
        raise NoExport(f"{path} has the schema {version[:40]!r}, which no export had; this version reads {SCHEMA}.")
    try:
        told = shaped(ExportManifest, said)
    except WrongShape as error:
        raise DamagedExport(f"{path} is damaged: {error}.") from None
    names = [one["name"] for one in told["files"]]
    if bad := [name for name in names if not FILE_NAME.fullmatch(name)]:
        raise DamagedExport(f"{path} names a file that no export has: {bad[0][:60]!r}.")
    return told


def check_file(path: Path, told: ExportFile) -> None:
    """Compare a file with what manifest.json says of it. Raises DamagedExport."""
    again = AGAIN.format(folder=path.parent)
    try:
        size = path.stat().st_size
        if size == told["bytes"] and sha256_of(path) == told["sha256"]:
            return
    except OSError as error:
        raise DamagedExport(f"{path} cannot be read: {error.strerror}.", again) from None
    differs = "its SHA-256 differs" if size == told["bytes"] else f"it has {size:,} bytes instead of {told['bytes']:,}"
    raise DamagedExport(f"{path} is damaged: {differs} from what {MANIFEST} says.", again)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, a block at a time. Raises OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            found.update(block)
    return found.hexdigest()
