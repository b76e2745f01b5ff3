"""Appeals: who may, until when, who decides, and what an appeal that was right changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from core.models import OutgoingMail
from submissions import appeals, listings, reports, review_mails, services
from submissions.models import Appeal, Decision, Report, State, Submission
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.submissions.test_review_pages import signed_in
from tests.verification.conftest import Known, at_once, made

pytestmark = pytest.mark.django_db(transaction=True)
TEXT = "You looked at the wrong page."


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


@pytest.fixture
def rejected(ana: User, rita: User) -> Submission:
    """What ana sent and rita rejected."""
    found = rows.in_review(ana)
    services.decide(found, action="reject", ground="true", sentence="It is not so.", by=rita)
    found.refresh_from_db()
    OutgoingMail.objects.all().delete()
    return found


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("id").values_list("to", "kind"))


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_an_appeal_that_is_right_brings_a_submission_back_into_review(
    ana: User, rolf: User, rejected: Submission
) -> None:
    decision = rejected.decisions.get()
    answer = client_of(ana).post(f"/portal/decisions/{decision.key}/appeal/", {"text": TEXT})
    assert answer.headers["Location"] == f"/portal/decisions/{decision.key}/"
    appeal = Appeal.objects.get()
    assert (appeal.by, appeal.text, appeal.against) == (ana, TEXT, decision.decided_by)
    assert dt.timedelta(days=6, hours=23) < appeal.due_at - timezone.now() <= dt.timedelta(days=7)
    appeals.decide(appeal, by=rolf, overturned=True, sentence="We did.")
    rejected.refresh_from_db()
    assert rejected.state == State.IN_REVIEW
    # each event once: the move back tells what the appeal came to
    assert mails() == [("ana@example.com", "appeal.received"), ("ana@example.com", "submission.overturn")]


def test_an_appeal_that_is_not_right_leaves_everything_and_says_why(
    ana: User, rolf: User, rejected: Submission
) -> None:
    appeal = appeals.file(rejected.decisions.get(), by=ana, text=TEXT)
    appeals.decide(appeal, by=rolf, overturned=False, sentence="It was the right one.")
    rejected.refresh_from_db()
    assert rejected.state == State.REJECTED
    assert mails()[-1] == ("ana@example.com", "appeal.decided")
    text = client_of(ana).get(appeal.decision.get_absolute_url()).content.decode()
    assert "The decision stands." in text
    assert "It was the right one." in text


def test_appeals_are_once_within_six_months_and_for_whom_it_concerns(ana: User, rejected: Submission) -> None:
    decision = rejected.decisions.get()
    path = f"/portal/decisions/{decision.key}/appeal/"
    assert client_of(person("other@example.com")).post(path, {"text": TEXT}).status_code == 404
    Decision.objects.filter(pk=decision.pk).update(created_at=timezone.now() - dt.timedelta(days=184))
    late = client_of(ana).post(path, {"text": TEXT})
    assert (late.status_code, "The six months" in late.content.decode(), TEXT in late.content.decode()) == (
        409, True, True,
    )  # fmt: skip
    Decision.objects.filter(pk=decision.pk).update(created_at=timezone.now())
    assert client_of(ana).post(path, {"text": " "}).status_code == 400
    assert client_of(ana).post(path, {"text": TEXT}).status_code == 302
    assert client_of(ana).post(path, {"text": TEXT}).status_code == 409


def test_an_appeal_that_is_sent_twice_at_once_is_taken_once(ana: User, rejected: Submission) -> None:
    path = f"/portal/decisions/{rejected.decisions.get().key}/appeal/"
    browsers = [client_of(ana), client_of(ana)]
    answers = at_once(lambda number: browsers[number].post(path, {"text": TEXT}).status_code, 2)
    assert (sorted(answers), Appeal.objects.count()) == ([302, 409], 1)


def test_two_reviewers_answer_an_appeal_once(ana: User, rolf: User, rejected: Submission) -> None:
    from tests.submissions.conftest import role

    both = [rolf, role("reviewer", "ruth@example.com")]
    appeal = appeals.file(rejected.decisions.get(), by=ana, text=TEXT)

    def answer(number: int) -> str:
        try:
            appeals.decide(Appeal.objects.get(pk=appeal.pk), by=both[number], overturned=True, sentence="We did.")
        except Refused as refused:
            return str(refused)
        return "done"

    assert sorted(at_once(answer, 2)) == [
        "Another reviewer answered this appeal meanwhile. What you typed is still here.", "done",
    ]  # fmt: skip


def test_who_decided_does_not_decide_about_the_appeal(ana: User, rita: User, rejected: Submission) -> None:
    appeal = appeals.file(rejected.decisions.get(), by=ana, text=TEXT)
    with pytest.raises(Refused, match="You took part in the decision"):
        appeals.decide(appeal, by=rita, overturned=True, sentence="I was wrong.")
    form = {"outcome": "overturned", "sentence": "I was wrong."}
    answer = signed_in(rita).post(f"/review/appeals/{appeal.decision.key}/", form)
    assert (answer.status_code, "You took part" in answer.content.decode()) == (409, True)
    values: dict[str, Any] = {"outcome": "upheld", "sentence": "So.", "decided_at": timezone.now()}
    for who in (rita, ana):  # the constraint, and the trigger
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(pk=appeal.pk).update(decided_by=who, **values)


def test_an_owner_appeals_against_a_suspension_and_the_tool_is_listed_again(rita: User, rolf: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    olga = person("olga@example.com")
    rows.owner(olga, "acme.com")
    decision = listings.suspend(tool, by=rita, ground="harmless", sentence="The download holds a trojan.")
    browser = client_of(olga)
    assert "The download holds a trojan." in browser.get(decision.get_absolute_url()).content.decode()
    browser.post(f"/portal/decisions/{decision.key}/appeal/", {"text": "It is a test file."})
    answer = signed_in(rolf).post(
        f"/review/appeals/{decision.key}/", {"outcome": "overturned", "sentence": "It is a test file."}
    )
    assert answer.headers["Location"] == "/review/?show=appeals"
    decision.refresh_from_db()
    assert (Tool.objects.get(pk=tool.pk).is_listed, decision.ended_at is None) == (True, False)
    assert mails() == [
        ("olga@example.com", kind) for kind in ("listing.suspend", "appeal.received", "listing.reinstate")
    ]


def test_a_notifier_without_an_account_appeals_from_the_page_of_the_report(rita: User, rolf: User) -> None:
    report = reports.file(make.tool(), reason="wrong", text="The price is 20.", email="vera@example.com")
    reports.dismiss(report, by=rita, ground="price", sentence="The page says 10.")
    report.refresh_from_db()
    page = review_mails.notice_path(report)
    assert Client().post(page, {"text": "Since today it says 20."}).status_code == 302
    appeal = Appeal.objects.get()
    assert appeal.by is None
    appeals.decide(appeal, by=rolf, overturned=True, sentence="So it does.")
    report.refresh_from_db()
    assert (report.decided_at, list(Report.objects.waiting())) == (None, [report])
    assert mails() == [
        ("vera@example.com", kind)
        for kind in ("report.received", "report.decided", "appeal.received", "appeal.decided")
    ]
    assert "Not decided yet" in Client().get(page).content.decode()
    reports.dismiss(report, by=rita, ground="price", sentence="It says 10 again.")  # it can be decided anew
    assert "It says 10 again." in Client().get(page).content.decode()


def test_the_page_of_a_submission_offers_the_appeal_and_then_says_what_came_of_it(
    ana: User, rolf: User, rejected: Submission, rf: RequestFactory
) -> None:
    decision = rejected.decisions.get()

    def shown() -> str:
        return render_to_string("submissions/_appeal.html", {"decision": decision}, rf.get("/"))

    assert f'action="/portal/decisions/{decision.key}/appeal/"' in shown()
    appeal = appeals.file(decision, by=ana, text=TEXT)
    assert ("answers by" in shown(), "<form" in shown()) == (True, False)
    appeals.decide(appeal, by=rolf, overturned=False, sentence="It was the right one.")
    assert "It was the right one." in shown()
