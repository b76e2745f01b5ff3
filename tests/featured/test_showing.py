"""Which sponsored cards stand on which page, under which words, and for how long."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from catalog import services, views
from catalog.choices import Away
from catalog.models import Tool
from featured import booking, showing, weeks
from featured.models import Booking, Pause
from tests import make
from tests.featured.running import days, runs, tools, without_strips

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _this_week(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_today", lambda: dt.date(2026, 11, 26))


def strip_of(client: Client, path: str) -> str:
    """Return the strips of a page as one text, "" without."""
    text = client.get(path).content.decode()
    found = re.findall(r'<section\s+class="spon".*?</section>', text, re.S)
    return " ".join(" ".join(found).split())


def names(text: str) -> list[str]:
    return re.findall(r'class="card-nm"[^>]*>([^<]*)<', text)


# -- words -----------------------------------------------------------------------------------------------------------


def test_the_strip_says_sponsored_first_then_who_pays_and_why(client: Client) -> None:
    tools(24)
    made = runs("acme", payer="Acme & Co.")
    assert made.tool
    found = strip_of(client, "/")
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", re.sub("</?bdi>", "", found)))).strip()
    assert text.startswith(f"Sponsored Paid by Acme & Co., {days()}. Why am I seeing this?")
    assert 'aria-labelledby="spon-sponsored"' in found
    assert '<h2 id="spon-sponsored">Sponsored</h2>' in found
    assert f'<a class="card-nm" href="{made.tool.get_absolute_url()}" rel="sponsored">Acme</a>' in found
    assert '<a href="/featured/why/" rel="nofollow">Why am I seeing this?</a>' in found
    assert f'data-cards="{made.key}:1"' in found


def test_the_card_is_the_ordinary_one_but_for_rel(client: Client) -> None:
    tools(24, category="coding/ide-assistants")
    tool = runs("acme", record={"launched": "2026-11-25", "launched_said_by": "editor"}).tool
    assert tool
    text = client.get("/").content.decode()
    cards = re.findall(r'<li class="card">.*?</li>(?=<li class="card">|</ul></div>)', text, re.S)
    mine = [one for one in cards if f">{tool.name}</a>" in one]
    sponsored = next(one for one in mine if "sponsored" in one)
    ordinary = {one for one in mine if "sponsored" not in one}
    assert ordinary == {sponsored.replace(' rel="sponsored"', "")}


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["make_good"], ["Paid by A Inc., {days}."]),
        (["make_good", "make_good"], ["Paid by {both}, {days}."]),
        (["granted"], ["Sponsored by the site itself, {days}."]),
        (["make_good", "granted"], ["Paid by A Inc., {days}. Also sponsored by the site itself, {days}."]),
        (["community"], ["Open source, drawn by lot, {days}. Nobody pays."]),
        (["make_good", "community"], ["Paid by A Inc., {days}.", "Open source, drawn by lot, {days}. Nobody pays."]),
    ],
)
def test_who_pays_is_said_by_kind(client: Client, kinds: list[str], said: list[str]) -> None:
    tools(24)
    place = "category/coding"
    made = [runs(name, place, kind=kind) for name, kind in zip("ab", kinds, strict=False)]
    order = [one.payer for one in showing.cards(place, 24)]
    found = strip_of(client, "/categories/coding/")
    wanted = [one.format(days=days(), both=" and ".join(order)) for one in said]
    found = re.sub("</?bdi>", "", found)
    assert re.findall(r"<p>(.*?) <a href=\"/featured/why/\"", found) == wanted
    labels = ["Community" if "drawn" in one else "Sponsored" for one in said]
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", found) == labels
    assert found.count('rel="sponsored"') == sum(kind != "community" for kind in kinds)
    assert len(names(found)) == len(made)


def test_dates_of_a_strip_are_said_once_for_those_that_share_them() -> None:
    at = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    one, two, three = runs("one", at=at), runs("two", at=at), runs("three", at=at, count=2)
    assert (
        showing.who_pays([one, three, two])
        == "Paid by <bdi>One Inc.</bdi> and <bdi>Two Inc.</bdi>, 23 to 29 Nov; <bdi>Three Inc.</bdi>, 23 Nov to 6 Dec."
    )


# -- how many, in which order ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("organic", "cards"), [(0, 0), (7, 0), (8, 1), (15, 1), (16, 2), (23, 2), (24, 3), (300, 3)])
def test_one_for_eight_ordinary_cards_and_three_at_most(organic: int, cards: int) -> None:
    for name in ("one", "two", "three"):
        runs(name)
    assert showing.room(organic) == cards
    assert len(showing.cards("home", organic)) == cards


def test_bookings_take_turns_by_the_hour_with_equal_shares() -> None:
    made = [runs(name) for name in ("one", "two", "three")]
    start = made[0].starts_at
    hours = [start + dt.timedelta(hours=number) for number in range(24 * 7)]
    for organic, room in ((8, 1), (16, 2), (24, 3)):
        stood: Counter[tuple[int, int]] = Counter()
        for at in hours:
            stood.update((one.pk, place) for place, one in enumerate(showing.cards("home", organic, at=at)))
        assert stood.total() == len(hours) * room
    keys = [f"booking-{number:08}" for number in range(3)]
    first: Counter[str] = Counter()
    many = 10_000
    for number in range(many):
        at = start + dt.timedelta(hours=number)
        first[min(keys, key=lambda key: showing.turn("home", key, at))] += 1
    # three standard deviations of a fair draw
    assert all(abs(first[key] - many / 3) < 3 * (many * 2 / 9) ** 0.5 for key in keys), first


def test_the_order_holds_for_an_hour_and_differs_by_place_and_by_the_key_of_the_site(settings: Any) -> None:
    at = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
    turn = showing.turn("home", "k", at)
    assert showing.turn("home", "k", at + dt.timedelta(minutes=59)) == turn
    assert showing.turn("home", "k", at + dt.timedelta(minutes=60)) != turn
    assert showing.turn("new", "k", at) != turn
    settings.SECRET_KEY = "another"
    assert showing.turn("home", "k", at) != turn


# -- when and where --------------------------------------------------------------------------------------------------


def test_a_card_is_there_from_the_first_second_of_its_weeks_to_the_last() -> None:
    made = runs("acme", count=2)
    first, end, second = made.starts_at, made.during.upper, dt.timedelta(seconds=1)
    times = [first - second, first, first + weeks.WEEK, end - second, end]
    assert [len(showing.cards("home", 8, at=at)) for at in times] == [0, 1, 1, 1, 0]


def test_what_ended_is_gone_from_memory_within_its_seconds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    client = Client()
    tools(8)
    made = runs("acme")
    clock = [1_000.0]
    monkeypatch.setattr("core.pagecache.time.monotonic", lambda: clock[0])
    end = made.during.upper
    monkeypatch.setattr(timezone, "now", lambda: end - dt.timedelta(seconds=1))
    before = client.get("/")
    monkeypatch.setattr(timezone, "now", lambda: end + dt.timedelta(seconds=28))
    clock[0] += 29
    assert client.get("/").content == before.content
    clock[0] += 2
    after = client.get("/")
    assert (before.content.count(b'class="spon"'), after.content.count(b'class="spon"')) == (1, 0)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.headers["Cache-Control"] == "public, max-age=30"


@pytest.mark.parametrize("what", ["paused", "cancelled", "delisted", "away", "suspended"])
def test_what_does_not_run_has_no_card(client: Client, what: str) -> None:
    tools(8)
    made = runs("acme")
    assert made.tool
    assert len(showing.cards("home", 8)) == 1
    if what == "paused":
        Pause.objects.create(booking=made, why="unreachable", began_at=timezone.now())
    elif what == "cancelled":
        booking.move(made, "cancel")
    elif what == "suspended":
        booking.move(made, "suspend")
    elif what == "delisted":
        services.delist_tools(Tool.objects.filter(pk=made.tool.pk), actor=None)
    else:
        Tool.objects.filter(pk=made.tool.pk).update(away=Away.LONG)
    assert strip_of(client, "/") == ""


@pytest.mark.parametrize(
    ("place", "there", "not_there"),
    [
        ("home", ["/"], ["/tools/", "/new/?period=added", "/categories/coding/", "/categories/ide-assistants/"]),
        ("new", ["/new/?period=added", "/new/?period=year"], ["/", "/tools/", "/new/?period=added&page=2"]),
        ("search", ["/tools/", "/tools/?sort=name"], ["/", "/categories/coding/", "/tools/?page=2"]),
        ("category/coding", ["/categories/coding/"], ["/tools/?category=coding", "/categories/ide-assistants/"]),
        ("category/ide-assistants", ["/categories/ide-assistants/"], ["/categories/coding/", "/"]),
    ],
)
def test_a_place_is_the_first_page_of_its_own_lists(
    client: Client, place: str, there: list[str], not_there: list[str]
) -> None:
    tools(28)
    runs("acme", place)
    assert {path: names(strip_of(client, path)) for path in there} == {path: ["Acme"] for path in there}
    assert {path: strip_of(client, path) for path in not_there} == dict.fromkeys(not_there, "")


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", True),
        ("pricing=free-open-source", True),
        ("kind=app&sort=name", True),
        ("kind=model", False),
        ("launched_since=2026-12", False),
        ("q=quuxling", True),
        ("q=quuxling+acme", False),  # it fits, but one result is too short a list
        ("q=quuxling+zorbling", False),  # listed as it fits some of the words; that is not enough
        ("q=quuxling&kind=model", False),
        ("q=alternative+to+acme", False),
        ("q=alternatives+to+rival", False),
        ("q=plughish", False),
    ],
)
@pytest.mark.parametrize(("place", "path"), [("search", "/tools/"), ("category/coding", "/categories/coding/")])
def test_a_narrowed_list_has_cards_only_of_tools_that_fit_all_of_it(
    client: Client, place: str, path: str, query: str, shown: bool
) -> None:
    tags = {"tags": ["quuxling", "plughish", "three"]}
    tools(8, **tags)
    tools(8, kind="model", **tags)
    tools(8, tags=["zorbling", "quuxling", "x"])
    rival = make.tool(slug="rival", name="Rival")
    for number, other in enumerate(tools(8, tags=["rivalry", "x", "y"]), 1):
        rival.neighbours.create(other=other, position=number, score=1)
    runs(
        "acme",
        place,
        record={"tags": ["quuxling", "two", "three"], "launched": "2026-11", "launched_said_by": "editor"},
    )
    found = strip_of(client, f"{path}?{query}")
    assert names(found) == (["Acme"] if shown else [])


def test_the_strip_takes_nothing_from_the_list(client: Client) -> None:
    listed = tools(30)
    paths = ["/", "/tools/", "/tools/?q=made", "/categories/coding/", "/new/?period=added"]
    tool = listed[-1]
    before = {path: client.get(path).content.decode() for path in paths}
    for place in ("home", "search", "category/coding", "new"):
        runs(place=place, tool=tool)
    after = {path: client.get(path).content.decode() for path in paths}
    assert all('class="spon"' in text for text in after.values())
    assert {path: without_strips(text) for path, text in after.items()} == {
        path: without_strips(text) for path, text in before.items()
    }


def test_signed_in_people_see_the_same_cards(client: Client, django_user_model: Any) -> None:
    tools(8)
    runs("acme")
    visitor = strip_of(client, "/")
    client.force_login(django_user_model.objects.create_user("ann@example.com", "x"))
    member = strip_of(client, "/")
    assert names(member) == names(visitor) == ["Acme"]
    assert "ann" not in member


# -- statements --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "place"), [("/tools/", "search"), ("/categories/coding/", "category/coding"),
                                              ("/new/?period=added", "new"), ("/", "home")])  # fmt: skip
def test_a_page_asks_one_question_more_and_three_where_something_is_booked(
    client: Client, path: str, place: str
) -> None:
    def asked(room: int) -> int:
        with pytest.MonkeyPatch.context() as patch, CaptureQueriesContext(connection) as found:
            patch.setattr(showing, "MOST", room)
            client.get(path)
        return len(found)

    tools(24)
    asked(0)
    without = asked(0)
    counts = [asked(3) - without]
    most = {"search": 1, "new": 2}.get(place, 3)
    for name in ["one", "two", "three"][:most]:
        runs(name, place)
        counts.append(asked(3) - without)
    assert counts == [1, *[3] * most]


def test_too_few_cards_ask_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert showing.cards("home", 7) == []


def test_a_booking_of_no_tool_is_not_shown() -> None:
    made = runs("acme")
    Booking.objects.filter(pk=made.pk).update(tool=None)
    assert showing.cards("home", 8) == []
