"""Signing up, in and out: each way by the forms and with the mails that are really sent."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site_settings
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from accounts.models import User
from core.models import OutgoingMail
from tests.people import WORD, app_code, has_confirmed, is_signed_in, link, person, sign_in, with_app

pytestmark = pytest.mark.django_db
NEW = "copper lantern walks slowly"


def sign_up(client: Client, email: str = "ana@example.com", word: str = WORD, **more: str) -> Any:
    return client.post("/account/sign-up/", {"email": email, "password1": word, **more})


def code() -> str:
    found = re.search(r"^([A-Z]{4}-[A-Z]{4})$", str(mail.outbox[-1].body), re.M)
    assert found, mail.outbox[-1].body
    return found[1]


# -- sign-up ----------------------------------------------------------------------------------------------------------


def test_signing_up_needs_the_mail_and_a_press_of_the_button(client: Client) -> None:
    answer = sign_up(client)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/confirm-email/")
    assert (is_signed_in(client), [one.subject for one in mail.outbox]) == (False, ["Confirm your e-mail address"])
    path = link()
    assert "Is this your address?" in client.get(path).content.decode()
    assert not EmailAddress.objects.get().verified  # opening it changes nothing: mail scanners open links
    answer = client.post(path)
    assert (answer.headers["Location"], EmailAddress.objects.get().verified) == ("/account/", True)
    assert is_signed_in(client)


def test_passwords_are_kept_by_argon2() -> None:
    import config.settings  # the suite's own settings take a quicker one

    assert config.settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_a_link_opened_in_another_browser_confirms_and_signs_nobody_in(client: Client) -> None:
    sign_up(client)
    other = Client()
    answer = other.post(link())
    assert (answer.headers["Location"], EmailAddress.objects.get().verified) == ("/account/sign-in/", True)
    assert (is_signed_in(other), is_signed_in(client)) == (False, False)
    assert sign_in(other).headers["Location"] == "/account/"


def test_who_signs_in_before_confirming_gets_the_mail_again_and_no_session(client: Client) -> None:
    sign_up(client)
    other = Client()
    assert sign_in(other).headers["Location"] == "/account/confirm-email/"
    assert ([one.subject for one in mail.outbox], is_signed_in(other)) == (["Confirm your e-mail address"] * 2, False)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("short", "This password is too short. It must contain at least 12 characters."),
        ("x" * 64 + "ab 12 cd 34" * 6, "This password is too long. Use at most 128 characters."),
        ("Password2026!", "This password is easy to guess."),
        ("", "Fill this in."),
    ],
)
def test_a_password_that_will_not_do_is_told_beside_its_field(client: Client, word: str, told: str) -> None:
    page = sign_up(client, word=word).content.decode()
    field = page[page.index('for="id_password1"') :]
    assert field.count(told) == 1
    assert re.search(r'<input[^>]*name="password1"[^>]*>', field)
    assert 'aria-invalid="true"' in field
    assert (User.objects.count(), mail.outbox) == (0, [])
    assert 'value="ana@example.com"' in page  # what was typed is kept


def test_an_address_that_is_none_is_told_beside_its_field(client: Client) -> None:
    page = sign_up(client, email="ana@example").content.decode()
    assert page.count("This is no e-mail address. It looks like name@example.com") == 1


# -- sign-in by password, code, second step ---------------------------------------------------------------------------


def test_a_password_signs_in_and_leads_where_one_came_from(client: Client) -> None:
    person()
    assert sign_in(client, "ANA@example.com", next="/trust/").headers["Location"] == "/trust/"
    assert is_signed_in(client)


def test_a_code_by_mail_signs_in_once(client: Client) -> None:
    person()
    answer = client.post("/account/sign-in/code/", {"email": "ana@example.com", "next": "/trust/"})
    assert answer.headers["Location"] == "/account/sign-in/code/confirm/?next=%2Ftrust%2F"
    assert mail.outbox[-1].subject == "Your sign-in code"
    sent = code()
    assert (
        "This code is not right"
        in client.post("/account/sign-in/code/confirm/", {"code": "BBBB-BBBB"}).content.decode()
    )
    done = client.post("/account/sign-in/code/confirm/", {"code": sent.lower().replace("-", ""), "next": "/trust/"})
    assert (done.headers["Location"], is_signed_in(client)) == ("/trust/", True)
    other = Client()
    other.post("/account/sign-in/code/confirm/", {"code": sent})
    assert not is_signed_in(other)


def test_three_wrong_codes_end_the_try(client: Client) -> None:
    person()
    client.post("/account/sign-in/code/", {"email": "ana@example.com"})
    for _ in range(3):
        client.post("/account/sign-in/code/confirm/", {"code": "BBBB-BBBB"})
    client.post("/account/sign-in/code/confirm/", {"code": code()})
    assert not is_signed_in(client)


def test_the_second_step_stands_behind_password_and_code(client: Client) -> None:
    with_app(person())
    assert sign_in(client).headers["Location"] == "/account/sign-in/second-step/"
    assert not is_signed_in(client)
    wrong = client.post("/account/sign-in/second-step/", {"code": "000000"}).content.decode()
    assert wrong.count("This code is not right.") == 1
    done = client.post("/account/sign-in/second-step/", {"code": app_code()})
    assert (done.headers["Location"], is_signed_in(client)) == ("/account/", True)
    by_mail = Client()
    by_mail.post("/account/sign-in/code/", {"email": "ana@example.com"})
    answer = by_mail.post("/account/sign-in/code/confirm/", {"code": code()})
    assert (answer.headers["Location"], is_signed_in(by_mail)) == ("/account/sign-in/second-step/", False)


def test_a_code_of_the_app_works_once() -> None:
    with_app(person())
    shown = app_code()
    first, second = Client(), Client()
    for one in (first, second):
        sign_in(one)
        one.post("/account/sign-in/second-step/", {"code": shown})
    assert (is_signed_in(first), is_signed_in(second)) == (True, False)


def test_a_closed_account_is_told_so_only_to_who_knows_its_password(client: Client) -> None:
    user = person()
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert sign_in(client).headers["Location"] == "/account/closed/"
    assert "do not belong together" in sign_in(client, word="wrong words").content.decode()
    assert not is_signed_in(client)


def test_signing_out_ends_the_session(client: Client) -> None:
    person()
    sign_in(client)
    old = client.cookies["sessionid"].value
    assert client.post("/account/sign-out/").headers["Location"] == "/"
    client.cookies["sessionid"] = old
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("page", "lands"),
    [("/account/", "/"), ("/admin/", "/"), ("/saved/", "/"), ("/no/such/", "/"), ("", "/"), ("/trust/", "/trust/")],
)
def test_signing_out_leads_to_a_page_for_everybody_which_says_so(client: Client, page: str, lands: str) -> None:
    person()
    sign_in(client)
    assert client.post("/account/sign-out/", {"next": page}).headers["Location"] == lands
    said = [client.get(lands).content.decode().count("You are signed out.") for _ in range(2)]
    assert (said, client.cookies["sessionid"].value, Session.objects.count()) == ([1, 0], "", 0)


# -- password and address -------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(client: Client) -> None:
    person()
    before = Client()
    sign_in(before)
    answer = client.post("/account/password/reset/", {"email": "ana@example.com"})
    assert answer.headers["Location"] == "/account/password/reset/sent/"
    path = link()
    hidden = client.get(path).headers["Location"]
    assert "set-password" in hidden  # the key is in no address that a page could pass on
    done = client.post(hidden, {"password1": NEW, "password2": NEW})
    assert done.headers["Location"] == "/account/password/reset/done/"
    assert mail.outbox[-1].subject == "Your password was changed"
    assert not is_signed_in(before)  # sessions from before are over
    assert "This link does not work" in Client().get(path).content.decode()
    assert sign_in(Client(), word=WORD).status_code == 200
    assert sign_in(Client(), word=NEW).status_code == 302


def test_a_new_password_asks_who_is_there_and_ends_other_sessions(client: Client) -> None:
    user = person()
    other = Client()
    for one in (client, other):
        sign_in(one)
    form = {"oldpassword": WORD, "password1": NEW, "password2": NEW}
    asked = client.post("/account/password/change/", form)
    assert asked.headers["Location"] == "/account/confirm/?next=%2Faccount%2Fpassword%2Fchange%2F"
    assert WORD not in str(dict(client.session.items()))  # the form was not kept: it holds passwords
    back = client.post("/account/confirm/", {"password": WORD, "next": "/account/password/change/"})
    assert back.headers["Location"] == "/account/password/change/"
    assert client.post("/account/password/change/", form).status_code == 302
    user.refresh_from_db()
    assert (user.check_password(NEW), is_signed_in(client), is_signed_in(other)) == (True, True, False)
    assert mail.outbox[-1].subject == "Your password was changed"


def test_who_has_no_password_may_set_one(client: Client) -> None:
    user = person()
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    assert client.get("/account/password/change/").headers["Location"] == "/account/password/set/"
    assert client.post("/account/password/set/", {"password1": NEW, "password2": NEW}).status_code == 302
    assert User.objects.get().check_password(NEW)


def test_a_new_address_asks_who_is_there_and_counts_when_it_is_confirmed(client: Client) -> None:
    person()
    sign_in(client)
    asked = client.post("/account/email/", {"email": "new@example.com", "action_add": "1"})
    assert asked.headers["Location"] == "/account/confirm/?next=%2Faccount%2Femail%2F"
    client.post("/account/confirm/", {"password": WORD, "next": "/account/email/"})  # goes on with what was sent
    assert (mail.outbox[-1].to, User.objects.get().email) == (["new@example.com"], "ana@example.com")
    assert "new@example.com</strong> is not confirmed" in client.get("/account/email/").content.decode()
    client.post(link())
    assert User.objects.get().email == "new@example.com"
    assert [(one.email, one.verified) for one in EmailAddress.objects.all()] == [("new@example.com", True)]
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Your e-mail address was changed", ["ana@example.com"])


def test_a_new_address_can_be_given_up(client: Client) -> None:
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    client.post("/account/email/", {"email": "new@example.com", "action_add": "1"})
    client.post("/account/email/", {"email": "new@example.com", "action_remove": "1"})
    assert [one.email for one in EmailAddress.objects.all()] == ["ana@example.com"]


def test_who_has_the_mailbox_gets_the_address_from_who_never_confirmed_it(client: Client) -> None:
    sign_up(Client(), email="box@example.com")
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    mail.outbox.clear()
    client.post("/account/email/", {"email": "box@example.com", "action_add": "1"})
    client.post(link())
    assert list(User.objects.values_list("pk", "email")) == [(user.pk, "box@example.com")]


def test_an_address_of_somebody_is_not_taken_over(client: Client) -> None:
    ana, ben = person(), User.objects.create_user("ben@example.com", WORD, is_staff=True)
    client.force_login(ana)
    has_confirmed(client, ana)
    client.post("/account/email/", {"email": "ben@example.com", "action_add": "1"})
    client.post(link())
    ana.refresh_from_db()
    assert (ana.email, User.objects.filter(pk=ben.pk).exists()) == ("ana@example.com", True)


def test_a_note_about_a_change_waits_in_the_outbox(client: Client) -> None:
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    done = client.post("/account/password/change/", {"oldpassword": WORD, "password1": NEW, "password2": NEW})
    user.refresh_from_db()
    assert (done.status_code, user.check_password(NEW)) == (302, True)
    row = OutgoingMail.objects.get()
    assert (row.kind, row.to, row.user, row.state) == ("account.password_changed", user.email, user, "queued")


def test_a_code_is_not_sent_when_it_has_ended(client: Client) -> None:
    person()
    client.post("/account/sign-in/code/", {"email": "ana@example.com"})
    row = OutgoingMail.objects.get()
    assert (row.kind, round((row.gives_up_at - row.created_at).total_seconds(), -1)) == ("account.login_code", 600)


# -- what mails are made of -------------------------------------------------------------------------------------------


def test_mails_are_text_and_html_with_the_same_words_and_link(client: Client) -> None:
    sign_up(client)
    pieces = [part for part in mail.outbox[0].message().walk() if not part.is_multipart()]
    parts = {part.get_content_type(): str(part.get_payload(decode=True), "utf-8") for part in pieces}  # type: ignore[arg-type]
    assert set(parts) == {"text/plain", "text/html"}
    url = f"{site_settings.SITE_URL}{link()}"
    assert parts["text/html"].count(f'<a href="{url}"') == 1
    for text in parts.values():
        assert "Somebody gave this address for an account at AI Apps." in text


@pytest.mark.parametrize("host", ["localhost", "[::1]", "localhost:1"])
def test_links_in_mails_are_made_of_the_sites_address_whatever_the_request_says(host: str) -> None:
    person()
    headers = {"Host": host, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    client = Client(headers=headers)
    client.post("/account/sign-up/", {"email": "new@example.com", "password1": WORD})
    client.post("/account/sign-up/", {"email": "ana@example.com", "password1": WORD})
    client = Client(headers=headers)
    client.post("/account/password/reset/", {"email": "ana@example.com"})
    client.post("/account/password/reset/", {"email": "nobody@example.com"})
    client.post("/account/sign-in/code/", {"email": "nobody2@example.com"})
    assert len(mail.outbox) == 5
    for one in mail.outbox:
        assert isinstance(one, mail.EmailMultiAlternatives)
        for text in (str(one.body), str(one.alternatives)):
            assert set(re.findall(r"https?://[^/\s\"<]+", text)) == {site_settings.SITE_URL}, text


def test_another_host_is_refused(client: Client) -> None:
    answer = client.post("/account/password/reset/", {"email": "ana@example.com"}, headers={"Host": "evil.example"})
    assert (answer.status_code, mail.outbox) == (400, [])
