"""What tests of exports share: a small catalog, an export of it, and a way to have an empty instance again."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from api.exports import writing
from api.manifests import keeping
from catalog.models import Collection, Pick, Tool
from tests import make


def fill() -> list[Tool]:
    """List three tools, two of them in a collection."""
    rest = {"kind": "rest", "base_url": "https://api.example.com/v1", "auth": "apiKey", "env": "ONE_KEY"}
    plan = {"name": "Pro", "amount": "20.50", "currency": "USD", "period": "month", "seen": "2026-11-01"}
    tools = [
        make.tool(slug="one", name="=One", interfaces=[rest], plans=[plan], note="for curators"),
        make.tool(slug="two-a", name="Two “é”", launched="2024-05", launched_said_by="docs"),
        make.tool(slug="two", name="Two", status="watch", listed="2026-11-26"),
    ]
    one = Collection.objects.create(
        slug="made", title="Made", summary="Made for a test", body="Text.", updated_on="2026-11-26"
    )
    for position, tool in enumerate(tools[:2]):
        Pick.objects.create(collection=one, tool=tool, position=position, reason="It is there.")
    keeping.sweep()
    return tools


def empty() -> None:
    """Make the database that of a new instance."""
    call_command("flush", interactive=False, verbosity=0)


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a file of lines."""
    return [json.loads(line) for line in path.read_bytes().splitlines()]


@pytest.fixture
def exported(tmp_path: Path) -> Callable[..., Path]:
    """Write an export and return its folder."""

    def write(name: str = "export", *formats: str) -> Path:
        writing.export(tmp_path / name, formats)
        return tmp_path / name

    return write
