"""The pages of buyers and of everybody: what they show, to whom, by how many statements."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from catalog.models import Category, Tool
from core.clean import Unclean, clean_line
from core.kept_forms import TYPED
from featured import checkout, orders, waitlist
from featured.models import Booking, Order, Pause, Refund, Waiting
from tests import make
from tests.core.test_clean import ROWS, text_of
from tests.featured import rows
from tests.featured.conftest import Stripe
from tests.featured.rows import HOME, SEARCH, week
from tests.featured.running import tools
from tests.people import person, sign_in

pytestmark = pytest.mark.django_db
Who = tuple[User, Tool]
FORM = {"tool": "acme", "term": "2", "payer": "Acme Ltd", "agree": "on"}


def path(place: str = "home", number: int = 1) -> str:
    return f"/featured/book/{place}/{week(number):%Y-%m-%d}/"


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(response: Any) -> str:
    """Return the words of a page, as a reader has them."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", main)))


@pytest.fixture
def acme() -> Who:
    return rows.buyer()


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> list[Order]:
    """Let payments be on, with a page at Stripe for each order; return those that it was opened for."""
    opened: list[Order] = []

    def opens(order: Order) -> str:
        opened.append(order)
        return f"https://checkout.stripe.com/c/{order.key}"

    def closes(order: Order) -> Order:
        orders.expire(order)
        return order

    monkeypatch.setattr("featured.gateway.is_on", lambda: True)
    monkeypatch.setattr(checkout, "open", opens)
    monkeypatch.setattr(checkout, "close", closes)
    return opened


# -- for everybody ----------------------------------------------------------------------------------------------------


def cells(client: Client, address: str = "/featured/") -> dict[str, list[str]]:
    """Return the rows of the calendar: what each week says."""
    page = client.get(address).content.decode()
    body = page.partition("<tbody>")[2].partition("</tbody>")[0]
    found = {}
    for row in body.split("<tr>")[1:]:
        label = re.sub(r"<small>.*?</small>|<[^>]+>", "", row.partition("</th>")[0], flags=re.S).strip()
        found[html.unescape(label)] = [
            re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one.replace("</a>", ""))).strip()
            for one in re.findall(r"<td[^>]*>(.*?)</td>", row, re.S)
        ]
    return found


def test_everybody_sees_what_is_free_held_and_taken(client: Client, acme: Who) -> None:
    rows.paid(rows.ordered(acme, SEARCH))
    rows.ordered(rows.buyer("beta"), SEARCH, first=week(2))
    rows.paid(rows.ordered(rows.buyer("gamma"), first=week(1), count=2))
    found = cells(client)
    assert list(found) == ["Home", "New", "Search results", "Coding & Software Delivery"]
    assert found["Search results"][0].endswith("1 of 1 not sold; this week runs already")
    assert found["Search results"][1:] == ["Taken", "Held", *["$79"] * 6]
    assert found["Home"][1:4] == ["$149 2 of 3", "$149 2 of 3", "$149 3 of 3"]
    shown = text(client.get("/featured/"))
    assert "next free" in shown
    assert "Gamma Home" in shown
    assert "Gamma Ltd" in shown
    assert "beta" not in shown.lower()  # what is only held is nobody's yet


def test_ones_own_are_marked_for_oneself_only(client: Client, acme: Who) -> None:
    row = rows.paid(rows.ordered(acme, SEARCH))
    assert (cells(client)["Search results"][1], cells(signed(acme[0]))["Search results"][1]) == ("Taken", "Yours")
    assert row.get_absolute_url() in signed(acme[0]).get("/featured/").content.decode()


def test_a_category_shows_its_sub_categories(client: Client, acme: Who) -> None:
    assert list(cells(client, "/featured/?place=category/coding")) == [
        "Coding & Software Delivery", "IDE assistants & completion",
    ]  # fmt: skip
    assert cells(client, "/featured/?place=category/ide-assistants") == cells(
        client, "/featured/?place=category/coding"
    )
    for wrong in ("home", "category/none", "category/", "x"):
        assert client.get("/featured/", {"place": wrong}).status_code == 404


def test_earlier_and_later_walk_through_half_a_year(client: Client, acme: Who) -> None:
    seen, address = [], "/featured/"
    for _ in range(5):
        page = client.get(address).content.decode()
        head = page.partition("<thead>")[2].partition("</thead>")[0]
        seen += [one for one in re.findall(r'datetime="([\d-]+)"', head) if one not in seen]
        later = re.search(r'href="(\?[^"]*)">Later', page)
        if later is None:
            break
        address = f"/featured/{html.unescape(later[1])}"
    assert seen == [f"{week(number):%Y-%m-%d}" for number in range(26)]
    far = week(25) + dt.timedelta(weeks=1)
    for wrong, said in {
        "2026-11-31": "This address names a week by what is no date. Choose a week from the calendar:",
        "xx": "This address names a week by what is no date. Choose a week from the calendar:",
        f"{week(1) + dt.timedelta(days=1):%Y-%m-%d}": "is no Monday. Choose a week from the calendar:",
        "1999-01-04": "The week of 1999-01-04 is over.",
        f"{far:%Y-%m-%d}": f"The week of {far:%Y-%m-%d} is too far ahead: the last one is {week(25):%Y-%m-%d}.",
    }.items():
        answer = client.get("/featured/", {"from": wrong})
        assert (answer.status_code, said in text(answer)) == (400, True), text(answer)


@pytest.mark.parametrize("count", [1, 3])
def test_the_calendar_takes_as_many_statements_whatever_was_sold(
    client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        rows.paid(rows.ordered(rows.buyer(f"co-{number}")))
        Category.objects.create(slug=f"top-{number}", name=f"Top {number}")
    client.get("/featured/")  # which tools are listed is known to the process from then on
    with django_assert_num_queries(6):  # categories, bookings, tools of them, the sample card with plans, interfaces
        assert client.get("/featured/").status_code == 200


def test_the_calendar_is_kept_for_visitors(client: Client, settings: Any) -> None:
    make.categories()
    settings.PAGE_CACHE_SECONDS = 30
    answer = client.get("/featured/?place=category/coding")
    assert answer.headers["ETag"]
    assert "max-age=30" in answer.headers["Cache-Control"]
    assert {"place", "from"} <= settings.PAGE_PARAMETERS


# -- ordering ---------------------------------------------------------------------------------------------------------


def test_a_visitor_is_led_to_the_sign_in_and_back(client: Client) -> None:
    answer = client.get(path(), follow=True)
    assert answer.redirect_chain == [(f"/account/sign-in/?next={path()}", 302)]
    assert "Only who has proved to own a listed tool can book a place for it." in html.unescape(answer.content.decode())
    assert "Only who has proved" not in client.get("/account/sign-in/?next=/portal/").content.decode()


@pytest.mark.parametrize(
    "address",
    [path(number=0), "/featured/book/nowhere/2026-11-30/", "/featured/book/category/none/2026-11-30/",
     "/featured/book/home/today/", "/featured/book/home/2020-01-06/"],
)  # fmt: skip
def test_what_is_no_slot_is_not_there(address: str, acme: Who) -> None:
    assert signed(acme[0]).get(address).status_code == 404


def test_the_price_of_each_length_stands_there_before_anything_is_sent(acme: Who, on: list[Order]) -> None:
    rows.paid(rows.ordered(rows.buyer("beta"), SEARCH, first=week(4)))
    shown = text(signed(acme[0]).get(path("search")))
    last = week(4) - dt.timedelta(days=1)
    assert f"3 weeks, to {last.day} {last:%b %Y}: $237" in shown
    assert "4 weeks" not in shown
    assert "Every week until you stop it: $79 a week" in shown


def test_an_order_leads_to_stripe(acme: Who, on: list[Order]) -> None:
    tools(8)  # so many others stand where a card is shown
    client = signed(acme[0])
    page = client.get(path("category/coding"))
    assert "form-action 'self' https://checkout.stripe.com" in page.headers["Content-Security-Policy"]
    answer = client.post(path("category/coding"), FORM)
    order = Order.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"https://checkout.stripe.com/c/{order.key}")
    assert (order.payer, order.weeks, order.kind, order.may_move, order.bookings.get().place) == (
        "Acme Ltd", 2, "once", False, "category/coding",
    )  # fmt: skip


def test_a_form_sent_twice_or_gone_back_to_is_one_order(acme: Who, on: list[Order]) -> None:
    client = signed(acme[0])
    for _ in range(3):
        assert client.post(path(), FORM).status_code == 303
    assert (Order.objects.count(), len(set(on))) == (1, 1)
    assert "You ordered this and have not paid yet" in text(client.get(path()))
    assert client.post(path(), FORM | {"term": "weekly", "may_move": "on"}).status_code == 303
    assert list(Order.objects.order_by("id").values_list("state", "kind", "weeks", "may_move")) == [
        ("expired", "once", 2, False), ("open", "weekly", 1, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"agree": ""}, "Fill this in."),
        ({"payer": ""}, "Fill this in."),
        ({"payer": " "}, "Is empty."),
        ({"payer": "a\u202eb"}, "turns the direction of writing"),
        ({"payer": "x" * 201}, "This is too long."),
        ({"tool": "beta"}, "Choose one of these tools."),
        ({"tool": ""}, "Choose a tool."),
        ({"term": "9"}, "So many weeks in a row are not free any more."),
        ({"term": ""}, "Choose for how long."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_held(acme: Who, on: list[Order], change: Any, said: str) -> None:
    rows.buyer("beta")
    answer = signed(acme[0]).post(path(), FORM | change)
    assert (answer.status_code, said in text(answer)) == (400, True), text(answer)
    assert (Order.objects.count(), Booking.objects.count(), on) == (0, 0, [])


def test_who_is_too_late_is_told_and_may_wait(acme: Who, on: list[Order], monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed(acme[0])
    assert "Go on to pay" in client.get(path("search")).content.decode()
    from featured import booking, buying

    def taken(**_: Any) -> Order:
        rows.paid(rows.ordered(rows.buyer("beta"), SEARCH, count=2))
        raise booking.Taken("Somebody was quicker.")

    monkeypatch.setattr(buying, "buy", taken)
    answer = client.post(path("search"), FORM)
    assert answer.status_code == 409
    shown = text(client.get(path("search")))
    assert "Every place of this page is taken or held in that week." in shown
    assert "Nobody waits yet." in shown
    assert client.post(path("search"), {"wait": "acme"}).headers["Location"] == "/portal/featured/"
    assert Waiting.objects.get().tool == acme[1]
    assert "You wait for it already" in text(client.get(path("search")))


def test_without_payments_it_says_how_to_turn_them_on_and_holds_nothing(acme: Who) -> None:
    client = signed(acme[0])
    for answer in (client.get(path()), client.post(path(), FORM)):
        assert "Its operator turns it on as docs/payments.md says" in text(answer)
        assert "Go on to pay" not in text(answer)
    assert (answer.status_code, Order.objects.count(), Booking.objects.count()) == (409, 0, 0)


def test_while_stripe_is_down_the_order_is_held_and_can_be_paid_later(
    acme: Who, on: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(order: Order) -> str:
        raise checkout.Down("Stripe does not answer.")

    opens = checkout.open
    monkeypatch.setattr(checkout, "open", down)
    client = signed(acme[0])
    answer = client.post(path(), FORM, follow=True)
    order = Order.objects.get()
    assert answer.redirect_chain == [(order.get_absolute_url(), 302)]
    assert ("Stripe does not answer." in text(answer), "Go on to pay" in text(answer)) == (True, True)
    monkeypatch.setattr(checkout, "open", opens)
    assert client.post(order.get_absolute_url(), {"pay": "yes"}).status_code == 303
    assert [one.pk for one in on] == [order.pk]


def test_each_tool_says_whether_it_may_be_booked_and_what_to_do(acme: Who, on: list[Order]) -> None:
    user = acme[0]
    rows.owned(user, "docs", "docs.acme.com").claims.all().delete()
    shown = text(signed(user).get(path()))
    assert "Acme May have it" in shown
    assert (
        "Docs Not just now Our robot has not seen Docs answer since it was listed: it may not have looked yet." in shown
    )
    other = text(signed(person("nobody@example.com")).get(path()))
    assert "You have not proved to own any listed tool" in other
    early = person("early@example.com")
    rows.proved(early, "early.example")
    shown = text(signed(early).get(path()))
    assert "You have proved early.example , and no tool is listed with its home page there." in shown
    assert "You have not proved" not in shown


def test_the_rules_that_one_agrees_to_stand_on_the_page(acme: Who, on: list[Order]) -> None:
    page = signed(acme[0]).get(path()).content.decode()
    assert (page.count('href="#rules"'), page.count('id="rules"')) == (1, 1)


def test_who_pays_is_said_in_one_wording(client: Client, acme: Who) -> None:
    for number, kind in enumerate(["granted", "community", "make_good"]):
        row = rows.paid(rows.ordered(acme, first=week(1 + number)))
        Booking.objects.filter(pk=row.pk).update(kind=kind, price=0, order=None)
    said = [
        "Nobody: given by the site itself", "Nobody: drawn by lot",
        "Nobody again: in place of what was not delivered to Acme Ltd",
    ]  # fmt: skip
    for address in ("/featured/", "/featured/ledger/"):
        shown = text(client.get(address))
        assert [one for one in said if one not in shown] == [], address


def test_the_keyboard_skips_the_calendar_and_labels_have_days_as_words(client: Client, acme: Who) -> None:
    page = client.get("/featured/").content.decode()
    assert '<a class="skip" href="#who">' in page.partition('href="#main"')[0]
    day = week(1)
    assert f'aria-label="Book Home, week of {day.day} {day:%b %Y}, $149, 3 of 3 free"' in page
    assert re.search(r'aria-label="[^"]*\d{4}-\d\d', page) is None


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_slot_takes_as_many_statements_for_any_number_of_tools(
    count: int, on: list[Order], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    user, _ = rows.buyer()
    for number in range(count - 1):
        rows.owned(user, f"more-{number}", f"more-{number}.com")
    client = signed(user)
    client.get(path())
    with django_assert_num_queries(14):
        client.get(path())


def test_what_was_typed_when_the_session_had_ended_stands_in_the_form(acme: Who, on: list[Order]) -> None:
    user = acme[0]
    user.set_password("violet harbour sings twice")
    user.save()
    client = Client()
    assert client.post(path(), FORM | {"payer": "Typed & kept"}).status_code == 302
    assert client.session[TYPED]["path"] == path()
    sign_in(client, user.email)
    page = client.get(path()).content.decode()
    assert 'value="Typed &amp; kept"' in page
    assert "Your session had ended when you sent this form." in page
    assert (Order.objects.count(), TYPED in client.session) == (0, False)


def test_every_string_of_the_corpus_as_a_payer_is_kept_or_refused_by_its_verdict(
    acme: Who, on: list[Order], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "UNPAID", len(ROWS) + 1)
    client, wrong = signed(acme[0]), {}
    for row in ROWS:
        typed = text_of(row)
        if not typed.isprintable() and any("\ud800" <= char <= "\udfff" for char in typed):
            continue  # no browser sends half a character
        try:
            wanted: str | None = clean_line(typed, max_length=200)
        except Unclean:
            wanted = None
        answer = client.post(path(), FORM | {"payer": typed})
        order = Order.objects.filter(state="open").first()
        got = order.payer if order and answer.status_code == 303 else None
        if got != wanted:
            wrong[row["id"]] = (got, wanted, answer.status_code)
        if order and wanted:
            assert html.escape(wanted) in client.get(order.get_absolute_url()).content.decode(), row["id"]
            client.post(order.get_absolute_url(), {"give_up": "yes"})
    assert wrong == {}


# -- what somebody booked ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "statements"), [("/portal/featured/", 7), ("/portal/featured/?show=orders", 7)])
def test_the_list_takes_as_many_statements_whatever_stands_in_it(
    acme: Who, address: str, statements: int, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make.categories()
    for number in range(1, count + 1):
        rows.paid(rows.ordered(acme, first=week(number)))
        rows.ordered(acme, first=week(10 + number))
        rows.paid(rows.ordered(rows.buyer(f"co-{number}"), SEARCH, first=week(number)))
        waitlist.join(user=acme[0], tool=acme[1], place=SEARCH, first=week(number))
    client = signed(acme[0])
    client.get(address)
    with django_assert_num_queries(statements):
        client.get(address)


def test_one_leaves_the_waitlist_by_a_button(acme: Who) -> None:
    rows.paid(rows.ordered(rows.buyer("beta"), SEARCH))
    waiting = waitlist.join(user=acme[0], tool=acme[1], place=SEARCH, first=week())
    client, other = signed(acme[0]), signed(person("nobody@example.com"))
    assert other.post("/portal/featured/", {"leave": waiting.key}).status_code == 404
    assert client.post("/portal/featured/", {"leave": waiting.key}).status_code == 302
    waiting.refresh_from_db()
    assert waiting.state == "over"
    assert "You do not wait for it any more." in text(client.get("/portal/featured/"))


def test_a_booking_tells_its_moves_pauses_and_refunds_and_what_comes_back(acme: Who) -> None:
    row = rows.paid(rows.ordered(acme, count=2))
    Pause.objects.create(booking=row, why="our_outage", began_at=timezone.now())
    client = signed(acme[0])
    shown = text(client.get(row.get_absolute_url()))
    assert "It has not begun: $298 goes back, all of what you paid for it." in shown
    assert "This site was down" in shown
    answer = client.post(row.get_absolute_url(), {"cancel": "yes", "sure": "yes"}, follow=True)
    assert "It is cancelled." in text(answer)
    assert "$298 Cancelled by the buyer. To be sent." in text(answer)
    assert "Cancel this booking" not in text(answer)
    again = client.post(row.get_absolute_url(), {"cancel": "yes", "sure": "yes"}, follow=True)
    assert "It could not be cancelled" in text(again)
    assert Refund.objects.count() == 1


def test_a_booking_and_an_order_are_their_buyers(acme: Who, client: Client) -> None:
    order = rows.ordered(acme)
    row = rows.paid(order)
    other = signed(person("nobody@example.com"))
    staff = person("billing@example.com", is_superuser=True, is_staff=True)
    for address in (row.get_absolute_url(), order.get_absolute_url()):
        assert client.get(address).headers["Location"].startswith("/account/sign-in/")
        assert [other.get(address).status_code, other.post(address).status_code] == [404, 404]
        assert [signed(staff).get(address).status_code, signed(staff).post(address).status_code] == [200, 403]
    row.refresh_from_db()
    assert row.state == "booked"


def test_an_order_that_is_given_up_is_free_at_once_and_cannot_be_paid_any_more(acme: Who, on: list[Order]) -> None:
    order, client = rows.ordered(acme), signed(acme[0])
    answer = client.post(order.get_absolute_url(), {"give_up": "yes"}, follow=True)
    assert "Nothing was paid, and the slot is free again." in text(answer)
    answer = client.post(order.get_absolute_url(), {"pay": "yes"}, follow=True)
    assert "It cannot be paid any more" in text(answer)
    assert (Booking.objects.get().state, on) == ("released", [])


def test_a_slot_is_bought_at_the_stand_in(acme: Who, stripe: Stripe, django_capture_on_commit_callbacks: Any) -> None:
    from django.core.management import call_command

    call_command("featured_prices", verbosity=0)
    client = signed(acme[0])
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(path(), FORM)
    order = Order.objects.get()
    assert (answer.status_code, answer.headers["Location"].startswith(stripe.base)) == (303, True)
    stripe.pay(order.session_id)
    assert client.get(f"/featured/paid/{order.key}/").status_code == 200
    order.refresh_from_db()
    row = order.bookings.get()
    assert (order.state, row.state, order.paid) == ("paid", "booked", 29_800)
    assert "$298 goes back" in text(client.get(row.get_absolute_url()))
    assert cells(client)["Home"][1:4] == ["Yours", "Yours", "$149 3 of 3"]
    assert HOME.price == 14_900


# -- what a newcomer met ----------------------------------------------------------------------------------------------


def weekly_offered(client: Client, place: str = "search") -> bool:
    return "Every week until you stop it: $" in text(client.get(path(place)))


def test_every_week_is_not_offered_where_the_next_one_is_taken(acme: Who, on: list[Order]) -> None:
    client = signed(acme[0])
    assert weekly_offered(client)
    rows.paid(rows.ordered(rows.buyer("beta"), SEARCH, first=week(2)))
    assert not weekly_offered(client)
    said = f"Search results is taken in the week of {week(2):%d %b %Y}, so it would end at once."
    assert said in text(client.get(path("search")))
    answer = client.post(path("search"), FORM | {"term": "weekly"})
    assert (answer.status_code, Order.objects.filter(buyer=acme[0]).count()) == (400, 0)


def test_every_week_is_refused_where_the_vendor_has_such_a_page_in_the_next(acme: Who, on: list[Order]) -> None:
    rows.paid(rows.ordered(acme, first=week(2)))
    client = signed(acme[0])
    assert not weekly_offered(client, "home")
    assert f"Acme has a place on such a page in the week of {week(2):%d %b %Y} already." in text(client.get(path()))
    free = rows.owned(acme[0], "free", "free.org")
    assert weekly_offered(client, "home")
    answer = client.post(path(), FORM | {"term": "weekly"})
    assert (answer.status_code, "Acme has a place on such a page" in text(answer)) == (400, True)
    assert client.post(path(), FORM | {"term": "weekly", "tool": free.slug}).status_code == 303


def test_every_week_begins_at_a_position_where_it_can_go_on(acme: Who, on: list[Order]) -> None:
    rows.paid(rows.ordered(rows.buyer("beta"), first=week(2)))  # the first position, a week later
    assert signed(acme[0]).post(path(), FORM | {"term": "weekly"}).status_code == 303
    assert Booking.objects.get(buyer=acme[0]).position == 2


@pytest.mark.parametrize("tax", [True, False])
def test_only_a_site_that_asks_for_tax_says_that_it_is_added(
    acme: Who, on: list[Order], settings: Any, tax: bool
) -> None:
    settings.STRIPE_TAX = tax
    assert ("which adds the tax of your country" in text(signed(acme[0]).get(path()))) is tax


def test_cancelling_asks_once_more(acme: Who) -> None:
    row = rows.paid(rows.ordered(acme))
    answer = signed(acme[0]).post(row.get_absolute_url(), {"cancel": "yes"}, follow=True)
    assert "Nothing was cancelled yet: tick “Yes, cancel it”" in text(answer)
    row.refresh_from_db()
    assert (row.state, Refund.objects.count()) == ("booked", 0)


def test_a_booking_that_is_given_up_before_it_began_says_one_thing(acme: Who) -> None:
    row = rows.paid(rows.ordered(acme))
    client = signed(acme[0])
    shown = text(client.post(row.get_absolute_url(), {"cancel": "yes", "sure": "yes"}, follow=True))
    assert "; given up before it began" in shown
    assert "It ended before its first day, so nothing was delivered." in shown
    assert ("It has not begun" in shown, "; ended " in shown) == (False, False)


def test_what_is_left_after_a_refund_is_not_all_of_it(acme: Who) -> None:
    order = rows.ordered(acme)
    row = rows.paid(order)
    Refund.objects.create(
        order=order, booking=row, payment=f"pi_{order.key}", amount=4_900, currency="usd", why="goodwill", state="done"
    )
    shown = text(signed(acme[0]).get(row.get_absolute_url()))
    assert "$100 goes back: all that is left of the $149 you paid for it, after other refunds." in shown


def test_a_week_of_a_subscription_says_that_cancelling_ends_it(acme: Who) -> None:
    row = rows.paid(rows.ordered(acme, kind="weekly"))
    client = signed(acme[0])
    said = "This also ends the subscription: no further week is collected."
    assert said in text(client.get(row.get_absolute_url()))
    once = rows.paid(rows.ordered(acme, SEARCH))
    assert said not in text(client.get(once.get_absolute_url()))
    answer = client.post(row.get_absolute_url(), {"cancel": "yes", "sure": "yes"}, follow=True)
    assert "The subscription ends with it: no further week is collected." in text(answer)


def test_an_offer_says_how_it_stands_before_any_sweep(acme: Who, on: list[Order]) -> None:
    taken = rows.ordered(rows.buyer("beta"), SEARCH)
    waiting = waitlist.join(user=acme[0], tool=acme[1], place=SEARCH, first=week())
    orders.expire(taken)
    waitlist.offer("search", week())
    client = signed(acme[0])
    waiting.refresh_from_db()
    assert waiting.offered_until
    assert f"kept until {waiting.offered_until:%-d %b %Y, %H:%M} UTC." in text(client.get(path("search")))
    assert "It is free, and kept for you until" in text(client.get("/portal/featured/"))
    order = rows.ordered(acme, SEARCH)
    assert "You ordered it: pay it in time." in text(client.get("/portal/featured/"))
    rows.paid(order)
    shown = text(client.get("/portal/featured/"))
    assert ("You have booked it: its page ." in shown, "Wait no more" in shown) == (True, False)


def test_the_old_tab_of_an_order_that_was_replaced_leads_to_the_new_one(acme: Who, on: list[Order]) -> None:
    client = signed(acme[0])
    client.post(path(), FORM)
    client.post(path(), FORM | {"payer": "Acme Limited"})
    old, new = Order.objects.order_by("pk")
    page = client.get(old.get_absolute_url())
    assert (old.state, "took its place" in text(page)) == ("expired", True)
    assert f'href="{new.get_absolute_url()}"' in page.content.decode()
    assert "took its place" not in text(client.get(new.get_absolute_url()))
