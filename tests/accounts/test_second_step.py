"""Who works here needs a second step: asked for on every page, in the admin too; demo accounts are exempt in debug."""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import Group
from django.core.checks import run_checks
from django.test import Client

from accounts import demo, roles
from accounts.models import User
from tests.people import WORD, app_code, by_app, has_confirmed, is_signed_in, person, sign_in, with_app

pytestmark = pytest.mark.django_db
SET_UP = "/account/second-step/"
PAGES = ("/", "/tools/", "/admin/", "/account/", "/account/sessions/", "/account/password/change/", "/trust/")


@pytest.fixture(autouse=True)
def _required(settings: Any) -> None:
    settings.SECOND_STEP_REQUIRED = True


def where(client: Client, path: str) -> str:
    """Return where a page leads, "" when it opens."""
    return str(client.get(path).headers.get("Location", ""))


def test_settings_require_it() -> None:
    import config.settings

    assert config.settings.SECOND_STEP_REQUIRED is True


@pytest.mark.parametrize("role", roles.ROLES)
def test_each_role_leads_to_the_set_up_from_every_page(client: Client, role: str) -> None:
    user = person()
    user.groups.add(Group.objects.get(name=role))
    sign_in(client)
    assert {path: where(client, path) for path in PAGES} == dict.fromkeys(PAGES, SET_UP)
    assert client.post("/tools/ollama/verification/start/").status_code in {302, 404}
    assert "so it needs a second step" in client.get(SET_UP).content.decode()


@pytest.mark.parametrize("right", ["is_staff", "is_superuser"])
def test_staff_and_superusers_too(client: Client, right: str) -> None:
    person(**{right: True})  # type: ignore[arg-type]
    sign_in(client)
    assert where(client, "/") == SET_UP


def test_who_has_no_role_is_not_asked(client: Client) -> None:
    person()
    sign_in(client)
    assert (where(client, "/"), where(client, "/account/")) == ("", "")


@pytest.mark.django_db(transaction=True)  # what follows a new app follows the commit
def test_the_way_through_stays_open(client: Client) -> None:
    user = person(is_staff=True)
    sign_in(client)
    app = f"{SET_UP}app/add/"
    assert where(client, app) == "/account/confirm/?next=%2Faccount%2Fsecond-step%2Fapp%2Fadd%2F"
    has_confirmed(client, user)
    page = client.get(app)
    secret = page.context["form"].secret
    shown = re.findall(r'<code class="key-text">([^<]*)</code>', page.content.decode())
    assert shown == [" ".join(re.findall("....", secret))]  # as one types it
    wrong = client.post(app, {"code": "000000"}).content.decode()
    assert wrong.count("This code is not right.") == 1
    done = client.post(app, {"code": app_code(secret)})
    assert done.headers["Location"] == f"{SET_UP}recovery-codes/"
    codes = client.get(done.headers["Location"]).context["unused_codes"]
    assert len(codes) == 10
    assert (where(client, "/"), where(client, "/admin/")) == ("", "")
    other = Client()
    sign_in(other)
    assert other.post("/account/sign-in/second-step/", {"code": codes[0]}).headers["Location"] == "/account/"
    third = Client()
    sign_in(third)
    third.post("/account/sign-in/second-step/", {"code": codes[0]})
    assert (is_signed_in(other), is_signed_in(third)) == (True, False)  # a recovery code works once


def test_signing_out_stays_open(client: Client) -> None:
    person(is_staff=True)
    sign_in(client)
    assert client.post("/account/sign-out/").headers["Location"] == "/"
    assert where(client, "/") == ""


def test_a_role_given_during_a_session_counts_at_once(client: Client) -> None:
    user = person()
    sign_in(client)
    assert where(client, "/") == ""
    user.groups.add(Group.objects.get(name=roles.REVIEWER))
    assert where(client, "/") == SET_UP


@pytest.mark.django_db(transaction=True)
def test_a_session_that_began_without_the_second_step_is_asked_for_it(client: Client) -> None:
    user, thief = person(is_staff=True), Client()
    for one in (client, thief):
        sign_in(one)
    has_confirmed(client, user)
    secret = client.get(f"{SET_UP}app/add/").context["form"].secret
    client.post(f"{SET_UP}app/add/", {"code": app_code(secret)})
    assert (where(client, "/"), client.get("/admin/").status_code) == ("", 200)
    for path in ("/", "/admin/", "/account/", SET_UP):
        assert where(thief, path) == f"/account/confirm/code/?next={quote(path, safe='')}"
    assert (
        thief.post("/account/sessions/", {"session": "others"}).headers["Location"].startswith("/account/confirm/code/")
    )
    codes = client.get(f"{SET_UP}recovery-codes/").context["unused_codes"]
    answer = thief.post("/account/confirm/code/", {"code": codes[0], "next": "/admin/"})
    assert (answer.headers["Location"], thief.get("/admin/").status_code) == ("/admin/", 200)


def test_a_role_given_to_who_signed_in_by_password_alone_asks_for_the_second_step(client: Client) -> None:
    user = person()
    sign_in(client)
    with_app(user)
    assert where(client, "/") == ""
    user.groups.add(Group.objects.get(name=roles.REVIEWER))
    assert where(client, "/") == "/account/confirm/code/?next=%2F"


@pytest.mark.django_db(transaction=True)
def test_a_password_that_was_said_before_the_second_step_was_set_up_is_asked_for_no_more(client: Client) -> None:
    user, thief = person(), Client()
    sign_in(thief)
    thief.post("/account/confirm/", {"password": WORD})
    assert thief.get("/account/data/").status_code == 200
    client.force_login(user)
    has_confirmed(client, user)
    secret = client.get(f"{SET_UP}app/add/").context["form"].secret
    client.post(f"{SET_UP}app/add/", {"code": app_code(secret)})
    for path in (f"{SET_UP}app/remove/", "/account/data/"):
        assert where(thief, path) == f"/account/confirm/code/?next={quote(path, safe='')}"
        thief.post(path)
    assert Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    assert (is_signed_in(thief), client.get("/account/data/").status_code) == (True, 200)


def test_recovery_codes_alone_are_no_second_step() -> None:
    user = person(is_staff=True)
    Authenticator.objects.create(user=user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0})
    assert roles.lacks_second_step(user)


def test_an_unconfirmed_address_gets_no_second_step(client: Client) -> None:
    user = User.objects.create_user("ana@example.com", "x")
    EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    client.force_login(user)
    has_confirmed(client, user)
    for path in ("app/add/", "passkeys/add/"):
        answer = client.get(f"{SET_UP}{path}", follow=True)
        assert answer.redirect_chain == [(SET_UP, 302)]
        assert "Confirm your e-mail address first" in answer.content.decode()
    assert not Authenticator.objects.exists()


# -- the admin --------------------------------------------------------------------------------------------------------


def test_the_admin_has_no_sign_in_of_its_own(client: Client) -> None:
    person(is_staff=True)
    assert where(client, "/admin/") == "/admin/login/?next=/admin/"
    assert where(client, "/admin/login/?next=/admin/") == "/account/sign-in/?next=/admin/"
    answer = client.post("/admin/login/", {"username": "ana@example.com", "password": "violet harbour sings twice"})
    assert (answer.status_code, is_signed_in(client)) == (302, False)


def test_the_admin_opens_behind_password_and_second_step(client: Client) -> None:
    with_app(person(is_staff=True))
    assert sign_in(client, next="/admin/").headers["Location"] == "/account/sign-in/second-step/"
    assert where(client, "/admin/") == "/admin/login/?next=/admin/"
    done = client.post("/account/sign-in/second-step/", {"code": app_code()})
    assert (done.headers["Location"], client.get("/admin/").status_code) == ("/admin/", 200)


def test_the_admin_changes_no_password_without_asking(client: Client) -> None:
    by_app(client, with_app(person(is_staff=True)))
    assert where(client, "/admin/password_change/") == "/account/password/change/"


def test_rights_are_given_by_who_has_just_said_who_they_are(client: Client) -> None:
    root = with_app(person("root@example.com", is_staff=True, is_superuser=True))
    ana = person()
    by_app(client, root)
    change, password = f"/admin/accounts/user/{ana.pk}/change/", f"/admin/accounts/user/{ana.pk}/password/"
    group = Group.objects.get(name=roles.EDITOR)
    paths = (change, password, f"/admin/accounts/user/{ana.pk}/delete/", f"/admin/auth/group/{group.pk}/change/")
    for path in paths:
        for method in (client.get, client.post):
            assert method(path).headers["Location"].startswith("/account/confirm/code/?next=%2Fadmin%2F"), path
    form = {"email": ana.email, "groups": [group.pk], "is_active": "on"} | {
        f"{name}_{part}": "" for name in ("last_login", "date_joined") for part in (0, 1)
    }
    form |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    client.post(change, form)
    assert list(ana.groups.all()) == []
    answer = client.post("/account/confirm/code/", {"code": app_code(), "next": change})
    assert answer.headers["Location"] == change
    assert client.post(change, form).status_code == 302
    assert list(ana.groups.all()) == [group]


def test_secrets_and_sessions_of_people_are_not_in_the_admin(client: Client) -> None:
    by_app(client, with_app(person(is_staff=True, is_superuser=True)))
    for path in ("mfa/authenticator", "usersessions/usersession", "account/emailaddress"):
        assert client.get(f"/admin/{path}/").status_code == 404


def test_a_password_alone_does_not_say_who_one_is_where_there_is_a_second_step(client: Client) -> None:
    with_app(person())
    sign_in(client)
    client.post("/account/sign-in/second-step/", {"code": app_code()})
    assert where(client, f"{SET_UP}app/remove/").startswith("/account/confirm/code/?next=")
    assert where(client, "/account/confirm/") == "/account/confirm/code/"


def test_a_used_code_is_told_from_a_wrong_one(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    with_app(person())
    now = time.time()
    code = app_code()
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.time.time", lambda: now)
    sign_in(client)
    client.post("/account/sign-in/second-step/", {"code": code})
    assert is_signed_in(client)

    def told(typed: str) -> list[str]:
        answer = client.post("/account/confirm/code/", {"code": typed})
        return [str(one) for one in answer.context["form"].errors["code"]]

    used = ["This code was used already. Wait for the next one, which comes within 30 seconds."]
    wrong = ["This code is not right. Codes change every 30 seconds: take the one shown now."]
    assert (told(code), told(f"{(int(code) + 1) % 10**6:06}")) == (used, wrong)
    totp.cache.clear()  # what allauth remembers, for 30 seconds
    assert told(code) == used


def test_a_sign_in_does_not_count_as_being_asked(client: Client) -> None:
    person()
    sign_in(client)
    assert where(client, "/account/erase/") == "/account/confirm/?next=%2Faccount%2Ferase%2F"


# -- demo accounts ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("email", sorted(roles.DEMO))
def test_demo_accounts_are_exempt_in_debug_and_say_so(client: Client, settings: Any, tmp_path: Any, email: str) -> None:
    demo.ensure(tmp_path)
    client.force_login(User.objects.get(email=email))
    settings.DEBUG = True
    assert (where(client, "/"), where(client, "/admin/")) == ("", "")
    assert "This is a demo account" in client.get("/account/").content.decode()
    settings.DEBUG = False
    assert (where(client, "/"), where(client, "/admin/")) == (SET_UP, SET_UP)


def test_nobody_else_is_exempt_in_debug(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    client.force_login(person("admin@example.org", is_staff=True))
    assert where(client, "/") == SET_UP


def test_demo_accounts_sign_in_by_their_printed_password(client: Client, settings: Any, tmp_path: Any) -> None:
    import json

    settings.DEBUG = True
    demo.ensure(tmp_path)
    for email, word in json.loads((tmp_path / demo.FILE).read_text()).items():
        one = Client()
        assert sign_in(one, email, word, next="/admin/").headers["Location"] == "/admin/"
        assert one.get("/admin/").status_code == 200


# -- checks of a deployment -------------------------------------------------------------------------------------------


def test_a_deployment_is_warned_of_mails_that_go_nowhere(settings: Any) -> None:
    def found() -> set[str]:
        return {
            str(one.id) for one in run_checks(include_deployment_checks=True) if str(one.id).startswith("accounts.")
        }

    assert found() == {"accounts.W001"}
    settings.MAIL, settings.SECOND_STEP_REQUIRED = "set", False
    assert found() == {"accounts.E001"}
