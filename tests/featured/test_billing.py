"""The pages of people who look after money: grants, stops, refunds by two, evidence for banks."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import roles
from accounts.models import User
from core.models import AuditEvent
from featured import weeks
from featured.models import Booking, Delivery, Dispute, Refund
from featured.models.bookings import State
from featured.money import money
from featured.templatetags.featured_buy import weeks_of
from tests import make
from tests.core.test_audit import last
from tests.featured.care_rows import HOUR, booked, order, owned_tool
from tests.people import by_app, has_confirmed, person, with_app

pytestmark = pytest.mark.django_db
HOME = "/portal/billing/"


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True


def clerk(email: str = "bill@example.com", *, confirmed: bool = True) -> Client:
    """Return a browser in which somebody of billing is signed in who just said who they are."""
    roles.ensure()
    user = with_app(person(email))
    user.groups.add(Group.objects.get(name=roles.BILLING))
    client = by_app(Client(), user)
    if confirmed:
        has_confirmed(client, user)
    return client


@pytest.fixture(autouse=True)
def before() -> int:
    """Return the last event of the audit log before a test: what others committed stays."""
    return last()


def events(before: int, *words: str) -> list[tuple[str, str]]:
    rows = AuditEvent.objects.filter(action__in=words, serial__gt=before).order_by("serial")
    names = {str(user.public_id): user.email for user in User.objects.all()}
    return [(one.action, names.get(one.actor, one.actor)) for one in rows]


def running(**changes: Any) -> Booking:
    """Return a paid booking of this week."""
    return booked(owned_tool(), first=weeks.start_of(timezone.now()), **changes)


def test_who_has_no_role_is_refused_and_who_did_not_say_who_they_are_is_asked() -> None:
    row = running()
    pages = [
        f"{HOME}grant/", f"{HOME}bookings/{row.key}/stop/", f"{HOME}orders/{row.order.key}/refund/",  # type: ignore[union-attr]
    ]  # fmt: skip
    buyer = Client()
    buyer.force_login(User.objects.get(email="bea@example.com"))
    left_open = clerk(confirmed=False)
    for page in pages:
        assert buyer.get(page).status_code == 403
        for method in (left_open.get, left_open.post):
            answer = method(page, {"why": "It is wrong.", "amount": "1"})
            assert answer.headers["Location"].startswith("/account/confirm/code/?next=")
    assert left_open.get(HOME).status_code == 200
    assert (Booking.objects.get().state, Refund.objects.count()) == (State.BOOKED, 0)


def test_a_slot_is_granted_in_the_name_of_the_site(before: int) -> None:
    client, week = clerk(), weeks.upcoming(3)[2]
    make.tool(slug="open-tool", homepage="https://open-tool.org")
    form = {"tool": "open-tool", "place": "home", "week": f"{week:%Y-%m-%d}", "count": "2", "why": "It is new."}
    answer = client.post(f"{HOME}grant/", form)
    row = Booking.objects.get()
    assert answer.headers["Location"] == f"{HOME}bookings/{row.key}/"
    assert (row.kind, row.state, row.payer, row.price, row.buyer) == ("granted", State.BOOKED, "AI Apps", 0, None)
    assert row.during == weeks.during(week, 2)
    assert list(row.moves.values_list("event", "why").order_by("id")) == [("hold", ""), ("book", "It is new.")]
    assert events(before, "featured.granted", "booking.book") == [
        ("booking.book", "bill@example.com"), ("featured.granted", "bill@example.com"),
    ]  # fmt: skip
    again = client.post(f"{HOME}grant/", form)
    assert (again.status_code, "one for each vendor" in again.content.decode()) == (409, True)
    assert client.post(f"{HOME}grant/", form | {"tool": "none", "count": "9"}).status_code == 400
    assert Booking.objects.count() == 1


def test_stopping_what_cost_nothing_promises_no_refund() -> None:
    client, week = clerk(), weeks.upcoming(3)[2]
    make.tool(slug="open-tool", homepage="https://open-tool.org")
    form = {"tool": "open-tool", "place": "home", "week": f"{week:%Y-%m-%d}", "count": "1", "why": "It is new."}
    client.post(f"{HOME}grant/", form)
    page = client.post(f"{HOME}bookings/{Booking.objects.get().key}/stop/", {"why": "It is old."}, follow=True)
    said = page.content.decode()
    assert ("Stopped. Nothing goes back, as nothing is left" in said, "waits for a second person" in said) == (
        True,
        False,
    )
    assert "ended before it began" in said


def test_what_is_stopped_goes_back_once_another_person_agrees(before: int) -> None:
    first, second, row = clerk(), clerk("carla@example.com"), running()
    page = f"{HOME}bookings/{row.key}/stop/"
    assert first.post(page, {"why": " "}).status_code == 400
    assert first.post(page, {"why": "It shows something else."}).headers["Location"] == f"{HOME}bookings/{row.key}/"
    row.refresh_from_db()
    refund = Refund.objects.get()
    assert (row.state, refund.state, refund.why, str(refund.asked_by)) == (
        State.STOPPED, "to_approve", "goodwill", "bill@example.com",
    )  # fmt: skip
    told = {one.to[0]: one.subject for one in mail.outbox}
    assert told["bea@example.com"] == f"AI Apps: the booking of {row.tool_name} was stopped"
    assert told["carla@example.com"].endswith("waits for you")
    letter = next(str(one.body) for one in mail.outbox if one.to == ["carla@example.com"])
    assert f"{row.payer} paid for {row.tool_name} at Home, " in letter
    assert "Asked for by bill@example.com. Decided by staff: It shows something else." in letter
    assert "Read the booking, then say on this page whether it is sent." in letter
    answer = f"{HOME}refunds/{refund.key}/"
    own = first.post(answer, {"answer": "approve"})
    assert (own.status_code, Refund.objects.get().state) == (409, "to_approve")
    assert second.post(answer, {}).status_code == 400
    assert second.post(answer, {"answer": "approve"}).headers["Location"] == HOME
    refund.refresh_from_db()
    assert (refund.state, str(refund.approved_by)) == ("due", "carla@example.com")
    assert second.post(answer, {"answer": "refuse", "why": "No."}).status_code == 409
    assert first.post(page, {"why": "Again."}).status_code == 409
    assert events(before, "booking.stop", "refund.asked", "refund.approved") == [
        ("booking.stop", "bill@example.com"), ("refund.asked", "bill@example.com"),
        ("refund.approved", "carla@example.com"),
    ]  # fmt: skip


def test_a_refund_that_is_refused_is_told_to_who_paid() -> None:
    row = running()
    refund = Refund.objects.create(
        order=row.order, booking=row, amount=500, currency="usd", why="taken_down", state="to_approve", payment="pi"
    )  # type: ignore[misc]
    page = f"{HOME}refunds/{refund.key}/"
    client = clerk()
    assert client.post(page, {"answer": "refuse", "why": ""}).status_code == 400
    assert client.post(page, {"answer": "refuse", "why": "It was paid back by hand."}).status_code == 302
    refund.refresh_from_db()
    assert refund.state == "refused"
    assert (mail.outbox[-1].to, mail.outbox[-1].subject) == (["bea@example.com"], "AI Apps: $5 does not go back")
    assert "It was paid back by hand." in str(mail.outbox[-1].body)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [("151.98", 15_198), ("0.01", 1), ("12.5", 1_250), ("7", 700), ("0", None), ("151.99", None), ("1.234", None),
     ("-1", None), ("1,5", None), ("٣", None), ("1e2", None)],
)  # fmt: skip
def test_money_is_given_back_by_number_and_no_more_than_was_paid(typed: str, amount: int | None) -> None:
    row = running()
    assert row.order
    answer = clerk().post(f"{HOME}orders/{row.order.key}/refund/", {"amount": typed, "why": "The logo was missing."})
    found = Refund.objects.first()
    assert (answer.status_code, found and found.amount) == (302 if amount else 400, amount)
    if found:
        assert (found.state, found.why, found.sentence) == ("to_approve", "goodwill", "The logo was missing.")


def test_what_waits_counts_as_gone() -> None:
    row = running()
    assert row.order
    page, client = f"{HOME}orders/{row.order.key}/refund/", clerk()
    assert client.post(page, {"amount": "100", "why": "One."}).status_code == 302
    assert client.post(page, {"amount": "51.99", "why": "Two."}).status_code == 400
    assert client.post(page, {"amount": "51.98", "why": "Two."}).status_code == 302
    assert "Nothing is left" in client.get(page).content.decode()


def test_money_without_minor_units_has_no_point() -> None:
    row = running(of=order(paid=1_500, currency="jpy"))
    assert row.order
    page, client = f"{HOME}orders/{row.order.key}/refund/", clerk()
    assert client.post(page, {"amount": "12.0", "why": "No."}).status_code == 400
    assert client.post(page, {"amount": "1200", "why": "Yes."}).status_code == 302
    assert money(Refund.objects.get().amount, "jpy") == "¥1,200"


def test_the_page_for_a_bank_says_what_was_agreed_paid_and_delivered() -> None:
    row = running()
    assert row.order
    Delivery.objects.create(booking=row, day=row.starts_at.date(), position=2, rendered=1_234, viewable=777, clicks=5)
    dispute = Dispute.objects.create(
        order=row.order, stripe_id="dp_9", amount=15_198, currency="usd", status="needs_response",
        reason="product_not_received", opened_at=timezone.now(), answer_by=timezone.now() + 24 * HOUR,
    )  # fmt: skip
    text = clerk().get(f"{HOME}disputes/{dispute.pk}/").content.decode()
    wanted = ["dp_9", "product_not_received", "Acme Ltd", "bea@example.com", "agreed to", row.order.payment_intent,
              "$151.98", "1,234", "777", "held → booked"]  # fmt: skip
    assert [one for one in wanted if one not in text] == []


def test_lists_ask_as_much_for_one_row_as_for_three(django_assert_num_queries: Any) -> None:
    client = clerk()
    for position in (1, 2, 3):
        row = running(position=position)
        Refund.objects.create(
            order=row.order,
            booking=row,
            amount=1,
            currency="usd",
            why="goodwill",
            state="to_approve",
            payment="pi",
            asked_by=User.objects.get(email="bill@example.com"),
        )  # type: ignore[misc]
        if position != 2:
            with django_assert_num_queries(QUERIES):
                assert client.get(HOME).status_code == 200


QUERIES = 12


def test_who_looks_after_money_finds_the_pages_in_the_menu_and_others_do_not() -> None:
    client = clerk()
    User.objects.filter(email="bill@example.com").update(is_staff=True)
    assert f'href="{HOME}"' in client.get("/portal/").content.decode()
    editor = with_app(person("ed@example.com", is_staff=True))
    editor.groups.add(Group.objects.get(name=roles.EDITOR))
    assert f'href="{HOME}"' not in by_app(Client(), editor).get("/portal/").content.decode()


@pytest.mark.parametrize("staff", [True, False])
def test_who_has_the_role_finds_the_way_whether_they_may_use_the_desk_or_not(staff: bool) -> None:
    client = clerk()
    User.objects.filter(email="bill@example.com").update(is_staff=staff)
    page = client.get("/account/").content.decode()
    assert (page.count(f'href="{HOME}"'), 'href="/admin/"' in page) == (3 if staff else 1, staff)
    other = Client()
    other.force_login(person("nobody@example.com"))
    assert f'href="{HOME}"' not in other.get("/account/").content.decode()


def test_places_are_words_and_selects_have_their_look() -> None:
    row, client = running(), clerk()
    assert "Home, position 1" in client.get(HOME).content.decode()
    assert f"Home, position {row.position}" in client.get(f"{HOME}bookings/{row.key}/").content.decode()
    page = client.get(f"{HOME}grant/").content.decode()
    assert (page.count("<select"), page.count('<span class="sel"><select')) == (2, 2)


def test_the_desk_shows_the_time_of_a_booking_as_dates(client: Client, settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = False
    row = running()
    client.force_login(person("root@example.com", is_staff=True, is_superuser=True))
    page = client.get("/admin/featured/booking/").content.decode()
    assert f'field-time nowrap">{weeks_of(row.during)}<' in page.replace('field-time">', 'field-time nowrap">')
