"""`manage.py featured_outage FROM TO`: note an outage of this site that its scheduler did not see."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from featured.care import pulse


class Command(BaseCommand):
    """Pauses for exactly that time what ran then: the pages were away while the worker went on."""

    help = "Note an outage of this site's pages: what ran then is credited by the second. May be run again."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take two moments, UTC where they name no zone."""
        parser.add_argument(
            "began", metavar="FROM", help="2026-11-30T14:05 (UTC) or with a zone: 2026-11-30T15:05+01:00"
        )
        parser.add_argument("ended", metavar="TO")

    def handle(self, *args: Any, **options: Any) -> None:
        """Note it, and say what that came to."""
        began, ended = _moment(options["began"]), _moment(options["ended"])
        if not began < ended <= timezone.now():
            raise CommandError("Nothing was noted: FROM has to be before TO, and TO not in the future.")
        noted = pulse.note(began, ended)
        count = noted.paused
        self.stdout.write(f"{count} {'booking' if count == 1 else 'bookings'} credited for it.")
        for one in noted.late:
            self.stdout.write(
                f"{one} was settled before: decide at /portal/billing/bookings/{one.key}/ what it is owed."
            )


def _moment(text: str) -> dt.datetime:
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None:
        raise CommandError(f"{text} is no moment. Write it as 2026-11-30T14:05, in UTC.")
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)
