"""The JSON Schema of manifests (2020-12), as it is published. A later one gets another date and address."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from api.manifests.making import SCHEMA
from core.site import absolute

FILE = Path(__file__).with_name("2026-12-01.json")


@functools.cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def schema() -> dict[str, Any]:
    """Return the schema with its address at this site."""
    return {"$schema": _file()["$schema"], "$id": absolute(SCHEMA), **_file()}
