"""Saved tools and lists: every change of them, and how their rows are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from catalog.models import Alias, ListItem, Saved, Tool, ToolList
from catalog.models.personal import Kept

MOST_SAVED = 1_000
MOST_LISTS = 50
MOST_ITEMS = 200  # tools of one list


class Full(ValueError):
    """No more can be kept; the message is a sentence that says what to do."""


def alone(user: Any) -> None:
    """Wait until no other transaction adds something to this account, so that its limits hold."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=user.pk)


# -- saved tools -----------------------------------------------------------------------------------------------------


@transaction.atomic
def save(*, user: Any, tool: Tool) -> bool:
    """Save a tool; return False when it was saved already. Raises Full."""
    alone(user)
    rows = Saved.objects.visible_to(user)
    if rows.filter(tool=tool).exists():
        return False
    if rows.count() >= MOST_SAVED:
        raise Full(
            f"You have saved {MOST_SAVED:,} tools, which is the most there can be. Remove one, then save {tool}."
        )
    Saved.objects.create(user=user, tool=tool, slug=tool.slug, name=tool.name)
    return True


def unsave(*, user: Any, tool: Tool) -> bool:
    """Remove a tool from those saved; return False when it was not among them."""
    return bool(Saved.objects.visible_to(user).filter(tool=tool).delete()[0])


def annotate(*, row: Saved | ListItem, note: str) -> None:
    """Set the note of a saved tool or of one in a list, already cleaned; "" for none."""
    row.note = note
    row.save(update_fields=["note"])


# -- lists -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def create_list(*, user: Any, title: str, description: str = "", shared: bool = False) -> ToolList:
    """Make a list of cleaned texts; return it. Raises Full."""
    alone(user)
    if ToolList.objects.owned_by(user).count() >= MOST_LISTS:
        raise Full(f"You have {MOST_LISTS} lists, which is the most there can be. Delete one, then make a new one.")
    return ToolList.objects.create(user=user, title=title, description=description, shared=shared)


def change_list(*, changed: ToolList, title: str, description: str, shared: bool) -> None:
    """Set what a list says, in cleaned texts, and who may read it."""
    fields = {"title": title, "description": description, "shared": shared, "changed_at": Now()}
    ToolList.objects.filter(pk=changed.pk).update(**fields)


@transaction.atomic
def add(*, to: ToolList, tool: Tool) -> bool:
    """Put a tool at the end of a list; return False when it is in it already. Raises Full."""
    _hold(to)
    if to.items.filter(tool=tool).exists():
        return False
    if to.items.count() >= MOST_ITEMS:
        raise Full(f"“{to}” holds {MOST_ITEMS} tools, which is the most there can be. Remove one, or use another list.")
    last = to.items.aggregate(last=Max("position"))["last"] or 0
    ListItem.objects.create(list=to, tool=tool, slug=tool.slug, name=tool.name, position=last + 1)
    return True


@transaction.atomic
def remove(*, item: ListItem) -> None:
    """Take a tool out of its list."""
    _hold(item.list)
    ListItem.objects.filter(pk=item.pk).delete()


@transaction.atomic
def move(*, item: ListItem, up: bool) -> bool:
    """Let an item change places with the one before it, or after it; return False at the end of the list."""
    _hold(item.list)
    item.refresh_from_db()
    others = item.list.items.exclude(pk=item.pk)
    if up:
        other = others.filter(position__lt=item.position).order_by("-position").first()
    else:
        other = others.filter(position__gt=item.position).order_by("position").first()
    if other is None:
        return False
    item.position, other.position = other.position, item.position
    ListItem.objects.bulk_update([item, other], ["position"])
    return True


def _hold(found: ToolList) -> None:
    """Let nobody else change the list until the transaction ends, and date the change."""
    ToolList.objects.filter(pk=found.pk).update(changed_at=Now())


# -- reading ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A kept row with its tool; None when that is no longer listed."""

    row: Any  # Saved or ListItem
    tool: Tool | None


def entries(rows: Sequence[Kept]) -> list[Entry]:
    """Return rows with their tools as cards need them. Three statements, five when a row's tool was deleted.

    Who took over the address of a deleted tool stands in its place.
    """
    gone = [row.slug for row in rows if row.tool_id is None]
    heirs = _heirs(gone) if gone else {}
    wanted = {row.tool_id or heirs.get(row.slug) for row in rows} - {None}
    tools = Tool.objects.listed().for_cards().in_bulk(wanted)
    return [Entry(row, tools.get(row.tool_id or heirs.get(row.slug, 0))) for row in rows]


def _heirs(slugs: Iterable[str]) -> dict[str, int]:
    wanted = list(slugs)
    moved = Alias.objects.filter(slug__in=wanted, tool__isnull=False).values_list("slug", "tool_id")
    return {
        str(slug): int(key) for slug, key in [*moved, *Tool.objects.filter(slug__in=wanted).values_list("slug", "pk")]
    }


def saved_keys(user: Any) -> frozenset[int]:
    """Return the keys of the tools that a person saved. One statement."""
    return frozenset(Saved.objects.visible_to(user).exclude(tool=None).values_list("tool_id", flat=True))
