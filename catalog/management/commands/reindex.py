"""`manage.py reindex`: make search index, related tools and vocabulary anew from the tools' own rows."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from catalog import derived, index, services
from catalog.models import Tool


class Command(BaseCommand):
    help = "Make search index, related tools and vocabulary anew (needed only after writing rows by hand)."

    def handle(self, *args: Any, **options: Any) -> None:
        with transaction.atomic():
            services.take_turn()
            written = index.refresh(Tool.objects.order_by("id").values_list("id", flat=True))
        rows = derived.rebuild(only_stale=False)
        self.stdout.write(f"{written} tools indexed, {rows['related']} related rows and {rows['words']} words stored.")
