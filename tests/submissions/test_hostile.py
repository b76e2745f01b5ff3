"""What somebody tries who wishes the portal ill: each of these once worked."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Tool
from submissions import appeals, checking, dashboard, reports, services
from submissions.models import Decision, State, Submission
from submissions.moving import Overtaken
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.verification.conftest import Known, made

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


@pytest.fixture
def olga() -> User:
    """The owner of acme.com."""
    found = person("olga@example.com")
    rows.owner(found, "acme.com")
    return found


@pytest.fixture
def acme(olga: User) -> Tool:
    """A listed tool with an owner."""
    return make.tool(slug="acme", name="Acme", homepage="https://acme.com")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# -- what was reviewed is what is listed ------------------------------------------------------------------------------


def test_a_check_of_an_older_text_does_not_change_what_is_in_review(ana: User, rita: User) -> None:
    begun = rows.draft(ana)
    older = Submission.objects.get(pk=begun.pk)  # as a second window has read it
    newer = services.save_draft(
        begun, by=ana, record=begun.record | {"tagline": "The tagline that a reviewer reads"}, version=begun.version
    )
    services.send(newer, by=ana)
    rows.checked()
    with pytest.raises(Overtaken):
        checking.self_check(older, by=ana)
    sent = Submission.objects.get(pk=begun.pk)
    services.decide(sent, action="approve", ground="all-rules", sentence="", by=rita)
    sent.refresh_from_db()
    assert sent.tool is not None
    assert sent.tool.tagline == "The tagline that a reviewer reads"


def test_checks_cannot_be_begun_by_hand_while_a_reviewer_has_it(ana: User) -> None:
    sent = rows.in_review(ana)
    runs = sent.shadow.runs.count() if sent.shadow else 0
    answer = signed_in(ana).post(sent.step_url("checks"))
    assert (answer.status_code, answer.headers["Location"]) == (302, sent.get_absolute_url())
    assert sent.shadow is not None
    assert sent.shadow.runs.count() == runs


def test_a_decision_about_an_earlier_revision_is_refused(ana: User, rita: User) -> None:
    seen = rows.in_review(ana)
    again = Submission.objects.get(pk=seen.pk)
    services.withdraw(again, by=ana)
    services.reopen(again, by=ana)
    again = services.save_draft(
        again, by=ana, record=again.record | {"tagline": "Something that no reviewer has read"}, version=again.version
    )
    services.send(again, by=ana)
    rows.checked()
    again.refresh_from_db()
    assert again.state == State.IN_REVIEW
    with pytest.raises(Overtaken):
        services.decide(seen, action="approve", ground="all-rules", sentence="", by=rita)
    assert not Decision.objects.filter(action="approve").exists()


# -- one open change --------------------------------------------------------------------------------------------------


def test_a_withdrawn_change_is_not_opened_beside_another_open_one(ana: User, acme: Tool) -> None:
    first = rows.change(ana, acme, tagline="A tagline that somebody suggested first")
    services.withdraw(first, by=ana)
    services.begin(by=ana, tool=acme)
    with pytest.raises(Refused, match="open already"):
        services.reopen(first, by=ana)
    answer = signed_in(ana).post(first.get_absolute_url(), {"act": "reopen"}, follow=True)
    assert answer.status_code == 200


def test_an_appeal_that_is_right_does_not_break_on_another_open_change(
    ana: User, rita: User, rolf: User, acme: Tool
) -> None:
    first = services.send(rows.change(ana, acme, tagline="A tagline that somebody suggested first"), by=ana)
    rows.checked()
    first.refresh_from_db()
    decision = services.decide(first, action="reject", ground="true", sentence="It is not so.", by=rita)
    services.begin(by=ana, tool=acme)
    appeal = appeals.file(decision, by=ana, text="It is so.")
    appeals.decide(appeal, by=rolf, overturned=True, sentence="It is so.")
    appeal.refresh_from_db()
    first.refresh_from_db()
    assert (appeal.outcome, first.state) == ("overturned", State.REJECTED)


# -- other people's decisions -----------------------------------------------------------------------------------------


def test_an_owner_neither_reads_nor_uses_up_what_was_decided_about_a_strangers_change(
    ana: User, rita: User, olga: User, acme: Tool
) -> None:
    sent = services.send(rows.change(ana, acme, tagline="A tagline that a stranger suggested"), by=ana)
    rows.checked()
    sent.refresh_from_db()
    decision = services.decide(sent, action="reject", ground="true", sentence="Ana, this is not so.", by=rita)
    client = signed_in(olga)
    assert client.get(decision.get_absolute_url()).status_code == 404
    appeal = reverse("submissions:appeal", args=[decision.key])
    assert client.post(appeal, {"text": "Mine now."}).status_code == 404
    assert dashboard.overview(olga, acme).decisions == []
    assert signed_in(ana).get(decision.get_absolute_url()).status_code == 200


def test_an_owner_does_not_read_what_is_said_to_who_reported(rita: User, olga: User, acme: Tool) -> None:
    report = reports.file(acme, reason="wrong", text="Its price is 20.", email="vera@example.com")
    reports.dismiss(report, by=rita, ground="true", sentence="Dear Vera, it is 10.")
    assert dashboard.overview(olga, acme).decisions == []


# -- pages ------------------------------------------------------------------------------------------------------------


def test_replies_in_public_and_to_a_report_have_addresses_of_their_own() -> None:
    names = {reverse("submissions:reply", args=["acme"]), reverse("submissions:report_reply", args=["acme"])}
    assert names == {"/portal/tools/acme/replies/", "/portal/reports/acme/"}
