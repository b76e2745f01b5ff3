"""Stripe's page on which an order is paid."""

from __future__ import annotations

from featured.models import Order


class Off(Exception):
    """No account at Stripe is set up; the message says how to."""


class Down(Exception):
    """Stripe cannot be reached just now; the message says when to try again."""


def open(order: Order) -> str:
    """Return the address of the page. Raises Off or Down."""
    raise Off("This site takes no payments yet: docs/payments.md says what an operator has to set up.")


def close(order: Order) -> Order:
    """End the page of an order. Raises Off or Down."""
    raise Off("This site takes no payments yet: docs/payments.md says what an operator has to set up.")
