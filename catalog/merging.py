"""Two listings of one tool become one: what people kept goes along, old addresses lead to it, nothing is deleted."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from catalog import services
from catalog.models import Alias, Category, Follow, ListItem, Pick, Saved, Tool
from catalog.reach import store
from catalog.records import Record, record_of, with_record_rows
from core import audit

# what may be taken over from the listing that goes; name, address and texts stay those of the one that is kept
TAKEN = (
    "vendor", "licence", "launched", "platforms", "modality", "tags", "links", "interfaces", "plans", "also",
)  # fmt: skip


class NotMergeable(ValueError):
    """Two tools cannot become one; the message says why."""


def gains(kept: Record, gone: Record) -> dict[str, Any]:
    """Return what the listing that goes knows and the one that is kept does not, by field, for an editor to choose."""
    found = {name: gone[name] for name in TAKEN if gone.get(name) and not kept.get(name)}
    for name in ("interfaces", "links"):
        more = _more(kept.get(name), gone.get(name))
        if more:
            found[name] = more
    return found


def _more(kept: Any, gone: Any) -> Any:
    if isinstance(gone, dict):
        return {name: value for name, value in gone.items() if name not in (kept or {})}
    silent = [{name: value for name, value in row.items() if name != "said_by"} for row in kept or []]
    return [row for row in gone or [] if {n: v for n, v in row.items() if n != "said_by"} not in silent]


@transaction.atomic
def merge(kept: Tool, gone: Tool, *, by: Any, take: Iterable[str] = ()) -> Tool:
    """Make `gone` a former address of `kept`; return `kept`. `take` names fields of `gains` to take over.

    The listing that goes is delisted with its evidence; whoever saved, listed or follows it has the other one from now
    on. Raises NotMergeable.
    """
    services.hold([kept.pk, gone.pk])
    rows = {tool.pk: tool for tool in with_record_rows(Tool.objects.filter(pk__in=[kept.pk, gone.pk]))}
    kept, gone = rows[kept.pk], rows.get(gone.pk, kept)
    if kept.pk == gone.pk:
        raise NotMergeable("That is one listing already.")
    if not kept.is_listed or not gone.is_listed:
        raise NotMergeable("Both have to be listed: one of them was taken down or merged meanwhile.")
    more = gains(before := record_of(kept), record_of(gone))
    record = _with(before, {name: more[name] for name in take if name in more})
    if record != before:
        categories = {one.slug: one for one in Category.objects.select_related("parent")}
        services.update_tool(kept, record, categories=categories, actor=by)
    _hand_over(kept, gone)
    store.hand_over(kept=kept.pk, gone=gone.pk)
    Alias.objects.filter(tool=gone).update(tool=kept)
    Alias.objects.create(slug=gone.slug, tool=kept)
    services.delist_tools([gone], actor=by)
    audit.record(actor=by, action="catalog.merged", obj=gone, detail={"into": kept.slug, "taken": sorted(take)})
    kept.refresh_from_db()
    return kept


def _with(record: Record, more: Record) -> Record:
    merged = dict(record)
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(record.get(name), dict):
            merged[name] = {**record[name], **value}
        elif name == "interfaces":
            merged[name] = [*record.get(name, []), *value]
        else:
            merged[name] = value
    return merged


def _hand_over(kept: Tool, gone: Tool) -> None:
    """Let what people kept of the one be of the other; where somebody has both, the one that goes is let go."""
    named = {"tool": kept, "slug": kept.slug, "name": kept.name}
    both = Saved.objects.filter(tool=kept).values("user")
    Saved.objects.filter(tool=gone, user__in=both).delete()
    Saved.objects.filter(tool=gone).update(**named)
    ListItem.objects.filter(tool=gone, list__in=ListItem.objects.filter(tool=kept).values("list")).delete()
    ListItem.objects.filter(tool=gone).update(**named)
    Follow.objects.filter(tool=gone, user__in=Follow.objects.filter(tool=kept).values("user")).delete()
    Follow.objects.filter(tool=gone).update(tool=kept)
    Pick.objects.filter(tool=gone, collection__in=Pick.objects.filter(tool=kept).values("collection")).delete()
    Pick.objects.filter(tool=gone).update(tool=kept)
