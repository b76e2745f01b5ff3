"""collections.yaml: reading, checking and writing the curated collections."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from catalog.models import Collection, Pick, Tool
from catalog.validation import SLUG
from catalog.yamlfile import Located, Problem, read_list

FIELDS = ("slug", "title", "summary", "body", "updated", "tools")


def read(path: Path, slugs: set[str], problems: list[Problem]) -> list[Located]:
    """Read the file; append what is wrong to `problems`. `slugs` are the tools that exist. Raises BadFile."""
    entries = read_list(path, "collections.yaml")
    seen: set[str] = set()
    for entry in entries:
        wrong = _problems(entry, slugs)
        if not wrong and entry.value["slug"] in seen:
            wrong = [entry.problem("slug", "is used twice")]
        if not wrong:
            seen.add(entry.value["slug"])
        problems += wrong
    return entries


def _problems(entry: Located, slugs: set[str]) -> list[Problem]:
    value = entry.value
    if not isinstance(value, dict):
        return [entry.problem("", "must be a mapping that begins with “slug:”")]
    found = [entry.problem(name, "is missing") for name in FIELDS if not value.get(name)]
    found += [entry.problem(name, "is not a field of a collection") for name in value if name not in FIELDS]
    if found:
        return found
    if not SLUG.match(value["slug"]):
        found.append(entry.problem("slug", "must be lower-case letters, digits and single hyphens"))
    if len(value["title"]) > 100 or len(value["summary"]) > 200:
        found.append(entry.problem("summary", "is longer than 200 characters, or the title than 100"))
    try:
        dt.date.fromisoformat(value["updated"])
    except ValueError:
        found.append(entry.problem("updated", f"{value['updated']!r} is no date; write YYYY-MM-DD"))
    picked: set[str] = set()
    for i, pick in enumerate(value["tools"]):
        place = f"tools[{i}]"
        if not isinstance(pick, dict) or set(pick) != {"slug", "reason"}:
            found.append(entry.problem(place, "needs slug and reason"))
        elif pick["slug"] not in slugs:
            found.append(entry.problem(f"{place}.slug", f"no tool has the slug {pick['slug']!r}"))
        elif pick["slug"] in picked or len(pick["reason"]) > 300:
            found.append(entry.problem(place, "stands twice, or its reason is longer than 300 characters"))
        else:
            picked.add(pick["slug"])
    return found


def write(entries: list[Located]) -> int:
    """Bring the collections of the file into the database; return how many were written (0 = all in step)."""
    written = 0
    ids = dict(Tool.objects.order_by("id").values_list("slug", "id"))
    here = {c.slug: c for c in Collection.objects.prefetch_related("picks")}
    for position, entry in enumerate(entries):
        wanted = _columns(entry.value, position)
        picks = [(ids[pick["slug"]], i, pick["reason"]) for i, pick in enumerate(entry.value["tools"])]
        collection = here.get(entry.value["slug"])
        if collection is not None and _same(collection, wanted, picks):
            continue
        collection, _ = Collection.objects.update_or_create(slug=entry.value["slug"], defaults=wanted)
        collection.picks.all().delete()
        Pick.objects.bulk_create(
            Pick(collection=collection, tool_id=tool, position=i, reason=reason) for tool, i, reason in picks
        )
        written += 1
    return written


def _columns(value: dict[str, Any], position: int) -> dict[str, Any]:
    return {
        "title": value["title"],
        "summary": value["summary"],
        "body": value["body"].strip(),
        "position": position,
        "updated_on": dt.date.fromisoformat(value["updated"]),
    }


def _same(collection: Collection, wanted: dict[str, Any], picks: list[tuple[int, int, str]]) -> bool:
    here = [(pick.tool_id, pick.position, pick.reason) for pick in collection.picks.all()]
    return all(getattr(collection, name) == value for name, value in wanted.items()) and here == picks
