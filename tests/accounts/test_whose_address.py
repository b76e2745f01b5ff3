"""Whoever has a mailbox has its address: nobody gets hold of an account by typing somebody else's address first."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.people import WORD, by_app, has_confirmed, is_signed_in, link, person, sign_in, with_app

pytestmark = pytest.mark.django_db
VIC = "vic@example.com"


@pytest.fixture
def eve() -> User:
    """Somebody who has asked to change her address to one that is not hers."""
    client, user = Client(), person("eve@example.com")
    sign_in(client, "eve@example.com")
    has_confirmed(client, user)
    client.post("/account/email/", {"email": VIC, "action_add": ""})
    assert EmailAddress.objects.filter(user=user, email=VIC, verified=False).count() == 1
    mail.outbox.clear()
    return user


def code() -> str:
    """Return the code in the last mail."""
    found = re.search(r"^\s*([A-Z0-9]{3,}-?[A-Z0-9]{3,})\s*$", str(mail.outbox[-1].body), re.MULTILINE)
    assert found, mail.outbox[-1].body
    return found[1]


def by_code(address: str, client: Client | None = None) -> Client:
    """Sign in with the code of a mail, in a browser of its own or in this one."""
    client = client or Client()
    client.post("/account/sign-in/code/", {"email": address})
    client.post("/account/sign-in/code/confirm/", {"code": code()})
    return client


def told(path: str, **form: str) -> list[str]:
    """Send a form as Vic; return the subjects of the mails that came."""
    mail.outbox.clear()
    Client().post(path, {"email": VIC, **form})
    return [str(one.subject) for one in mail.outbox]


@pytest.mark.parametrize("path", ["/account/sign-in/code/", "/account/password/reset/"])
def test_an_address_that_somebody_has_asked_to_change_to_is_nobodys(eve: User, path: str) -> None:
    asked = told(path)
    EmailAddress.objects.filter(email=VIC).delete()
    assert asked == told(path)
    assert len(asked) == 1


def test_its_owner_signs_up_with_it(eve: User) -> None:
    client = Client()
    client.post("/account/sign-up/", {"email": VIC, "password1": f"{WORD} of vic"})
    client.post(link())
    assert is_signed_in(client)
    vic = User.objects.get(email=VIC)
    assert list(EmailAddress.objects.filter(email=VIC, verified=True).values_list("user", flat=True)) == [vic.pk]
    other = Client()
    sign_in(other, VIC)  # with Eve's password
    assert not is_signed_in(other)


def test_a_code_takes_what_somebody_else_set_at_the_sign_up() -> None:
    eve = Client()
    eve.post("/account/sign-up/", {"email": VIC, "password1": WORD})
    vic = by_code(VIC)
    assert "The password of the sign-up counts no more" in vic.get("/account/").content.decode()
    assert is_signed_in(vic)
    other = Client()
    sign_in(other, VIC)
    assert (is_signed_in(other), is_signed_in(eve)) == (False, False)
    assert not User.objects.get(email=VIC).has_usable_password()


def test_a_second_sign_up_takes_the_password_of_the_first_unless_it_is_the_same() -> None:
    eve, vic = Client(), Client()
    eve.post("/account/sign-up/", {"email": VIC, "password1": WORD})
    path = link()
    for word, kept in ((WORD, True), (f"{WORD} of vic", False)):
        vic.post("/account/sign-up/", {"email": VIC.title(), "password1": word})
        assert User.objects.get(email=VIC).has_usable_password() is kept
    vic.post(path)  # which she takes for that of her own sign-up
    by_code(VIC, vic)
    sign_in(eve, VIC)
    assert (is_signed_in(vic), is_signed_in(eve)) == (True, False)


def test_a_sign_up_takes_no_password_of_an_account_that_is_confirmed_or_was_made_at_the_desk() -> None:
    person()
    User.objects.create_user("ben@example.com", WORD, is_staff=True)
    for name in ("ana", "ben"):
        Client().post("/account/sign-up/", {"email": f"{name}@example.com", "password1": f"{WORD} of eve"})
        assert User.objects.get(email=f"{name}@example.com").check_password(WORD)


def test_who_signed_up_in_this_browser_keeps_the_password_when_a_code_confirms(client: Client) -> None:
    client.post("/account/sign-up/", {"email": VIC, "password1": WORD})
    by_code(VIC, client)
    page = client.get("/account/").content.decode()
    assert (is_signed_in(client), "The password of the sign-up counts no more" in page) == (True, False)
    other = Client()
    sign_in(other, VIC)
    assert is_signed_in(other)


def test_a_reset_takes_what_somebody_else_set_at_the_sign_up_and_their_way_in() -> None:
    eve, vic = Client(), Client()
    eve.post("/account/sign-up/", {"email": VIC, "password1": WORD})
    vic.post("/account/password/reset/", {"email": VIC})
    own = f"{WORD} of vic"
    vic.post(vic.get(link()).headers["Location"], {"password1": own, "password2": own})
    by_code(VIC, vic)  # confirms the address; her password stays
    assert eve.get("/account/confirm-email/").status_code == 200
    signed_in = {}
    for name, client, word in (("eve", eve, WORD), ("other", Client(), WORD), ("vic", Client(), own)):
        sign_in(client, VIC, word)
        signed_in[name] = is_signed_in(client)
    assert signed_in == {"eve": False, "other": False, "vic": True}


def test_an_account_in_use_keeps_its_password_when_it_signs_in_by_code() -> None:
    person()
    assert is_signed_in(by_code("ana@example.com"))
    client = Client()
    sign_in(client)
    assert is_signed_in(client)


def test_who_has_a_second_step_changes_their_address(client: Client) -> None:
    ana = with_app(person())
    by_app(client, ana)
    asked = client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    assert (asked.headers["Location"], mail.outbox) == ("/account/confirm/code/?next=%2Faccount%2Femail%2F", [])
    has_confirmed(client, ana)
    client.post("/account/email/", {"email": "new@example.com", "action_add": ""})
    client.post(link())
    ana.refresh_from_db()
    assert ana.email == "new@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@example.com", True)]


def asks_to_change(email: str, new: str) -> tuple[Client, User, str]:
    """Return somebody who is signed in and has asked for another address, and the path of the link that was sent."""
    client, user = Client(), person(email)
    sign_in(client, email)
    has_confirmed(client, user)
    client.post("/account/email/", {"email": new, "action_add": ""})
    return client, user, link()


def test_a_link_that_somebody_else_asked_for_gives_no_address_away_and_deletes_no_sign_up() -> None:
    vic = Client()
    vic.post("/account/sign-up/", {"email": VIC, "password1": f"{WORD} of vic"})
    own = link()
    _, eve, path = asks_to_change("eve@example.com", VIC)
    for answer in (vic.get(path), vic.post(path)):
        assert unquote(answer.headers["Location"]) == f"/account/sign-in/?next={path}"
    vic.post(own)
    assert is_signed_in(vic)
    assert vic.post(path).headers["Location"] == "/account/"
    assert "a new address to another account" in vic.get("/account/").content.decode()
    eve.refresh_from_db()
    assert (eve.email, User.objects.filter(email=VIC).count()) == ("eve@example.com", 1)


def test_a_change_is_confirmed_elsewhere_once_signed_in_and_the_page_names_the_account() -> None:
    _, ana, path = asks_to_change("ana@example.com", "new@example.com")
    phone = Client()
    assert sign_in(phone, next=path).headers["Location"] == path
    assert "It takes the place of <strong>ana@example.com</strong>" in phone.get(path).content.decode()
    phone.post(path)
    ana.refresh_from_db()
    assert ana.email == "new@example.com"


def test_a_change_asked_for_in_a_stolen_session_ends_with_it() -> None:
    thief, ana, path = asks_to_change("ana@example.com", "thief@example.com")
    client, own = Client(), f"{WORD} anew"
    client.post("/account/password/reset/", {"email": "ana@example.com"})
    client.post(client.get(link()).headers["Location"], {"password1": own, "password2": own})
    thief.post(path)
    ana.refresh_from_db()
    assert ana.email == "ana@example.com"


def test_a_code_that_was_sent_to_an_address_before_it_changed_is_worth_nothing_after() -> None:
    thief = Client()
    client, _, path = asks_to_change("ana@example.com", "new@example.com")
    thief.post("/account/sign-in/code/", {"email": "ana@example.com"})
    sent = code()
    client.post(path)
    mail.outbox.clear()
    thief.post("/account/sign-in/code/confirm/", {"code": sent})
    assert "Sign in with the present address" in thief.get("/account/sign-in/").content.decode()
    assert (is_signed_in(thief), mail.outbox) == (False, [])
    assert list(EmailAddress.objects.values_list("email", "verified")) == [("new@example.com", True)]


def test_an_address_that_is_only_asked_for_signs_nobody_in_and_gets_no_mail_by_it(eve: User) -> None:
    client = Client()
    sign_in(client, VIC)
    assert "Sign in with the present address" in client.get("/account/sign-in/").content.decode()
    assert (is_signed_in(client), mail.outbox) == (False, [])


def test_an_address_is_not_changed_at_the_desk(client: Client) -> None:
    boss, ana = with_app(person("boss@example.com", is_staff=True, is_superuser=True)), person()
    by_app(client, boss)
    has_confirmed(client, boss)
    form = {"email": "other@example.com", "name": "Ana", "is_active": "on", "date_joined_0": "2026-01-01",
            "date_joined_1": "00:00:00"}  # fmt: skip
    client.post(f"/admin/accounts/user/{ana.pk}/change/", form)
    ana.refresh_from_db()
    assert (ana.email, ana.name) == ("ana@example.com", "Ana")
