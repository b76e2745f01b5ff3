"""A category that gets another name in addresses keeps its places: who booked them, and who waits."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_init, post_save

from catalog.models import Category
from featured.models import Booking, Waiting


def register() -> None:
    """Listen for it. Old names lead on as aliases; what is booked is found by the name of now."""
    post_init.connect(_remember, sender=Category, dispatch_uid="featured.renaming.init")
    post_save.connect(_follow, sender=Category, dispatch_uid="featured.renaming.save")


def _remember(instance: Category, **_: Any) -> None:
    instance.__dict__["featured_slug"] = instance.__dict__.get("slug", "")


def _follow(instance: Category, created: bool, **_: Any) -> None:
    old, new = instance.__dict__.get("featured_slug", ""), instance.slug
    if created or not old or old == new:
        return
    Booking.objects.filter(place=f"category/{old}").update(place=f"category/{new}")
    Waiting.objects.filter(place=f"category/{old}").update(place=f"category/{new}")
    instance.__dict__["featured_slug"] = new
