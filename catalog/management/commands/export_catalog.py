"""`manage.py export_catalog FOLDER`: write the catalog in the format of the seed files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import exporter


class Command(BaseCommand):
    help = "Write taxonomy, tools and collections into a folder, in the form that load_catalog reads, byte for byte."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            counts = exporter.export(options["folder"])
        except OSError as error:
            raise CommandError(f"Cannot write to {options['folder']}: {error.strerror}") from error
        except exporter.IncompleteExport as error:
            raise CommandError(f"{error} Mend that in the admin and export again.") from error
        for name, count in counts.items():
            self.stdout.write(f"  {name}: {count}")
        records = sum(count for name, count in counts.items() if name.startswith("tools/"))
        self.stdout.write(f"{records} records written to {options['folder']}.")
