"""More of what once worked and should not: other domains of a case, mails to strangers, editors about their own."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Fact, Tool
from core.models import AuditEvent, OutgoingMail
from submissions import appeals, checking, reports, services
from submissions.models import Affiliation, State, Submission
from submissions.services import Refused
from tests import make
from tests.people import person
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.verification.conftest import Known, made
from verification.models import Run, StepResult

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"reason": "wrong", "text": "Its price is 20 since May.", "email": "victim@example.com"}


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_owns_the_domain_that_a_tool_leaves_decides_no_appeal_about_it(ana: User, rita: User, rolf: User) -> None:
    acme = make.tool(slug="acme", homepage="https://acme.com")
    sent = services.send(rows.change(ana, acme, homepage="https://mallory.org"), by=ana)
    rows.checked()
    sent.refresh_from_db()
    decision = services.decide(sent, action="reject", ground="owner", sentence="It is not yours.", by=rita)
    appeal = appeals.file(decision, by=ana, text="It is mine.")
    Affiliation.objects.create(user=rolf, domain="acme.com")
    with pytest.raises(Refused, match=r"work for acme\.com"):
        appeals.decide(appeal, by=rolf, overturned=True, sentence="It is theirs.")


def test_nobodys_mailbox_is_filled_with_receipts(client: Client, settings: Any) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex  # counted anew
    make.tool(slug="acme", homepage="https://acme.com")
    answers = [
        client.post("/tools/acme/report/", FORM, REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(6)
    ]
    assert answers == [302] * 5 + [429]
    assert client.post("/tools/acme/report/", FORM | {"email": ""}, REMOTE_ADDR="192.0.2.9").status_code == 302


def test_owners_get_five_mails_a_day_about_reports_and_find_the_rest_on_the_page() -> None:
    acme = make.tool(slug="acme", homepage="https://acme.com")
    olga = person("olga@example.com")
    rows.owner(olga, "acme.com")
    made_ones = [reports.file(acme, reason="wrong", text=f"Number {number}.") for number in range(7)]
    assert OutgoingMail.objects.filter(kind="report.told").count() == 5
    page = signed_in(olga).get(f"/portal/reports/{made_ones[0].key}/").content.decode()
    assert [f"/portal/reports/{one.key}/" in page for one in made_ones] == [True] * 7


def test_editors_neither_merge_nor_confirm_nor_edit_what_is_their_own(client: Client) -> None:
    edith = role("editor", "edith@example.com")
    rows.owner(edith, "acme.com")
    make.tool(slug="acme", homepage="https://acme.com")
    rival = make.tool(slug="rival")
    client.force_login(edith)
    for kept, gone in (("acme", "rival"), ("rival", "acme")):
        answer = client.post("/review/catalog/merge/", {"keep": kept, "gone": gone})
        assert (answer.status_code, "so somebody else decides" in answer.content.decode()) == (400, True)
    fact = Fact.objects.filter(tool__slug="acme").order_by("pk")[0]
    assert client.post("/review/catalog/confirm/", {"fact": fact.pk}).status_code == 403
    query = {"query": "tool=acme&tool=rival", "operation": "licence", "value": "MIT"}
    page = client.get("/review/catalog/bulk/", query)
    digest = page.context["preview"].digest
    client.post("/review/catalog/bulk/", query | {"digest": digest})
    assert dict(Tool.objects.values_list("slug", "licence")) == {"acme": "", "rival": "MIT"}
    assert rival.is_listed


def test_two_tools_of_one_name_that_are_listed_at_once_get_two_addresses(ana: User, rita: User, rolf: User) -> None:
    first, second = rows.in_review(ana, name="Same"), rows.in_review(ana, name="Same")
    failed: list[Exception] = []

    def other() -> None:
        try:
            services.decide(second, action="approve", ground="all-rules", sentence="", by=rolf)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        services.decide(first, action="approve", ground="all-rules", sentence="", by=rita)
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(1)  # it waits for its turn by now
    thread.join(30)
    assert failed == []
    assert set(Tool.objects.listed().values_list("slug", flat=True)) == {"same", "same-2"}


def test_one_submission_that_cannot_be_checked_does_not_stop_the_sweep(ana: User, known: Known) -> None:
    sent = [services.send(rows.draft(ana), by=ana) for _ in range(2)]
    Run.objects.all().delete()
    known()
    checking.sweep()
    assert [Submission.objects.get(pk=one.pk).state for one in sent] == [State.IN_REVIEW] * 2


def test_it_is_kept_when_a_reviewer_takes_back_for_whom_they_work(rita: User) -> None:
    client = signed_in(rita)
    client.post("/review/affiliations/", {"domain": "acme.com"})
    client.post("/review/affiliations/", {"drop": Affiliation.objects.get().pk})
    said = list(AuditEvent.objects.filter(actor=str(rita.public_id), action__startswith="affiliation.").order_by("pk"))
    assert [(one.action, json.loads(one.detail)) for one in said[-2:]] == [
        ("affiliation.declared", {"domain": "acme.com"}), ("affiliation.dropped", {"domain": "acme.com"}),
    ]  # fmt: skip


@pytest.mark.parametrize("address", ["//mallory.example/", "/\\mallory.example/"])
def test_an_address_that_only_looks_like_a_page_of_this_site_is_no_evidence(rita: User, address: str) -> None:
    make.tool(slug="acme")
    form = {"action": "suspend", "ground": "harmless", "sentence": "It harms.", "evidence": address}
    assert signed_in(rita).post("/review/tools/acme/", form).status_code == 400


def test_a_second_reviewer_does_not_list_what_was_checked_days_ago(ana: User, rita: User, rolf: User) -> None:
    sent = rows.in_review(ana)
    Submission.objects.filter(pk=sent.pk).update(needs_second=True)
    sent.refresh_from_db()
    services.decide(sent, action="approve", ground="all-rules", sentence="", by=rita)
    Run.objects.update(finished_at=timezone.now() - dt.timedelta(days=3))
    with pytest.raises(Refused, match="older than 24 hours"):
        services.second(sent, by=rolf, agrees=True)
    services.second(sent, by=rolf, agrees=False, sentence="It is too long ago.")
    assert sent.state == State.IN_REVIEW


def test_what_a_later_run_finds_asks_for_a_second_reviewer(ana: User, rita: User) -> None:
    sent = rows.in_review(ana)
    assert not sent.needs_second
    Submission.objects.filter(pk=sent.pk).update(record=sent.record | {"also": ["personal/wellness"]}, risk=45)
    sent.refresh_from_db()
    StepResult.objects.update(key="blocklist", verdict="warn", sentence="It is on a list.")  # the site has changed
    services.decide(sent, action="approve", ground="all-rules", sentence="", by=rita)
    sent.refresh_from_db()
    assert (sent.state, sent.needs_second) == (State.APPROVED, True)


def test_a_button_that_is_pressed_twice_begins_one_change(ana: User) -> None:
    acme = make.tool(slug="acme", homepage="https://acme.com")
    found: list[object] = []

    def other() -> None:
        try:
            found.append(services.begin(by=ana, tool=acme).pk)
        except IntegrityError as error:
            found.append(error)
        finally:
            connection.close()

    with transaction.atomic():
        first = services.begin(by=ana, tool=acme)
        thread = threading.Thread(target=other)
        thread.start()
        time.sleep(1)
    thread.join(30)
    assert found == [first.pk]
