"""What bookings deliver is counted by day and position, of people; what programs do stands apart."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from catalog.models import ToolDay
from catalog.reach.counting import reach
from core import ratelimit
from featured import booking, counting
from featured.models import Booking, Delivery
from tests.catalog.reach.conftest import FIREFOX
from tests.featured.running import runs, tools

pytestmark = pytest.mark.django_db
SEEN = "/featured/seen/"
GOOGLE = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
TODAY = dt.datetime.now(dt.UTC).date


@pytest.fixture(autouse=True)
def _nothing_counted() -> Iterator[None]:
    reach.forget()
    yield
    reach.forget()


@pytest.fixture
def browser() -> Client:
    """Somebody with a browser."""
    return Client(headers={"User-Agent": FIREFOX, "Sec-Fetch-Site": "same-origin"})


@pytest.fixture
def made() -> Booking:
    tools(8)
    return runs("acme")


def delivered(made: Booking) -> dict[int, tuple[int, int, int, int]]:
    """Return what is written of today, by position."""
    assert reach.write()
    rows = Delivery.objects.filter(booking=made, day=TODAY()).order_by("position")
    return {row.position: (row.rendered, row.viewable, row.clicks, row.filtered) for row in rows}


def tell(client: Client, what: str, *cards: str, **headers: str) -> int:
    return client.post(SEEN, {"what": what, "card": cards}, headers=headers or None).status_code


# -- pages -----------------------------------------------------------------------------------------------------------


def test_a_page_that_is_served_is_counted_by_the_position_of_each_card(browser: Client) -> None:
    tools(24)
    made = {one.key: one for one in (runs(name, "category/coding") for name in ("one", "two", "three"))}
    for _ in range(2):
        page = browser.get("/categories/coding/").content.decode()
    cards = page.partition('data-cards="')[2].partition('"')[0].split()
    assert [one.partition(":")[2] for one in cards] == ["1", "2", "3"]
    for card in cards:
        key, _, position = card.partition(":")
        assert delivered(made[key]) == {int(position): (2, 0, 0, 0)}


def test_a_page_from_memory_is_counted_too(settings: Any, monkeypatch: pytest.MonkeyPatch, made: Booking) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    monkeypatch.setattr("core.pagecache.time.monotonic", lambda: 1_000.0)
    browser = Client(headers={"User-Agent": FIREFOX})
    page = browser.get("/")
    with CaptureQueriesContext(connection) as asked:
        assert browser.get("/", headers={"If-None-Match": page.headers["ETag"]}).status_code == 304
        browser.get("/")
        browser.get("/", headers={"User-Agent": GOOGLE})
    assert len(asked) == 0
    assert delivered(made) == {1: (3, 0, 0, 1)}


@pytest.mark.parametrize(
    "headers", [{"User-Agent": GOOGLE}, {"User-Agent": ""}, {"User-Agent": FIREFOX, "Sec-Purpose": "prefetch"}]
)
def test_a_page_for_programs_or_ahead_of_time_is_filtered(made: Booking, headers: dict[str, str]) -> None:
    Client().get("/", headers=headers)
    assert delivered(made) == {1: (0, 0, 0, 1)}


def test_head_and_pages_without_the_card_count_nothing(browser: Client, made: Booking) -> None:
    browser.head("/")
    browser.get("/tools/")
    browser.get("/new/?period=nonsense")
    assert delivered(made) == {}


def test_the_sponsored_card_is_no_impression_of_the_organic_counts(browser: Client) -> None:
    tools(24)
    made = runs("acme", record={"category": "coding/ide-assistants"})  # last on lists, as its launch is not known
    browser.get("/")
    assert delivered(made) == {1: (1, 0, 0, 0)}
    of_lists = list(ToolDay.objects.filter(tool=made.tool).values_list("impressions", flat=True))
    assert of_lists in ([], [1])  # 1 where an ordinary card of it stands on the page as well
    assert ToolDay.objects.filter(impressions__gt=1).count() == 0


# -- messages ----------------------------------------------------------------------------------------------------------


def test_a_view_and_a_click_are_counted_where_the_card_stood(browser: Client, made: Booking) -> None:
    assert [tell(browser, "view", f"{made.key}:2"), tell(browser, "click", f"{made.key}:2")] == [204, 204]
    assert delivered(made) == {2: (0, 1, 1, 0)}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"User-Agent": GOOGLE, "Sec-Fetch-Site": "same-origin"}, 204),
        ({"User-Agent": "", "Sec-Fetch-Site": "same-origin"}, 204),
        ({"User-Agent": FIREFOX}, 403),
        ({"User-Agent": FIREFOX, "Origin": "http://testserver"}, 204),  # no Sec-Fetch-Site: no browser of today
        ({"User-Agent": FIREFOX, "Sec-Fetch-Site": "cross-site"}, 403),
        ({"User-Agent": FIREFOX, "Sec-Fetch-Site": "none"}, 403),
    ],
)
def test_what_is_no_page_of_this_site_in_a_browser_is_filtered(
    made: Booking, headers: dict[str, str], status: int
) -> None:
    assert tell(Client(), "click", f"{made.key}:1", **headers) == status
    assert delivered(made) == {1: (0, 0, 0, 1)}


@pytest.mark.parametrize(("what", "most"), [("view", 60), ("click", 5)])
def test_what_one_network_tells_too_often_is_filtered(
    browser: Client, made: Booking, settings: Any, what: str, most: int
) -> None:
    settings.LIMITS_SCALE = 1
    settings.SECRET_KEY = f"{what} of this test alone {made.key}"
    ratelimit.local.full_at.clear()
    answers = {tell(browser, what, f"{made.key}:1") for _ in range(most + 3)}
    assert tell(Client(headers={"User-Agent": FIREFOX, "Sec-Fetch-Site": "same-origin"}, REMOTE_ADDR="192.0.2.7"),
                what, f"{made.key}:1") == 204  # fmt: skip
    assert answers == {204}
    counted = (0, most + 1, 0, 3) if what == "view" else (0, 0, most + 1, 3)
    assert delivered(made) == {1: counted}


@pytest.mark.parametrize(
    ("what", "card"),
    [
        ("view", ""), ("view", "{key}"), ("view", "{key}:0"), ("view", "{key}:4"), ("view", "{key}:1:1"),
        ("view", "aaaaaaaaaaaaaaaa:1"), ("view", "{key}:\u0661"),
        ("look", "{key}:1"), ("", "{key}:1"), ("view", "\x00"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_counted_nowhere(
    browser: Client, made: Booking, what: str, card: str
) -> None:
    assert tell(browser, what, card.format(key=made.key)) == 400
    assert delivered(made) == {}


def test_a_message_counts_three_cards_at_most_and_asks_one_question(browser: Client, made: Booking) -> None:
    others = [runs(name, place) for name, place in (("two", "new"), ("three", "search"), ("four", "category/coding"))]
    cards = [f"{one.key}:{position}" for position, one in enumerate([made, *others[:2]], 1)] + [f"{others[2].key}:1"]
    with CaptureQueriesContext(connection) as asked:
        assert tell(browser, "view", *cards) == 204
    assert len(asked) == 1
    assert [delivered(one) for one in (made, *others)] == [{place: (0, 1, 0, 0)} for place in (1, 2, 3)] + [{}]


def test_what_does_not_run_any_more_counts_nothing(browser: Client, made: Booking) -> None:
    booking.move(made, "cancel")
    assert tell(browser, "view", f"{made.key}:1") == 400
    assert delivered(made) == {}


def test_nothing_is_set_or_told_by_the_answer(browser: Client, made: Booking) -> None:
    answer = browser.post(SEEN, {"what": "view", "card": f"{made.key}:1"})
    assert (answer.content, answer.cookies.output(), answer.has_header("RateLimit")) == (b"", "", False)
    assert browser.get(SEEN).status_code == 405


# -- writing -----------------------------------------------------------------------------------------------------------


def test_counts_of_processes_are_added_up_and_what_is_gone_is_left_out(made: Booking) -> None:
    day = dt.date(2026, 11, 26)
    gone = made.pk + 1_000
    for _ in range(2):
        counting.write({(day, ("rendered", made.pk, 1)): 3, (day, ("clicks", made.pk, 1)): 1,
                        (day, ("viewable", made.pk, 2)): 2, (day, ("filtered", gone, 1)): 1})  # fmt: skip
    rows = list(Delivery.objects.order_by("position").values_list("booking", "position", *counting.COLUMNS))
    assert rows == [(made.pk, 1, 6, 0, 2, 0), (made.pk, 2, 0, 4, 0, 0)]
