"""Writing the catalog back into seed files."""

from __future__ import annotations

import os
from pathlib import Path

from catalog.models import Category, Tool
from catalog.records import record_of, with_record_rows
from catalog.yamlfile import in_the_order_of, write_records


def export(folder: Path) -> dict[str, int]:
    """Write `folder`/tools/<category>.yaml for every upper category that has listed tools; return counts by file.

    Each file is replaced as a whole (written beside, then renamed), so a reader never sees half of one.
    Raises OSError when the folder cannot be written.
    """
    target = folder / "tools"
    target.mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    for category in Category.objects.top().in_order():
        tools = with_record_rows(Tool.objects.listed().filter(category__parent=category)).order_by("slug")
        records = [in_the_order_of(record_of(tool), tool.seed) for tool in tools]
        if not records:
            continue
        path = target / f"{category.slug}.yaml"
        beside = path.with_suffix(".yaml.new")
        beside.write_text(write_records(records), encoding="utf-8")
        os.replace(beside, path)
        counts[path.name] = len(records)
    return counts
