"""From the order to the booking: each row of what can happen to a payment (security.md 2.3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from featured import booking, checkout, fulfil, gateway, inbox, looking, reconcile
from featured.models import Booking, LedgerEntry, Order, Refund, WebhookEvent
from tests.featured.money.conftest import HOME, NEXT, Shop, ledger, states

pytestmark = pytest.mark.django_db


def subjects() -> list[str]:
    return [str(one.subject) for one in mail.outbox]


def test_what_is_paid_is_booked_once_and_told_once(shop: Shop) -> None:
    order = shop.order(count=2)
    shop.pay(order)
    assert set(shop.hear()) == {200}
    assert states(order) == ("paid", ["booked"])
    assert ledger(order) == [("payment", 29_800)]
    assert (order.paid, order.tax, order.payment_intent[:3]) == (29_800, 0, "pi_")
    assert subjects() == ["AI Apps: Acme is booked"]
    assert reconcile.run() == 0


def test_a_declined_card_keeps_the_hold_and_can_be_tried_again(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "declined")
    shop.hear()
    assert states(order) == ("open", ["held"])
    shop.pay(order)
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert ledger(order) == [("payment", 14_900)]
    assert reconcile.run() == 0


def test_a_session_that_expires_releases_the_hold(shop: Shop) -> None:
    order = shop.order()
    shop.open(order)
    shop.stripe.advance(seconds=32 * 60)
    shop.hear()
    assert states(order) == ("expired", ["released"])
    assert (ledger(order), reconcile.run()) == ([], 0)


def test_closing_an_order_ends_its_page_and_releases_the_hold(shop: Shop) -> None:
    order = shop.order()
    session = shop.open(order)
    assert checkout.close(order).state == "expired"
    assert shop.stripe.object(session)["status"] == "expired"
    assert states(order) == ("expired", ["released"])


def test_closing_an_order_that_was_paid_a_moment_ago_books_it(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    assert checkout.close(order).state == "paid"
    assert states(order) == ("paid", ["booked"])


def test_paid_after_the_release_it_is_booked_when_still_free(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.release(order)
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert [one.event for one in order.bookings.get().moves.order_by("id")] == ["hold", "release", "rebook"]
    assert reconcile.run() == 0


def take_all_home(first: dt.datetime = NEXT) -> None:
    """Grant all positions of the home page in a week to others."""
    from tests import make

    for name in ("alpha", "beta", "gamma"):
        made = booking.hold(
            tool=make.tool(slug=name, homepage=f"https://{name}.org"), place=HOME, first=first, payer="The site",
            kind="granted", until=timezone.now() + dt.timedelta(hours=1),
        )  # fmt: skip
        booking.move(made, "book")


def test_paid_after_the_release_and_taken_the_money_goes_back(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.release(order)
    take_all_home()
    shop.hear()
    assert states(order) == ("refunded", ["released"])
    assert ledger(order) == [("payment", 14_900), ("refund", -14_900)]
    assert Refund.objects.values_list("why", "state", "attempts").get() == ("slot_gone", "done", 1)
    assert subjects() == [
        "AI Apps: your payment of $149 goes back",
        "AI Apps: $149 were paid for nothing and go back",
        "AI Apps: $149 are on their way back",
    ]
    assert [one.to for one in mail.outbox] == [["buyer@acme.example"], ["billing@site.example"], ["buyer@acme.example"]]
    assert reconcile.run() == 0


def test_paid_after_the_release_and_taken_it_moves_when_the_buyer_allowed_that(shop: Shop) -> None:
    order = shop.order(may_move=True)
    shop.pay(order)
    shop.release(order)
    take_all_home()
    shop.hear()
    moved = order.bookings.get()
    assert (moved.state, moved.position, moved.starts_at) == ("booked", 1, NEXT + dt.timedelta(weeks=1))
    assert states(order)[0] == "paid"
    assert ledger(order) == [("payment", 14_900)]
    assert subjects() == ["AI Apps: Acme is booked", "AI Apps: Acme has another place than was held"]
    assert reconcile.run() == 0


def test_paid_after_the_release_another_position_of_the_same_week_comes_first(shop: Shop) -> None:
    order = shop.order(may_move=True)
    shop.pay(order)
    shop.release(order)
    shop.order("beta")  # takes the position that was released
    shop.hear()
    moved = order.bookings.get()
    assert (moved.state, moved.position, moved.starts_at) == ("booked", 2, NEXT)


def test_paid_twice_the_later_payment_goes_back_whichever_is_told_of_first(shop: Shop) -> None:
    for turn in (1, -1):
        order = shop.order(f"twice{turn + 1}")
        shop.stripe.fault("close_after", count=3, path="checkout/sessions")
        with pytest.raises(checkout.Down):
            checkout.open(order)
        lost = next(one for one in shop.stripe.account.all("checkout.session") if one["status"] == "open")
        Order.objects.filter(pk=order.pk).update(attempt=2)
        order.refresh_from_db()
        first = shop.stripe.pay(lost["id"])["payment_intent"]
        shop.stripe.advance(seconds=5)
        second = shop.pay(order)
        shop.stripe.deliver(
            shop.client, [one["id"] for one in shop.stripe.events("checkout.session.completed")][-2:][::turn]
        )
        shop.work()
        order.refresh_from_db()
        assert (states(order), order.payment_intent) == (("paid", ["booked"]), first)
        assert sorted(ledger(order)) == [("payment", 14_900), ("payment", 14_900), ("refund", -14_900)]
        assert Refund.objects.values_list("payment", "why", "state").get(order=order) == (second, "twice", "done")
    assert reconcile.run() == 0


def test_a_lost_webhook_is_made_up_for_by_asking(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.stripe.drop()
    Order.objects.filter(pk=order.pk).update(created_at=timezone.now() - dt.timedelta(minutes=3))
    assert inbox.work() == 1
    assert states(order) == ("paid", ["booked"])
    assert WebhookEvent.objects.count() == 0
    assert reconcile.run() == 0


def test_a_lost_webhook_is_made_up_for_by_reconcile(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.stripe.drop()
    report = reconcile.compare()
    assert ([(row.kind, row.stripe, row.ledger) for row in report.missed], report.stays) == (
        [("payment", 14_900, None)],
        [],
    )
    assert states(order) == ("paid", ["booked"])


def test_a_payment_that_is_known_later_is_booked_then(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "async")
    shop.hear()
    assert states(order) == ("open", ["held"])
    shop.stripe.settle(order.session_id)
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert reconcile.run() == 0


def test_a_payment_that_fails_later_releases_the_hold(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "async")
    shop.hear()
    shop.stripe.settle(order.session_id, "declined")
    shop.hear()
    assert states(order) == ("expired", ["released"])
    assert (ledger(order), reconcile.run()) == ([], 0)


def test_who_dies_after_the_call_finds_the_same_page(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.order()
    create = gateway.create_session

    def dies(*args: Any, **options: Any) -> Any:
        create(*args, **options)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "create_session", dies)
        with pytest.raises(KeyboardInterrupt):
            checkout.open(order)
    order.refresh_from_db()
    assert order.session_id == ""
    url = checkout.open(order)
    assert [one["url"] for one in shop.stripe.account.all("checkout.session")] == [url]


def test_who_dies_after_the_call_and_the_buyer_pays_is_told_by_the_webhook(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.order()
    price = gateway.price(checkout.price_key(order))
    assert price
    session = gateway.create_session(order, price.id, email=shop.buyer.email)
    shop.stripe.pay(session.id)
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert order.session_id == session.id


def test_stripe_that_answers_500_gets_another_key_next_time(shop: Shop) -> None:
    order = shop.order()
    shop.stripe.fault("500", count=3, path="checkout/sessions")
    with pytest.raises(checkout.Down, match="Nothing was charged, and the place is held"):
        checkout.open(order)
    order.refresh_from_db()
    assert (order.attempt, order.session_id) == (2, "")
    assert checkout.open(order).startswith(shop.stripe.base)


def test_a_page_is_opened_with_time_enough_for_stripe(shop: Shop) -> None:
    order = shop.order()
    Order.objects.filter(pk=order.pk).update(expires_at=timezone.now() + dt.timedelta(minutes=12))
    shop.open(order)
    assert order.attempt == 2
    held = order.bookings.get()
    assert held.hold_until == order.expires_at + checkout.GRACE > timezone.now() + dt.timedelta(minutes=35)


def test_the_same_page_is_given_again_while_it_is_open(shop: Shop) -> None:
    order = shop.order()
    assert checkout.open(order) == checkout.open(order)
    assert [call for call in shop.stripe.calls if call == ("POST", "/v1/checkout/sessions")] == [
        ("POST", "/v1/checkout/sessions")
    ]


def test_nothing_is_opened_for_what_is_paid_or_over(shop: Shop) -> None:
    order = shop.bought()
    with pytest.raises(checkout.Closed):
        checkout.open(order)


def test_without_an_account_buying_says_how_to_turn_it_on(shop: Shop, settings: Any) -> None:
    order = shop.order()
    settings.STRIPE_SECRET_KEY = ""
    with pytest.raises(checkout.Off, match=r"docs/payments\.md"):
        checkout.open(order)
    assert checkout.close(order).state == "expired"
    assert (inbox.work(), reconcile.run()) == (0, 0)


def test_what_is_told_of_page_says_what_order_it_is_and_what_was_agreed(shop: Shop) -> None:
    order = shop.order(count=3)
    session = shop.stripe.object(shop.open(order))
    assert (session["client_reference_id"], session["mode"], session["amount_total"]) == (order.key, "payment", 44_700)
    assert session["metadata"] == {"site": "http://127.0.0.1:8000", "order": order.key}
    assert session["expires_at"] == int(order.expires_at.timestamp())
    assert session["consent_collection"]["terms_of_service"] == "required"
    assert (session["tax_id_collection"]["enabled"], session["billing_address_collection"]) == (True, "required")


def test_tax_is_kept_apart_from_the_price(shop: Shop, settings: Any) -> None:
    settings.STRIPE_TAX = True
    order = shop.order()
    shop.pay(order, country="DE")
    shop.hear()
    order.refresh_from_db()
    assert (order.unit_price, order.paid, order.tax) == (14_900, 17_731, 2_831)
    assert (ledger(order), reconcile.run()) == ([("payment", 17_731)], 0)


@pytest.mark.parametrize(("currency", "price"), [("jpy", 12_000), ("kwd", 45_500)])
def test_other_currencies_are_whole_numbers_of_their_smallest_unit(
    shop: Shop, in_currency: Callable[[str, int], None], currency: str, price: int
) -> None:
    in_currency(currency, price)
    order = shop.bought(count=2)
    assert (order.currency, order.paid, ledger(order)) == (currency, 2 * price, [("payment", 2 * price)])
    assert reconcile.run() == 0


def test_orders_keep_the_price_that_they_were_made_at(shop: Shop, settings: Any) -> None:
    order = shop.order()
    session = shop.open(order)
    settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "home": 19_900}
    from django.core.management import call_command

    call_command("featured_prices", stdout=StringIO())
    shop.stripe.pay(session)
    shop.hear()
    order.refresh_from_db()
    assert (order.unit_price, order.paid, states(order)) == (14_900, 14_900, ("paid", ["booked"]))
    later = shop.bought("beta")
    assert (later.unit_price, later.paid) == (19_900, 19_900)
    assert reconcile.run() == 0


def test_nothing_is_sold_at_another_price_than_was_agreed(shop: Shop, settings: Any) -> None:
    settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "home": 19_900}
    order = shop.order()
    with pytest.raises(checkout.Changing, match="Prices are being changed"):
        checkout.open(order)
    assert subjects() == ["AI Apps: a price at Stripe is not ours"]
    assert states(order) == ("open", ["held"])


def test_a_tool_that_was_taken_down_while_its_buyer_paid_gets_the_money_back(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    tool = shop.tool()
    tool.status = "delisted"
    tool.save()
    shop.hear()
    assert states(order) == ("refunded", ["released"])
    assert ledger(order) == [("payment", 14_900), ("refund", -14_900)]
    assert reconcile.run() == 0


def test_payments_of_other_sites_in_the_same_account_are_left_alone(shop: Shop, settings: Any) -> None:
    order = shop.order()
    settings.SITE_URL = "https://other.example"
    shop.pay(order)
    settings.SITE_URL = "http://127.0.0.1:8000"
    shop.hear()
    assert states(order) == ("open", ["held"])
    assert WebhookEvent.objects.filter(applied_at=None).count() == 0
    assert (LedgerEntry.objects.count(), reconcile.run()) == (0, 0)


def test_a_look_that_was_overtaken_looks_again(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.order()
    shop.open(order)
    looks: list[Any] = []

    def slow(found: Order, session_id: str = "") -> Any:
        seen = looking.look(found, session_id)
        looks.append(seen.payments)
        if len(looks) == 1:  # while this one holds what it saw, it is paid, and somebody else writes it
            shop.stripe.pay(order.session_id)
            fulfil.order(order)
        return seen

    monkeypatch.setattr(fulfil, "look", slow)
    assert fulfil.order(order).state == "paid"
    assert [len(one) for one in looks] == [0, 1, 1]
    assert ledger(order) == [("payment", 14_900)]
    assert Booking.objects.get(order=order).moves.count() == 2
