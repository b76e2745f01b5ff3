"""`manage.py load_catalog`: bring the seed files into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import loader
from core import progress

SHOWN_PROBLEMS = 50


class Command(BaseCommand):
    help = "Load the seed catalog: all of it or, when one record is bad, nothing. Loading twice writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", nargs="?", type=Path, default=loader.DATA, help="default: catalog/data")
        parser.add_argument("--check", action="store_true", help="only read and check the files")
        parser.add_argument("--prune", action="store_true", help="delist tools that the files no longer hold")

    def handle(self, *args: Any, **options: Any) -> None:
        folder: Path = options["folder"]
        try:
            if options["check"]:
                seed = loader.read(folder, self.progress)
                self.stdout.write(f"{len(seed.tools)} records are in order.")
                return
            report = loader.load(folder, prune=options["prune"], progress=self.progress)
        except loader.BadSeed as error:
            for problem in error.problems[:SHOWN_PROBLEMS]:
                self.stderr.write(f"{folder}/{problem}")
            count = len(error.problems)
            more = count - SHOWN_PROBLEMS
            tail = f" ({more} more not shown)" if more > 0 else ""
            raise CommandError(
                f"{count} problem{'' if count == 1 else 's'}{tail}; nothing was changed. "
                "Mend the lines above and load again."
            ) from error
        self.report(report)

    def progress(self, what: str, done: int, total: int) -> None:
        """Show on stdout how far a step is."""
        progress.show(self.stdout, what, done, total)

    def report(self, report: loader.Report) -> None:
        """Say what was done and what was left alone."""
        for name in report.kept:
            self.stdout.write(f"  kept: {name} was edited here; the file's new value was not taken")
        if report.left_over:
            names = ", ".join(report.left_over[:10]) + (", …" if len(report.left_over) > 10 else "")
            self.stdout.write(f"  {len(report.left_over)} listed tools are no longer in the files: {names}")
            self.stdout.write("  run with --prune to delist them")
        self.stdout.write(
            f"{report.records} records: {report.created} new, {report.updated} changed, "
            f"{report.unchanged} as before, {report.delisted} delisted; {report.collections} collections written."
        )
