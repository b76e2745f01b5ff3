"""`manage.py export_data FOLDER`: write the whole catalog as files for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api.exports import stored, writing
from api.manifests import keeping
from core import progress


class Command(BaseCommand):
    help = "Write the catalog as it is at one moment into a folder: JSON Lines and other formats, with their hashes."

    def add_arguments(self, parser: CommandParser) -> None:
        where = parser.add_mutually_exclusive_group(required=True)
        where.add_argument("folder", type=Path, nargs="?")
        where.add_argument(
            "--stored",
            action="store_true",
            help="write that of today where the nightly one lies, so that /api/v1/exports offers it now",
        )
        parser.add_argument(
            "--formats",
            default=",".join(writing.FORMATS),
            help="with commas between (%(default)s); jsonl, which import_data reads, is always among them",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        formats = [name.strip() for name in options["formats"].split(",") if name.strip()]
        if unknown := [name for name in formats if name not in writing.FORMATS]:
            raise CommandError(f"There is no format {unknown[0]!r}. Those there are: {', '.join(writing.FORMATS)}.")
        keeping.sweep()  # so that no manifest is behind
        today = timezone.now().date()
        folder = stored.root() / today.isoformat() if options["stored"] else options["folder"]
        try:
            if options["stored"]:
                told = stored.write(today, formats, self.progress)
            else:
                told = writing.export(folder, formats, self.progress)
        except writing.BadFolder as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"Cannot write to {folder}: {error.strerror}") from error
        except KeyboardInterrupt:
            raise CommandError("Stopped; what was in the folder before is as it was.") from None
        for row in told["files"]:
            self.stdout.write(f"  {row['name']}: {row['rows']:,} rows, {row['bytes']:,} bytes")
        self.stdout.write(f"The catalog at change {told['serial']} is in {folder}.")

    def progress(self, what: str, done: int, total: int) -> None:
        """Show on stderr how far a step is."""
        progress.show(self.stderr, what, done, total)
