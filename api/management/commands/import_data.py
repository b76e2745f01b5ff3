"""`manage.py import_data FOLDER`: read an export into an empty instance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from api.exports import importing
from core import progress


class Command(BaseCommand):
    help = "Read what export_data wrote into an empty instance: all of it, or nothing when a hash does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = importing.load(options["folder"], self.progress)
        except importing.BadExport as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self.stdout.write(", ".join(f"{number:,} {name}" for name, number in counts.items()) + " imported.")

    def progress(self, what: str, done: int, total: int) -> None:
        """Show on stderr how far a step is."""
        progress.show(self.stderr, what, done, total)
