"""An account that is erased: asked for, taken back, done in time, whole for everything that refers to it."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.privacy import erasing
from accounts.privacy.models import ErasedAccount, Erasure
from tests.accounts.privacy.somebody import known_everywhere, traces
from tests.core.test_audit import events, last
from tests.people import WORD, has_confirmed, person, sign_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def _own_ledger(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"


def asked(client: Client, user: User) -> Erasure:
    """Ask as a person does."""
    has_confirmed(client, user)
    assert client.post("/account/erase/").headers["Location"] == "/account/erase/"
    return Erasure.objects.get(user=user)


def ago(wish: Erasure, days: float) -> None:
    """Let a wish be older."""
    by = dt.timedelta(days=days)
    Erasure.objects.filter(pk=wish.pk).update(asked_at=wish.asked_at - by, due_at=wish.due_at - by)


def subjects() -> list[str]:
    return [str(one.subject) for one in mail.outbox]


# -- asking -----------------------------------------------------------------------------------------------------------


def test_a_person_who_said_who_they_are_reads_what_happens_and_asks(client: Client) -> None:
    user, before = person(), last()
    sign_in(client)
    client.session.flush()
    client.force_login(user)
    assert client.get("/account/erase/").headers["Location"] == "/account/confirm/?next=%2Faccount%2Ferase%2F"
    assert client.post("/account/erase/").status_code == 302
    assert not Erasure.objects.exists()
    has_confirmed(client, user)
    text = client.get("/account/erase/").content.decode()
    for told in ("Your proofs of ownership", "Passkeys, the authenticator app", "The audit log must not be changed"):
        assert told in text
    wish = asked(client, user)
    assert wish.due_at - wish.asked_at == 14 * DAY
    assert subjects() == ["Your account will be erased"]
    assert f"{wish.due_at:%-d %B %Y}" in str(mail.outbox[0].body)
    assert [event[1] for event in events(before)] == ["account.erasure_asked"]
    told = " ".join(re.sub("<[^>]+>", "", client.get("/account/erase/").content.decode()).split())
    assert f"It is done on {wish.due_at:%-d %B %Y} after {wish.due_at:%H:%M} UTC; from then on" in told


def test_the_page_has_lists_with_bullets_its_tab_and_a_button_that_warns(client: Client) -> None:
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    for _ in range(2):  # before, and while it waits
        text = client.get("/account/erase/").content.decode()
        assert re.findall(r'<a href="([^"]+)" aria-current="page">', text) == ["/account/data/"]
        erasing.ask(user=user)
    Erasure.objects.all().delete()
    main = client.get("/account/erase/").content.decode().split("<main")[1].split("</main")[0]
    assert re.findall("<ul[^>]*>", main) == ["<ul>", "<ul>"]  # a list with a class has no bullets
    assert re.findall(r'<button class="([^"]+)">Erase', main) == ["btn btn-risk"]


def test_asking_twice_is_one_wish_and_begins_no_new_time(client: Client) -> None:
    user = person()
    client.force_login(user)
    wish = asked(client, user)
    ago(wish, 3)
    due = asked(client, user).due_at
    assert (Erasure.objects.count(), due) == (1, wish.due_at - 3 * DAY)
    with pytest.raises(IntegrityError, match="erasure_one_open"), transaction.atomic():
        Erasure.objects.create(user=user, asked_at=due, due_at=due + DAY)


def test_asking_is_limited(client: Client, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    codes = [client.post(path).status_code for path in ["/account/erase/", "/account/erase/keep/"] * 3]
    assert (codes, client.post("/account/erase/").status_code) == ([302] * 6, 429)


def test_signing_in_shows_it_with_one_button_that_stops_it(client: Client) -> None:
    user = person()
    erasing.ask(user=user)
    before = last()
    answer = sign_in(client, next="/trust/")
    assert answer.headers["Location"] == "/account/erase/"
    text = client.get("/account/erase/").content.decode()
    assert text.count("Keep my account") == 1
    assert "This account will be erased on" in client.get("/account/").content.decode()
    client.post("/account/erase/keep/")
    assert subjects() == ["Your account will be erased", "Your account stays"]
    assert [event[1] for event in events(before)] == ["account.erasure_cancelled"]
    assert "Your account stays. Nothing was erased." in client.get("/account/").content.decode()
    erasing.erase_due(at=timezone.now() + 30 * DAY)
    assert User.objects.get(pk=user.pk).erased_at is None
    assert sign_in(Client(), next="/trust/").headers["Location"] == "/trust/"
    client.post("/account/erase/keep/")
    assert "Nothing was waiting." in client.get("/account/").content.decode()


def test_a_link_or_another_site_stops_nothing(client: Client) -> None:
    user = person()
    erasing.ask(user=user)
    client.force_login(user)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user)
    codes = client.get("/account/erase/keep/").status_code, strict.post("/account/erase/keep/").status_code
    assert (codes, Client().post("/account/erase/keep/").status_code) == ((405, 403), 302)
    assert Erasure.objects.open().count() == 1


def test_a_reminder_comes_once_some_days_before() -> None:
    wish = erasing.ask(user=person())
    told = [erasing.remind(at=wish.asked_at + days * DAY) for days in (10.9, 11.1, 11.2, 14.1)]
    assert (told, subjects()[1:]) == ([0, 1, 0, 0], ["Your account will soon be erased"])


# -- done -------------------------------------------------------------------------------------------------------------


def test_nothing_is_done_before_its_time() -> None:
    user, _ = known_everywhere()
    wish = erasing.ask(user=user)
    assert erasing.erase_due(at=wish.due_at - dt.timedelta(seconds=1)) == 0
    assert (traces("ana@example.com") != [], User.objects.get(pk=user.pk).is_active) == (True, True)


def test_who_was_erased_cannot_sign_in_and_may_sign_up_anew(client: Client) -> None:
    user = person()
    erasing.erase_due(at=erasing.ask(user=user).due_at)
    for address in ("ana@example.com", f"{user.public_id}@erased.invalid"):
        assert "Address and password do not belong together" in sign_in(client, address).content.decode()
    client.post("/account/sign-up/", {"email": "ana@example.com", "password1": WORD})
    assert User.objects.get(email="ana@example.com").public_id != user.public_id


def test_doing_it_again_changes_nothing() -> None:
    user, _ = known_everywhere()
    wish = erasing.ask(user=user)
    erasing.erase_due(at=wish.due_at)
    before, row, mails_before = last(), User.objects.filter(pk=user.pk).values().get(), subjects()
    assert erasing.erase_due(at=wish.due_at + DAY) == 0
    assert erasing.apply() == 0
    erasing._finish(user.pk, wish.due_at + DAY)
    assert (last(), User.objects.filter(pk=user.pk).values().get(), subjects()) == (before, row, mails_before)


def test_nothing_can_make_an_erased_account_work_again() -> None:
    user = person()
    erasing.erase_due(at=erasing.ask(user=user).due_at)
    for change in ({"is_active": True}, {"is_staff": True}, {"email": "ana@example.com"}, {"name": "Ana"}):
        with pytest.raises(IntegrityError, match="user_erased_is_nobody"), transaction.atomic():
            User.objects.filter(pk=user.pk).update(**change)


# -- the last administrator -------------------------------------------------------------------------------------------


def test_the_last_administrator_is_told_what_to_do_and_cannot_ask(client: Client) -> None:
    boss = person("boss@example.com", is_superuser=True, is_staff=True)
    person("shut@example.com", is_superuser=True, is_active=False)
    client.force_login(boss)
    has_confirmed(client, boss)
    text = client.get("/account/erase/").content.decode()
    assert "Make another account an\n      administrator first" in text
    assert "Erase my account on" not in text
    client.post("/account/erase/")
    with pytest.raises(erasing.LastAdministrator):
        erasing.ask(user=boss)
    assert not Erasure.objects.exists()
    person("second@example.com", is_superuser=True, is_staff=True)
    assert "Erase my account on" in client.get("/account/erase/").content.decode()


def test_of_two_administrators_who_ask_the_second_has_to_stay() -> None:
    first, second = (person(f"{name}@example.com", is_superuser=True, is_staff=True) for name in ("one", "two"))
    erasing.ask(user=first)
    with pytest.raises(erasing.LastAdministrator):
        erasing.ask(user=second)


def test_who_became_the_last_one_meanwhile_waits_is_told_once_and_is_erased_when_there_is_another(
    client: Client,
) -> None:
    first, second = (person(f"{name}@example.com", is_superuser=True, is_staff=True) for name in ("one", "two"))
    wish = erasing.ask(user=first)
    second.delete()
    assert [erasing.erase_due(at=wish.due_at + hours * DAY / 24) for hours in (0, 1)] == [0, 0]
    assert subjects()[1:] == ["Your account is not erased yet"]
    first.refresh_from_db()
    assert (first.is_active, ErasedAccount.objects.count()) == (True, 0)
    client.force_login(first)
    assert "but you are the last administrator here" in client.get("/account/erase/").content.decode()
    person("third@example.com", is_superuser=True, is_staff=True)
    assert erasing.erase_due(at=wish.due_at + DAY) == 1


def test_the_last_of_the_role_counts_too_unless_a_superuser_stays() -> None:
    roles.ensure()
    keeper = person("keeper@example.com")
    keeper.groups.add(Group.objects.get(name=roles.ADMINISTRATOR))
    assert erasing.is_last_administrator(keeper)
    boss = person("boss@example.com", is_superuser=True, is_staff=True)
    assert (erasing.is_last_administrator(keeper), erasing.is_last_administrator(boss)) == (False, True)


@pytest.mark.parametrize("role", [True, False])
@pytest.mark.parametrize(
    ("fields", "confirmed", "counts"),
    [
        ({"is_staff": True}, True, True),
        ({"is_staff": False}, True, False),  # the desk lets only the staff in
        ({"is_staff": True, "is_active": False}, True, False),
        ({"is_staff": True}, False, False),  # made at the desk with an address that was never confirmed
    ],
)
def test_only_who_can_sign_in_and_work_at_the_desk_counts_as_another_administrator(
    role: bool, fields: dict[str, bool], confirmed: bool, counts: bool
) -> None:
    roles.ensure()
    administrators = Group.objects.get(name=roles.ADMINISTRATOR)
    boss = person("boss@example.com", is_staff=True, is_superuser=not role)
    other = person("other@example.com", is_superuser=not role, **fields)
    EmailAddress.objects.filter(user=other).update(verified=confirmed)
    if role:
        administrators.user_set.add(boss, other)
    assert erasing.is_last_administrator(boss) == (not counts)
    now = timezone.now()
    wish = Erasure.objects.create(user=boss, asked_at=now, due_at=now + DAY)  # asked before the other changed
    assert (erasing.erase_due(at=wish.due_at), subjects()) == (
        (1, ["Your account is erased"]) if counts else (0, ["Your account is not erased yet"])
    )


def test_the_desk_shows_an_erased_account_and_changes_nothing_of_it(client: Client) -> None:
    user, boss = person(), person("boss@example.com", is_superuser=True, is_staff=True)
    erasing.erase_due(at=erasing.ask(user=user).due_at)
    client.force_login(boss)
    has_confirmed(client, boss)
    path = f"/admin/accounts/user/{user.pk}"
    assert "@erased.invalid" in client.get(f"{path}/change/").content.decode()
    form = {"email": "ana@example.com", "is_active": "on"}
    codes = [client.post(f"{path}/{page}/", form).status_code for page in ("change", "password")]
    assert (codes, User.objects.get(pk=user.pk).is_active) == ([403, 403], False)
