"""`manage.py audit verify`: walk the audit log and say what is wrong with it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import audit_chain

BROKEN, BAD_USAGE = 1, 2


class Command(BaseCommand):
    """Checks the audit log."""

    help = (
        "Checks the audit log, event by event, and compares it with published heads (docs/audit.md). Exit code: 0"
        " intact, 1 not (each sentence says what is wrong where), 2 wrong use."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the action and what to compare with."""
        actions = parser.add_subparsers(dest="action", required=True)
        verify = actions.add_parser("verify", help="check hashes, order and gaps, and published heads")
        verify.add_argument("--from", type=int, default=1, dest="first", metavar="N", help="begin at event N")
        verify.add_argument(
            "--head", action="append", default=[], metavar="HASH:N", help="a head that you noted from /trust/audit/"
        )
        verify.add_argument(
            "--heads", action="append", default=[], type=Path, metavar="FILE",
            help="a file of heads: lines of HASH:N, or a stored /trust/audit.json",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and say; exit with 1 when something is wrong."""
        if options["first"] < 1:
            raise CommandError("Events are counted from 1.", returncode=BAD_USAGE)
        try:
            heads = [audit_chain.read_head(one, "you gave") for one in options["head"]]
            for path in options["heads"]:
                heads += audit_chain.read_heads(path.read_text(encoding="utf-8"), path.name)
            report = audit_chain.check_stored(heads, first=options["first"], progress=self._progress)
        except OSError as error:
            raise CommandError(f"{error.filename} cannot be read: {error.strerror}.", returncode=BAD_USAGE) from error
        except ValueError as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from error
        self._say(report, options["first"])

    def _progress(self, serial: int) -> None:
        self.stderr.write(f"… event {serial:,}", self.style.NOTICE)

    def _say(self, report: audit_chain.Report, first: int) -> None:
        for sentence in report.sentences:
            self.stdout.write(sentence)
        if report.wrong:
            more = report.wrong - len(report.sentences)
            told = f" The first {len(report.sentences)} stand above; {more:,} more follow." if more else ""
            things = "1 thing is" if report.wrong == 1 else f"{report.wrong:,} things are"
            raise CommandError(f"The audit log was tampered with: {things} wrong.{told}", returncode=BROKEN)
        what = f"events {first:,} to {report.last:,}" if report.events else "nothing is recorded yet"
        self.stdout.write(f"The audit log is intact: {what}, {report.agree:,} published heads agree.")
        if report.events:
            self.stdout.write(f"Its head: {report.hash}:{report.last}")
        if report.skipped:
            self.stdout.write(f"{report.skipped:,} older heads were not compared; leave out --from to do so.")
        if not report.agree:
            self.stdout.write("No head was compared, so a cut end would not be seen. Give one with --head HASH:N.")
