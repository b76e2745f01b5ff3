"""Who may have a slot, and what each is told before anybody pays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog import services as catalog
from catalog.models import Tool
from featured import eligibility
from submissions.models import Report
from tests.featured import rows
from tests.people import person
from verification.models import Claim, DriftCase, IdentityPrint, OwnershipClaim

pytestmark = pytest.mark.django_db


def drift(tool: Tool, state: str = "open") -> None:
    now = timezone.now()
    looks = [IdentityPrint.objects.create(tool=tool, data={}, at=now, baseline=base) for base in (True, False)]
    DriftCase.objects.create(
        tool=tool, baseline=looks[0], print=looks[1], score=1, signals=[], state=state,
        decided_at=None if state == "open" else now,
    )  # fmt: skip


def seen(days: float, ended: str = "") -> None:
    """Let the last look that reached the tool be so long ago."""
    at = timezone.now() - dt.timedelta(days=days)
    changes = {"ended": ended, "ended_at": timezone.now()} if ended else {}
    Claim.objects.update(granted_at=at, renewed_at=at, expires_at=at + dt.timedelta(days=7), **changes)


def delisted(tool: Tool) -> None:
    catalog.delist_tools(Tool.objects.filter(pk=tool.pk), actor=None)


def reported(tool: Tool) -> None:
    Report.objects.create(tool=tool, reason="scam", text="A competitor says so.")


LONG_AGO = timezone.now() - dt.timedelta(days=91)
NOT_REACHED = eligibility.NOT_REACHED.format(name="Acme")
NEVER_REACHED = eligibility.NEVER_REACHED.format(name="Acme")
NOT_YOURS = eligibility.NOT_YOURS.format(name="Acme")
TABLE: list[tuple[str, Callable[[Tool], object], str]] = [
    ("all is well", lambda tool: None, ""),
    ("a report by a visitor stops nobody", reported, ""),
    ("no proof", lambda tool: OwnershipClaim.objects.all().delete(), NOT_YOURS),
    ("a proof not seen for 91 days", lambda tool: OwnershipClaim.objects.update(checked_at=LONG_AGO), NOT_YOURS),
    ("a proof of another name", lambda tool: OwnershipClaim.objects.update(name="other.com"), NOT_YOURS),
    ("not listed", delisted, eligibility.NOT_LISTED.format(name="Acme")),
    ("never reached", lambda tool: Claim.objects.all().delete(), NEVER_REACHED),
    ("reached 31 days ago", lambda tool: seen(31), NOT_REACHED),
    ("reached 29 days ago, lapsed since", lambda tool: seen(29, "lapsed"), ""),
    ("reached, then down", lambda tool: seen(3, "unreachable"), ""),
    ("reached at another address", lambda tool: seen(3, "changed"), NOT_REACHED),
    ("a person withdrew it", lambda tool: seen(3, "withdrawn"), NOT_REACHED),
    ("another kind of claim", lambda tool: Claim.objects.update(kind="identity"), NEVER_REACHED),
    ("a person looks at it", drift, eligibility.DRIFT.format(name="Acme")),
    ("a person looked at it", lambda tool: drift(tool, "same_product"), ""),
]


@pytest.mark.parametrize(("case", "happens", "why"), TABLE, ids=[case for case, _, _ in TABLE])
def test_each_condition_is_asked_and_told(case: str, happens: Callable[[Tool], object], why: str) -> None:
    user, tool = rows.buyer()
    happens(tool)
    tool.refresh_from_db()
    assert eligibility.why_not(tool, user) == why
    assert eligibility.still(tool) == ("" if why == NOT_YOURS else why)


def test_who_is_nobody_or_switched_off_books_nothing() -> None:
    user, tool = rows.buyer()
    user.is_active = False
    assert [eligibility.why_not(tool, who) for who in (None, AnonymousUser(), user)] == [eligibility.SIGN_IN] * 3
    assert [eligibility.tools_of(who) for who in (None, AnonymousUser(), user)] == [[], [], []]


def test_somebody_elses_proof_is_none_of_ones_own() -> None:
    _, tool = rows.buyer()
    other = person("other@example.com")
    assert (eligibility.why_not(tool, other), eligibility.tools_of(other)) == (NOT_YOURS, [])


def test_ones_tools_are_those_that_a_proof_covers_and_that_are_listed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user, tool = rows.buyer()
    below = rows.owned(user, "below", "docs.acme.com")
    away, near = rows.owned(user, "away"), rows.owned(person("b@example.com"), "near", "notacme.com")
    delisted(away)
    with django_assert_num_queries(2):
        assert eligibility.tools_of(user) == [tool, below]
    with django_assert_num_queries(3):
        said = eligibility.reasons([tool, below, near], user)
    assert said == {tool.pk: "", below.pk: "", near.pk: eligibility.NOT_YOURS.format(name="Near")}


def test_what_holds_is_asked_for_the_moment() -> None:
    user, tool = rows.buyer()
    later = timezone.now() + dt.timedelta(days=31)
    assert eligibility.still(tool, later) == NOT_REACHED
    assert eligibility.why_not(tool, user, later) == NOT_REACHED


def test_names_without_a_listed_tool_are_known_until_it_is_listed() -> None:
    user, tool = rows.buyer()
    assert eligibility.unlisted_names(user) == []
    rows.proved(user, "waits.example")
    rows.proved(person("other@example.com"), "other.example")
    delisted(tool)
    assert eligibility.unlisted_names(user) == ["acme.com", "waits.example"]
