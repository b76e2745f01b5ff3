"""The nightly exports: a folder for each day below VAR_DIR/exports, of which the last seven are kept."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from django.conf import settings

from api.exports import writing

KEPT = 7
HALF = 3_600  # seconds after which a half-written folder is nobody's any more
KEYS = {"exported_at", "serial", "schema_version", "licence"}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def root() -> Path:
    """Return the folder that holds the exports."""
    return Path(settings.VAR_DIR) / "exports"


def make(day: dt.date) -> bool:
    """Write the export of a day unless it is there, and remove what is older than the last seven; return whether."""
    made = told(day.isoformat()) is None
    if made:
        write(day)
    for old in list(kept())[KEPT:]:
        shutil.rmtree(root() / old, ignore_errors=True)
    for half in root().glob(".*"):  # of one that was killed; one takes minutes at most (api/tasks.py)
        if half.stat().st_mtime < time.time() - HALF:
            shutil.rmtree(half, ignore_errors=True)
    return made


def write(day: dt.date, formats: Collection[str] = tuple(writing.FORMATS), progress: Any = lambda *_: None) -> Any:
    """Write the export of a day, in the place of one that is there or was damaged; return what its manifest says."""
    folder = root() / day.isoformat()
    if folder.exists() and told(day.isoformat()) is None:  # nobody's but ours, and of no use to anybody
        shutil.rmtree(folder, ignore_errors=True)
    return writing.export(folder, formats, progress)


def kept() -> dict[str, dict[str, Any]]:
    """Return what the manifests of the exports that there are say, by day, the latest first."""
    try:
        days = sorted((one.name for one in root().iterdir()), reverse=True)
    except FileNotFoundError:
        return {}
    return {day: found for day in days if (found := told(day))}


def told(day: str) -> dict[str, Any] | None:
    """Return what the manifest of a day's export says; None where there is none (any more), or a damaged one."""
    if not DAY.fullmatch(day):
        return None
    try:
        found: dict[str, Any] = json.loads((root() / day / "manifest.json").read_bytes())
        whole = (
            all(one.keys() >= {"name", "rows", "bytes", "sha256"} for one in found["files"]) and found.keys() >= KEYS
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return found if whole else None
