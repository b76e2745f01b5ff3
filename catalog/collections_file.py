"""collections.yaml: reading, checking and writing the curated collections."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

from catalog.models import Alias, Collection, Pick, Tool
from catalog.validation import SLUG
from catalog.yamlfile import Located, Problem, read_list
from core.clean import flaw

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
    texts = all(isinstance(value.get(name), str) for name in FIELDS[:-1])
    if not found and not (texts and isinstance(value["tools"], list)):
        found.append(entry.problem("", "needs texts, and a list of tools"))
    if found:
        return found
    if not SLUG.match(value["slug"]):
        found.append(entry.problem("slug", "must be lower-case letters, digits and single hyphens"))
    for name, limit in (("slug", 80), ("title", 100), ("summary", 200), ("body", 5_000)):
        wrong = flaw(value[name], several_lines=name == "body", max_length=limit)
        if wrong:
            found.append(entry.problem(name, wrong))
    try:
        dt.date.fromisoformat(value["updated"])
    except ValueError:
        found.append(entry.problem("updated", f"{value['updated']!r} is no date; write YYYY-MM-DD"))
    picked: set[str] = set()
    for i, pick in enumerate(value["tools"]):
        place = f"tools[{i}]"
        if (
            not isinstance(pick, dict)
            or set(pick) != {"slug", "reason"}
            or not all(isinstance(text, str) for text in pick.values())
        ):
            found.append(entry.problem(place, "needs slug and reason"))
        elif pick["slug"] not in slugs:
            found.append(entry.problem(f"{place}.slug", f"no tool has the slug {pick['slug']!r}"))
        elif pick["slug"] in picked:
            found.append(entry.problem(place, "stands twice"))
        elif wrong := flaw(pick["reason"], max_length=300):
            found.append(entry.problem(f"{place}.reason", wrong))
        else:
            picked.add(pick["slug"])
    return found


def write(entries: list[Located], kept: list[str]) -> int:
    """Bring the collections of the file into the database; return how many were written (0 = all in step).

    What the file holds unchanged is not touched; what an editor changed here stays and is named in `kept`.
    """
    written = 0
    ids = dict(Alias.objects.filter(tool__isnull=False).order_by("id").values_list("slug", "tool_id"))
    ids |= dict(Tool.objects.order_by("id").values_list("slug", "id"))
    here = {c.slug: c for c in Collection.objects.prefetch_related("picks")}
    for position, entry in enumerate(entries):
        wanted = _columns(entry.value, position)
        picks = [(ids[pick["slug"]], i, pick["reason"]) for i, pick in enumerate(entry.value["tools"])]
        collection = here.get(entry.value["slug"])
        seed = json.dumps([entry.value, position])
        if collection is not None and collection.seed == seed:
            continue
        if collection is not None and collection.seed and not _untouched(collection, ids):
            kept.append(f"collection {collection.slug}")
            Collection.objects.filter(pk=collection.pk).update(seed=seed)
            continue
        collection, _ = Collection.objects.update_or_create(slug=entry.value["slug"], defaults={**wanted, "seed": seed})
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


def _untouched(collection: Collection, ids: dict[str, int]) -> bool:
    """Say whether no editor changed it since it was loaded."""
    value, position = json.loads(collection.seed)
    picks = [(ids.get(pick["slug"], 0), i, pick["reason"]) for i, pick in enumerate(value["tools"])]
    return _same(collection, _columns(value, position), picks)


def _same(collection: Collection, wanted: dict[str, Any], picks: list[tuple[int, int, str]]) -> bool:
    here = [(pick.tool_id, pick.position, pick.reason) for pick in collection.picks.all()]
    return all(getattr(collection, name) == value for name, value in wanted.items()) and here == picks
