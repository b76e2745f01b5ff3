"""Leaving a list, the account's page about mail, and the mails of a debug installation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.signing import Signer
from django.test import Client

from accounts.models import User
from core import checks
from core.models import LeftList, RefusingAddress
from core.outbox import bounces, delivery, lists
from tests.core.outbox.test_posting import post
from tests.people import person

pytestmark = pytest.mark.django_db
ANA = "ana@example.com"


def left() -> list[tuple[str, str, int | None]]:
    return list(LeftList.objects.values_list("list_name", "address", "user"))


@pytest.fixture
def strict() -> Client:
    """A mail program: no cookies, no session, no token."""
    return Client(enforce_csrf_checks=True)


def link_in_header(user: User | None = None) -> str:
    post(user=user, list_name="digest")
    found = re.fullmatch(
        r"<http://127\.0\.0\.1:8000(/mail/leave/\S+)>", mail.outbox[-1].extra_headers["List-Unsubscribe"].strip()
    )
    assert found is not None
    return found[1]


def test_one_click_leaves_and_the_page_undoes_it(strict: Client) -> None:
    user = User.objects.create_user(ANA)
    path = link_in_header(user)
    done = strict.post(path, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, left(), strict.cookies) == (200, [("digest", ANA, user.pk)], {})
    assert strict.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert (len(left()), post("event-2", user=user, list_name="digest").state) == (1, "dropped")
    page = strict.get(path).content.decode()
    assert ("You left the list “Digest”" in page, 'name="again"' in page) == (True, True)
    assert (strict.post(path, {"again": "1"}).status_code, left()) == (200, [])


def test_programs_that_open_the_link_change_nothing(strict: Client) -> None:
    path = link_in_header()
    for method in ("get", "head", "options", "put", "delete"):
        getattr(strict, method)(path)
    answer = strict.get(path)
    assert (answer.status_code, left()) == (200, [])
    page = answer.content.decode()
    assert ("Leave the list “Digest”?" in page, ANA in page) == (True, True)
    sent = ("no-referrer", "noindex", "max-age=0, no-cache, no-store, must-revalidate, private")
    assert tuple(answer.headers[name] for name in ("Referrer-Policy", "X-Robots-Tag", "Cache-Control")) == sent


def test_a_link_that_is_not_ours_leaves_nothing(strict: Client) -> None:
    good = lists.token("digest", ANA, None)
    foreign = Signer(salt="other").sign_object(["digest", ANA, None])
    gone = lists.token("news", ANA, None)
    for token in (good[:-1], f"{good}x", good.replace(":", ":x", 1), foreign, gone, "x", ":", "a" * 3_000):
        assert strict.post(f"/mail/leave/{token}/").status_code == 404, token
    assert left() == []


def test_a_link_outlives_the_account(strict: Client) -> None:
    user = User.objects.create_user(ANA)
    path = link_in_header(user)
    user.delete()
    assert (strict.post(path).status_code, left()) == (200, [("digest", ANA, None)])


def test_the_page_is_for_one_visitor_and_kept_in_no_cache(settings: Any, strict: Client) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    path = link_in_header()
    strict.get(path)
    strict.post(path)
    assert "You left" in strict.get(path).content.decode()


# -- /account/mail/ ---------------------------------------------------------------------------------------------------


@pytest.fixture
def ana(client: Client) -> User:
    user = person()
    client.force_login(user)
    return user


def box_is_ticked(client: Client) -> bool:
    page = client.get("/account/mail/").content.decode()
    (box,) = re.findall(r'<input\s+type="checkbox" name="list" value="([^"]+)"([^>]*)>', page)
    assert box[0] == "news"
    return " checked" in box[1]


def test_an_account_chooses_its_lists(client: Client, ana: User, settings: Any) -> None:
    settings.MAIL_LISTS = settings.MAIL_LISTS | {"news": ("News", "What is new on the site.")}
    assert box_is_ticked(client)
    answer = client.post("/account/mail/", follow=True)
    assert ("Saved." in answer.content.decode(), box_is_ticked(client), left()) == (
        True, False, [("news", ANA, ana.pk)],
    )  # fmt: skip
    ana.email = "new@example.com"  # who moves stays off the list
    ana.save()
    assert not box_is_ticked(client)
    client.post("/account/mail/", {"list": ["news", "no-such-list"]})
    assert (box_is_ticked(client), left()) == (True, [])


def test_a_list_with_a_page_of_its_own_is_chosen_there(client: Client, ana: User) -> None:
    page = client.get("/account/mail/").content.decode()
    assert ('name="list"' in page, '<h2 id="list-1">Digest</h2>' in page) == (False, True)
    client.post("/account/mail/")
    client.post("/account/mail/", {"list": ["digest"]})
    assert left() == []


def test_an_account_is_told_that_mail_came_back(client: Client, ana: User) -> None:
    for path in ("/account/", "/account/mail/"):
        assert "came back" not in client.get(path).content.decode()
    bounces.refuses(ANA, "It came back: 5.1.1 <b>no</b>")
    assert "A mail to your address came back." in client.get("/account/").content.decode()
    page = client.get("/account/mail/").content.decode()
    assert (f"A mail to {ANA} came back on" in page, "5.1.1 &lt;b&gt;no" in page) == (True, True)
    client.post("/account/mail/", {"works": "1"})
    assert (RefusingAddress.objects.count(), left()) == (0, [])


def test_visitors_and_forged_forms_get_nothing(client: Client, ana: User) -> None:
    assert Client().get("/account/mail/").status_code == 302
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(ana)
    assert (forger.post("/account/mail/").status_code, left()) == (403, [])


# -- /mail/ in debug mode ---------------------------------------------------------------------------------------------


@pytest.fixture
def written(settings: Any, tmp_path: Path) -> list[str]:
    """Tokens of two mails, the newer first."""
    settings.DEBUG, settings.EMAIL_FILE_PATH = True, tmp_path
    tokens = []
    for number, text in enumerate(("old", "<script>x</script> http://127.0.0.1:8000/account/x")):
        tokens.append(post(f"event-{number}", context={"subject": f"Mail {number} <b>", "text": text}).token)
        delivery.deliver()
    first = next(tmp_path.glob(f"*-{tokens[0]}.eml"))
    first.rename(first.with_name(f"20200101-000000-{tokens[0]}.eml"))
    return tokens[::-1]


def test_the_mails_of_a_debug_installation_can_be_read(client: Client, written: list[str]) -> None:
    page = client.get("/mail/").content.decode()
    assert re.findall(r'href="/mail/(\w{32})/"', page) == written
    one = client.get(f"/mail/{written[0]}/", headers={"host": "127.0.0.1:8000"})
    text = one.content.decode()
    assert "In the mail itself they begin with" not in text
    assert (text.count("Mail 1 &lt;b&gt;"), text.count("<script>x"), text.count("<b>")) == (3, 0, 0)
    assert text.count('<a href="http://127.0.0.1:8000/account/x">') == 1
    assert "&lt;!doctype html&gt;" in text
    assert "script-src 'self'" in one.headers["Content-Security-Policy"]


@pytest.mark.parametrize("host", ["localhost:8000", "[::1]:8000"])
def test_links_lead_to_the_name_at_which_the_mail_is_read(client: Client, written: list[str], host: str) -> None:
    text = client.get(f"/mail/{written[0]}/", headers={"host": host}).content.decode()
    links = re.findall(r'<a href="(http:[^"]*)">', text)
    assert links == [f"http://{host}/account/x", f"http://{host}/"]
    assert "In the mail itself they begin with" in text


@pytest.mark.parametrize("why", ["no debug", "a mail server", "from elsewhere"])
def test_otherwise_nobody_sees_them(client: Client, settings: Any, written: list[str], why: str) -> None:
    if why == "no debug":
        settings.DEBUG = False
    if why == "a mail server":
        settings.MAIL = "set"
    if why == "from elsewhere":
        client = Client(REMOTE_ADDR="192.0.2.1")
    answers = [client.get(path).status_code for path in ("/mail/", f"/mail/{written[0]}/")]
    assert answers == [404, 404]


def test_a_name_that_is_no_mail_is_not_found(client: Client, written: list[str]) -> None:
    names = ("0" * 32, "leave", "..", "%2e%2e%2fsecret_key", "*")
    assert [client.get(f"/mail/{name}/").status_code for name in names] == [404] * len(names)


# -- what `manage.py check` says --------------------------------------------------------------------------------------


NO_LOCAL = "The part before the @ is not one that mail can be sent to."
TOO_LONG = "The part before the @ is longer than 31 characters: the mark of a mail does not fit behind it."
LONG = f"{'b' * 32}@b.example"


@pytest.mark.parametrize(
    ("sender", "alias", "said"),
    [
        ("webmaster@localhost", "", []),
        ("AI Apps <no-reply@bücher.example>", "bounces@catalog.example", []),
        ("", "", [f"EMAIL_FROM is '': {NO_LOCAL}"]),
        (
            "a@b.example\nB: c@d.example",
            "",
            ["EMAIL_FROM is 'a@b.example\\nB: c@d.example': The address holds a line break."],
        ),
        ("a@b.example", "nobody", [f"EMAIL_BOUNCES is 'nobody': {NO_LOCAL}"]),
        ("a@b.example", LONG, [f"EMAIL_BOUNCES is '{LONG}': {TOO_LONG}"]),
    ],
)
def test_senders_are_checked(settings: Any, sender: str, alias: str, said: list[str]) -> None:
    settings.DEFAULT_FROM_EMAIL, settings.EMAIL_BOUNCES = sender, alias
    assert [one.msg for one in checks.senders_can_be_written_to()] == said


@pytest.mark.parametrize(
    ("server", "sender", "ids"),
    [("set", "x@localhost", ["core.W002"]), ("", "x@localhost", []), ("set", "x@y.example", [])],
)
def test_a_sender_that_was_forgotten_is_told(settings: Any, server: str, sender: str, ids: list[str]) -> None:
    settings.MAIL, settings.DEFAULT_FROM_EMAIL = server, sender
    assert [one.id for one in checks.mails_have_a_sender()] == ids
