"""What is known of a person here: shown by export, taken away by erasure (accounts.privacy)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from accounts.models import User
from accounts.privacy.registry import personal
from catalog.models import Follow, ListItem, Newsletter, Saved, ToolList
from catalog.models.personal import Kept


def register() -> None:
    """Say it."""
    personal(
        "kept", export=_export, erase=_erase, told="saved tools, your lists and what you follow; shared lists end",
        covers=[
            "catalog.saved.user", "catalog.toollist.user", "catalog.follow.user", "catalog.newsletter.user",
        ],
    )  # fmt: skip


def _export(user: User) -> dict[str, Any]:
    saved = Saved.objects.visible_to(user).latest_first()
    lists = ToolList.objects.owned_by(user).in_order()
    items: dict[int, list[ListItem]] = {}
    for item in ListItem.objects.filter(list__user=user).order_by("list_id", "position"):
        items.setdefault(item.list_id, []).append(item)
    follows = Follow.objects.visible_to(user).select_related("tool", "category").latest_first()
    newsletter = Newsletter.objects.visible_to(user).first()
    return {
        "saved": [_kept(row) | {"saved": _iso(row.created_at)} for row in saved],
        "lists": [
            {
                "address": one.get_absolute_url(),
                "title": one.title,
                "description": one.description,
                "shared": one.shared,
                "made": _iso(one.created_at),
                "changed": _iso(one.changed_at),
                "tools": [_kept(row) | {"added": _iso(row.added_at)} for row in items.get(one.pk, [])],
            }
            for one in lists
        ],
        "following": [
            {"what": one.label, "address": one.get_absolute_url(), "since": _iso(one.created_at)} for one in follows
        ],
        "digest": newsletter.period if newsletter else Newsletter.Period.OFF.value,
    }


def _kept(row: Kept) -> dict[str, str]:
    return {"tool": row.slug, "name": row.name, "note": row.note}


def _iso(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds")


def _erase(user: User) -> None:
    for rows in (
        Saved.objects.visible_to(user),
        ToolList.objects.owned_by(user),
        Follow.objects.visible_to(user),
        Newsletter.objects.visible_to(user),
    ):
        rows.delete()
