"""`manage.py document_steps`: print what docs/verification-steps.md should say; --write writes it."""

from __future__ import annotations

import argparse
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from verification import steps_document


class Command(BaseCommand):
    """Write the document of all steps and codes."""

    help = "Print the document of all steps and their codes, or write it to docs/verification-steps.md."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the one option."""
        parser.add_argument("--write", action="store_true", help="write the file instead of printing it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        if options["write"]:
            (settings.BASE_DIR / steps_document.PATH).write_text(steps_document.text(), encoding="utf-8")
        else:
            self.stdout.write(steps_document.text(), ending="")
