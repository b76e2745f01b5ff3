"""Writing the catalog back into seed files."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.models import Category, Collection, Tool
from catalog.records import record_of, with_record_rows
from catalog.yamlfile import in_the_order_of, write_collections, write_records, write_taxonomy


class IncompleteExport(ValueError):
    """A listed tool has no place in the files; the message is a sentence for people."""


def export(folder: Path) -> dict[str, int]:
    """Write taxonomy.yaml, tools/<category>.yaml and collections.yaml into `folder`; return entries by file.

    Each file is replaced as a whole (written beside, then renamed), so a reader never sees half of one.
    Synonyms are no rows and are not written. Raises OSError when the folder cannot be written, IncompleteExport
    when a listed tool would be left out.
    """
    (folder / "tools").mkdir(parents=True, exist_ok=True)
    tops = list(Category.objects.top().in_order().prefetch_related("children"))
    counts = {"taxonomy.yaml": len(tops)}
    _replace(folder / "taxonomy.yaml", write_taxonomy([_category(top) for top in tops]))
    for top in tops:
        tools = with_record_rows(Tool.objects.listed().filter(category__parent=top)).order_by("slug")
        records = [in_the_order_of(record_of(tool), tool.seed) for tool in tools]
        if records:
            counts[f"tools/{top.slug}.yaml"] = len(records)
            _replace(folder / "tools" / f"{top.slug}.yaml", write_records(records))
    listed = Tool.objects.listed().count()
    if sum(counts.values()) - len(tops) != listed:
        raise IncompleteExport(f"{listed} tools are listed, but not all are filed under a sub-category.")
    collections = Collection.objects.in_order().prefetch_related("picks__tool")
    counts["collections.yaml"] = len(collections)
    _replace(folder / "collections.yaml", write_collections([_collection(one) for one in collections]))
    return counts


def _replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".yaml.new")
    beside.write_text(text, encoding="utf-8")
    os.replace(beside, path)


def _category(top: Category) -> dict[str, object]:
    below = sorted(top.children.all(), key=lambda sub: (sub.position, sub.slug))
    return {"slug": top.slug, "name": top.name, "sub": {sub.slug: sub.name for sub in below}}


def _collection(one: Collection) -> dict[str, object]:
    return {
        "slug": one.slug,
        "title": one.title,
        "summary": one.summary,
        "body": one.body,
        "updated": one.updated_on.isoformat(),
        "tools": [{"slug": pick.tool.slug, "reason": pick.reason} for pick in one.picks.all() if pick.tool.is_listed],
    }
