"""What somebody tries who wants money, a slot or a place in line that is not theirs."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone

from featured import (
    booking,
    buying,
    cancelling,
    checkout,
    disputes,
    fulfil,
    holds,
    inbox,
    looking,
    lottery,
    orders,
    reconcile,
    refunds,
    slots,
    tasks,
    waitlist,
)
from featured.answers import Dispute as Told
from featured.booking import Unavailable
from featured.care import making_good, pulse
from featured.eligibility import vendor_of
from featured.models import Booking, Heartbeat, LedgerEntry, Order, Pause, Refund, Waiting, WebhookEvent
from featured.slots import Place, Surface
from tests import make
from tests.featured import rows
from tests.featured.money.conftest import HOME, NEXT, Shop, ledger, states
from tests.featured.running import tools
from verification.models import OwnershipClaim

pytestmark = pytest.mark.django_db
WEEK = dt.timedelta(weeks=1)
SEARCH = Place(Surface.SEARCH)


def test_who_cancels_a_week_of_a_subscription_is_not_charged_for_the_next(
    shop: Shop, django_capture_on_commit_callbacks: Any
) -> None:
    order = shop.bought(kind="weekly")
    booked = order.bookings.get(state="booked")
    with django_capture_on_commit_callbacks(execute=True):
        cancelling.cancel(booked, by=shop.buyer)
    shop.hear()
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order)[1] == ["cancelled", "released"]
    assert ledger(order) == [("payment", 14_900), ("refund", -14_900)]


def test_a_week_of_a_subscription_that_goes_back_whole_at_stripes_desk_is_the_last(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    shop.stripe.refund(order.payment_intent)
    shop.hear()
    Order.objects.update(looked_at=timezone.now() - dt.timedelta(hours=7))
    shop.work()
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order)[1] == ["stopped", "released"]
    assert ledger(order) == [("payment", 14_900), ("refund", -14_900)]


def test_a_week_that_is_paid_after_another_went_back_makes_the_order_paid_again(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    entry = order.entries.get()
    LedgerEntry.objects.create(order=order, kind="refund", amount=-14_900, currency="usd", stripe_id="re_1")
    refunds.settle(order, entry)
    assert states(order)[0] == "refunded"
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    assert states(order)[0] == "paid"


def told(payment: str, id: str, status: str, amount: int = 14_900) -> Told:
    return Told(id, payment, amount, "usd", "fraudulent", status, timezone.now(), None)


@pytest.mark.parametrize("last", ["won", "lost"])
def test_two_disputes_of_one_subscription_that_are_decided_leave_no_week_waiting(shop: Shop, last: str) -> None:
    order = shop.bought(kind="weekly")
    shop.stripe.advance(days=7, seconds=4_000)
    shop.hear()
    one, two = order.entries.order_by("id").values_list("stripe_id", flat=True)
    for payment in (one, two):
        disputes.seen(told(payment, f"dp_{payment}", "needs_response"))
    assert states(order)[1][:2] == ["suspended", "suspended"]
    disputes.seen(told(one, f"dp_{one}", "won"))
    disputes.seen(told(two, f"dp_{two}", last))
    assert states(order)[1][:2] == ["booked", "booked" if last == "won" else "stopped"]


def test_what_the_bank_gave_back_is_not_given_back_again(shop: Shop) -> None:
    order = shop.bought()
    row = order.bookings.get()
    disputes.seen(told(order.payment_intent, "dp_1", "lost"))
    again = refunds.ask(order=order, booking=row, amount=14_900, why="goodwill", sentence="x", approve=True)
    assert (again, refunds.left(row, timezone.now())) == (None, 0)
    won = shop.bought("beta")
    disputes.seen(told(won.payment_intent, "dp_2", "lost"))
    disputes.seen(told(won.payment_intent, "dp_2", "won"))
    assert refunds.left(won.bookings.get(), timezone.now()) == 14_900


def test_who_gets_the_money_does_not_approve_it(shop: Shop) -> None:
    order = shop.bought()
    asked = refunds.ask(
        order=order, booking=order.bookings.get(), amount=100, why="taken_down", sentence="x", approve=True
    )
    assert asked
    with pytest.raises(refunds.NotAllowed):
        refunds.approve(asked, shop.buyer)
    asked.refresh_from_db()
    assert asked.state == "to_approve"


def test_a_refund_that_stripe_answered_with_500_is_not_stuck_for_a_day(shop: Shop) -> None:
    order = shop.bought()
    refunds.ask(order=order, booking=order.bookings.get(), amount=5_000, why="goodwill", sentence="x")
    shop.stripe.fault("500_kept", count=3, path="refunds")
    shop.work()
    shop.work()
    assert Refund.objects.get().state == "done"
    assert ledger(order) == [("payment", 14_900), ("refund", -5_000)]


def test_a_refund_whose_answer_was_lost_for_longer_than_a_key_is_kept_is_paid_once(shop: Shop) -> None:
    order = shop.bought()
    refunds.ask(order=order, booking=order.bookings.get(), amount=5_000, why="goodwill", sentence="x")
    shop.stripe.fault("close_after", count=3, path="refunds")
    inbox.work()
    shop.stripe.drop()
    shop.stripe.advance(days=3)
    shop.work()
    assert Refund.objects.get().state == "done"
    assert ledger(order) == [("payment", 14_900), ("refund", -5_000)]
    assert len(list(shop.stripe.account.all("refund"))) == 1


def test_events_about_nothing_there_is_are_not_asked_about_for_ever(shop: Shop) -> None:
    for number, kind in enumerate(("refund.updated", "charge.refunded", "charge.dispute.created", "invoice.paid")):
        WebhookEvent.objects.create(
            event_id=f"evt_{number}", type=kind, about=f"xx_{number}", body={}, created_at=timezone.now()
        )
    for _ in range(8):
        WebhookEvent.objects.update(due_at=timezone.now())
        inbox.work()
    assert WebhookEvent.objects.filter(applied_at=None).count() == 0


def test_a_bank_debit_on_its_way_is_not_forgotten_when_its_time_to_pay_is_over(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order, "async")
    shop.hear()
    rows.expired(order)
    holds.sweep()
    shop.stripe.settle(order.session_id)
    shop.stripe.drop()
    early = timezone.now() - dt.timedelta(hours=1)
    Order.objects.update(looked_at=early, created_at=early)
    inbox.work()
    assert states(order) == ("paid", ["booked"])


def test_who_lost_the_proof_while_paying_gets_the_money_back(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    OwnershipClaim.objects.all().delete()
    shop.hear()
    assert states(order) == ("refunded", ["released"])


def test_a_payment_on_somebody_elses_page_pays_no_order_of_ours(shop: Shop) -> None:
    order, other = shop.order(), shop.order("beta")
    shop.open(order)
    shop.pay(other)
    fulfil.by_key(order.key, session=other.session_id)
    assert states(order) == ("open", ["held"])


def test_a_webhook_of_ten_megabytes_or_of_another_kind_is_a_400(shop: Shop) -> None:
    for body, kind in (
        (b"x" * 10_000_000, "application/json"),
        (b"x" * 10_000_000, "application/x-www-form-urlencoded"),
        (b"--b\r\n" + b"x" * 3_000_000, "multipart/form-data; boundary=b"),
        (json.dumps({"a": 1}).encode(), "nonsense"),
    ):
        answer = shop.client.post("/featured/stripe/webhook/", body, content_type=kind)
        assert answer.status_code == 400


def test_nobody_blocks_places_with_orders_that_they_never_pay() -> None:
    who = rows.buyer()
    for number in (1, 9, 17):
        rows.ordered(who, SEARCH, first=rows.week(number), count=8)
    with pytest.raises(Unavailable, match="You have 3 orders that wait for payment"):
        rows.ordered(who)
    other = rows.buyer("beta")
    for _ in range(orders.UNPAID):
        held = rows.ordered(other)
        assert orders.expire(rows.expired(held))
    with pytest.raises(Unavailable, match="were not paid in the last 24 hours"):
        rows.ordered(other)


def test_what_is_held_and_not_paid_yet_counts_for_the_quarter() -> None:
    who = rows.buyer()
    rows.ordered(who)
    rows.ordered(who, SEARCH)
    with pytest.raises(Unavailable, match="more than a quarter"):
        rows.ordered(who, Place(Surface.NEW))


def test_a_tool_that_moved_to_another_address_has_no_second_place_on_such_a_page() -> None:
    user, tool = rows.buyer()
    rows.paid(rows.ordered((user, tool)))
    tool.homepage = "https://other.com"
    tool.save()
    rows.proved(user, "other.com")
    with pytest.raises(Unavailable, match="has a place on such a page"):
        rows.ordered((user, tool))


@pytest.mark.parametrize("change", ["may_move", "price"])
def test_what_was_agreed_anew_is_not_answered_with_the_order_before(change: str, settings: Any) -> None:
    user, tool = rows.buyer()
    wanted: dict[str, Any] = {
        "buyer": user, "tool": tool, "place": HOME, "first": NEXT, "count": 1, "payer": "Acme Ltd", "kind": "once",
        "may_move": False,
    }  # fmt: skip
    buying.buy(**wanted)
    if change == "price":
        settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "home": 9_900}
    again = buying.buy(**wanted | {"may_move": change == "may_move"})
    assert (again.may_move, again.unit_price) == (change == "may_move", 9_900 if change == "price" else 14_900)
    assert Booking.objects.occupying().count() == 1


def test_the_lot_does_not_jump_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows.paid(rows.ordered(rows.buyer("first"), SEARCH))
    user, tool = rows.buyer("second")
    waitlist.join(user=user, tool=tool, place=SEARCH, first=NEXT)
    tools(10)
    assert booking.move(before, "stop")  # and no sweep yet
    lottery.draw(NEXT - dt.timedelta(days=1))
    held = Booking.objects.occupying().get(place="search")
    assert (held.tool_slug, held.state) == ("second", "held")


@pytest.mark.parametrize("how", ["lost", "refunded"])
def test_a_make_good_ends_with_the_money_it_was_for(shop: Shop, how: str) -> None:
    order = shop.bought()
    row = order.bookings.get()
    booking.move(row, "end")
    made = booking.hold(
        tool=shop.tool(), place=HOME, first=NEXT + 2 * WEEK, payer="Acme", kind="make_good", in_place_of=row,
        until=timezone.now() + WEEK,
    )  # fmt: skip
    booking.move(made, "book")
    if how == "lost":
        disputes.seen(told(order.payment_intent, "dp_1", "lost"))
    else:
        shop.stripe.refund(order.payment_intent)
        shop.hear()
    made.refresh_from_db()
    assert made.state == "stopped"


def test_no_position_is_held_that_a_page_does_not_have() -> None:
    with pytest.raises(Unavailable):
        rows.ordered(rows.buyer(), SEARCH, position=2)


def test_a_sweep_that_waits_for_stripe_stops_neither_the_pulse_nor_other_orders(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders_ = [rows.expired(shop.order(name)) for name in ("acme", "beta")]
    close = checkout.close

    def breaks(order: Order) -> Order:
        assert Heartbeat.objects.exists()
        if order == orders_[0]:
            raise KeyError("data")
        return close(order)

    monkeypatch.setattr(checkout, "close", breaks)
    tasks.sweep()
    assert [states(one)[0] for one in orders_] == ["open", "expired"]


def test_an_order_that_breaks_our_code_keeps_nobody_from_being_asked_about(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, order = shop.order(), shop.order("beta")
    for one in (broken, order):
        shop.pay(one)
    shop.stripe.drop()
    Order.objects.update(created_at=timezone.now() - dt.timedelta(minutes=3))
    look = looking.look

    def breaks(one: Order, session: str = "") -> Any:
        if one.pk == broken.pk:
            raise KeyError("data")
        return look(one, session)

    monkeypatch.setattr(fulfil, "look", breaks)
    inbox.work()
    assert (states(broken)[0], states(order)) == ("open", ("paid", ["booked"]))
    Order.objects.filter(pk=order.pk).update(looked_at=None)
    assert reconcile.compare().troubles == [f"Order {broken.key}: KeyError."]


@pytest.mark.parametrize("how", ["make_good", "dispute"])
def test_what_is_given_in_place_of_something_does_not_jump_the_line(shop: Shop, how: str) -> None:
    before = rows.paid(rows.ordered(rows.buyer("first"), SEARCH))
    user, tool = rows.buyer("second")
    waitlist.join(user=user, tool=tool, place=SEARCH, first=NEXT)
    assert booking.move(before, "stop")  # and no sweep yet
    order = shop.bought()
    row = order.bookings.get()
    Booking.objects.filter(pk=row.pk).update(surface="search", place="search")
    row.refresh_from_db()
    if how == "make_good":
        booking.move(row, "stop")
        made = making_good.book(row, timezone.now())
    else:
        booking.move(row, "suspend")
        assert disputes._instead(row, 1)
        made = row.instead.get()
    assert made
    assert made.starts_at == NEXT + WEEK


def test_a_category_that_gets_another_name_keeps_its_bookings_and_its_line() -> None:
    who = rows.buyer()
    tools(10)  # a shorter list is not sold
    place = slots.find("category/coding")
    assert place
    assert place.category
    row = rows.paid(rows.ordered(who, place))
    Waiting.objects.create(
        user=who[0], tool=who[1], surface="category", place=place.name, week=rows.week(2).date(), state="waits"
    )
    place.category.slug = "programming"
    place.category.save()
    row.refresh_from_db()
    assert (row.place, Waiting.objects.get().place) == ("category/programming", "category/programming")


def test_a_clock_that_was_wrong_credits_nobody_and_the_pulse_goes_on(shop: Shop) -> None:
    shop.bought()
    now = timezone.now()
    pulse.beat(now)
    assert pulse.beat(now + dt.timedelta(days=365)) == 0
    back = now + dt.timedelta(minutes=2)
    pulse.beat(back)
    assert (Pause.objects.count(), Heartbeat.objects.order_by("-last_at").values_list("last_at", flat=True)[0]) == (
        0,
        back,
    )


def test_two_makers_on_one_platform_are_two_vendors_whatever_kind_of_thing_it_is() -> None:
    make.categories()
    tools_ = [
        make.tool(slug=f"t{number}", homepage=f"https://huggingface.co/{path}")
        for number, path in enumerate(("spaces/acme/x", "spaces/beta/y", "acme/z"))
    ]
    assert [vendor_of(one) for one in tools_] == [
        "huggingface.co/spaces/acme", "huggingface.co/spaces/beta", "huggingface.co/acme",
    ]  # fmt: skip
