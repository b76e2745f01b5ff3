"""What the review keeps of a person goes into their copy, and out of the rows when they are erased."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from core import retention
from submissions import appeals, privacy, reports
from submissions.models import Affiliation, Appeal, Decision, Prefill, Report, State, Submission
from tests import make
from tests.people import person
from tests.submissions import rows

pytestmark = pytest.mark.django_db


def section() -> dict[str, Any]:
    schema = json.loads((Path(settings.BASE_DIR) / "accounts/privacy/personal-data.schema.json").read_text("utf-8"))
    found: dict[str, Any] = schema["properties"]["submissions"]
    return found


def test_a_copy_holds_reports_replies_appeals_and_affiliations(ana: User, rita: User) -> None:
    tool = make.tool(slug="acme")
    reports.file(tool, reason="wrong", text="With an account.", by=ana)
    mine = reports.file(tool, reason="dead", text="Without one.", email="Ana@example.com")
    reports.file(tool, reason="dead", text="Of somebody else.", email="vera@example.com")
    reports.reply(mine, by=ana, text="It lives.")
    Affiliation.objects.create(user=ana, domain="acme.com")
    sent = Submission.objects.create(submitter=ana, record={}, state=State.REJECTED, submitted_at=timezone.now())
    decision = Decision.objects.create(submission=sent, action="reject", ground="true", sentence="No.", decided_by=rita)
    appeals.file(decision, by=ana, text="Yes.")
    found = privacy._exported(ana)
    jsonschema.validate(found, section(), format_checker=jsonschema.FormatChecker())
    assert [one["text"] for one in found["reports"]] == ["With an account.", "Without one."]
    assert [one["text"] for one in found["replies"]] == ["It lives."]
    assert [one["text"] for one in found["appeals"]] == ["Yes."]
    assert found["works_for"] == ["acme.com"]


def test_an_erasure_takes_name_and_address_off_reports_and_keeps_those_of_others(ana: User) -> None:
    tool = make.tool()
    reports.file(tool, reason="wrong", text="One.", by=ana, email="ana@example.com")
    reports.file(tool, reason="wrong", text="Two.", email="ANA@example.com")
    reports.file(tool, reason="wrong", text="Three.", email="vera@example.com")
    other = person("vera2@example.com")
    reports.file(tool, reason="wrong", text="Four.", by=other, email="ana@example.com")
    for _ in range(2):  # it may be run again
        privacy._erase(ana)
    assert list(Report.objects.order_by("id").values_list("by", "email")) == [
        (None, ""), (None, ""), (None, "vera@example.com"), (other.pk, "ana@example.com"),
    ]  # fmt: skip
    assert not Appeal.objects.exists()


def test_addresses_of_notifiers_go_when_nobody_can_appeal_any_more(ana: User, rita: User) -> None:
    made = [reports.file(make.tool(), reason="wrong", text="So.", email=f"v{n}@example.com") for n in range(4)]
    for one in made[:3]:
        reports.dismiss(one, by=rita, ground="true", sentence="No.")
    appeals.file(made[1].decisions.get(), by=None, text="Yes.")
    at = timezone.now() + dt.timedelta(days=199)
    Report.objects.filter(pk=made[2].pk).update(decided_at=at)
    assert (reports.forget(at), reports.forget(at + dt.timedelta(days=2))) == (0, 1)
    assert list(Report.objects.order_by("id").values_list("email", flat=True)) == [
        "", "v1@example.com", "v2@example.com", "v3@example.com",
    ]  # fmt: skip


def test_what_was_read_is_forgotten_after_90_days_but_for_open_drafts(ana: User) -> None:
    now = timezone.now()
    begun = rows.draft(ana)
    for days, submission in ((91, None), (89, None), (91, begun)):
        Prefill.objects.create(
            by=ana, url="https://acme.com", submission=submission, created_at=now - dt.timedelta(days=days)
        )
    remove = next(one.remove for one in retention.rows() if one.name == "readings")
    assert remove is not None
    assert (remove(now), Prefill.objects.count()) == (1, 2)
