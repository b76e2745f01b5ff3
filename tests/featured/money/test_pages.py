"""Where Stripe leads buyers back to, its page for cards and bills, and what operators run and are warned of."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
from io import StringIO
from typing import Any
from urllib.request import urlopen

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from featured import checkout, checks, gateway, mails
from featured.models import Order, WebhookEvent
from featured.slots import Place, Surface
from tests.featured.money.conftest import NEXT, Shop, states
from tests.people import person

pytestmark = pytest.mark.django_db


def heading(answer: Any) -> str:
    found = re.search(r"<h1[^>]*>([^<]*)</h1>", answer.content.decode())
    assert found
    return found[1]


def test_the_page_that_buyers_come_back_to_books_what_the_webhook_has_not(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    shop.client.force_login(shop.buyer)
    answer = shop.client.get(f"/featured/paid/{order.key}/")
    assert (answer.status_code, heading(answer)) == (200, "Paid")
    assert "Your payment of $149 arrived." in answer.content.decode()
    assert (states(order), WebhookEvent.objects.count()) == (("paid", ["booked"]), 0)
    shop.hear()
    assert states(order) == ("paid", ["booked"])


def test_a_tab_that_comes_back_early_says_so_and_looks_again(shop: Shop) -> None:
    order = shop.order()
    shop.open(order)
    shop.client.force_login(shop.buyer)
    answers = [shop.client.get(f"/featured/paid/{order.key}/") for _ in range(3)]
    assert [heading(one) for one in answers] == ["Not confirmed yet"] * 3
    assert '<meta http-equiv="refresh" content="6">' in answers[0].content.decode()
    asked = [call for call in shop.stripe.calls if call[1].startswith(f"/v1/checkout/sessions/{order.session_id}")]
    assert len(asked) == 1  # however often it is loaded


def test_the_page_still_opens_when_stripe_does_not_answer(shop: Shop) -> None:
    order = shop.order()
    shop.open(order)
    shop.stripe.fault("500", count=3)
    shop.client.force_login(shop.buyer)
    assert heading(shop.client.get(f"/featured/paid/{order.key}/")) == "Not confirmed yet"


def test_what_was_not_paid_or_went_back_is_said(shop: Shop) -> None:
    order = shop.order()
    shop.open(order)
    checkout.close(order)
    shop.client.force_login(shop.buyer)
    assert heading(shop.client.get(f"/featured/paid/{order.key}/")) == "Not paid"
    paid = shop.bought("beta")
    shop.stripe.refund(paid.session_id)
    shop.hear()
    answer = shop.client.get(f"/featured/paid/{paid.key}/")
    assert heading(answer) == "Paid back"
    assert "$149: paid back." in answer.content.decode()


def test_nobody_else_sees_it(shop: Shop, client: Client) -> None:
    order = shop.order()
    assert client.get(f"/featured/paid/{order.key}/")["Location"].startswith("/account/sign-in/")
    client.force_login(person("other@example.com"))
    assert client.get(f"/featured/paid/{order.key}/").status_code == 404
    assert client.post(f"/portal/featured/orders/{order.key}/billing/").status_code == 404


def test_a_buyer_is_led_to_stripes_page_for_cards_and_bills(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    shop.client.force_login(shop.buyer)
    answer = shop.client.post(f"/portal/featured/orders/{order.key}/billing/")
    assert (answer.status_code, answer["Location"].startswith(shop.stripe.base)) == (302, True)
    page = shop.client.get(order.get_absolute_url())
    policy = page["Content-Security-Policy"]
    base = shop.stripe.base
    assert f"form-action 'self' https://checkout.stripe.com https://billing.stripe.com {base};" in policy


def test_without_a_payment_there_is_no_page_at_stripe(shop: Shop) -> None:
    order = shop.order()
    shop.client.force_login(shop.buyer)
    assert shop.client.post(f"/portal/featured/orders/{order.key}/billing/").status_code == 400


# -- operators -----------------------------------------------------------------------------------------------------


def run(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def test_prices_are_made_kept_and_changed(shop: Shop, settings: Any) -> None:
    with pytest.raises(SystemExit):
        run("featured_prices", "--check")
    made = [line.split()[0] for line in run("featured_prices").splitlines()]
    assert made == ["kept", "kept", *["created"] * 8]  # the shop has those of the home page
    assert [line.split()[0] for line in run("featured_prices", "--check").splitlines()] == ["kept"] * 10
    settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "new": 3_900}
    lines = [line for line in run("featured_prices").splitlines() if not line.startswith("kept")]
    assert lines == [
        "changed  featured_new_week            $39 a week",
        "changed  featured_new_weekly          $39 a week, by subscription",
    ]


def test_the_names_of_prices_stay_as_they_stand_at_stripe() -> None:
    assert [Place(surface).lookup_key for surface in Surface] == [
        "featured_home_week", "featured_category_week", "featured_subcategory_week", "featured_search_week",
        "featured_new_week",
    ]  # fmt: skip


def test_reconcile_prints_what_it_made_up_for_and_ends_with_one_when_something_stays(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = shop.order()
    intent = shop.pay(order)
    assert run("reconcile").splitlines() == [
        "1 rows of 3 days at Stripe.",
        f"Missed, made up for now: payment {intent}: Stripe says $149, the ledger nothing",
        "Difference: $0",
    ]
    shop.stripe.object(order.session_id)["amount_total"] = 14_901
    out = StringIO()
    with pytest.raises(SystemExit) as stopped:
        call_command("reconcile", "--json", stdout=out)
    assert stopped.value.code == 1
    report = json.loads(out.getvalue())
    assert (report["difference"], report["stays"]) == (
        1, [{"kind": "payment", "id": intent, "stripe": 14_901, "ledger": 14_900}],
    )  # fmt: skip


def test_commands_say_that_no_account_is_set_up(settings: Any) -> None:
    settings.STRIPE_SECRET_KEY = ""
    for name in ("reconcile", "featured_prices"):
        with pytest.raises(CommandError, match="set STRIPE_SECRET_KEY") as error:
            call_command(name)
        assert error.value.returncode == 2


def test_deployments_are_told_what_is_missing(shop: Shop, settings: Any) -> None:
    def said() -> list[str | None]:
        return [one.id for one in [*checks.keys_are_keys(), *checks.payments_can_be_told_of()]]

    run("featured_prices")
    settings.DEBUG, settings.SITE_URL = False, "https://catalog.example"
    assert said() == ["featured.W001"]  # the stand-in moves no money
    settings.STRIPE_WEBHOOK_SECRETS = []
    assert said() == ["featured.E003", "featured.W001"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = "pk_test_0", ["secret"]
    assert said()[:2] == ["featured.E001", "featured.E002"]
    settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRETS = shop.stripe.key, ["whsec_1"]
    settings.SITE_URL = "http://catalog.example"
    settings.FEATURED_PRICES = {**settings.FEATURED_PRICES, "new": 3_900}
    assert said() == ["featured.W001", "featured.W002", "featured.W003"]
    shop.stripe.fault("500", count=3)
    assert said() == ["featured.W001", "featured.W002", "featured.W004"]
    settings.STRIPE_SECRET_KEY = ""
    assert said() == []


def test_errors_say_neither_keys_nor_what_was_sent(shop: Shop, settings: Any) -> None:
    order = shop.order()
    price = gateway.price(checkout.price_key(order))
    assert price
    settings.STRIPE_SECRET_KEY = "sk_test_wrong_0123456789abcdef"
    with pytest.raises(gateway.Missing) as wrong:
        gateway.create_session(order, "price_of_nobody", email="ana@example.com")
    settings.STRIPE_SECRET_KEY = "sk_live_0123456789abcdef"
    with pytest.raises(gateway.Refused) as refused:
        gateway.session("cs_test_1")
    for error in (wrong.value, refused.value):
        assert "0123456789abcdef" not in f"{error!r} {error}"
        assert "ana@example.com" not in f"{error!r} {error}"
        assert error.__suppress_context__


def test_an_order_without_its_account_is_nobodys(shop: Shop, client: Client) -> None:
    order = shop.bought()
    Order.objects.filter(pk=order.pk).update(buyer=None)
    client.force_login(shop.buyer)
    assert client.get(f"/featured/paid/{order.key}/").status_code == 404


# -- what a newcomer met -------------------------------------------------------------------------------------------


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_the_order_says_when_a_subscription_goes_on_and_when_it_ends(shop: Shop) -> None:
    order = shop.bought(kind="weekly")
    shop.client.force_login(shop.buyer)
    held = order.bookings.get(state="held")
    assert held.hold_until
    page = words(shop.client.get(order.get_absolute_url()))
    next_one = held.hold_until - dt.timedelta(days=7)
    assert f"It goes on: {mails.time_of(held)} is held, and collected about {mails.day(next_one)}." in page
    gateway.cancel_at_period_end(order.subscription_id)
    shop.hear()
    order.refresh_from_db()
    assert order.subscription_state == "ending"
    last = mails.time_of(order.bookings.get(state="booked"))
    for address in (order.get_absolute_url(), f"/featured/paid/{order.key}/"):
        page = words(shop.client.get(address)).lower()
        assert f"it ends by itself: no further week is collected. the last week is {last.lower()}." in page
        assert "it goes on" not in page
    shop.stripe.advance(days=8)
    shop.hear()
    page = words(shop.client.get(order.get_absolute_url()))
    assert f"It has ended: no further week is collected. The last week is {last}." in page


def test_the_page_after_a_payment_promises_no_week_that_is_somebody_elses(shop: Shop) -> None:
    shop.order("beta", first=NEXT + dt.timedelta(weeks=1))
    order = shop.bought(kind="weekly")
    shop.client.force_login(shop.buyer)
    page = words(shop.client.get(f"/featured/paid/{order.key}/"))
    assert "Every week: it ends by itself" in page
    ends = mail.outbox[-1]
    assert "for Acme: Home. The last week of it: " in str(ends.body)


def test_a_receipt_at_the_stand_in_is_a_link_and_says_what_was_bought(shop: Shop) -> None:
    order = shop.bought(count=2)
    shop.client.force_login(shop.buyer)
    page = shop.client.get(order.get_absolute_url()).content.decode()
    assert f'<a href="{order.receipt_url}" rel="noopener nofollow">At Stripe</a>' in page
    assert ("Bills, at Stripe" in page, "end of a subscription" in page) == (True, False)
    assert "The order, with its receipt" in words(shop.client.get(f"/featured/paid/{order.key}/"))
    row = order.bookings.get()
    last = row.during.upper - dt.timedelta(days=1)
    said = f"Acme: Home, {mails.day(row.starts_at)} to {mails.day(last)}"
    with urlopen(order.receipt_url) as answer:
        assert said in answer.read().decode()
    assert shop.stripe.object(order.session_id)["custom_text"]["submit"] == {"message": said}
    invoice = next(shop.stripe.account.all("invoice"))
    assert invoice["description"] == said


def test_stripes_page_says_what_a_weekly_order_is_of(shop: Shop) -> None:
    order = shop.order(kind="weekly")
    shop.open(order)
    with urlopen(order.session_url) as answer:
        assert "Acme: Home, " in (page := answer.read().decode())
    assert "and each further week until it is ended" in page
    shop.pay(order)
    shop.hear()
    order.refresh_from_db()
    assert str(shop.stripe.object(order.subscription_id)["description"]).startswith("Acme: Home, ")
