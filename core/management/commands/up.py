"""`manage.py up`: the whole site in one command. `make run` calls it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.launch import launch
from core.preparation import prepare


class Command(BaseCommand):
    """Starts database, broker, web, worker and scheduler under one supervisor."""

    help = (
        "Runs the whole site until Ctrl-C: embedded PostgreSQL and broker (unless DATABASE_URL, REDIS_URL or"
        " CELERY_BROKER_URL name real ones), migrations, seed, static files, web, worker and scheduler."
    )
    requires_system_checks: list[str] = []  # the database does not run yet

    def add_arguments(self, parser: CommandParser) -> None:
        """Add --no-seed and --demo; --prepare-only is how the supervisor calls the steps between."""
        parser.add_argument("--no-seed", action="store_true", help="leave the catalog as it is")
        parser.add_argument("--demo", action="store_true", help="add demonstration tools and loopback targets for them")
        parser.add_argument("--prepare-only", action="store_true", help=argparse.SUPPRESS)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until told to stop; exits with 0 after Ctrl-C or SIGTERM, with 1 and a sentence otherwise."""
        seed = not options["no_seed"]
        if options["prepare_only"]:
            prepare(seed=seed, out=sys.stdout)
            return
        code = launch(seed=seed, demo=options["demo"])
        if code:
            sys.exit(code)
