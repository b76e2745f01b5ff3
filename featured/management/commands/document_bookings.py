"""`manage.py document_bookings`: what is drawn in docs/featured.md."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from featured import moves_document


class Command(BaseCommand):
    """Print the part of docs/featured.md that is drawn from the code, or write it."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --write."""
        parser.add_argument("--write", action="store_true", help=f"write it into {moves_document.PATH}")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print or write."""
        if not options["write"]:
            self.stdout.write(moves_document.text(), ending="")
            return
        path = settings.BASE_DIR / moves_document.PATH
        path.write_text(moves_document.whole(path.read_text("utf-8")), "utf-8")
