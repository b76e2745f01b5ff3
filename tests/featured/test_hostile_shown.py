"""What somebody who means ill, or a rare day, does to cards, counts, the ledger and the lottery."""

from __future__ import annotations

import pytest
from django.test import Client

from catalog.reach.counting import reach
from catalog.reach.events import Beside
from featured import ledger, orders, slots
from featured.models import Booking, LedgerEntry
from tests.featured import rows
from tests.featured.running import runs

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0 Safari/537.36"
FROM_HERE = {"User-Agent": CHROME, "Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}


def place_of(slug: str) -> slots.Place:
    found = slots.find(f"category/{slug}")
    assert found
    return found


def counted(made: Booking) -> dict[str, int]:
    found: dict[str, int] = {}
    for (_, event), number in reach.counts.items():
        if isinstance(event, Beside) and event.key[1] == made.pk:
            found[str(event.key[0])] = found.get(str(event.key[0]), 0) + number
    return found


def test_one_message_cannot_count_one_card_three_times() -> None:
    reach.forget()
    made = runs("acme")
    cards = [f"{made.key}:1", f"{made.key}:1", f"{made.key}:2"]
    answer = Client().post("/featured/seen/", {"what": "view", "card": cards}, headers=FROM_HERE)
    assert (answer.status_code, counted(made)) == (204, {"viewable": 1})


def test_a_payment_that_booked_nothing_stands_in_the_ledger() -> None:
    order = rows.ordered(rows.buyer())
    orders.expire(order)
    LedgerEntry.objects.create(order=order, kind="payment", amount=14_900, currency="usd", stripe_id="pi_x")
    LedgerEntry.objects.create(order=order, kind="refund", amount=-14_900, currency="usd", stripe_id="re_x")
    assert [(one.paid, one.refunded) for one in ledger.rows(ledger.bookings())] == [(14_900, 14_900)]
