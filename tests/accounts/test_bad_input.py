"""What is sent to forms of accounts: awkward strings, addresses with lines in them, made-up hosts, places outside."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.mfa.models import Authenticator
from django.conf import settings as site_settings
from django.core import mail
from django.test import Client, RequestFactory

from accounts.adapter import AccountAdapter
from accounts.forms import NAME, AddPasskeyForm
from accounts.models import User
from tests.core.test_awkward_everywhere import STRINGS, some
from tests.people import WORD, app_code, has_confirmed, person, sign_in, with_app

pytestmark = pytest.mark.django_db
SHAPED = '{"id": "eA", "rawId": "eA", "type": "public-key", "response": {"clientDataJSON": "x", "signature": "_"}}'
FEW = some(STRINGS)  # where nothing of what is typed is kept
SHORT = [(row, text) for row, text in STRINGS if len(text) <= NAME]  # longer ones are refused for their length


def send(client: Client, path: str, values: dict[str, str]) -> Any:
    """Post a form as bytes, so that what is no text can be sent as well."""
    body = "&".join(f"{name}={quote(text.encode('utf-8', 'surrogatepass'), safe='')}" for name, text in values.items())
    return client.post(path, body, content_type="application/x-www-form-urlencoded")


def in_the_middle_of(step: str) -> Client:
    """Return somebody who was sent a code by mail, or has to type that of their app."""
    client = Client()
    if step == "code":
        client.post("/account/sign-in/code/", {"email": "ben@example.com"})
    else:
        sign_in(client)
    return client


# -- awkward strings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "field", "more"),
    [
        ("/account/sign-in/", "login", {"password": WORD}),
        ("/account/sign-in/", "password", {"login": "ana@example.com"}),
        ("/account/sign-in/", "next", {"login": "nobody@example.com", "password": "x"}),
        ("/account/sign-up/", "email", {"password1": WORD}),
        ("/account/sign-up/", "password1", {"email": "new@example.com"}),
        ("/account/sign-in/code/", "email", {}),
        ("/account/password/reset/", "email", {}),
        ("/account/sign-in/passkey/", "credential", {}),
        ("/account/sign-out/", "next", {}),
    ],
)
def test_no_form_before_the_sign_in_stumbles(path: str, field: str, more: dict[str, str]) -> None:
    person()
    for row, text in STRINGS:
        answer = send(Client(), path, {**more, field: text})
        too_big = len(text) > site_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        assert answer.status_code in ({400} if too_big else {200, 302}), row["id"]
        assert _here(answer.headers.get("Location", "/")), row["id"]
    made = User.objects.exclude(email="ana@example.com").values_list("email", flat=True)
    assert [one for one in made if not re.fullmatch(r"[!-~]+@[!-~]+", one)] == []


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/account/confirm/code/", "code"),
        ("/account/confirm/passkey/", "credential"),
        ("/account/email/", "email"),
        ("/account/password/change/", "oldpassword"),
        ("/account/password/change/", "password1"),
        ("/account/second-step/passkeys/add/", "credential"),
        ("/account/sessions/", "session"),
    ],
)
def test_no_form_of_an_account_stumbles(path: str, field: str) -> None:
    user = with_app(person())
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    for row, text in FEW:
        answer = send(client, path, {"action_add": "1", "name": "x", field: text})
        assert answer.status_code in {200, 302}, row["id"]
    assert EmailAddress.objects.filter(user=user, verified=True).get().email == "ana@example.com"
    user.refresh_from_db()
    assert user.check_password(WORD)


@pytest.mark.parametrize(
    ("step", "path"),
    [("code", "/account/sign-in/code/confirm/"), ("second step", "/account/sign-in/second-step/")],
)
def test_no_form_for_a_code_stumbles_or_lets_anybody_in(step: str, path: str) -> None:
    with_app(person())
    person("ben@example.com")
    for number, (row, text) in enumerate(FEW):
        if number % 3 == 0:  # as many as a mailed code may be tried
            client = in_the_middle_of(step)
        assert send(client, path, {"code": text}).status_code in {200, 302}, row["id"]
        assert "_auth_user_id" not in client.session, row["id"]


@pytest.mark.parametrize(
    "credential",
    [
        "[" * 10_000,
        '{"a":' * 3_000,
        "1",
        "[]",
        "null",
        '"x"',
        "{}",
        '{"id": 1}',
        '{"response": {}}',
        "{" * 21_000,
        SHAPED,
    ],
)
def test_what_is_no_passkey_is_refused_at_every_door(credential: str) -> None:
    user = with_app(person())
    inside, middle = Client(), in_the_middle_of("second step")
    inside.force_login(user)
    has_confirmed(inside, user)
    doors = [(Client(), "sign-in/passkey/"), (middle, "sign-in/second-step/"), (inside, "confirm/passkey/"),
             (inside, "second-step/passkeys/add/")]  # fmt: skip
    for client, path in doors:
        answer = client.post(f"/account/{path}", {"credential": credential, "name": "x"})
        assert answer.status_code in {200, 302}, path
    assert "_auth_user_id" not in middle.session
    assert not Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).exists()


def test_the_name_of_a_passkey_gets_its_verdict() -> None:
    user = person()
    key = {"name": "Blue", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}}
    row_of_key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=key)
    client = Client()
    client.force_login(user)
    has_confirmed(client, user)
    for row, text in SHORT:
        Authenticator.objects.filter(pk=row_of_key.pk).update(data=key)
        send(client, f"/account/second-step/passkeys/{row_of_key.pk}/rename/", {"name": text})
        stored = Authenticator.objects.get(pk=row_of_key.pk).wrap().name
        verdict = {"Blue": "reject", text: "accept"}.get(stored, "normalise")
        assert verdict == row["name_field"], (row["id"], stored)
        form = AddPasskeyForm(user=user, data={"name": text, "credential": ""})
        # one that is left empty gets a name of ours
        assert ("name" in form.errors) == (row["name_field"] == "reject" and bool(text.strip())), row["id"]
    assert "name" in AddPasskeyForm(user=user, data={"name": "x" * (NAME + 1), "credential": ""}).errors


def test_the_shown_name_of_an_account_gets_its_verdict_at_the_desk() -> None:
    boss = person("boss@example.com", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(boss)
    has_confirmed(client, boss)
    for row, text in [one for one in FEW if len(one[1]) <= 80]:
        User.objects.filter(pk=boss.pk).update(name="Ada")
        form = {"email": boss.email, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00", "is_active": "on",
                "is_staff": "on", "is_superuser": "on"}  # fmt: skip
        send(client, f"/admin/accounts/user/{boss.pk}/change/", {**form, "name": text})
        stored = User.objects.values_list("name", flat=True).get(pk=boss.pk)
        empty = not text.strip()  # it may be left empty
        verdict = {"Ada": "reject", text: "accept", "": "reject"}.get(stored, "normalise") if not empty else stored
        assert verdict == ("" if empty else row["name_field"]), (row["id"], stored)


# -- mails ------------------------------------------------------------------------------------------------------------

LINES = ["\r\n", "\n", "\r", "%0d%0a", "\u2028", "\x0b", "\x85", "\\r\\n"]


@pytest.mark.parametrize("line", LINES)
def test_an_address_brings_no_header_into_a_mail(line: str) -> None:
    person()
    for email in (f"ana@example.com{line}Bcc: eve@example.org", f"ana{line}@example.com", f'"a{line}b"@example.com'):
        for path in ("/account/password/reset/", "/account/sign-in/code/", "/account/sign-up/"):
            send(Client(), path, {"email": email, "password1": WORD})
    for one in mail.outbox:
        assert [address for address in one.recipients() if not address.endswith("@example.com")] == []
        headers = dict(one.message().items())
        ours = {"Content-Type", "MIME-Version", "Subject", "From", "To", "Date", "Message-ID", "Auto-Submitted"}
        assert set(headers) == ours
    if line in {"\r\n", "\n", "\r", "\u2028", "\x85"}:
        assert mail.outbox == []


@pytest.mark.parametrize("line", ["\r\n", "\n", "\r"])
def test_a_name_brings_no_line_into_a_mail(line: str, settings: Any) -> None:
    settings.SITE_NAME = f"AI Apps{line}Bcc: eve@example.org"
    user = person(name=f"Ana{line}Bcc: eve@example.org")
    with context.request_context(RequestFactory().get("/")):
        AccountAdapter().send_mail("account/email/password_changed", user.email, {"user": user})
    [sent] = mail.outbox
    headers = sent.message()
    assert (sent.recipients(), headers["Bcc"], headers["Subject"]) == (["ana@example.com"], None, sent.subject)
    assert str(sent.subject).splitlines() == [sent.subject]


# -- hosts, and where one is led --------------------------------------------------------------------------------------

HOSTS = [
    {"Host": "evil.example"},
    {"Host": "testserver.evil.example"},
    {"Host": "testserver:80@evil.example"},
    {"Host": "testserver evil.example"},
    {"Host": "testserver/evil.example"},
    {"Host": "localhost\tevil.example"},
]
ASIDE = [{"X-Forwarded-Host": "evil.example"}, {"X-Host": "evil.example"}, {"Forwarded": "host=evil.example"},
         {"X-Original-URL": "//evil.example/"}, {"X-Forwarded-Server": "evil.example"}]  # fmt: skip


@pytest.mark.parametrize("headers", HOSTS, ids=lambda one: one["Host"])
def test_a_made_up_host_is_refused_before_anything_is_done(headers: dict[str, str]) -> None:
    person()
    for path in ("/account/password/reset/", "/account/sign-up/", "/account/sign-in/code/", "/account/sign-in/"):
        answer = Client(headers=headers).post(path, {"email": "ana@example.com", "password1": WORD})
        assert (answer.status_code, mail.outbox) == (400, []), path


@pytest.mark.parametrize("headers", ASIDE, ids=lambda one: next(iter(one)))
def test_no_other_header_is_taken_for_the_host(headers: dict[str, str]) -> None:
    person()
    client = Client(headers=headers)
    answer = client.post("/account/password/reset/", {"email": "ana@example.com"})
    assert answer.headers["Location"] == "/account/password/reset/sent/"
    assert set(re.findall(r"https?://[^/\s]+", str(mail.outbox[0].body))) == {site_settings.SITE_URL}
    assert "evil" not in client.get("/account/sign-in/").content.decode()


EVIL = ["https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example", "https:evil.example"]


@pytest.mark.parametrize("target", EVIL)
def test_no_door_leads_outside_by_its_next(target: str) -> None:
    """Every form that takes `next`, to its end."""
    user = with_app(person())
    key = {"name": "Blue", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}}
    passkey = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=key)
    led = [Client().get("/admin/login/", {"next": target}), Client().post("/admin/login/", {"next": target})]
    stranger = Client()
    led += [stranger.post("/account/sign-up/", {"email": "new@example.com", "password1": WORD, "next": target})]
    led += [stranger.post("/account/sign-in/code/", {"email": "nobody@example.com", "next": target})]
    client = Client()
    led += [sign_in(client, next=target)]
    led += [client.post(f"/account/sign-in/second-step/?next={quote(target)}", {"code": app_code(), "next": target})]
    has_confirmed(client, user)
    words = {"oldpassword": WORD, "password1": "copper lantern walks", "password2": "copper lantern walks"}
    keys = f"/account/second-step/passkeys/{passkey.pk}/"
    inside: list[tuple[str, dict[str, str]]] = [
        (f"{keys}rename/", {"name": "Red"}),
        ("/account/password/change/", words),
        (f"{keys}remove/", {}),
        ("/account/sign-in/", {}),
        ("/account/sign-out/", {}),
    ]
    for path, form in inside:
        led.append(client.post(f"{path}?next={quote(target)}", {**form, "next": target}))
    assert [(one.status_code, one.headers["Location"]) for one in led if not _here(one.headers["Location"])] == []
    assert len(led) == 11


def _here(location: str) -> bool:
    """Say whether an address stays on this site, as browsers read it."""
    return urlsplit(urljoin("http://testserver/account/", location.replace("\\", "/").strip())).netloc == "testserver"
