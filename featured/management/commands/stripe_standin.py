"""`manage.py stripe_standin`: a small Stripe on this machine, to try payments out (docs/stripe-stand-in.md)."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from featured.standin.posting import near
from featured.standin.refused import Refused
from featured.standin.server import HOST, StandIn


class Command(BaseCommand):
    """Serves the stand-in until it is stopped."""

    help = "Stands in for Stripe on this machine, for development and tests: nothing is ever charged."
    requires_system_checks: list[str] = []  # it needs no database

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the port, and where events go."""
        parser.add_argument("--port", type=int, required=True, help="port on 127.0.0.1; 0 for any free one")
        parser.add_argument("--webhook", default="", metavar="URL", help="where events are sent, on this machine")
        parser.add_argument("--secret", default="", help="what events are signed with; else STRIPE_WEBHOOK_SECRET")
        parser.add_argument("--state", type=Path, metavar="FILE", help="keep the account here from start to start")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until Ctrl-C or SIGTERM."""
        if not settings.DEBUG:
            raise CommandError("The stand-in takes payments that nobody pays: it runs with DEBUG=1 only.")
        secret = options["secret"] or next(iter(settings.STRIPE_WEBHOOK_SECRETS), "")
        if options["webhook"] and not secret:
            raise CommandError("Events are signed: give --secret too, or set STRIPE_WEBHOOK_SECRET.")
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        try:
            if options["webhook"]:
                near(options["webhook"])
            standin = StandIn(options["port"], options["state"])
        except (Refused, OSError, OverflowError, ValueError) as error:
            raise CommandError(f"The stand-in cannot start on {HOST}:{options['port']}: {error}") from error
        with standin:
            if options["webhook"]:
                standin.account.post.start(options["webhook"], secret)
            self.stdout.write(f"Test payments: STRIPE_API_BASE={standin.base} (nothing is charged)")
            self.stdout.flush()
            stop.wait()
