"""Every address that allauth has shows a page of ours or leads on; none is bare, none has inline script or style."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import allauth.account.urls
import allauth.mfa.urls
import allauth.usersessions.urls
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django import forms
from django.core import mail
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts import urls
from accounts.models import User
from accounts.templatetags.account_ui import TABS
from tests.people import WORD, has_confirmed, link, person, sign_in, with_app

pytestmark = pytest.mark.django_db
OURS_ALONE = {"account_overview", "account_mail", "account_data", "account_data_file", "account_erase", "account_keep"}
OURS = Path(__file__).resolve().parents[2] / "templates"
LIBRARY = Path(allauth.__file__).parent / "templates"


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns)
        else:
            assert one.name
            yield one.name


def test_every_address_of_allauth_has_its_place_here() -> None:
    theirs = {
        *names(allauth.account.urls.urlpatterns),
        *names(allauth.mfa.urls.urlpatterns),
        *names(allauth.usersessions.urls.urlpatterns),
    }
    assert set(names(urls.urlpatterns)) == theirs | OURS_ALONE


def check(text: str, what: str) -> None:
    """Fail unless a page is one of ours: our head and foot, one h1, nothing inline."""
    assert (text.count('<header class="mast">'), text.count('<footer class="foot">')) == (1, 1), what
    assert len(re.findall(r"<h1[ >]", text)) == 1, what
    assert re.findall(r"\sstyle=|\son[a-z]+=", text) == [], what
    assert re.findall(r"<style", text) == [], what
    bare = [one for one in re.findall(r"<script([^>]*)>", text) if "src=" not in one and "application/" not in one]
    assert bare == [], what
    described = " ".join(re.findall(r'aria-(?:describedby|labelledby)="([^"]*)"', text)).split()
    assert [one for one in described if f'id="{one}"' not in text] == [], what


@pytest.fixture
def made() -> User:
    """Somebody with everything that pages show: app, passkey, recovery codes."""
    user = with_app(person())
    credential = {"clientExtensionResults": {"credProps": {"rk": True}}}
    data = {"name": "<b>blue</b> key", "credential": credential}
    Authenticator.objects.create(pk=900_007, user=user, type=Authenticator.Type.WEBAUTHN, data=data)
    RecoveryCodes.activate(user)
    return user


ARGUMENTS: dict[str, dict[str, Any]] = {
    "account_confirm_email": {"key": "no-such-key"},
    "account_reset_password_from_key": {"uidb36": "1", "key": "no-such-key"},
    "account_data_file": {"key": "5a3c9f0e-0000-4000-8000-000000000000"},
    "mfa_edit_webauthn": {"pk": 900_007},
    "mfa_remove_webauthn": {"pk": 900_007},
}
NO_PAGES = {"mfa_download_recovery_codes": "text/plain"}


@pytest.mark.parametrize("name", sorted({*names(urls.urlpatterns)} - {"account_keep"}))  # has no page
def test_every_address_shows_a_page_of_ours_or_leads_on(made: User, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allauth.mfa.webauthn.internal.auth.get_credentials", lambda user: [])  # the made one is no key
    path = reverse(name, kwargs=ARGUMENTS.get(name))
    visitor, member = Client(), Client()
    member.force_login(made)
    has_confirmed(member, made)
    shown = 0
    for client in (visitor, member):
        answer = client.get(path)
        assert answer.status_code in {200, 302, 404}, path
        assert "no-store" in answer.headers["Cache-Control"], path
        if answer.status_code == 302:
            assert answer.headers["Location"].startswith("/account/") or name == "account_logout", path
        elif name in NO_PAGES:
            assert answer.headers["Content-Type"].startswith(NO_PAGES[name])
            shown += 1
        else:
            check(answer.content.decode(), path)
            shown += 1
    stages = {"mfa_authenticate", "account_confirm_login_code", "mfa_login_webauthn", "account_set_password"}
    leads_on = {"account_data_file"}  # tests/accounts/privacy
    only_others = leads_on | {"account_reauthenticate", "mfa_activate_totp", "account_request_login_code"}  # below
    assert shown or name in stages | only_others, path


def test_pages_in_the_middle_of_something_are_ours() -> None:
    user = person()
    client = Client()
    client.post("/account/sign-in/code/", {"email": "ana@example.com"})
    check(client.get("/account/sign-in/code/confirm/").content.decode(), "code")
    client = Client()
    client.post("/account/password/reset/", {"email": "ana@example.com"})
    check(client.get(link(), follow=True).content.decode(), "new password")
    client = Client()
    client.force_login(user)
    check(client.get("/account/confirm/").content.decode(), "who are you")
    assert client.get("/account/second-step/app/add/").status_code == 302
    has_confirmed(client, user)
    check(client.get("/account/second-step/app/add/").content.decode(), "app")
    with_app(user)
    client = Client()
    sign_in(client)
    check(client.get("/account/sign-in/second-step/").content.decode(), "second step")
    Client().post("/account/sign-up/", {"email": "new@example.com", "password1": WORD})
    check(Client().get(link()).content.decode(), "confirm")
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    has_confirmed(client, user)
    check(client.get("/account/password/set/").content.decode(), "set a password")


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/account/sign-in/", {"login": "x", "password": ""}),
        ("/account/sign-up/", {"email": "", "password1": ""}),
        ("/account/sign-in/code/", {"email": ""}),
        ("/account/password/reset/", {"email": "x"}),
    ],
)
def test_pages_with_errors_are_ours_and_tie_each_error_to_its_field(path: str, form: dict[str, str]) -> None:
    text = Client().post(path, form).content.decode()
    check(text, path)
    described = re.findall(r'<input[^>]*aria-describedby="([^"]+)"[^>]*aria-invalid="true"', text)
    described += re.findall(r'<input[^>]*aria-invalid="true"[^>]*aria-describedby="([^"]+)"', text)
    assert described
    for ids in described:
        assert all(f'id="{one}"' in text for one in ids.split()), ids
    assert ">This field is required" not in text


def test_the_guide_names_the_page_of_every_tab() -> None:
    table = (Path(__file__).resolve().parents[2] / "docs" / "accounts.md").read_text().split("\n## ")[1]
    named = set(re.findall(r"^\| `([^`]+)`", table, re.MULTILINE))
    tabs = {reverse(view) for view, _, _ in TABS} - {"/account/password/change/"}  # shown on the overview
    assert tabs - named == set()


def test_a_form_of_one_visitor_is_given_to_nobody_else(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    first, second = Client(), Client()
    for path in ("/account/password/reset/", "/account/confirm-email/", "/account/sign-in/"):
        for client in (first, second):
            client.get(path)
        pages = [client.get(path) for client in (first, second)]
        assert [page.has_header("ETag") for page in pages] == [False, False]
        tokens = [re.findall(r'csrfmiddlewaretoken" value="([^"]+)"', page.content.decode()) for page in pages]
        assert set(tokens[0]).isdisjoint(tokens[1])


def test_who_tries_the_site_out_is_told_where_mails_go(settings: Any) -> None:
    for debug, mail_server, told in ((True, "", 1), (True, "set", 0), (False, "", 0)):
        settings.DEBUG, settings.MAIL = debug, mail_server
        text = Client().get("/account/confirm-email/").content.decode()
        assert text.count("<code>var/mail</code>") == told, (debug, mail_server)


def test_what_people_named_is_escaped(made: User) -> None:
    client = Client(headers={"User-Agent": "<script>alert(1)</script>"})
    client.force_login(made)
    has_confirmed(client, made)
    UserSession.objects.create(
        user=made, ip="192.0.2.1", session_key=client.session.session_key, user_agent="<script>alert(1)</script>"
    )
    keys = "/account/second-step/passkeys/"
    for path in (keys, f"{keys}900007/remove/", "/account/sessions/"):
        text = client.get(path).content.decode()
        assert ("<b>blue" in text, "<script>alert" in text) == (False, False)
        assert "&lt;b&gt;blue" in text or "&lt;script&gt;" in text


def test_the_overview_says_how_many_recovery_codes_are_left(made: User, client: Client) -> None:
    client.force_login(made)
    assert "10 recovery codes left" in client.get("/account/").content.decode()
    codes = RecoveryCodes(Authenticator.objects.get(user=made, type=Authenticator.Type.RECOVERY_CODES))
    for code in codes.get_unused_codes()[:9]:
        codes.validate_code(code)
    assert "1 recovery code left" in client.get("/account/").content.decode()
    Authenticator.objects.filter(user=made).delete()
    assert "recovery code" not in client.get("/account/").content.decode()


REACHED = ("account", "mfa", "usersessions")
# switched off: phone numbers, sign-up by passkey, trusted browsers
OFF = {
    "account/base_manage_phone.html",
    "account/confirm_phone_verification_code.html",
    "account/phone_change.html",
    "account/signup_by_passkey.html",
    "mfa/trust.html",
    "mfa/webauthn/signup_form.html",
}
# what our pages do not use: bases, parts and codes instead of links in mails
PARTS = re.compile(r"snippets/|/base\.html$|email/password_reset_code_|messages/phone_|\.txt$")


def test_every_template_of_allauth_that_can_be_shown_is_ours() -> None:
    theirs = {str(one.relative_to(LIBRARY)) for app in REACHED for one in (LIBRARY / app).rglob("*.html")}
    wanted = {one for one in theirs - OFF if not PARTS.search(one)}
    assert {one for one in wanted if not (OURS / one).exists()} == set()
    mails = {str(one.relative_to(LIBRARY)) for app in REACHED for one in (LIBRARY / app).rglob("*.txt")}
    missing = {one for one in mails if not (OURS / one).exists() and not PARTS.search(one.removesuffix(".txt"))}
    assert missing == set()


@pytest.mark.parametrize("name", sorted(OFF - {"account/base_manage_phone.html"}))
def test_a_page_of_allauth_that_is_not_ours_stands_in_our_layout(name: str) -> None:
    request = RequestFactory().get("/account/")
    request.user = person()
    now = timezone.now()
    form = forms.Form()
    context = {"form": form, "verify_form": form, "change_form": form, "trust_from": now, "trust_until": now}
    origin = get_template(name).origin.name  # type: ignore[attr-defined]
    assert str(LIBRARY) in origin
    text = render_to_string(name, context, request)
    assert (text.count('<header class="mast">'), text.count('<footer class="foot">')) == (1, 1)


def test_mails_have_plain_subjects() -> None:
    subjects = [one for app in ("account", "mfa") for one in (OURS / app / "email").glob("*_subject.txt")]
    assert len(subjects) == 17
    for one in subjects:
        text = render_to_string(str(one.relative_to(OURS)), {}).strip()
        assert re.fullmatch(r"[A-Z][a-zA-Z -]+", text), one
    assert mail.outbox == []
