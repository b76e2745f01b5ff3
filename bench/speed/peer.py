"""The same search in Datasette over the same rows: a peer that anybody can install in a minute."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode

from bench.speed.servers import ROOT, answers, running
from catalog.index import words_of
from catalog.models import Tool
from catalog.records import with_record_rows
from core.processes import Command

VERSION = "0.65.5"
FACETS = ("category", "pricing", "has_api", "has_mcp", "self_hosted", "kind", "source")
LIMITS = {"sql_time_limit_ms": 60_000, "facet_time_limit_ms": 60_000}  # else slow queries are refused, facets dropped


def install(folder: Path) -> Path | None:
    """Return a Python that has Datasette, installed into an environment of its own; None when that cannot be."""
    python = folder / "datasette-venv" / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", str(python.parents[1])], check=True, capture_output=True)
        has = subprocess.run([str(python), "-c", "import datasette"], check=False, capture_output=True)
        if has.returncode:
            pip = [str(python), "-m", "pip", "install", "--quiet", f"datasette=={VERSION}"]
            subprocess.run(pip, check=True, capture_output=True, timeout=300)
    except (OSError, subprocess.SubprocessError):
        return None
    return python


def write(path: Path) -> None:
    """Write all tools to an SQLite file as one would for Datasette.

    Texts are in an FTS5 table with the stemming that we have; what is counted is in a slim table with an index per
    column. One value a facet, as plain columns have it.
    """
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh)) as db:
        columns = ", ".join(f"{name} TEXT" for name in FACETS)
        db.execute(f"CREATE TABLE tools (id INTEGER PRIMARY KEY, slug TEXT, name TEXT, tagline TEXT, {columns})")
        db.execute("CREATE VIRTUAL TABLE tools_fts USING fts5(name, tagline, tags, description, tokenize='porter')")
        last = 0
        while batch := list(with_record_rows(Tool.objects.filter(pk__gt=last).order_by("id"))[:2_000]):
            last = batch[-1].pk
            slim, texts = zip(*(_rows(tool) for tool in batch), strict=True)
            db.executemany(f"INSERT INTO tools VALUES ({', '.join('?' * (4 + len(FACETS)))})", slim)
            db.executemany("INSERT INTO tools_fts (rowid, name, tagline, tags, description) VALUES (?,?,?,?,?)", texts)
        for name in FACETS:
            db.execute(f"CREATE INDEX tools_{name} ON tools ({name})")
        db.execute("INSERT INTO tools_fts (tools_fts) VALUES ('optimize')")
        db.execute("ANALYZE")
        db.commit()
    fresh.replace(path)


def _rows(tool: Tool) -> tuple[tuple[object, ...], tuple[object, ...]]:
    facets = dict(reversed([word.split(":", 1) for word in words_of(tool)]))
    values = [tool.category.slug if name == "category" else facets[name] for name in FACETS]
    slim = (tool.pk, tool.slug, tool.name, tool.tagline, *values)
    return slim, (tool.pk, f"{tool.name} {tool.slug}", tool.tagline, " ".join(tool.tags), tool.description)


@contextmanager
def serving(python: Path, file: Path, port: int) -> Iterator[None]:
    """Serve the file with Datasette."""
    table = {"fts_table": "tools_fts", "fts_pk": "id"}
    metadata = file.with_suffix(".json")
    metadata.write_text(json.dumps({"databases": {file.stem: {"tables": {"tools": table}}}}), encoding="utf-8")
    argv = [str(python), "-m", "datasette", "serve", str(file), "--metadata", str(metadata), "--port", str(port)]
    for name, value in LIMITS.items():
        argv += ["--setting", name, str(value)]
    command = Command(argv, dict(os.environ), ROOT)
    ready = f"/{file.stem}/tools.json?_size=1"
    with running(command, file.with_suffix(".log"), lambda _pid: answers(port, ready), ((15, 5.0),)):
        yield


def path_of(file: Path, pairs: list[tuple[str, str]]) -> str:
    """Return the address of the search that our list page does for these parameters."""
    asked = [("_search" if name == "q" else name, value) for name, value in pairs]
    return f"/{file.stem}/tools.json?{urlencode([*asked, *(('_facet', name) for name in FACETS), ('_size', '24')])}"
