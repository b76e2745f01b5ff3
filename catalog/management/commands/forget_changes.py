"""`manage.py forget_changes`: forget the oldest part of the change log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from catalog import forgetting


class Command(BaseCommand):
    help = "Forget changes that are older than 400 days; who follows the log from before them is led to the exports."

    def add_arguments(self, parser: CommandParser) -> None:
        least = forgetting.KEPT.days
        parser.add_argument("--days", type=int, default=least, help=f"how long changes are kept, at least {least}")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < forgetting.KEPT.days:
            raise CommandError(f"Changes are kept for {forgetting.KEPT.days} days at least; name as many or more.")
        number = forgetting.forget(older_than=dt.timedelta(days=options["days"]))
        self.stdout.write(f"{number:,} changes forgotten.")
