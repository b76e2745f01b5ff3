"""Loading the seed files: all of it or nothing, and nothing twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog import collections_file, derived, index, services, validation
from catalog.models import Alias, Category, Tool
from catalog.records import Record, record_of, with_record_rows
from catalog.yamlfile import BadFile, Located, Problem, read_list, read_mapping

DATA = Path(__file__).resolve().parent / "data"
Progress = Callable[[str, int, int], None]  # what, how many done, of how many


class BadSeed(ValueError):
    """The files cannot be loaded; nothing was changed. Carries every problem."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in the seed files")
        self.problems = problems


@dataclass
class Seed:
    """What the files hold, read and checked."""

    categories: list[dict[str, Any]]
    tools: list[Located]
    collections: list[Located]


@dataclass
class Report:
    """What a load did."""

    records: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    delisted: int = 0
    collections: int = 0
    kept: list[str] = field(default_factory=list)  # fields that an editor changed here: kept, said
    left_over: list[str] = field(default_factory=list)  # listed here, no longer in the files


def load(folder: Path, *, prune: bool = False, progress: Progress = lambda *_: None) -> Report:
    """Load the seed in `folder` (taxonomy.yaml, tools/*.yaml, collections.yaml); return what was done.

    Validates everything before the first write, then writes in one transaction. A record that the files
    hold unchanged is not touched, whatever editors did to the tool here since. Of a changed record only the
    changed fields are taken; where an editor changed the same field, the editor's word stays and is reported.
    `prune` delists tools that came from the files and are no longer there. Raises BadSeed.
    """
    seed = read(folder, progress)
    with transaction.atomic():
        return _write(seed, prune, progress)


def read(folder: Path, progress: Progress = lambda *_: None) -> Seed:
    """Read and check every file. Raises BadSeed with all problems found."""
    problems: list[Problem] = []
    categories: list[dict[str, Any]] = []
    try:
        categories = _read_taxonomy(folder / "taxonomy.yaml", problems)
    except BadFile as error:
        problems.append(error.problem)
    paths = sorted((folder / "tools").glob("*.yaml"))
    if not paths:
        problems.append(Problem("tools/", 1, "", "holds no .yaml file"))
    entries: list[Located] = []
    for done, path in enumerate(paths, 1):
        try:
            found = read_list(path, f"tools/{path.name}")
        except BadFile as error:
            problems.append(error.problem)
            continue
        if categories:  # without them every record would be told to have a bad one
            problems += _problems_of_file(path, found, categories)
        entries += found
        progress("read", done, len(paths))
    problems += validation.repeated_slugs(entries)
    slugs = {slug for entry in entries if (slug := validation.slug_of(entry))}
    collections: list[Located] = []
    # without all tools, every missing one would be told a second time
    if not problems and (folder / "collections.yaml").exists():
        try:
            collections = collections_file.read(folder / "collections.yaml", slugs, problems)
        except BadFile as error:
            problems.append(error.problem)
    if problems:
        raise BadSeed(problems)
    return Seed(categories, entries, collections)


def _problems_of_file(path: Path, found: list[Located], categories: list[dict[str, Any]]) -> list[Problem]:
    parents = {row["slug"]: row["parent"] for row in categories if row["parent"]}
    problems: list[Problem] = []
    for entry in found:
        wrong = validation.problems_of(entry, parents)
        if not wrong and entry.value["category"].split("/")[0] != path.stem:
            wrong = [entry.problem("category", f"belongs into tools/{entry.value['category'].split('/')[0]}.yaml")]
        problems += wrong
    for earlier, entry in pairwise(found):
        before, slug = validation.slug_of(earlier), validation.slug_of(entry)
        if before and slug and slug < before:
            problems.append(entry.problem("slug", f"stands after {before!r}; records are sorted by slug"))
    return problems


def _read_taxonomy(path: Path, problems: list[Problem]) -> list[dict[str, Any]]:
    located = read_mapping(path, "taxonomy.yaml")
    rows: list[dict[str, Any]] = []
    tops = located.value.get("categories")
    if not isinstance(tops, list) or not tops:
        raise BadFile(located.problem("categories", "is missing or empty; it lists the upper categories"))
    for i, top in enumerate(tops):
        place = f"categories[{i}]"
        if not _is_category(top):
            problems.append(located.problem(place, "needs slug, name and sub (slug: name), each a text of 1 to 80"))
            continue
        rows.append({"slug": top["slug"], "name": top["name"], "parent": "", "place": place})
        for slug, name in top["sub"].items():
            rows.append({"slug": slug, "name": name, "parent": top["slug"], "place": f"{place}.sub.{slug}"})
    seen: set[str] = set()
    for row in rows:
        if not validation.SLUG.match(row["slug"]):
            problems.append(located.problem(row["place"], f"{row['slug']!r} is no slug"))
        if row["slug"] in seen:
            problems.append(located.problem(row["place"], f"the slug {row['slug']!r} is used twice"))
        seen.add(row["slug"])
    return rows


def _is_category(top: Any) -> bool:
    if not isinstance(top, dict) or set(top) != {"slug", "name", "sub"} or not isinstance(top["sub"], dict):
        return False
    texts = [top["slug"], top["name"], *top["sub"], *top["sub"].values()]
    return all(isinstance(text, str) and 0 < len(text) <= 80 for text in texts)


def _write(seed: Seed, prune: bool, progress: Progress) -> Report:
    services.take_turn()
    derived.take_in_jobs(progress)  # of the tools that are there; new ones get theirs when they are indexed
    report = Report(records=len(seed.tools))
    categories, renamed = _write_categories(seed.categories, report)
    here = _tools_by_slug()
    new: list[Record] = []
    for done, entry in enumerate(seed.tools, 1):
        record: Record = entry.value
        tool = here.get(record["slug"])
        if tool is None:
            new.append(record)
        elif tool.seed == json.dumps(record):
            report.unchanged += 1
        else:
            _update(tool, record, categories, report)
        if done % 100 == 0 or done == len(seed.tools):
            progress("compared", done, len(seed.tools))
    for start in range(0, len(new), 200):
        services.create_tools(new[start : start + 200], categories=categories)
        progress("listed", min(start + 200, len(new)), len(new))
    report.created = len(new)
    _left_over(here, {entry.value["slug"] for entry in seed.tools}, prune, report)
    for category in renamed:
        index.refresh(Tool.objects.in_category(category).values_list("pk", flat=True))
    report.collections = collections_file.write(seed.collections, report.kept)
    derived.rebuild(progress=progress)
    return report


def _tools_by_slug() -> dict[str, Tool]:
    tools = {tool.slug: tool for tool in Tool.objects.order_by("id")}
    by_id = {tool.pk: tool for tool in tools.values()}
    aliases = Alias.objects.filter(tool__isnull=False).order_by("id").values_list("slug", "tool_id")
    return {slug: by_id[pk] for slug, pk in aliases if pk in by_id} | tools


def _update(tool: Tool, record: Record, categories: dict[str, Category], report: Report) -> None:
    mine = record_of(with_record_rows(Tool.objects.all()).get(pk=tool.pk))
    base: Record = json.loads(tool.seed) if tool.seed else {}
    merged = dict(mine)
    for name in {*base, *record, *mine}:
        theirs, ours, was = record.get(name), mine.get(name), base.get(name)
        if theirs == ours or (base and theirs == was):
            continue
        if base and ours != was:
            report.kept.append(f"{tool.slug}: {name}")
            continue
        if theirs is None:
            merged.pop(name, None)
        else:
            merged[name] = theirs
    if services.update_tool(tool, merged, categories=categories, seed=record):
        report.updated += 1
    else:
        report.unchanged += 1


def _left_over(here: dict[str, Tool], in_files: set[str], prune: bool, report: Report) -> None:
    covered = {here[slug].pk for slug in in_files if slug in here}
    gone = {tool.pk: tool for tool in here.values() if tool.seed and tool.is_listed and tool.pk not in covered}
    if prune:
        report.delisted = services.delist_tools(gone.values())
        # forgotten, so that a record that comes back is listed again
        Tool.objects.filter(pk__in=gone).update(seed="")
    else:
        report.left_over = sorted(tool.slug for tool in gone.values())


def _write_categories(rows: Iterable[dict[str, Any]], report: Report) -> tuple[dict[str, Category], list[Category]]:
    """Bring the categories in step; return them by the files' slugs, and those whose name or place changed.

    As with tools: what the files hold unchanged is not touched, and an editor's change is kept and reported.
    """
    here = {category.slug: category for category in Category.objects.select_related("parent")}
    aliases = Alias.objects.select_related("category__parent").filter(category__isnull=False)
    here = {alias.slug: alias.category for alias in aliases if alias.category} | here
    changed: list[Category] = []
    for position, row in enumerate(rows):
        parent = here[row["parent"]] if row["parent"] else None
        wanted = json.dumps([row["name"], row["parent"], position])
        category = here.get(row["slug"])
        if category is None:
            here[row["slug"]] = Category.objects.create(
                slug=row["slug"], name=row["name"], parent=parent, position=position, seed=wanted
            )
        elif category.seed != wanted:
            was = json.loads(category.seed) if category.seed else None
            mine = [category.name, category.parent.slug if category.parent else "", category.position]
            if was and mine != was:
                report.kept.append(f"category {category.slug}")
            else:
                category.name, category.parent, category.position = row["name"], parent, position
                changed.append(category)
            category.seed = wanted
            category.save()
    return here, changed
