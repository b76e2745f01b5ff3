"""What somebody who means ill, or a rare day, does to cards, counts, the ledger and the lottery."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from catalog.models import Tool
from catalog.reach.counting import reach
from catalog.reach.events import Beside
from featured import booking, inventory, ledger, lottery, orders, privacy, slots, waitlist
from featured.billing import deciding
from featured.care import making_good
from featured.models import Booking, Delivery, LedgerEntry
from tests import make
from tests.featured import rows
from tests.featured.rows import HOME, SEARCH, week
from tests.featured.running import days, runs, tools
from verification.models import DriftCase, IdentityPrint

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


def test_a_place_that_is_too_short_for_a_card_is_not_sold() -> None:
    user, tool = rows.buyer()
    place = place_of(tool.category.slug)
    with pytest.raises(booking.Unavailable, match="too few tools"):
        orders.begin(buyer=user, tool=tool, place=place, first=week(), payer="Acme Ltd")
    [row] = inventory.calendar([place], week(0), None).rows
    assert ({cell.state for cell in row.cells}, row.next_free, row.small) == ({"small"}, None, True)
    client = Client()
    client.force_login(user)
    page = client.get(f"/featured/book/{place.name}/{week():%Y-%m-%d}/").content.decode()
    assert "too few tools" in page
    assert "Go on to pay" not in page
    with pytest.raises(booking.Unavailable, match="too few tools"):
        deciding.grant(tool=tool, place=place, first=week(), count=1, why="It is new.", by=user)
    tools(7)
    assert orders.begin(buyer=user, tool=tool, place=place, first=week(), payer="Acme Ltd").state == "open"
    [row] = inventory.calendar([place], week(0), None).rows
    assert [cell.state for cell in row.cells[:3]] == ["closed", "free", "free"]


@pytest.mark.parametrize("payer", ["The site itself", "AI Apps", "ai apps.", "this site", "Nobody"])
def test_nobody_pays_in_the_name_of_the_site(payer: str) -> None:
    who = rows.buyer()
    with pytest.raises(booking.Unavailable, match="is not you"):
        rows.ordered(who, payer=payer)
    assert rows.ordered(who, payer="Nobody & Sons").payer == "Nobody & Sons"


def test_a_tool_whose_home_page_moved_has_no_second_card_on_a_page() -> None:
    user, tool = rows.buyer()
    rows.paid(rows.ordered((user, tool)))
    Tool.objects.filter(pk=tool.pk).update(homepage="https://acme.dev")
    rows.proved(user, "acme.dev")
    tool.refresh_from_db()
    with pytest.raises(booking.Unavailable, match="one for each vendor"):
        rows.ordered((user, tool))
    with pytest.raises(booking.OneForEach):
        deciding.grant(tool=tool, place=HOME, first=week(), count=1, why="It is new.", by=user)


def test_one_message_cannot_count_one_card_three_times() -> None:
    reach.forget()
    made = runs("acme")
    cards = [f"{made.key}:1", f"{made.key}:1", f"{made.key}:2"]
    answer = Client().post("/featured/seen/", {"what": "view", "card": cards}, headers=FROM_HERE)
    assert (answer.status_code, counted(made)) == (204, {"viewable": 1})


def test_views_that_no_page_was_served_for_make_nothing_good() -> None:
    """Somebody tells of others' cards so often that their own seem to be short."""
    row = runs("acme")
    day = row.starts_at.date()
    Delivery.objects.create(booking=row, day=day, position=1, rendered=40, viewable=30)
    Delivery.objects.create(booking=row, day=day, position=2, viewable=5_000)
    assert making_good._viewable([row.pk], day, day + dt.timedelta(days=1)) == {(row.pk, day): 40}


def test_who_waits_comes_before_the_lottery() -> None:
    tools(9)
    make.tool(slug="open", name="Open", source="open_source", homepage="https://open.org")
    user, tool = rows.buyer()
    first = week()
    friday = first - dt.timedelta(days=2)
    other = runs("other", "search", at=first)
    waitlist.join(user=user, tool=tool, place=SEARCH, first=first)
    booking.move(other, "cancel")
    lottery.draw(friday)
    assert Booking.objects.filter(place="search", kind="community").count() == 0


def test_names_of_payers_go_after_ten_years_from_what_was_made_good_too() -> None:
    user, tool = rows.buyer()
    row = rows.paid(rows.ordered((user, tool)))
    again = booking.hold(
        tool=tool, place=HOME, first=week(5), payer=row.payer, until=timezone.now() + dt.timedelta(hours=1),
        kind=Booking.Kind.MAKE_GOOD, in_place_of=row, buyer=user,
    )  # fmt: skip
    privacy._forget_paid(timezone.now() + dt.timedelta(days=366 * 11))
    again.refresh_from_db()
    assert (again.payer, again.buyer) == ("not kept any more", None)


def test_who_was_offered_a_slot_and_did_not_take_it_is_forgotten_with_the_wait() -> None:
    user, tool = rows.buyer()
    other = rows.paid(rows.ordered(rows.buyer("beta"), SEARCH))
    waiting = waitlist.join(user=user, tool=tool, place=SEARCH, first=week())
    booking.move(other, "cancel")
    assert waitlist.offer("search", week()) == 1
    waitlist.leave(waiting)
    kept = Booking.objects.get(tool=tool)
    privacy._forget_waiting(timezone.now() + dt.timedelta(days=120))
    kept.refresh_from_db()
    assert (kept.state, kept.buyer) == ("released", None)


def test_what_a_case_asks_about_takes_no_part_in_the_lottery() -> None:
    tool = make.tool(slug="open", name="Open", source="open_source", homepage="https://open.org")
    assert [one.slug for one in lottery.lots(timezone.now())] == ["open"]
    now = timezone.now()
    looks = [IdentityPrint.objects.create(tool=tool, data={}, at=now, baseline=base) for base in (True, False)]
    DriftCase.objects.create(tool=tool, baseline=looks[0], print=looks[1], score=1, signals=[])
    assert [one.slug for one in lottery.lots(timezone.now())] == []


def test_a_payment_that_booked_nothing_stands_in_the_ledger() -> None:
    order = rows.ordered(rows.buyer())
    orders.expire(order)
    LedgerEntry.objects.create(order=order, kind="payment", amount=14_900, currency="usd", stripe_id="pi_x")
    LedgerEntry.objects.create(order=order, kind="refund", amount=-14_900, currency="usd", stripe_id="re_x")
    assert [(one.paid, one.refunded) for one in ledger.rows(ledger.bookings())] == [(14_900, 14_900)]


@pytest.mark.parametrize(
    "payer", ["Acme; Sponsored by the site itself, 1 to 2 Nov.", "Editor's pick", "שלום <b>x</b>", "x" * 200]
)
def test_a_payer_cannot_run_into_what_is_said_around_its_name(client: Client, payer: str) -> None:
    tools(24)
    runs("acme", payer=payer)
    assert f"<p>Paid by <bdi>{escape(payer)}</bdi>, {days()}. <a " in client.get("/").content.decode()
