"""Mails in a copy and in an erasure: those of the person, and never those of somebody whose address was only typed."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.privacy import erasing, exporting
from core import outbox
from core.outbox import bounces, lists
from core.outbox.models import LeftList, OutgoingMail, RefusingAddress
from tests.people import has_confirmed, person

pytestmark = pytest.mark.django_db
VIC = "vic@example.com"


@pytest.fixture(autouse=True)
def _own_ledger(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


def known(user: User | None) -> None:
    """Let a mail to Vic have come back, and Vic have left a list."""
    row = outbox.post_message(mail.EmailMessage("About Vic", "x"), to=VIC, kind="ownership.x", user=user)
    OutgoingMail.objects.filter(pk=row.pk).update(state="sent", message=b"", ended_at=timezone.now())
    lists.leave("digest", VIC, user.pk if user else None)
    bounces.refuses(VIC, "550 5.1.1")


def types_vics_address(user: User) -> None:
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    assert client.post("/account/email/", {"email": VIC, "action_add": "1"}).status_code == 302
    assert EmailAddress.objects.filter(user=user, email=VIC, verified=False).exists()


def shown(user: User) -> tuple[list[str], list[str], list[str]]:
    """Return what the copy says of mails: subjects, lists, addresses that refuse."""
    found = exporting.document(user, timezone.now())["mails"]
    return [one["subject"] for one in found["sent"]], [one["list"] for one in found["lists_left"]], found["refused"]


def left() -> tuple[int, int, int]:
    """Return how many rows about Vic there are: mails, lists, refusals."""
    about = OutgoingMail.objects.filter(subject="About Vic")
    return about.count(), LeftList.objects.count(), RefusingAddress.objects.count()


@pytest.mark.parametrize("has_account", [True, False])
def test_an_address_that_was_typed_and_not_confirmed_shows_and_erases_nothing_of_who_has_it(has_account: bool) -> None:
    eve, vic = person("eve@example.com"), person(VIC) if has_account else None
    known(vic)
    types_vics_address(eve)
    assert shown(eve) == (["Confirm your e-mail address"], [], [])  # what Eve herself let be sent
    erasing.erase_due(at=erasing.ask(user=eve).due_at)
    assert left() == (1, 1, 1)


def test_an_account_whose_address_another_has_confirmed_since_shows_and_erases_nothing_by_it() -> None:
    eve, vic = User.objects.create_user("eve@example.com"), person("other@example.com")
    User.objects.filter(pk=eve.pk).update(email=VIC)  # as the desk can
    EmailAddress.objects.create(user=vic, email="Vic@example.com", verified=True)
    known(None)
    eve.refresh_from_db()
    assert shown(eve) == ([], [], [])
    erasing.erase_due(at=erasing.ask(user=eve).due_at)
    assert left() == (1, 1, 1)


def test_mails_of_another_account_stay_its_own_also_at_ones_own_address() -> None:
    vic, earlier = person(VIC), person("moved@example.com")
    known(earlier)
    assert shown(vic) == ([], [], [VIC])
    erasing.erase_due(at=erasing.ask(user=vic).due_at)
    assert left() == (1, 1, 0)


@pytest.mark.parametrize("confirmed", [True, False])
def test_ones_own_address_shows_and_erases_what_was_sent_there_before_one_had_an_account(confirmed: bool) -> None:
    known(None)
    vic = person(VIC) if confirmed else User.objects.create_user(VIC)
    assert shown(vic) == (["About Vic"], ["digest"], [VIC])
    erasing.erase_due(at=erasing.ask(user=vic).due_at)
    assert left() == (0, 0, 0)
