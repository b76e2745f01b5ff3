"""Nobody learns from the site who has an account: known and unknown addresses get the same answers."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client

from accounts.models import User
from tests.people import WORD, person, sign_in

pytestmark = pytest.mark.django_db


def walk(path: str, form: dict[str, str]) -> tuple[Any, ...]:
    """Send a form as a new visitor and follow it; return status, address, headers and page, tokens left out."""
    client = Client()
    client.get(path)
    first = client.post(path, form)
    page = client.get(first.headers["Location"]) if first.status_code == 302 else first
    body = re.sub(r'value="[A-Za-z0-9]{64}"', "", page.content.decode())
    headers = {name: value for name, value in first.items() if name not in {"Content-Length", "Expires"}}
    cookies = sorted(client.cookies)
    return (
        first.status_code,
        headers,
        page.status_code,
        body.replace(form.get("email", form.get("login", "-")), "@"),
        cookies,
    )


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/account/sign-up/", {"password1": WORD}),
        ("/account/password/reset/", {}),
        ("/account/sign-in/code/", {}),
    ],
)
def test_known_and_unknown_addresses_get_the_same_answer(path: str, more: dict[str, str]) -> None:
    person()
    known = walk(path, {"email": "ana@example.com", **more})
    unknown = walk(path, {"email": "bob@example.com", **more})
    assert known == unknown
    assert known[0] == 302
    assert sorted(one.to[0] for one in mail.outbox) == ["ana@example.com", "bob@example.com"]  # both are written to


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer() -> None:
    person()
    known = walk("/account/sign-in/", {"login": "ana@example.com", "password": "wrong words here"})
    unknown = walk("/account/sign-in/", {"login": "bob@example.com", "password": "wrong words here"})
    assert known == unknown
    assert "Address and password do not belong together." in known[3]


def test_wrong_codes_get_the_same_answer() -> None:
    person()
    found = []
    for email in ("ana@example.com", "bob@example.com"):
        client = Client()
        client.post("/account/sign-in/code/", {"email": email})
        answers = [client.post("/account/sign-in/code/confirm/", {"code": "BBBB-BBBB"}) for _ in range(3)]
        pages = [re.sub(r'value="[A-Za-z0-9]{64}"', "", one.content.decode()).replace(email, "@") for one in answers]
        found.append(
            [(one.status_code, one.headers.get("Location"), page) for one, page in zip(answers, pages, strict=True)]
        )
    assert found[0] == found[1]


def test_a_new_address_of_an_account_says_nothing_about_others() -> None:
    person()
    person("ben@example.com")
    pages = []
    for email in ("ben@example.com", "new@example.com"):
        client = Client()
        sign_in(client)
        client.post("/account/email/", {"email": email, "action_add": "1"})
        client.post("/account/confirm/", {"password": WORD, "next": "/account/email/"})
        text = client.get("/account/email/").content.decode()
        pages.append(re.sub(r'value="[A-Za-z0-9]{64}"', "", text).replace(email, "@"))
    assert pages[0] == pages[1]


@pytest.mark.django_db(transaction=True)
def test_a_sign_up_that_is_sent_twice_at_the_same_moment_is_answered_alike() -> None:
    start, answers = threading.Barrier(2), list[tuple[int, str]]()

    def sign_up() -> None:
        start.wait()
        answer = Client().post("/account/sign-up/", {"email": "new@example.com", "password1": WORD})
        answers.append((answer.status_code, answer.headers["Location"]))
        connections.close_all()

    threads = [threading.Thread(target=sign_up) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [(302, "/account/confirm-email/")] * 2
    assert User.objects.count() == 1
