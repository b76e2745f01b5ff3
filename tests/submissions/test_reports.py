"""Reports by visitors: the form, the receipt, the owner's reply, the decision."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from accounts.models import User
from catalog.models import Tool
from core.models import OutgoingMail
from submissions import reports, review_mails
from submissions.models import Decision, Report
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.submissions.test_review_pages import signed_in
from tests.verification.conftest import Known, at_once, made

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"reason": "wrong", "text": "Its price is 20 since May.", "email": "vera@example.com"}


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


@pytest.fixture
def tool() -> Tool:
    """A listed tool with an owner."""
    found = make.tool(slug="acme", homepage="https://acme.com")
    rows.owner(person("olga@example.com"), "acme.com")
    return found


def mails() -> list[tuple[str, str]]:
    return list(OutgoingMail.objects.order_by("id").values_list("to", "kind"))


def test_anybody_can_report_a_tool_and_gets_a_page_for_it(tool: Tool, client: Client) -> None:
    assert 'href="/tools/acme/report/"' in client.get("/tools/acme/").content.decode()
    answer = client.post("/tools/acme/report/", FORM)
    report = Report.objects.get()
    assert (report.reason, report.text, report.email, report.by) == (*FORM.values(), None)
    assert answer.headers["Location"] == review_mails.notice_path(report)
    page = client.get(answer.headers["Location"])
    assert ("Not decided yet" in page.content.decode(), page.headers["Referrer-Policy"]) == (True, "same-origin")
    assert mails() == [("vera@example.com", "report.received"), ("olga@example.com", "report.told")]
    told = bytes(OutgoingMail.objects.get(kind="report.told").message).decode(errors="replace")
    assert "vera" not in told
    other = reports.file(tool, reason="dead", text="It is gone.")
    token = review_mails.notice_path(report).split("/")[-2]
    assert client.get(f"/reports/{other.key}/{token}/").status_code == 404


def test_without_an_address_no_receipt_is_sent(tool: Tool, client: Client) -> None:
    assert client.post("/tools/acme/report/", {**FORM, "email": ""}).status_code == 302
    assert mails() == [("olga@example.com", "report.told")]


@pytest.mark.parametrize(
    "form", [{"reason": "nonsense"}, {"text": ""}, {"text": "x" * 4_001}, {"text": "a\x01b"}, {"email": "no address"}]
)
def test_what_is_wrong_in_a_report_is_said_and_the_rest_is_kept(
    tool: Tool, client: Client, form: dict[str, str]
) -> None:
    answer = client.post("/tools/acme/report/", {**FORM, **form})
    assert (answer.status_code, Report.objects.count()) == (400, 0)
    kept = "Its price is 20 since May." if "text" not in form else "vera@example.com"
    assert kept in answer.content.decode()


def test_one_network_reports_ten_times_an_hour(tool: Tool, client: Client, settings: Any) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex  # counted anew
    answers = [client.post("/tools/acme/report/", FORM | {"email": ""}).status_code for _ in range(11)]
    assert (answers.count(302), answers[-1], Report.objects.count()) == (10, 429, 10)


def test_the_owner_reads_the_report_without_the_notifier_and_replies(tool: Tool, rita: User) -> None:
    report = reports.file(tool, **FORM)
    path = f"/portal/reports/{report.key}/"
    owner, other = Client(), Client()
    owner.force_login(User.objects.get(email="olga@example.com"))
    other.force_login(person("other@example.com"))
    assert other.get(path).status_code == 404
    text = owner.get(path).content.decode()
    assert ("Its price is 20 since May." in text, "vera@example.com" in text) == (True, False)
    owner.post(path, {"text": "It is 20 for teams only."})
    assert "It is 20 for teams only." in signed_in(rita).get(report.get_absolute_url()).content.decode()
    reports.dismiss(report, by=rita, ground="price", sentence="It is 20 for teams only.")
    late = owner.post(path, {"text": "And for schools."})
    assert (late.status_code, "decided by now" in late.content.decode()) == (409, True)


def test_a_report_is_followed_by_a_suspension_and_each_is_told_their_own(tool: Tool, rita: User) -> None:
    report = reports.file(tool, **FORM)
    OutgoingMail.objects.all().delete()
    form = {"action": "suspend", "ground": "harmless", "sentence": "It is malicious. Thank you."}
    browser = signed_in(rita)
    assert browser.post(report.get_absolute_url(), form).status_code == 400  # nothing for the owner
    answer = browser.post(report.get_absolute_url(), {**form, "to_owner": "The download holds a trojan."})
    assert answer.headers["Location"] == "/review/?show=reports"
    assert Tool.objects.get(pk=tool.pk).is_listed is False
    assert list(Decision.objects.order_by("id").values_list("action", "sentence")) == [
        ("act", "It is malicious. Thank you."), ("suspend", "The download holds a trojan."),
    ]  # fmt: skip
    assert mails() == [("vera@example.com", "report.decided"), ("olga@example.com", "listing.suspend")]


def test_of_two_reviewers_one_decides_a_report(tool: Tool, rita: User, rolf: User) -> None:
    report = reports.file(tool, **FORM)
    browsers = [signed_in(rita), signed_in(rolf)]
    form = {"action": "dismiss", "ground": "price", "sentence": "The page says 10."}
    answers = at_once(lambda number: browsers[number].post(report.get_absolute_url(), form), 2)
    assert sorted(one.status_code for one in answers) == [302, 409]
    loser = next(one.content.decode() for one in answers if one.status_code == 409)
    assert ("Another reviewer decided this report" in loser, "The page says 10." in loser) == (True, True)
    assert Decision.objects.count() == 1


def test_who_reported_a_tool_decides_nothing_about_it(tool: Tool, rita: User) -> None:
    report = reports.file(tool, by=rita, **FORM)
    with pytest.raises(Refused, match="You reported this yourself"):
        reports.dismiss(report, by=rita, ground="price", sentence="Never mind.")
    with pytest.raises(IntegrityError, match="nobody decides about their own"), transaction.atomic():
        Decision.objects.create(report=report, tool=tool, action="act", ground="price", decided_by=rita)
