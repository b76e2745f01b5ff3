"""Limits in front of accounts: what guesses and what sends mails is counted exactly, whoever it names and however."""

from __future__ import annotations

import hashlib
import hmac
import re
import signal
import uuid
from typing import Any

import pytest
import redis
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts import limits
from accounts.models import User
from core import ratelimit
from core.ratelimit import Limit, take
from tests.accounts.site import Visitor, at_once, served
from tests.core.valkeys import OwnValkey, own_valkey
from tests.people import WORD, app_code, has_confirmed, is_signed_in, person, sign_in, with_app

__all__ = ["own_valkey", "served"]
pytestmark = pytest.mark.django_db
SIGN_IN, CODE, STEP = "/account/sign-in/", "/account/sign-in/code/", "/account/sign-in/second-step/"
RESET, SIGN_UP, EMAIL = "/account/password/reset/", "/account/sign-up/", "/account/email/"
CONFIRM = "/account/confirm/"


@pytest.fixture(autouse=True)
def _as_written(settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    settings.SECRET_KEY = uuid.uuid4().hex  # counts of this test alone


def key_of(limit: Limit, key: str) -> str:
    """Return what Valkey calls this count."""
    secret = hashlib.sha256(f"core.ratelimit{django_settings.SECRET_KEY}".encode()).digest()
    name = hmac.digest(secret, f"{limit.name} {key}".encode(), "sha256")[:16].hex()
    return f"limit:{limit.name}:{name}"


def use_up(limit: Limit, key: str) -> None:
    """Leave nothing of a limit, now and for its window: as if somebody asked all the time."""
    with redis.Redis.from_url(django_settings.LIMITS_STORE) as client:
        seconds, _ = client.time()
        client.set(key_of(limit, key), f"{(seconds + 2 * limit.window) * 10**6}", ex=3_600)


def try_as(account: str, peer: str, word: str = "wrong") -> int:
    return int(sign_in(Client(REMOTE_ADDR=peer), account, word).status_code)


# -- signing in -------------------------------------------------------------------------------------------------------


def test_signing_in_is_limited_by_network() -> None:
    assert [try_as(f"{number}@example.com", "192.0.2.1") for number in range(12)] == [200] * 10 + [429] * 2
    assert try_as("0@example.com", "192.0.2.2") == 200


def test_signing_in_is_limited_by_account_however_it_is_written() -> None:
    forms = ["ada@example.com", "ADA@example.com", " Ada@Example.com ", "\uff21da@example.com"]
    tries = [try_as(forms[number % 4], f"192.0.2.{number}") for number in range(22)]
    assert tries == [200] * 20 + [429] * 2
    assert try_as("other@example.com", "192.0.2.200") == 200


def test_one_network_cannot_lock_an_account() -> None:
    person("ada@example.com")
    assert [try_as("ada@example.com", "192.0.2.1") for _ in range(30)] == [200] * 10 + [429] * 20
    assert try_as("ada@example.com", "192.0.2.2", WORD) == 302


def test_signing_in_is_limited_for_the_whole_site() -> None:
    use_up(limits.EVERYBODY, "all")
    assert try_as("ada@example.com", "192.0.2.1") == 429


def test_the_right_word_does_not_pass_a_limit_that_is_used_up() -> None:
    person("ada@example.com")
    use_up(limits.NETWORK, "192.0.2.1")
    response = sign_in(Client(REMOTE_ADDR="192.0.2.1"), "ada@example.com")
    assert (response.status_code, list(response.cookies)) == (429, [])
    assert response.context["reason"] == (
        "Your network tried more than 10 times in 5 minutes to sign in."
        " This request was not carried out; try again in 30 seconds."
    )
    policies = re.findall(r'"([a-z-]+)";q=(\d+);w=(\d+)', response.headers["RateLimit-Policy"])
    assert policies == [("sign-in-account", "20", "300"), ("sign-in", "10", "300"), ("sign-in-all", "1000", "300")]
    left = re.findall(r'"([a-z-]+)";r=(\d+);t=(\d+)', response.headers["RateLimit"])
    assert left == [("sign-in-account", "20", "0"), ("sign-in", "0", "30"), ("sign-in-all", "1000", "0")]


@pytest.mark.parametrize("known", [True, False])
def test_a_limit_tells_nobody_who_has_an_account(known: bool) -> None:
    if known:
        person("ada@example.com")
    seen = [(path, [Client(REMOTE_ADDR=f"192.0.2.{number}").post(path, form).status_code for number in range(22)])
            for path, form in ((SIGN_IN, {"login": "ada@example.com", "password": "wrong"}),
                               (CODE, {"email": "ada@example.com"}),
                               (SIGN_UP, {"email": "ada@example.com", "password1": "short"}))]  # fmt: skip
    assert dict(seen) == {
        SIGN_IN: [200] * 20 + [429] * 2,
        CODE: [302] * 9 + [429] * 13,
        SIGN_UP: [200] * 20 + [429] * 2,
    }


def test_forms_themselves_are_not_counted() -> None:
    use_up(limits.NETWORK, "192.0.2.1")
    use_up(limits.SIGN_UP, "192.0.2.1")
    client = Client(REMOTE_ADDR="192.0.2.1")
    assert [client.get(path).status_code for path in (SIGN_IN, CODE, RESET, SIGN_UP)] == [200] * 4


@pytest.mark.parametrize("path", [SIGN_IN, "/account/sign-in/passkey/", "/account/password/reset/key/1-set-password/"])
def test_no_other_method_gets_round_the_limit(path: str) -> None:
    use_up(limits.NETWORK, "192.0.2.1")
    client = Client(REMOTE_ADDR="192.0.2.1")
    assert [client.generic(method, path).status_code for method in ("POST", "PUT", "PATCH", "DELETE")] == [429] * 4


# -- second step, mailed codes, who are you ---------------------------------------------------------------------------


def test_second_steps_are_limited_by_account_at_every_door() -> None:
    user = with_app(person())
    first = Client()
    sign_in(first)
    assert [first.post(STEP, {"code": "000000"}).status_code for _ in range(3)] == [200] * 3
    inside = Client()
    inside.force_login(user)
    again = [inside.post("/account/confirm/code/", {"code": "000000"}).status_code for _ in range(3)]
    assert again == [200, 200, 429]
    refused = first.post(STEP, {"code": app_code()})
    assert (refused.status_code, is_signed_in(first)) == (429, False)
    assert refused.context["reason"] == (
        "The second step of this account was tried more than 5 times in 5 minutes."
        " This request was not carried out; try again in 60 seconds."
    )


@pytest.mark.parametrize("limit", limits.SECOND_STEPS, ids=lambda one: one.name)
def test_each_of_the_three_limits_of_the_second_step_holds(limit: Limit) -> None:
    user = with_app(person())
    use_up(limit, f"account {user.pk}")
    client = Client()
    sign_in(client)
    assert client.post(STEP, {"code": app_code()}).status_code == 429


def test_codes_by_mail_are_limited_by_session_and_network() -> None:
    person()
    client = Client()
    client.post(CODE, {"email": "ana@example.com"})
    use_up(limits.MAILED_CODE, str(client.session.session_key))
    assert client.post(f"{CODE}confirm/", {"code": "BBBB-BBBB"}).status_code == 429
    other = Client(REMOTE_ADDR="192.0.2.1")
    other.post(CODE, {"email": "ana@example.com"})
    use_up(limits.NETWORK, "192.0.2.1")
    assert other.post(f"{CODE}confirm/", {"code": "BBBB-BBBB"}).status_code == 429


def test_saying_who_one_is_is_limited_by_account() -> None:
    user = person()
    client = Client()
    client.force_login(user)
    assert [client.post(CONFIRM, {"password": "wrong"}).status_code for _ in range(11)] == [200] * 10 + [429]
    has_confirmed(client, user)
    assert client.post("/account/password/change/", {"oldpassword": "guess"}).status_code == 429


def test_who_is_in_the_middle_of_nothing_is_led_back_and_not_counted() -> None:
    for path, where in ((STEP, SIGN_IN), (CONFIRM, f"{SIGN_IN}?next=/account/confirm/")):
        assert Client().post(path, {"code": "000000"}).headers["Location"] == where


def test_a_code_of_the_app_works_once_for_as_long_as_it_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    with_app(person())
    shown, now = app_code(), totp.time.time()
    for later, works in ((0, True), (31, False), (59, False)):
        monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda later=later: now // 30 * 30 + later)
        totp.cache.clear()  # what allauth remembers is in this process, for 30 seconds
        client = Client()
        sign_in(client)
        client.post(STEP, {"code": shown})
        assert is_signed_in(client) is works, later


def test_asking_for_a_passkey_is_limited_by_network_and_then_makes_no_session() -> None:
    path, headers = f"{SIGN_IN}passkey/", {"Accept": "application/json"}
    asked = [Client(REMOTE_ADDR="192.0.2.1", headers=headers).get(path).status_code for _ in range(32)]
    assert (asked, Session.objects.count()) == ([200] * 30 + [429] * 2, 30)
    assert Client(REMOTE_ADDR="192.0.2.2", headers=headers).get(path).status_code == 200
    inside = Client(REMOTE_ADDR="192.0.2.1")
    inside.force_login(person())
    assert inside.get(path).headers["Location"] == "/account/"


# -- mails ------------------------------------------------------------------------------------------------------------


def test_mails_to_one_address_are_limited_whatever_asks_for_them() -> None:
    person()
    asked = [Client().post(path, {"email": "Ana@example.com"}).status_code for path in (RESET, CODE, RESET, CODE)]
    assert (asked, len(mail.outbox)) == ([302, 302, 302, 429], 3)
    use_up(limits.MAIL_DAY, "ben@example.com")
    form = {"email": "ben@example.com", "password1": WORD}
    assert [Client().post(path, form).status_code for path in (RESET, CODE, SIGN_UP)] == [429] * 3


def test_mails_and_sign_ups_are_limited_by_network() -> None:
    client = Client(REMOTE_ADDR="192.0.2.1")
    use_up(limits.ASKED, "192.0.2.1")
    use_up(limits.SIGN_UP, "192.0.2.1")
    form = {"email": "new@example.com", "password1": WORD}
    assert [client.post(path, form).status_code for path in (RESET, CODE, SIGN_UP)] == [429] * 3
    assert (User.objects.count(), mail.outbox) == (0, [])


def test_a_code_sent_again_is_a_mail_like_any_other() -> None:
    person()
    client = Client()
    client.post(CODE, {"email": "ana@example.com"})
    use_up(limits.MAIL, "ana@example.com")
    assert (client.post(f"{CODE}confirm/", {"action": "resend"}).status_code, len(mail.outbox)) == (429, 1)


def test_one_network_keeps_no_mails_from_others() -> None:
    person()
    here, there = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    form = {"email": "ana@example.com"}
    assert [here.post(path, form).status_code for path in (CODE, RESET, RESET, RESET)] == [302, 302, 302, 429]
    assert [there.post(path, form).status_code for path in (CODE, RESET)] == [302, 302]


def test_one_network_that_signs_up_with_an_address_keeps_neither_mails_nor_sign_ups_from_others() -> None:
    here, there = Client(REMOTE_ADDR="192.0.2.1"), Client(REMOTE_ADDR="192.0.2.2")
    form = {"email": "ana@example.com", "password1": WORD}
    assert [here.post(SIGN_UP, form).status_code for _ in range(12)] == [302] * 10 + [429] * 2
    assert take(limits.MAIL_DAY, "ana@example.com", 0).remaining == 20
    assert [there.post(path, form).status_code for path in (CODE, RESET, SIGN_UP)] == [302] * 3


def test_one_network_that_signs_in_unconfirmed_all_day_keeps_no_mails_from_others() -> None:
    Client().post(SIGN_UP, {"email": "ana@example.com", "password1": WORD})
    with redis.Redis.from_url(django_settings.LIMITS_STORE) as client:
        before = take(limits.MAIL_DAY, "ana@example.com", 0).remaining
        use_up(limits.MAIL_HERE_DAY, "192.0.2.1 ana@example.com")
        client.delete(key_of(limits.PAUSE, "ana@example.com"))  # as if it were over
    assert sign_in(Client(REMOTE_ADDR="192.0.2.1")).headers["Location"] == "/account/confirm-email/"
    assert (len(mail.outbox), take(limits.MAIL_DAY, "ana@example.com", 0).remaining) == (1, before)
    sign_in(Client(REMOTE_ADDR="192.0.2.2"))
    assert len(mail.outbox) == 2


def test_new_addresses_are_limited_by_account_and_address_and_count_once() -> None:
    user = person()
    client = Client()
    client.force_login(user)
    form = {"email": "new@example.com", "action_add": "1"}
    client.post(EMAIL, form)  # asked who is there first
    assert take(limits.NEW_ADDRESS, f"account {user.pk}", 0).remaining == 5
    client.post(CONFIRM, {"password": WORD, "next": EMAIL})  # goes on with the form
    assert (take(limits.NEW_ADDRESS, f"account {user.pk}", 0).remaining, len(mail.outbox)) == (4, 1)
    again = {"email": "new@example.com", "action_send": "1"}
    assert [client.post(EMAIL, again).status_code for _ in range(3)] == [302, 302, 429]  # three mails to one address
    others = [client.post(EMAIL, {**form, "email": f"{number}@example.com"}).status_code for number in range(3)]
    assert others == [302, 302, 429]
    assert client.post(EMAIL, {"email": "1@example.com", "action_remove": "1"}).status_code == 302


def test_sending_the_mail_of_a_new_address_again_is_limited_long_after_saying_who_one_is() -> None:
    user, client = person(), Client()
    client.force_login(user)
    EmailAddress.objects.create(user=user, email="new@example.com")
    again = {"email": "new@example.com", "action_send": "1"}
    assert [client.post(EMAIL, again).status_code for _ in range(5)] == [302, 302, 302, 429, 429]
    assert len(mail.outbox) == 3


def test_a_sign_in_with_an_unconfirmed_address_sends_its_mail_again_but_not_each_time() -> None:
    Client().post(SIGN_UP, {"email": "ana@example.com", "password1": WORD})
    for _ in range(3):
        assert sign_in(Client()).headers["Location"] == "/account/confirm-email/"
    assert len(mail.outbox) == 1


# -- without Valkey ---------------------------------------------------------------------------------------------------


def test_without_valkey_nobody_guesses_and_no_mail_goes_out(own_valkey: OwnValkey) -> None:
    user = with_app(person())
    inside, middle = Client(), Client()
    inside.force_login(user)
    has_confirmed(inside, user)
    sign_in(middle)
    own_valkey.signal(signal.SIGKILL)
    posts = [(Client(), SIGN_IN), (Client(), CODE), (Client(), f"{CODE}confirm/"), (Client(), f"{SIGN_IN}passkey/"),
             (middle, STEP), (Client(), SIGN_UP), (Client(), RESET), (inside, "/account/confirm/code/"),
             (inside, "/account/confirm/passkey/"), (inside, CONFIRM), (inside, EMAIL)]  # fmt: skip
    form = {"login": "ana@example.com", "email": "ana@example.com", "password": WORD, "password1": WORD,
            "code": app_code(), "action_add": "1"}  # fmt: skip
    assert {path: client.post(path, form).status_code for client, path in posts} == {path: 503 for _, path in posts}
    assert mail.outbox == []
    assert [inside.get(path).status_code for path in ("/", "/tools/?q=tts", "/account/")] == [200] * 3
    assert ratelimit.store(own_valkey.url).down


# -- the site as it is served -----------------------------------------------------------------------------------------


def test_parallel_guesses_over_two_processes_pass_exactly_the_quota(served: int, own_valkey: OwnValkey) -> None:
    """Each guess is sent by 100 connections at the same moment, with headers that name 100 other addresses."""
    wrong = {"login": "ben@example.com", "password": "wrong words"}
    visitor = Visitor(served, "127.0.1.1")
    assert visitor.go("GET", SIGN_IN) == 200
    assert at_once(visitor, SIGN_IN, wrong, ["127.0.1.1"] * 100) == {200: 10, 429: 90}  # a network
    many = [f"127.0.2.{number}" for number in range(100)]
    ben = {**wrong, "login": "nobody@example.com"}
    assert at_once(visitor, SIGN_IN, ben, many) == {200: 20, 429: 80}  # an account, here one that is none
    visitor = Visitor(served, "127.0.1.2")
    visitor.go("GET", SIGN_IN)
    assert visitor.go("POST", SIGN_IN, {"login": "ana@example.com", "password": WORD}) == 302
    assert visitor.go("GET", STEP) == 200
    many = [f"127.0.3.{number}" for number in range(100)]
    assert at_once(visitor, STEP, {"code": "000000"}, many) == {200: 5, 429: 95}
    visitor = Visitor(served, "127.0.1.3")
    visitor.go("GET", CODE)
    assert visitor.go("POST", CODE, {"email": "ben@example.com"}) == 302
    many = [f"127.0.4.{number}" for number in range(100)]
    assert at_once(visitor, f"{CODE}confirm/", {"code": "BBBB-BBBB"}, many)[429] == 95
    visitor = Visitor(served, "127.0.1.4")
    visitor.go("GET", RESET)
    assert at_once(visitor, RESET, {"email": "ben@example.com"}, many)[302] == 8  # the code was the first mail of nine
    own_valkey.signal(signal.SIGKILL)
    assert visitor.go("POST", SIGN_IN, {"login": "ben@example.com", "password": WORD}) == 503
    assert [visitor.go("GET", path) for path in ("/healthz", "/tools/?q=tts", SIGN_IN)] == [200] * 3
