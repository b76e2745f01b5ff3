"""Who may do what, as far as an account or a group says, and how it changes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.db import models

from accounts.models import User
from core import audit

Rights = dict[str, list[str]]
FLAGS = ("is_active", "is_staff", "is_superuser")


def stored(kind: type[models.Model], pk: Any) -> Rights:
    """Return the rights of an account or a group as they are stored, in names that do not change with rows."""
    if kind is Group:
        group = Group.objects.get(pk=pk)
        return {"permissions": _permissions(group.permissions)}
    user = User.objects.get(pk=pk)
    return {
        "flags": [name for name in FLAGS if getattr(user, name)],
        "groups": sorted(user.groups.values_list("name", flat=True)),
        "permissions": _permissions(user.user_permissions),
    }


def record(one: Any, before: Rights, *, actor: Any) -> None:
    """Record what rights `one` has got and lost since `before`; nothing when none. Call it in the same transaction."""
    after = stored(type(one), one.pk)
    detail = {}
    for name, now in after.items():
        was = before.get(name, [])
        change = {"added": sorted(set(now) - set(was)), "removed": sorted(set(was) - set(now))}
        if any(change.values()):
            detail[name] = {verb: names for verb, names in change.items() if names}
    if detail:
        audit.record(actor=actor, action="account.rights_changed", obj=one, detail=detail)


def _permissions(manager: Any) -> list[str]:
    found = manager.order_by("content_type__app_label", "codename")
    return [f"{app}.{code}" for app, code in found.values_list("content_type__app_label", "codename")]
