"""`manage.py load_demo FILE`: lists the demonstration tools of `make demo`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from catalog import services
from catalog.models import Category, Tool
from verification.models import Watch


class Command(BaseCommand):
    """Lists or updates tools from a JSON list of records; for demonstrations only."""

    help = "List the demonstration tools of a file (a JSON list of records); refused outside debug mode."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add FILE."""
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *args: Any, **options: Any) -> None:
        """Create what is new, update what changed. Raises CommandError outside debug mode."""
        if not settings.DEBUG:
            raise CommandError("Demonstration tools are listed in debug mode (DEBUG=1) only.")
        records = json.loads(options["file"].read_text(encoding="utf-8"))
        categories = {one.slug: one for one in Category.objects.select_related("parent")}
        known = {tool.slug: tool for tool in Tool.objects.filter(slug__in=[one["slug"] for one in records])}
        services.create_tools([one for one in records if one["slug"] not in known], categories=categories)
        for record in records:
            if record["slug"] in known:
                services.update_tool(known[record["slug"]], record, categories=categories)
        self._watch([record["slug"] for record in records])
        self.stdout.write(f"{len(records)} demonstration tools, {len(records) - len(known)} of them new")

    @staticmethod
    def _watch(slugs: list[str]) -> None:
        """Let them be looked at by themselves from now on, not within six hours like other tools."""
        now = timezone.now()
        new = Tool.objects.filter(slug__in=slugs, watch=None)
        Watch.objects.bulk_create([Watch(tool=tool, full_at=now, next_at=now) for tool in new], ignore_conflicts=True)
