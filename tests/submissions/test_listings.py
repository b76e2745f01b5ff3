"""Suspending, archiving and listing again: who has to agree, what moves along, who is told, what ends by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Change, Tool
from core.models import OutgoingMail
from submissions import listings, tasks
from submissions.models import Affiliation, Decision, State
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.verification.conftest import Known, at_once, made

pytestmark = pytest.mark.django_db(transaction=True)
WHY = {"ground": "harmless", "sentence": "The download holds a known trojan."}


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


def status(tool: Tool) -> str:
    return Tool.objects.get(pk=tool.pk).status


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("id").values_list("to", "kind"))


def test_a_suspension_stands_at_once_and_its_owners_are_told(rita: User, rolf: User, client: Client) -> None:
    tool = make.tool(slug="acme", homepage="https://acme.com")
    owner = person("olga@example.com")
    rows.owner(owner, "acme.com")
    decision = listings.suspend(tool, by=rita, **WHY)
    assert (status(tool), decision.is_unconfirmed, decision.domain) == ("delisted", True, "acme.com")
    assert decision.confirm_by is not None
    assert dt.timedelta(days=6, hours=23) < decision.confirm_by - timezone.now() < dt.timedelta(days=7)
    assert mails() == [("olga@example.com", "listing.suspend")]
    answer = client.get("/tools/acme/")
    assert (answer.status_code, b"not listed at the moment" in answer.content) == (404, True)
    assert b"trojan" not in answer.content
    listings.confirm(decision, by=rolf)
    decision.refresh_from_db()
    assert (decision.is_unconfirmed, decision.second_by, status(tool)) == (False, rolf, "delisted")
    assert listings.sweep(timezone.now() + dt.timedelta(days=400)) == 0
    assert listings.in_force(tool_of(tool)) == decision


def tool_of(tool: Tool) -> Tool:
    return Tool.objects.get(pk=tool.pk)


def test_a_suspension_that_nobody_confirms_ends_by_itself(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    Tool.objects.filter(pk=tool.pk).update(status="watch")
    decision = listings.suspend(tool_of(tool), by=rita, **WHY)
    assert listings.sweep(timezone.now() + dt.timedelta(days=6)) == 0
    Decision.objects.filter(pk=decision.pk).update(confirm_by=timezone.now() - dt.timedelta(seconds=1))
    assert (tasks.sweep(), tasks.sweep()) == (1, 0)
    decision.refresh_from_db()
    assert (status(tool), decision.ended_at is None, listings.in_force(tool_of(tool))) == ("watch", False, None)
    ended = Decision.objects.get(action="reinstate")
    assert (ended.automated, ended.decided_by, ended.sentence) == (True, None, listings.LAPSED)
    assert list(Change.objects.order_by("serial").values_list("action", flat=True)) == ["created", "removed", "created"]
    with pytest.raises(Refused, match="its time is over"):
        listings.confirm(decision, by=rolf)


def test_two_sweeps_at_once_end_a_suspension_once(rita: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    listings.suspend(tool, by=rita, **WHY)
    late = timezone.now() + dt.timedelta(days=8)
    assert sorted(at_once(lambda _: listings.sweep(late), 2)) == [0, 1]
    assert Decision.objects.filter(action="reinstate").count() == 1


def test_a_second_reviewer_who_disagrees_ends_a_suspension(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    decision = listings.suspend(tool, by=rita, **WHY)
    with pytest.raises(Refused, match="somebody else has to agree"):
        listings.confirm(decision, by=rita)
    with pytest.raises(Refused, match="Say why you do not agree"):
        listings.refuse(decision, by=rolf, sentence=" ")
    listings.refuse(decision, by=rolf, sentence="The file is the EICAR test, which harms nobody.")
    assert (status(tool), listings.in_force(tool_of(tool))) == ("active", None)
    assert Decision.objects.get(action="reinstate").decided_by == rolf


def test_archiving_has_no_effect_before_a_second_reviewer_agrees(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    decision = listings.archive(tool, by=rita, ground="alive", sentence="It was shut down.")
    assert (status(tool), mails()) == ("active", [])
    with pytest.raises(Refused, match="Somebody proposed this already"):
        listings.archive(tool, by=rolf, ground="alive", sentence="It was shut down.")
    listings.confirm(decision, by=rolf)
    assert (status(tool), listings.in_force(tool_of(tool))) == ("delisted", decision)
    listings.reinstate(tool_of(tool), by=rolf, ground="alive", sentence="It was started again.")
    assert (status(tool), listings.in_force(tool_of(tool))) == ("active", None)


def test_a_proposal_to_archive_that_nobody_seconds_comes_to_nothing(rita: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    listings.archive(tool, by=rita, ground="alive", sentence="It was shut down.")
    assert listings.sweep(timezone.now() + dt.timedelta(days=8)) == 1
    assert (status(tool), listings.proposed(tool), Decision.objects.count(), mails()) == ("active", None, 1, [])


def test_what_is_suspended_can_be_archived_and_the_submission_moves_along(ana: User, rita: User, rolf: User) -> None:
    found = rows.published(ana, rita)
    OutgoingMail.objects.all().delete()
    tool = found.tool
    assert tool is not None
    listings.suspend(tool, by=rita, **WHY)
    found.refresh_from_db()
    assert found.state == State.SUSPENDED
    listings.confirm(listings.archive(tool_of(tool), by=rita, ground="alive", sentence="It is gone."), by=rolf)
    found.refresh_from_db()
    assert found.state == State.ARCHIVED
    held = listings.in_force(tool_of(tool))
    assert held is not None
    assert held.action == "archive"
    listings.reinstate(tool_of(tool), by=rolf, ground="alive", sentence="It is back.")
    found.refresh_from_db()
    assert found.state == State.PUBLISHED
    assert mails() == [("ana@example.com", f"submission.{event}") for event in ("suspend", "archive", "reinstate")]


def test_nobody_decides_about_the_tool_of_their_company(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    Affiliation.objects.create(user=rita, domain="acme.com")
    with pytest.raises(Refused, match="You declared to work for acme"):
        listings.suspend(tool, by=rita, **WHY)
    decision = listings.suspend(tool, by=rolf, **WHY)
    with pytest.raises(Refused, match="You declared to work for acme"):
        listings.confirm(decision, by=rita)
    with pytest.raises(IntegrityError, match="nobody decides about their own tool"), transaction.atomic():
        Decision.objects.filter(pk=decision.pk).update(second_by=rita)


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"ground": "nonsense"}, "Name the rule"), ({"sentence": "  "}, "Say why, in a sentence")],
)
def test_a_decision_needs_rule_and_sentence(rita: User, fields: dict[str, Any], words: str) -> None:
    tool = make.tool(homepage="https://acme.com")
    with pytest.raises(Refused, match=words):
        listings.suspend(tool, by=rita, **{**WHY, **fields})
    with pytest.raises(Refused, match="neither suspended nor archived"):
        listings.reinstate(tool, by=rita, ground="alive", sentence="Why not.")


def test_two_reviewers_at_once_suspend_a_tool_once(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")

    def by(who: User) -> str:
        try:
            listings.suspend(tool, by=who, **WHY)
        except Refused as refused:
            return str(refused)
        return "done"

    found = at_once(lambda number: by((rita, rolf)[number]), 2)
    assert sorted(found) == ["This tool is not listed, so it cannot be suspended.", "done"]
