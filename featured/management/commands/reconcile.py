"""`manage.py reconcile`: compare the ledger with Stripe, make up for what was missed."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from featured import gateway, reconcile
from featured.money import money


class Command(BaseCommand):
    """Compare the ledger with Stripe."""

    help = (
        "Compare payments, refunds and disputes of the last days with what Stripe says, and write what was missed."
        " Exit code: 0 both sides are the same now, 1 a difference stays or an order could not be asked about,"
        " 2 Stripe does not answer or no account is set up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --days and --json."""
        parser.add_argument("--days", type=int, default=reconcile.DAYS, help="how many days back (3)")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Compare and print."""
        if not gateway.is_on():
            raise CommandError(
                "No account at Stripe is set up: set STRIPE_SECRET_KEY (docs/payments.md).", returncode=2
            )
        try:
            report = reconcile.compare(options["days"])
        except gateway.GatewayError as error:
            raise CommandError(f"{error}. Nothing was lost: run it again later.", returncode=2) from error
        if options["json"]:
            facts = dataclasses.asdict(report) | {"difference": report.difference}
            self.stdout.write(json.dumps(facts, indent=2))
        else:
            self._print(report)
        if report.stays or report.troubles:
            sys.exit(1)

    def _print(self, report: reconcile.Report) -> None:
        currency = settings.FEATURED_CURRENCY
        self.stdout.write(f"{report.looked_at} rows of {report.days} days at Stripe.")
        for title, rows in (("Missed, made up for now", report.missed), ("Still differs", report.stays)):
            for row in rows:
                told, here = (
                    "nothing" if amount is None else money(amount, currency) for amount in (row.stripe, row.ledger)
                )
                self.stdout.write(f"{title}: {row.kind} {row.id}: Stripe says {told}, the ledger {here}")
        for trouble in report.troubles:
            self.stdout.write(trouble)
        self.stdout.write(f"Difference: {money(report.difference, currency)}")
