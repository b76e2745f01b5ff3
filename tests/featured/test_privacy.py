"""What is known of who buys: shown to them, taken away when they are erased, but for what the tax office asks for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from accounts import roles
from accounts.privacy import registry
from featured import gateway, privacy, weeks
from featured.models import Booking, Order, Waiting
from featured.models.bookings import State
from tests import make
from tests.featured.care_rows import booked, buyer, order, owned_tool
from tests.people import person

pytestmark = pytest.mark.django_db


def part() -> registry.Part:
    return next(one for one in registry.parts() if one.name == "featured")


def test_a_copy_holds_orders_bookings_money_and_waits_of_that_person_alone() -> None:
    tool = owned_tool()
    booked(tool)
    booked(owned_tool(), position=2, of=order(by=person("else@example.com")))
    week = weeks.upcoming(3)[2].date()
    Waiting.objects.create(user=buyer(), tool=tool, surface="home", place="home", week=week)
    found = part().export(buyer())
    assert [one["payer"] for one in found["orders"]] == ["Acme Ltd"]
    assert [one["amount"] for one in found["orders"][0]["money"]] == [15_198]
    assert [(one["tool"], [row["event"] for row in one["moves"]]) for one in found["bookings"]] == [
        (tool.slug, ["book"])
    ]
    assert found["waits_for"] == [{"place": "home", "week": week.isoformat(), "tool": tool.slug, "state": "waits"}]


def test_an_erasure_leaves_what_was_paid_and_nothing_that_waits_or_is_held() -> None:
    paid = booked(owned_tool())
    held = booked(owned_tool(), position=2, of=order(state="expired", paid=0, paid_at=None))
    Booking.objects.filter(pk=held.pk).update(state="held", hold_until=timezone.now() + dt.timedelta(hours=1))
    Waiting.objects.create(
        user=buyer(), tool=make.tool(), surface="home", place="home", week=weeks.upcoming(3)[2].date()
    )
    for _ in range(2):  # killed half-way, it runs again
        part().erase(buyer())
    states = {one.pk: one.state for one in Booking.objects.all()}
    assert states == {paid.pk: State.BOOKED, held.pk: State.RELEASED}
    assert (Waiting.objects.count(), Order.objects.filter(buyer=buyer()).count()) == (0, 2)


def test_a_subscription_ends_at_stripe_or_the_erasure_is_tried_again(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    order(kind="weekly", subscription_id="sub_on", subscription_state="active")
    order(kind="weekly", subscription_id="sub_over", subscription_state="canceled")
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    monkeypatch.setattr(gateway, "cancel_subscription", asked.append)
    part().erase(buyer())
    assert asked == ["sub_on"]

    def down(id: str) -> None:
        raise gateway.Down("Stripe does not answer.")

    monkeypatch.setattr(gateway, "cancel_subscription", down)
    with pytest.raises(gateway.Down):
        part().erase(buyer())


def test_without_an_account_at_stripe_a_person_is_asked_to_end_a_subscription() -> None:
    roles.ensure()
    person("boss@example.com", is_superuser=True)
    order(kind="weekly", subscription_id="sub_on", subscription_state="active")
    part().erase(buyer())
    assert [(one.to[0], one.subject) for one in mail.outbox] == [
        ("boss@example.com", "AI Apps: a subscription of an erased account")
    ]
    assert "sub_on" in str(mail.outbox[0].body)


def test_ten_years_are_counted_from_the_end_of_the_year() -> None:
    one = order(paid_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    for at, left in ((dt.datetime(2036, 12, 31, 23, tzinfo=dt.UTC), "Acme Ltd"),
                     (dt.datetime(2037, 1, 1, tzinfo=dt.UTC), privacy.FORGOTTEN)):  # fmt: skip
        privacy._forget_paid(at)
        one.refresh_from_db()
        assert one.payer == left
    assert (one.buyer, one.paid) == (None, 15_198)
