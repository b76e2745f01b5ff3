"""What Stripe tells: verified, stored once, applied in any order with the same result. Nothing of it is ever a 500."""

from __future__ import annotations

import itertools
import json
import random
import threading
import time
from typing import Any

import pytest
from django.core import mail
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from featured import gateway, inbox, reconcile
from featured.models import Booking, BookingMove, Dispute, LedgerEntry, Order, Refund, WebhookEvent
from featured.standin.posting import sign
from tests.featured.conftest import WEBHOOK, Stripe
from tests.featured.money.conftest import Shop, ledger, states

TOLD = "This is not signed by Stripe for this site just now.\n"


def post(client: Client, body: bytes, signature: str | None) -> tuple[int, str]:
    headers = {} if signature is None else {"stripe-signature": signature}
    answer = client.post(WEBHOOK, body, content_type="application/json", headers=headers)
    return answer.status_code, answer.content.decode()


def event(**changes: Any) -> bytes:
    thing = {"id": "cs_test_1", "object": "checkout.session", "client_reference_id": "nobody", "metadata": {}}
    made = {
        "id": "evt_1", "object": "event", "type": "checkout.session.completed", "created": 1_700_000_000,
        "data": {"object": thing}, **changes,
    }  # fmt: skip
    return json.dumps(made).encode()


@pytest.mark.django_db
def test_an_event_is_stored_once_with_ids_only(stripe: Stripe, client: Client) -> None:
    thing = {
        "id": "cs_test_1", "object": "checkout.session", "client_reference_id": "abc",
        "customer_details": {"email": "ana@example.com", "name": "Ana"}, "metadata": {"site": "x", "order": "abc"},
        "payment_intent": "pi_1",
    }  # fmt: skip
    body = event(data={"object": thing})
    for _ in range(2):
        assert post(client, body, sign(body, stripe.secret)) == (200, "Thank you.\n")
    stored = WebhookEvent.objects.get()
    assert (stored.event_id, stored.type, stored.about) == ("evt_1", "checkout.session.completed", "cs_test_1")
    assert stored.body == {"payment_intent": "pi_1", "client_reference_id": "abc", "order": "abc", "site": "x"}


@pytest.mark.django_db
def test_what_nobody_with_our_secret_signed_just_now_is_refused(stripe: Stripe, client: Client) -> None:
    body, now = event(), int(time.time())
    signatures = [
        None, "", "garbage", "t=,v1=", "t=abc,v1=00", f"t={now}", f"v0=00,t={now}", "=" * 500, "é", "t=1=2,v1",
        sign(body, "whsec_other"), sign(body, stripe.secret, now - 301), sign(body, stripe.secret, now + 310),
        sign(body, stripe.secret, now + 365 * 86_400), sign(body + b" ", stripe.secret), f"t={10**400},v1=00",
    ]  # fmt: skip
    answers = [post(client, body, one) for one in signatures]
    assert answers == [(400, TOLD)] * len(signatures)
    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db
def test_what_is_signed_and_is_no_event_is_refused(stripe: Stripe, client: Client) -> None:
    bodies = [
        b"", b"null", b"[]", b"{}", b"1", b'"x"', b"\xff\xfe", b"\x00", b"{", b"[" * 100_000, b'{"object": "event"}',
        event(object="v2.core.event"), event(data=None), event(data={"object": []}), event(data={"object": None}),
        event(id=None), event(id=["x"]), event(id="e" * 300), event(created="x"), event(created=10**30),
        event(type=None, created=None), event(data={"object": {"id": {"a": 1}}}), event(id="evt_\u0000"),
        b'{"id": "evt_1", "object": "event", "data": {"object": {"metadata": 7}}}',
    ]  # fmt: skip
    for body in bodies:
        signature = sign(body, stripe.secret)
        assert post(client, body, signature)[0] == 400, body[:80]
    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db
def test_what_is_too_long_for_an_event_is_not_read(stripe: Stripe, client: Client) -> None:
    body = event(padding="x" * 600_000)
    assert post(client, body, sign(body, stripe.secret)) == (400, "Too long for an event.\n")


@pytest.mark.django_db
def test_both_secrets_count_while_one_takes_the_others_place(stripe: Stripe, client: Client, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", "whsec_old"]
    for number, secret in enumerate(("whsec_old", "whsec_new")):
        body = event(id=f"evt_{number}")
        assert post(client, body, sign(body, secret))[0] == 200
    settings.STRIPE_WEBHOOK_SECRETS = []
    body = event(id="evt_3")
    assert post(client, body, sign(body, "whsec_new")) == (400, TOLD)
    assert WebhookEvent.objects.count() == 2


@pytest.mark.django_db
def test_a_library_that_raises_anything_is_a_400(
    stripe: Stripe, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    import stripe as library

    for error in (RecursionError(), MemoryError(), OSError(), KeyError("x"), UnicodeError(), AssertionError()):

        def broken(*_: Any, error: Exception = error) -> Any:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(library.Webhook, "construct_event", broken)
            assert post(client, event(), "t=1,v1=0") == (400, TOLD)


@pytest.mark.django_db
def test_only_post_is_taken_and_no_form_token_is_asked_for(stripe: Stripe) -> None:
    strict = Client(enforce_csrf_checks=True)
    body = event()
    assert post(strict, body, sign(body, stripe.secret))[0] == 200
    assert [strict.generic(method, WEBHOOK).status_code for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE")] == [
        405
    ] * 5
    assert not strict.cookies


@pytest.mark.django_db
def test_events_about_nothing_of_ours_are_not_kept(stripe: Stripe, client: Client) -> None:
    body = event(type="payout.paid")
    assert post(client, body, sign(body, stripe.secret))[0] == 200
    assert WebhookEvent.objects.count() == 0


@pytest.mark.django_db
def test_an_event_that_cannot_be_applied_waits_and_says_why(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.stripe.deliver(shop.client)
    WebhookEvent.objects.exclude(type="checkout.session.completed").update(applied_at=timezone.now())
    shop.stripe.fault("500", count=3)
    inbox.work()
    waiting = WebhookEvent.objects.exclude(error="").get()
    assert (waiting.attempts, waiting.applied_at) == (1, None)
    assert waiting.error[:34] == "Stripe could not tell of a checkout"[:34]
    assert waiting.due_at > timezone.now()
    shop.work()
    assert (states(order), WebhookEvent.objects.filter(applied_at=None).count()) == (("paid", ["booked"]), 0)


@pytest.mark.django_db
def test_an_event_that_breaks_our_code_keeps_nobody_from_the_next(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = shop.order()
    shop.pay(order)
    shop.stripe.refund(order.session_id, 100)
    shop.stripe.deliver(shop.client)

    def broken(id: str) -> Any:
        raise ZeroDivisionError("secret words")

    with monkeypatch.context() as patch:
        patch.setattr(gateway, "refund", broken)
        inbox.work()
    assert set(WebhookEvent.objects.filter(applied_at=None).values_list("error", flat=True)) == {"ZeroDivisionError"}
    assert states(order) == ("paid", ["booked"])
    shop.work()
    assert ledger(order) == [("payment", 14_900), ("refund", -100)]


@pytest.mark.django_db
def test_a_replay_changes_nothing(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    letters = shop.stripe.account.post.take()
    for _ in range(3):
        assert {shop.stripe.post(shop.client, one) for one in letters} == {200}
        shop.work()
    WebhookEvent.objects.update(applied_at=None)  # and one whose answer was lost is applied again
    shop.work()
    assert (states(order), ledger(order)) == (("paid", ["booked"]), [("payment", 14_900)])
    assert len(mail.outbox) == 1


# -- all orders ------------------------------------------------------------------------------------------------------

LEFT_OUT = {
    "looked_at",
    "created_at",
    "done_at",
    "due_at",
    "attempts",
    "at",
    "hold_until",
    "booked_at",
    "ends_at",
    "closed_at",
}


def dump() -> dict[str, list[str]]:
    """Return all rows without their numbers and the moments at which they were written."""
    found: dict[str, list[str]] = {}
    for model in (Order, Booking, BookingMove, LedgerEntry, Refund, Dispute):
        names = [
            field.attname for field in model._meta.concrete_fields
            if field.attname not in LEFT_OUT and not field.primary_key and field.attname != "key"
        ]  # fmt: skip
        names = [name for name in names if name not in {"order_id", "booking_id"}]
        found[model.__name__] = sorted(map(repr, model.objects.values_list(*names)))
    found["mails"] = sorted(str(one.subject) for one in mail.outbox)
    return found


class Undo(Exception):
    """Raised to take everything back that a turn wrote."""


def in_turn(shop: Shop, letters: list[Any]) -> dict[str, list[str]]:
    """Deliver and apply these letters one after the other, each alone; return what there is then, and undo it."""
    shown = len(mail.outbox)
    result: dict[str, list[str]] = {}
    try:
        with transaction.atomic():
            for letter in letters:
                assert shop.stripe.post(shop.client, letter) == 200
                inbox.work()
            inbox.work()
            result = dump()
            raise Undo
    except Undo:
        del mail.outbox[shown:]
    return result


KINDS_OF_A_PURCHASE = ["invoice.paid", "invoice.payment_succeeded", "checkout.session.completed"]


def told(shop: Shop) -> list[Any]:
    """Return the letters that wait, but those that are of nothing we listen to."""
    return [one for one in shop.stripe.account.post.take() if one.event["type"].startswith(inbox.KNOWN)]


@pytest.mark.django_db
def test_the_events_of_a_purchase_lead_to_the_same_in_all_orders(shop: Shop) -> None:
    shop.pay(shop.order())
    wanted = [one for one in told(shop) if one.event["type"] not in {"invoice.created", "invoice.finalized"}]
    assert [one.event["type"] for one in wanted] == KINDS_OF_A_PURCHASE
    expected = in_turn(shop, wanted)
    for turn in itertools.permutations(wanted):
        assert in_turn(shop, list(turn)) == expected, [one.event["type"] for one in turn]


@pytest.mark.django_db
def test_the_events_of_a_purchase_and_its_refund_lead_to_the_same_in_a_sample_of_orders(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.stripe.refund(order.session_id)
    wanted = told(shop)
    expected = in_turn(shop, wanted)
    assert len(expected["LedgerEntry"]) == 2
    rng = random.Random(7)
    for _ in range(25):
        turn = rng.sample(wanted, len(wanted))
        assert in_turn(shop, turn) == expected, [one.event["type"] for one in turn]


@pytest.mark.django_db
def test_all_orders_of_four_events_of_a_payment_that_was_disputed_and_lost(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    found = shop.stripe.dispute(order.session_id)
    shop.stripe.close_dispute(found["id"], "lost")
    kinds = {"checkout.session.completed", "charge.dispute.created", "charge.dispute.closed", "invoice.paid"}
    wanted = [one for one in shop.stripe.account.post.take() if one.event["type"] in kinds]
    assert len(wanted) == 4
    results = [in_turn(shop, list(turn)) for turn in itertools.permutations(wanted)]
    assert len(results) == 24
    assert all(one == results[0] for one in results)
    assert len(results[0]["LedgerEntry"]) == 2


@pytest.mark.django_db
def test_a_sample_of_orders_of_the_events_of_a_subscription_with_refund_and_dispute(shop: Shop) -> None:
    order = shop.order(kind="weekly")
    shop.pay(order)
    shop.stripe.advance(days=7, seconds=4_000)
    shop.stripe.fail_renewals()
    shop.stripe.advance(days=7)
    first, second = (one["id"] for one in list(shop.stripe.account.all("invoice"))[::-1][:2])
    shop.stripe.refund(first)
    shop.stripe.dispute(second)
    wanted = told(shop)
    expected = in_turn(shop, wanted)
    assert len(expected["LedgerEntry"]) == 4
    rng = random.Random(2026)
    for _ in range(6):
        turn = rng.sample(wanted, len(wanted))
        assert in_turn(shop, turn) == expected, [one.event["type"] for one in turn]


@pytest.mark.django_db(transaction=True)
def test_one_event_sixty_four_times_at_once_is_applied_once(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    letters = [one for one in shop.stripe.account.post.take() if one.event["type"] == "checkout.session.completed"]
    codes: list[int] = []
    applied: list[int] = []

    def sends() -> None:
        for _ in range(8):
            codes.append(shop.stripe.post(Client(), letters[0]))
            applied.append(inbox.work())
        connection.close()

    threads = [threading.Thread(target=sends) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert codes == [200] * 64
    assert sum(applied) == 1
    assert (states(order), ledger(order)) == (("paid", ["booked"]), [("payment", 14_900)])
    assert (BookingMove.objects.count(), len(mail.outbox)) == (2, 1)
    assert reconcile.run() == 0


@pytest.mark.django_db(transaction=True)
def test_many_events_of_one_payment_at_once_are_one_entry_of_the_ledger(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    letter = next(one for one in shop.stripe.account.post.take() if one.event["type"] == "checkout.session.completed")
    rows = [
        WebhookEvent(
            event_id=f"evt_{number}", type="checkout.session.completed", about=order.session_id,
            body={"client_reference_id": order.key}, created_at=timezone.now(),
        )
        for number in range(24)
    ]  # fmt: skip
    assert letter
    WebhookEvent.objects.bulk_create(rows)

    def works() -> None:
        inbox.work()
        connection.close()

    threads = [threading.Thread(target=works) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    shop.work()
    assert WebhookEvent.objects.filter(applied_at=None).count() == 0
    assert (states(order), ledger(order)) == (("paid", ["booked"]), [("payment", 14_900)])
    assert len(mail.outbox) == 1
