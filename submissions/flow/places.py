"""Categories to choose from, and the tags that others have there."""

from __future__ import annotations

from collections import Counter

from catalog.models import Category, Tool
from catalog.records import Record, path_of

TAGS = 8


def grouped() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return all sub-categories under their parents, as choices of a select."""
    found: dict[str, list[tuple[str, str]]] = {}
    subs = Category.objects.filter(parent__isnull=False).select_related("parent")
    for one in subs.order_by("parent__position", "parent__name", "position", "name", "pk"):
        assert one.parent is not None
        found.setdefault(one.parent.name, []).append((path_of(one), one.name))
    return list(found.items())


def usual_tags(record: Record) -> list[str]:
    """Return the tags that tools of the draft's category have most often, without its own."""
    slug = str(record.get("category", "")).rpartition("/")[2]
    if not slug:
        return []
    lists = Tool.objects.listed().filter(category__slug=slug).order_by("pk").values_list("tags", flat=True)[:500]
    counted = Counter(tag for tags in lists for tag in tags)
    own = set(record.get("tags", []))
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [tag for tag, count in ranked if count > 1 and tag not in own][:TAGS]
