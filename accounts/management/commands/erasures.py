"""`manage.py erasures apply`: after a restore, erase again whoever came back. See docs/privacy.md."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.privacy import erasing


class Command(BaseCommand):
    """Keeps the ledger of erasures."""

    help = (
        "Erases again the accounts of the ledger (ERASURE_LEDGER, and its table) that came back with a restored backup."
        " Does nothing, quickly, when there is none; `manage.py up` and the scheduler do it too."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the action."""
        parser.add_subparsers(dest="action", required=True).add_parser("apply", help="erase again who came back")

    def handle(self, *args: Any, **options: Any) -> None:
        """Erase and say how many."""
        try:
            self.stdout.write(f"erasures: {erasing.reapply()}")
        except OSError as error:
            raise CommandError(f"The ledger of erasures cannot be read: {error}") from error
