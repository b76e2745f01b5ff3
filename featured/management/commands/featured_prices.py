"""`manage.py featured_prices`: make the prices at Stripe those of FEATURED_PRICES."""

from __future__ import annotations

import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from featured import gateway, prices
from featured.money import money


class Command(BaseCommand):
    """Create or change the prices at Stripe."""

    help = (
        "Make products and prices at Stripe those of FEATURED_PRICES and FEATURED_CURRENCY; prints what was done."
        " Orders and subscriptions that there are keep their price. With --check nothing is changed, and the exit code"
        " is 1 when a price differs. Exit code 2: Stripe does not answer, refuses, or no account is set up."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="only say what differs")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Go through all prices."""
        if not gateway.is_on():
            raise CommandError(
                "No account at Stripe is set up: set STRIPE_SECRET_KEY (docs/payments.md).", returncode=2
            )
        try:
            states = prices.states() if options["check"] else {}
            done = [self._one(one, states.get(one.key)) for one in prices.every()]
        except gateway.GatewayError as error:
            raise CommandError(f"{error}. What was done before stays; run it again.", returncode=2) from error
        if options["check"] and set(done) != {"kept"}:
            sys.exit(1)

    def _one(self, one: prices.Wanted, known: str | None) -> str:
        done = known or prices.ensure(one)
        amount = money(one.amount, settings.FEATURED_CURRENCY)
        self.stdout.write(f"{done:8} {one.key:28} {amount} a week{', by subscription' if one.weekly else ''}")
        return done
