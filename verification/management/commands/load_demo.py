"""`manage.py load_demo FILE`: lists the demonstration tools of `make demo`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import services
from catalog.models import Category, Tool


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
        self.stdout.write(f"{len(records)} demonstration tools, {len(records) - len(known)} of them new")
