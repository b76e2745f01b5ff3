"""Sessions: a new key at the sign-in, an end without use and an end anyway, a list in which each can be ended."""

from __future__ import annotations

import time
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts.sessions import browser
from tests.people import WORD, is_signed_in, person, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What time.time() says; its only item may be changed."""
    now = [time.time()]
    monkeypatch.setattr("accounts.sessions.time.time", lambda: now[0])
    return now


def test_a_key_from_before_the_sign_in_is_worth_nothing_after(client: Client) -> None:
    """Session fixation: the attacker's cookie in the victim's browser."""
    person()
    client.post("/account/sign-in/code/", {"email": "nobody@example.com"})  # makes a session without an account
    planted = client.cookies["sessionid"].value
    client.post("/account/sign-out/")
    sign_in(client)
    attacker = Client()
    attacker.cookies["sessionid"] = planted
    assert (client.cookies["sessionid"].value != planted, is_signed_in(client), is_signed_in(attacker)) == (
        True,
        True,
        False,
    )


def test_a_key_that_the_visitor_invented_is_not_taken(client: Client) -> None:
    person()
    client.cookies["sessionid"] = "a" * 32
    sign_in(client)
    assert client.cookies["sessionid"].value != "a" * 32


@pytest.mark.parametrize(("staff", "idle", "whole"), [(True, 30 * 60, 12 * 3_600), (False, 14 * 86_400, 30 * 86_400)])
def test_a_session_ends_when_it_is_not_used_and_after_a_time_anyway(
    client: Client, clock: list[float], staff: bool, idle: int, whole: int
) -> None:
    user = person(is_staff=staff)
    client.force_login(user)
    began = clock[0]
    clock[0] += idle
    assert is_signed_in(client)
    clock[0] += idle + 1
    assert not is_signed_in(client)
    client.force_login(user)
    began = clock[0]
    while clock[0] + idle < began + whole:
        clock[0] += idle
        assert is_signed_in(client)
    clock[0] = began + whole + 1
    assert not is_signed_in(client)


def test_a_session_that_does_not_say_when_it_began_is_over(client: Client) -> None:
    client.force_login(person())
    session = client.session
    del session["began"]
    session.save()
    assert not is_signed_in(client)


def test_being_seen_is_written_once_a_minute(
    client: Client, clock: list[float], django_assert_num_queries: Any
) -> None:
    person()
    sign_in(client)
    written = UserSession.objects.get().last_seen_at
    clock[0] += 59
    client.get("/account/")
    assert UserSession.objects.get().last_seen_at == written
    clock[0] += 1
    client.get("/account/", headers={"User-Agent": "x"})
    assert UserSession.objects.get().last_seen_at > written


def test_a_session_of_another_browser_can_be_ended_by_who_says_who_they_are(client: Client) -> None:
    person()
    sign_in(client)
    others = [Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"}) for _ in range(2)]
    for one in others:
        sign_in(one)
    page = client.get("/account/sessions/").content.decode()
    assert (page.count("<b>Firefox on Linux</b>"), page.count("This one")) == (2, 1)
    first = UserSession.objects.exclude(session_key=client.session.session_key).order_by("pk")[0]
    asked = client.post("/account/sessions/", {"session": first.pk})
    assert asked.headers["Location"] == "/account/confirm/?next=%2Faccount%2Fsessions%2F"
    assert [is_signed_in(one) for one in others] == [True, True]
    done = client.post("/account/confirm/", {"password": WORD, "next": "/account/sessions/"})  # goes on by itself
    assert done.headers["Location"] == "/account/sessions/"
    assert "Ended: Firefox on Linux." in client.get("/account/sessions/").content.decode()
    assert [is_signed_in(one) for one in others] == [False, True]
    client.post("/account/sessions/", {"session": "others"})
    assert ([is_signed_in(one) for one in others], is_signed_in(client)) == ([False, False], True)


def test_sessions_of_others_can_be_neither_seen_nor_ended(client: Client) -> None:
    person()
    person("ben@example.com")
    ben = Client()
    sign_in(ben, "ben@example.com")
    sign_in(client)
    client.post("/account/sessions/", {"session": UserSession.objects.get(user__email="ben@example.com").pk})
    client.post("/account/confirm/", {"password": WORD, "next": "/account/sessions/"})
    page = client.get("/account/sessions/")
    assert (page.context["session_count"], is_signed_in(ben)) == (1, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8.9 <b>", "curl/8.9 <b>"),
        ("", "Not known"),
    ],
)
def test_browsers_are_called_by_their_names(said: str, words: str) -> None:
    assert browser(said) == words


def test_cookies_are_bound_to_the_host_where_there_is_https(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are read in another process: this one's are shared by all tests."""
    import os
    import subprocess
    import sys

    code = (
        "from config import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_HTTPONLY,"
        " getattr(s, 'SESSION_COOKIE_DOMAIN', None), getattr(s, 'SESSION_COOKIE_PATH', '/'))"
    )
    env = {**os.environ, "SITE_URL": "https://catalog.example", "ALLOWED_HOSTS": "catalog.example"}
    said = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout
    assert said == "__Host-sessionid __Host-csrftoken True True None /\n"
