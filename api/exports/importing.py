"""Reading an export back into an empty instance: all of it or nothing, and only what is as its manifest says."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from api.exports.files import SCHEMA, sha256_of
from api.exports.writing import FILES
from api.manifests.canonical import canonical, sha256
from api.manifests.making import manifest as manifest_of
from api.models import Manifest, ManifestHead
from catalog import derived, leaks, services
from catalog.choices import LISTED, Status
from catalog.models import Category, Change, Collection, Fact, Pick, Tool
from catalog.records import columns, derive, interface_rows, plan_rows, with_record_rows
from catalog.validation import problems_of
from catalog.yamlfile import Located
from core import strictjson

BATCH = 200
NEEDED = FILES["jsonl"]
NAME = re.compile(r"[a-z]+\.[a-z]+")
MOST = 1_000_000  # bytes of a line; that of the longest tool of the seed has 9,000
DEPTH = 8  # of brackets; a line needs five
WRONG = (  # what reading a file that somebody else wrote can lead to
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError, ValidationError, DatabaseError,
)  # fmt: skip
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # of a manifest that is to be made anew
Progress = Callable[[str, int, int], None]


class BadExport(ValueError):
    """The folder cannot be imported; nothing was changed. The message is a sentence for people."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """Return manifest.json once every file that it names is there with its size and hash. Raises BadExport."""
    path = folder / "manifest.json"
    try:
        told = json.loads(path.read_bytes())
        named = {row["name"]: (row["bytes"], row["sha256"], row["rows"]) for row in told["files"]}
        version = told["schema_version"]
        if strange := [name for name in named if type(name) is not str or not NAME.fullmatch(name)]:
            raise ValueError(f"{strange[0]!r} names no file of an export")
        if any(type(rows) is not int or rows < 0 for _, _, rows in named.values()):
            raise ValueError("not all of its rows are counts")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BadExport(f"{path} is no manifest of an export ({error}). Name the folder of an export.") from error
    if version != SCHEMA:
        raise BadExport(f"It was written in schema {version!r}; this site reads {SCHEMA!r}. Update the older of both.")
    if missing := [name for name in NEEDED if name not in named]:
        raise BadExport(f"Its manifest does not name {', '.join(missing)}, which an import needs.")
    for name, (size, digest, _) in named.items():
        file = folder / name
        if not file.is_file() and name in NEEDED:
            raise BadExport(f"{name!r} is missing. Copy the whole export again.")
        if file.is_file() and (file.stat().st_size != size or sha256_of(file) != digest):
            raise BadExport(f"{name} is not the file that was exported: its size or SHA-256 differs. Copy it again.")
    found: dict[str, Any] = told
    return found


def load(folder: Path, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Import the export in `folder`; return how many tools, categories, collections and manifests there were.

    The catalog is the same then: exporting it gives the same bytes. What is no part of an export is not there: notes of
    curators, logos, older addresses, older manifests, runs. Raises BadExport, also when the catalog is not empty.
    """
    told = read_manifest(folder)
    rows = {row["name"]: row["rows"] for row in told["files"]}
    with transaction.atomic():
        services.take_turn()
        for model in (Tool, Category, Collection, Change):
            if model._default_manager.exists():
                raise BadExport("The catalog here is not empty. Import into a new instance.")
        try:
            counts = _write(folder, rows["tools.jsonl"], progress)
            for name in NEEDED:
                if counts[Path(name).stem] != rows[name]:
                    raise ValueError(f"{name} has not the {rows[name]:,} rows that manifest.json says")
        except WRONG as error:
            raise BadExport(f"A line says what cannot be: {type(error).__name__}: {error}") from error
        derived.take_in_jobs(progress)
        derived.rebuild(progress=progress)
    return counts


def _write(folder: Path, total: int, progress: Progress) -> dict[str, int]:
    categories = _categories(json.loads((folder / "categories.json").read_bytes()))
    tools = manifests = 0
    with (folder / "tools.jsonl").open("rb") as lines, (folder / "manifests.jsonl").open("rb") as bodies:
        while batch := [_line(line) for line in islice(iter(lambda: lines.readline(MOST + 1), b""), BATCH)]:
            made = _tools(batch, categories)
            manifests += _manifests(batch, made, bodies)
            tools += len(batch)
            progress("listed", tools, total)
        if bodies.readline(1):
            raise ValueError("manifests.jsonl has more lines than tools.jsonl names")
    collections = json.loads((folder / "collections.json").read_bytes())
    _collections(collections)
    return {
        "tools": tools, "categories": len(categories), "collections": len(collections), "manifests": manifests
    }  # fmt: skip


def _categories(rows: list[dict[str, Any]]) -> dict[str, Category]:
    found: dict[str, Category] = {}
    for row in rows:
        parent = found[row["parent"]] if row["parent"] else None
        one = Category(slug=row["slug"], name=row["name"], parent=parent, position=row["position"])
        one.clean_fields()
        one.save()
        found[one.slug] = one
    return found


def _line(line: bytes) -> Any:
    """Return what a line of tools.jsonl says. Raises ValueError."""
    if len(line) > MOST:
        raise ValueError(f"a line is longer than {MOST:,} bytes")
    return strictjson.read(line, depth=DEPTH)


def _tools(batch: list[dict[str, Any]], categories: dict[str, Category]) -> dict[str, Tool]:
    """List a batch of tools with the provenance of their facts; return them by slug, read anew."""
    parents = {slug: one.parent.slug for slug, one in categories.items() if one.parent}
    for row in batch:
        _check(row, categories, parents)
    made = services.create_tools([row["record"] for row in batch], categories=categories)
    Fact.objects.filter(tool__in=made).delete()
    facts = [
        Fact(tool=tool, field=one["field"], said_by=one["by"], said_on=one["on"], evidence=one.get("evidence", ""))
        for tool, row in zip(made, batch, strict=True)
        for one in row["facts"]
    ]
    for one in facts:
        one.clean_fields(exclude=["tool"])
    Fact.objects.bulk_create(facts)
    rows = with_record_rows(Tool.objects.filter(pk__in=[tool.pk for tool in made]))
    return {tool.slug: tool for tool in rows}


def _check(row: dict[str, Any], categories: dict[str, Category], parents: dict[str, str]) -> None:
    """Refuse what a file of the seed would be refused for, as an address that runs a script.

    Raises ValueError, ValidationError.
    """
    record = row["record"]
    if row["slug"] != record["slug"]:
        raise ValueError(f"{row['slug']} and {record['slug']} stand in one line")
    if record.get("status", Status.ACTIVE) not in LISTED or "note" in record:
        raise ValueError(f"{row['slug']}: an export has listed tools only, without the notes of curators")
    for wrong in problems_of(Located(record, "", 0), parents):
        raise ValueError(f"{row['slug']}: {wrong.field} {wrong.message}")
    tool = Tool(**columns(row["record"], categories))
    derive(tool)
    tool.clean_fields(exclude=["category"])
    for one in [*interface_rows(tool, row["record"]), *plan_rows(tool, row["record"])]:
        one.clean_fields(exclude=["tool"])


def _manifests(batch: list[dict[str, Any]], tools: dict[str, Tool], bodies: Iterator[bytes]) -> int:
    """Keep the manifests of a batch under their versions; return how many there were.

    One that does not say what the listing says (it was behind when it was exported) is made anew by the next sweep.
    """
    made, current = [], []
    for row in (row for row in batch if row["manifest"]):
        body, tool = next(bodies, b"").removesuffix(b"\n"), tools[row["slug"]]
        said = json.loads(body or b"{}")
        if sha256(body) != row["manifest"]["sha256"] or said["version"] != row["manifest"]["version"]:
            raise ValueError(f"the manifest of {row['slug']} is not the one that its line names")
        _check_manifest(said, body, row["slug"])
        made.append(
            Manifest(tool_id=tool.pk, slug=said["tool"], version=said["version"], sha256=sha256(body), body=body)
        )
        here = manifest_of(tool) | {"$schema": said["$schema"], "version": said["version"]}  # the other site's address
        current.append(tool.changed_at if canonical(here) == body else LONG_AGO)
    Manifest.objects.bulk_create(made)
    ManifestHead.objects.bulk_create(
        ManifestHead(tool_id=one.tool_id, manifest=one, changed_at=at) for one, at in zip(made, current, strict=True)
    )
    return len(made)


def _check_manifest(said: Any, body: bytes, slug: str) -> None:
    """Refuse a manifest that no site would have made: it is kept for good, under the name of its tool."""
    if canonical(said) != body:
        raise ValueError(f"the manifest of {slug} is no canonical JSON")
    if said["tool"] != slug:
        raise ValueError(f"the manifest of {slug} is one of {said['tool']}")
    if found := next(leaks.found(said), None):
        raise ValueError(f"the manifest of {slug}: {found[0] or '/'} looks like a secret")


def _collections(rows: list[dict[str, Any]]) -> None:
    keys = dict(Tool.objects.values_list("slug", "pk"))
    for row in rows:
        one = Collection(
            slug=row["slug"], title=row["title"], summary=row["summary"], body=row["body"], position=row["position"],
            updated_on=dt.date.fromisoformat(row["updated"]),
        )  # fmt: skip
        one.clean_fields()
        one.save()
        Pick.objects.bulk_create(
            Pick(collection=one, tool_id=keys[pick["slug"]], position=position, reason=pick["reason"])
            for position, pick in enumerate(row["tools"])
        )
