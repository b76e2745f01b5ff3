"""Sessions of people who are not signed in: a day, and gone with the account that they speak of."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.privacy import erasing
from accounts.sessionstore import NOBODYS, SessionStore
from core import retention
from tests.people import WORD, is_signed_in, person, sign_in, with_app

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _own_ledger(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


def lasts(client: Client) -> tuple[int, int]:
    """Return for how many days a browser keeps its session, and the site does."""
    stored = Session.objects.get(pk=client.cookies["sessionid"].value).expire_date - timezone.now()
    return round(client.cookies["sessionid"]["max-age"] / 86_400), round(stored / dt.timedelta(days=1))


def asks_for_a_code(client: Client, email: str = "ana@example.com") -> None:
    client.post("/account/sign-in/code/", {"email": email})


def signs_up(client: Client, email: str = "ana@example.com") -> None:
    client.post("/account/sign-up/", {"email": email, "password1": WORD})


def stops_at_the_second_step(client: Client, email: str = "ana@example.com") -> None:
    with_app(User.objects.get(email=email))
    sign_in(client, email)
    assert not is_signed_in(client)


WAYS = [asks_for_a_code, signs_up, stops_at_the_second_step]


@pytest.mark.parametrize("way", WAYS)
def test_where_nobody_is_signed_in_yet_it_lasts_a_day(way: Any, client: Client) -> None:
    person()
    way(client)
    assert lasts(client) == (1, 1)
    later = timezone.now() + dt.timedelta(seconds=NOBODYS)
    retention.enforce(at=later - MINUTE)
    assert Session.objects.count() == 1
    retention.enforce(at=later + MINUTE)
    assert Session.objects.count() == 0


def test_who_signs_in_keeps_it_and_who_signs_out_leaves_none(client: Client) -> None:
    person()
    asks_for_a_code(client)
    code = re.search(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    client.post("/account/sign-in/code/confirm/", {"code": code[0]})
    assert (lasts(client), is_signed_in(client)) == ((30, 30), True)
    client.post("/account/sign-out/")
    retention.enforce(at=timezone.now() + dt.timedelta(days=1) + MINUTE)
    assert Session.objects.count() == 0


def test_who_only_reads_has_none(client: Client) -> None:
    client.get("/")
    client.get("/account/sign-in/")
    assert (Session.objects.count(), "sessionid" in client.cookies) == (0, False)


@pytest.mark.parametrize("way", WAYS)
def test_an_erasure_takes_those_in_which_somebody_was_on_the_way_into_the_account_and_no_others(way: Any) -> None:
    user, _ = person(), person("juliana@example.com")
    clients = {email: Client() for email in ("ana@example.com", "juliana@example.com")}
    for email, client in clients.items():
        way(client, email)
    assert Session.objects.count() == 2
    erasing.erase_due(at=erasing.ask(user=user).due_at)
    assert [one.pk for one in Session.objects.all()] == [clients["juliana@example.com"].cookies["sessionid"].value]


def test_an_address_is_found_in_the_middle_of_a_message_and_not_in_a_longer_one() -> None:
    user = person()
    texts = {"Sent to Ana@example.com.": False, "To juliana@example.com": True, "To ana@example.com.au": True}
    stored = {}
    for text in texts:
        session = SessionStore()
        session["_messages"] = json.dumps([["__json_message", 0, 20, text, ""]])  # as SessionStorage does
        session.save()
        stored[text] = session.session_key
    erasing.erase_due(at=erasing.ask(user=user).due_at)
    assert {text: Session.objects.filter(pk=key).exists() for text, key in stored.items()} == texts
