"""Slots that nobody bought are drawn among open-source tools: who takes part, who wins, and that it can be repeated."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from django.utils import timezone

from catalog import services
from catalog.choices import Away, Status
from catalog.models import Tool
from core import audit
from core.models import AuditHead
from featured import booking, lottery, tasks, weeks
from featured.models import Booking
from featured.slots import Place, Surface
from tests import make
from tests.featured.running import runs, tools
from verification.models import Claim

pytestmark = pytest.mark.django_db
MONDAY = dt.datetime(2026, 11, 30, tzinfo=dt.UTC)
FRIDAY = MONDAY - dt.timedelta(days=3)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: FRIDAY + dt.timedelta(hours=1))


def drawn() -> dict[tuple[str, int], str]:
    """Return who has which slot by lot."""
    found = Booking.objects.filter(kind="community", state="booked")
    return {(one.place, one.position): one.tool_slug for one in found}


def proprietary(count: int) -> list[Tool]:
    pricing = {"access": "free", "model": [], "source": "proprietary", "said_by": "editor"}
    return tools(count, pricing=pricing)


@pytest.mark.parametrize(
    ("at", "draws"),
    [
        (FRIDAY - dt.timedelta(seconds=1), False),
        (FRIDAY, True),
        (MONDAY - dt.timedelta(seconds=1), True),
        (MONDAY, False),  # then the week after that is the coming one
    ],
)
def test_it_draws_from_friday_on_for_the_coming_week(at: dt.datetime, draws: bool) -> None:
    tools(8)
    lottery.draw(at)
    assert bool(drawn()) is draws
    assert set(Booking.objects.values_list("during__startswith", flat=True)) == ({MONDAY} if draws else set())


def test_all_that_is_free_is_given_and_again_nothing() -> None:
    tools(10)
    assert lottery.draw(FRIDAY) == 3 + 2 + 1 + 3 + 2  # home, new, search, a category, its sub-category
    first = drawn()
    assert sorted(first) == sorted([
        *(("home", n) for n in (1, 2, 3)), *(("new", n) for n in (1, 2)), ("search", 1),
        *(("category/coding", n) for n in (1, 2, 3)), *(("category/ide-assistants", n) for n in (1, 2)),
    ])  # fmt: skip
    assert lottery.draw(FRIDAY + dt.timedelta(hours=5)) == 0
    assert drawn() == first
    assert set(Booking.objects.values_list("payer", "price")) == {("", 0)}


def test_the_lowest_number_wins_and_anybody_can_work_it_out() -> None:
    listed = tools(9)
    lottery.draw(FRIDAY)
    lots = {
        one.slug: hashlib.sha256(f"2026-11-30 2026-11-30 search 1 {one.slug}".encode()).hexdigest() for one in listed
    }
    assert drawn()["search", 1] == min(lots, key=lambda slug: lots[slug])


def test_the_seed_is_the_last_head_of_the_audit_log_before_friday() -> None:
    before, after = (weeks.start_of(dt.datetime.now(dt.UTC) + dt.timedelta(weeks=number)) for number in (-4, 4))
    hashes = []
    for name in ("one", "two"):
        audit.record(actor=None, action=f"made.{name}")
        serial = audit.publish_head()
        assert serial
        hashes.append(AuditHead.objects.get(serial=serial).hash)
    assert lottery.seed_of(after) == hashes[-1]
    assert lottery.seed_of(before) == f"{before:%Y-%m-%d}"
    assert lottery.number("seed", MONDAY, "home", 1, "x") == hashlib.sha256(b"seed 2026-11-30 home 1 x").hexdigest()


def test_a_bought_slot_stays_and_only_what_is_left_is_drawn() -> None:
    tools(8)
    mine = runs("acme", "home", at=MONDAY, position=2, record={"pricing": make.record()["pricing"]})
    held = booking.hold(
        tool=make.tool(slug="hold", homepage="https://hold.com"), place=Place(Surface.NEW), first=MONDAY, payer="H",
        until=FRIDAY + dt.timedelta(days=2), kind="granted",
    )  # fmt: skip
    lottery.draw(FRIDAY)
    assert [position for place, position in sorted(drawn()) if place == "home"] == [1, 3]
    assert [position for place, position in sorted(drawn()) if place == "new"] == [2]
    mine.refresh_from_db()
    held.refresh_from_db()
    assert (mine.state, held.state) == ("booked", "held")


def test_what_got_free_again_is_drawn_again() -> None:
    tools(8)
    lottery.draw(FRIDAY)
    first = Booking.objects.get(place="search", state="booked")
    booking.move(first, "stop")
    assert lottery.draw(FRIDAY + dt.timedelta(hours=1)) == 1
    assert Booking.objects.filter(place="search", state="booked").count() == 1


def test_a_vendor_gets_one_slot_of_a_kind_of_page() -> None:
    proprietary(8)
    for number in range(4):
        make.tool(slug=f"same-{number}", homepage=f"https://{number}.same.com")
    assert lottery.draw(FRIDAY) == 5  # one on each kind of page, though it has four tools
    assert len(set(Booking.objects.values_list("surface", flat=True))) == 5


@pytest.mark.parametrize("what", ["proprietary", "watch", "away", "delisted", "failing", "lapsed"])
def test_who_does_not_take_part(what: str) -> None:
    proprietary(8)
    changes: dict[str, Any] = {}
    if what == "proprietary":
        changes["pricing"] = {"access": "free", "model": [], "source": "proprietary", "said_by": "editor"}
    tool = make.tool(**changes)
    if what == "watch":
        Tool.objects.filter(pk=tool.pk).update(status=Status.WATCH)
    elif what == "away":
        Tool.objects.filter(pk=tool.pk).update(away=Away.LONG)
    elif what == "delisted":
        services.delist_tools(Tool.objects.filter(pk=tool.pk), actor=None)
    elif what in {"failing", "lapsed"}:
        Tool.objects.filter(pk=tool.pk).update(seen="failing", checked_at=FRIDAY)
    if what == "lapsed":
        claim(tool, until=FRIDAY - dt.timedelta(seconds=1))
    assert lottery.draw(FRIDAY) == 0


def claim(tool: Tool, until: dt.datetime) -> None:
    Claim.objects.create(
        tool=tool, kind="reachable", granted_at=FRIDAY - dt.timedelta(days=9), renewed_at=FRIDAY - dt.timedelta(days=9),
        expires_at=until, bound="0" * 64, sentence="It answered.",
    )  # fmt: skip


@pytest.mark.parametrize("looked", [False, True])
def test_who_was_looked_at_has_to_be_reachable_and_who_never_was_takes_part(looked: bool) -> None:
    proprietary(8)
    tool = make.tool()
    if looked:
        Tool.objects.filter(pk=tool.pk).update(seen="working", checked_at=FRIDAY, level=1, level_since=FRIDAY)
        claim(tool, until=FRIDAY + dt.timedelta(days=20))
    assert lottery.draw(FRIDAY) == 5
    assert set(drawn().values()) == {tool.slug}


def test_a_category_is_drawn_among_its_own_tools_and_a_short_one_not_at_all() -> None:
    proprietary(8)
    make.tool(slug="alone", category="coding")
    lottery.draw(FRIDAY)
    assert ("category/coding", 1) in drawn()
    assert [place for place, _ in drawn() if place == "category/ide-assistants"] == []


def test_pages_too_short_for_a_card_are_left_out() -> None:
    tools(7)
    assert lottery.draw(FRIDAY) == 0


def test_the_task_draws() -> None:
    tools(8)
    assert tasks.draw() == 11
