"""Money that goes back, and money that the bank takes back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from featured import booking, gateway, reconcile, refunds
from featured.models import Booking, Dispute, Order, Refund
from tests import make
from tests.featured.money.conftest import HOME, NEXT, Shop, ledger, states
from tests.people import person

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)


def subjects() -> list[str]:
    return [str(one.subject) for one in mail.outbox]


def ask(order: Order, amount: int, why: str = "goodwill", **options: Any) -> Refund:
    made = refunds.ask(
        order=order, booking=order.bookings.get(), amount=amount, why=why, sentence="Because.", **options
    )
    assert made
    return made


def test_a_part_goes_back_and_the_order_stays_paid(shop: Shop) -> None:
    order = shop.bought()
    ask(order, 4_900)
    mail.outbox.clear()
    shop.work()
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert ledger(order) == [("payment", 14_900), ("refund", -4_900)]
    assert subjects() == ["AI Apps: $49 are on their way back"]
    assert reconcile.run() == 0


def test_all_of_it_goes_back_in_parts_and_the_card_stops(shop: Shop) -> None:
    order = shop.bought()
    ask(order, 4_900)
    ask(order, 99_999)
    shop.work()
    shop.hear()
    assert states(order) == ("refunded", ["stopped"])
    assert ledger(order) == [("payment", 14_900), ("refund", -4_900), ("refund", -10_000)]
    assert refunds.ask(order=order, booking=None, amount=1, why="goodwill", sentence="") is None
    assert reconcile.run() == 0


def test_a_refund_at_stripes_desk_is_ours_too(shop: Shop) -> None:
    order = shop.bought()
    shop.stripe.refund(order.payment_intent, 900)
    shop.hear()
    assert (states(order), ledger(order)[1:]) == (("paid", ["booked"]), [("refund", -900)])
    shop.stripe.refund(order.payment_intent)
    shop.hear()
    assert (states(order), ledger(order)[2:]) == (("refunded", ["stopped"]), [("refund", -14_000)])
    assert set(Refund.objects.values_list("why", "state")) == {("goodwill", "done")}
    assert reconcile.run() == 0


def test_a_refund_that_fails_tells_billing_and_the_money_is_ours_again(shop: Shop) -> None:
    order = shop.bought()
    shop.stripe.next_refunds("failed")
    ask(order, 14_900)
    mail.outbox.clear()
    shop.work()
    shop.hear()
    assert ledger(order) == [("payment", 14_900), ("refund", -14_900), ("refund_failed", 14_900)]
    assert Refund.objects.values_list("state", "error").get() == ("failed", "lost_or_stolen_card")
    assert states(order)[0] == "paid"
    assert subjects() == ["AI Apps: $149 are on their way back", "AI Apps: a refund of $149 failed"]
    assert mail.outbox[1].to == ["billing@site.example"]
    assert reconcile.run() == 0


def test_a_refund_that_is_pending_is_done_later(shop: Shop) -> None:
    order = shop.bought()
    shop.stripe.next_refunds("pending")
    refund = ask(order, 14_900)
    shop.work()
    shop.hear()
    refund.refresh_from_db()
    assert (refund.state, states(order)) == ("sent", ("refunded", ["stopped"]))
    shop.stripe.settle_refund(refund.stripe_id)
    shop.stripe.drop()
    assert reconcile.run() == 0  # nobody told: an open one is asked about
    refund.refresh_from_db()
    assert refund.state == "done"


def test_a_worker_that_dies_between_the_call_and_the_commit_pays_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.bought()
    refund = ask(order, 4_900)
    with monkeypatch.context() as patch:

        def dies(told: Any) -> bool:
            raise KeyboardInterrupt

        patch.setattr(refunds, "landed", dies)
        with pytest.raises(KeyboardInterrupt):
            refunds.send_due()
    refund.refresh_from_db()
    assert (refund.state, refund.attempts, refunds.send_due()) == ("due", 1, 0)  # its lease runs
    assert refunds.send_due(timezone.now() + refunds.LEASE) == 1
    refund.refresh_from_db()
    assert (refund.state, refund.attempts) == ("done", 2)
    assert ledger(order) == [("payment", 14_900), ("refund", -4_900)]
    assert [one["amount"] for one in shop.stripe.account.all("refund")] == [4_900]
    shop.hear()
    assert reconcile.run() == 0


def test_stripe_that_is_down_is_asked_again_and_one_that_refuses_is_not(shop: Shop) -> None:
    order = shop.bought()
    refund = ask(order, 4_900)
    shop.stripe.fault("429", path="refunds")
    refunds.send_due()
    refund.refresh_from_db()
    assert (refund.state, refund.attempts) == ("due", 1)
    assert refund.due_at > timezone.now() + dt.timedelta(seconds=50)
    Refund.objects.update(payment="pi_of_nobody", due_at=timezone.now())
    mail.outbox.clear()
    refunds.send_due()
    refund.refresh_from_db()
    assert (refund.state, refund.error[:35]) == ("failed", "Stripe could not pay something back")
    assert subjects() == ["AI Apps: a refund of $49 failed"]


def test_a_second_person_approves_what_goes_back_for_a_tool_that_was_taken_down(shop: Shop) -> None:
    order = shop.bought()
    asker, other = person("first@site.example"), person("second@site.example")
    booked = order.bookings.get()
    booking.move(booked, "stop", why="The tool was taken down.")
    refund = ask(order, refunds.left(booked, timezone.now()), "taken_down", by=asker, approve=True)
    assert (refund.state, refund.amount) == ("to_approve", 14_900)
    shop.work()
    assert ledger(order) == [("payment", 14_900)]
    with pytest.raises(refunds.NotAllowed, match="somebody else"):
        refunds.approve(refund, asker)
    refunds.approve(refund, other)
    shop.work()
    shop.hear()
    assert (states(order), ledger(order)[1:]) == (("refunded", ["stopped"]), [("refund", -14_900)])
    with pytest.raises(refunds.NotAllowed, match="already"):
        refunds.refuse(refund, other)
    assert ask(order, 1, "taken_down").pk == refund.pk  # asked twice, written once
    assert reconcile.run() == 0


def test_a_refund_that_is_refused_leaves_the_money_to_be_asked_for_again(shop: Shop) -> None:
    order = shop.bought()
    refund = ask(order, 14_900, approve=True)
    assert refunds.left(order.bookings.get(), timezone.now()) == 0
    refunds.refuse(refund, person("second@site.example"))
    assert refunds.left(order.bookings.get(), timezone.now()) == 14_900


def test_what_is_left_is_told_by_the_second_and_rounded_up(shop: Shop) -> None:
    booked = shop.bought().bookings.get()
    begin, end = booked.starts_at, booked.stops_at
    second = dt.timedelta(seconds=1)
    at = {
        "before": begin - second, "start": begin, "half": begin + WEEK / 2, "last": end - second, "end": end,
    }  # fmt: skip
    assert {name: refunds.left(booked, moment) for name, moment in at.items()} == {
        "before": 14_900, "start": 14_900, "half": 7_450, "last": 1, "end": 0,
    }  # fmt: skip


# -- disputes ------------------------------------------------------------------------------------------------------


def disputed(shop: Shop) -> tuple[Order, str]:
    order = shop.bought()
    mail.outbox.clear()
    found = shop.stripe.dispute(order.payment_intent)
    shop.hear()
    return order, found["id"]


def test_a_dispute_lets_the_card_wait_and_pays_nothing_back(shop: Shop) -> None:
    order, id = disputed(shop)
    assert states(order) == ("paid", ["suspended"])
    assert ledger(order) == [("payment", 14_900), ("dispute", -14_900)]
    assert Dispute.objects.values_list("stripe_id", "status", "amount", "reason").get() == (
        id, "needs_response", 14_900, "fraudulent",
    )  # fmt: skip
    assert subjects() == ["AI Apps: a payment of $149 is disputed"]
    assert Refund.objects.count() == 0
    assert reconcile.run() == 0


def test_a_dispute_that_is_won_lets_the_card_go_on(shop: Shop) -> None:
    order, id = disputed(shop)
    shop.stripe.close_dispute(id, "won")
    shop.hear()
    assert states(order) == ("paid", ["booked"])
    assert ledger(order)[1:] == [("dispute", -14_900), ("dispute_won", 14_900)]
    assert reconcile.run() == 0


def take(name: str, first: dt.datetime = NEXT) -> Booking:
    made = booking.hold(
        tool=make.tool(slug=name, homepage=f"https://{name}.org"), place=HOME, first=first, payer="The site",
        kind="granted", until=timezone.now() + WEEK,
    )  # fmt: skip
    booking.move(made, "book")
    return made


def test_a_dispute_that_is_won_when_the_slot_is_gone_goes_on_at_another_position(shop: Shop) -> None:
    order, id = disputed(shop)
    take("alpha")
    shop.stripe.close_dispute(id, "won")
    shop.hear()
    assert order.bookings.values_list("state", "position").get() == ("booked", 2)


def test_a_dispute_that_is_won_when_the_week_is_full_goes_on_in_another_week(shop: Shop) -> None:
    order, id = disputed(shop)
    for name in ("alpha", "beta", "gamma"):
        take(name)
    shop.stripe.close_dispute(id, "won")
    shop.hear()
    assert states(order) == ("paid", ["stopped"])
    instead = Booking.objects.get(kind="make_good")
    assert (instead.state, instead.starts_at, instead.in_place_of) == ("booked", NEXT + WEEK, order.bookings.get())
    assert reconcile.run() == 0


def test_a_dispute_that_is_lost_stops_the_card(shop: Shop) -> None:
    order, id = disputed(shop)
    shop.stripe.close_dispute(id, "lost")
    shop.hear()
    assert (states(order), ledger(order)[1:]) == (("paid", ["stopped"]), [("dispute", -14_900)])
    assert reconcile.run() == 0


def test_a_dispute_nobody_told_of_is_found_by_reconcile(shop: Shop) -> None:
    order = shop.bought()
    found = shop.stripe.dispute(order.payment_intent)
    shop.stripe.drop()
    assert reconcile.run() == 0
    assert states(order) == ("paid", ["suspended"])
    shop.stripe.close_dispute(found["id"], "won")
    shop.stripe.drop()
    assert reconcile.run() == 0
    assert states(order) == ("paid", ["booked"])


def test_a_lost_dispute_ends_the_subscription(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    found = shop.stripe.dispute(order.payment_intent)
    shop.stripe.close_dispute(found["id"], "lost")
    shop.hear()
    shop.hear()
    assert (states(order), order.subscription_state) == (("paid", ["stopped", "released"]), "canceled")
    assert gateway.subscription(order.subscription_id).status == "canceled"
    assert reconcile.run() == 0
