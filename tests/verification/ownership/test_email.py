"""The link by e-mail: where it may go, and that only the button behind it changes anything."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from tests.verification.conftest import at_once
from tests.verification.ownership.conftest import TEXT, World, begin, check, events, now, state
from tests.zoo.animal import Reply
from verification import ownership
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.ownership import Started

pytestmark = pytest.mark.django_db
TO = "hostmaster@acme.example"


def sent(account: User, name: str = "app.acme.example", address: str = TO, **options: Any) -> tuple[Started, str]:
    """Begin a proof; return it and the path of the link that was sent."""
    begun = begin(account, name, "email", address=address, **options)
    found = re.search(r"http://127\.0\.0\.1:\d+(/ownership/\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return begun, found[1]


def test_the_link_is_in_the_mail_and_nowhere_else(world: World, ann: User) -> None:
    begun, path = sent(ann)
    (message,) = mail.outbox
    assert message.to == [TO]
    assert message.subject == "AI Apps: does ann@example.com speak for app.acme.example?"
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert begun.token == ""
    assert token not in begun.instructions + str(vars(begun.challenge))
    assert check(begun).code == "mail_open"
    assert state(begun) == "pending"


def test_programs_that_open_the_link_change_nothing_and_the_button_works_once(world: World, ann: User) -> None:
    begun, path = sent(ann)
    scanner = Client(enforce_csrf_checks=True)
    for method in ("get", "head", "get"):
        response = getattr(scanner, method)(path)
        assert response.status_code == 200
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert "no-store" in response.headers["Cache-Control"]
    assert (scanner.post(path).status_code, state(begun)) == (403, "pending")  # without the page's own field
    assert Client().options(path).status_code == 405
    page = Client().get(path).content.decode()
    assert "ann@example.com" in page
    assert '<form method="post">' in page
    assert events(begun.challenge.claim) == ["started"]

    person = Client()
    done = person.post(path)
    assert (done.status_code, state(begun)) == (200, "verified")
    claim = OwnershipClaim.objects.get()
    assert (claim.scope, claim.name, claim.evidence["code"]) == ("host", "app.acme.example", "confirmed")
    again = person.post(path)
    assert again.status_code == 410
    assert "The challenge is closed (proved)." in again.content.decode()
    assert events(claim) == ["started", "proved"]


def test_a_press_that_is_refused_leaves_no_key_in_the_log(
    world: World, ann: User, caplog: pytest.LogCaptureFixture
) -> None:
    _, path = sent(ann)
    assert Client(enforce_csrf_checks=True).post(path).status_code == 403
    key = path.split("/")[3]
    (line,) = [record.getMessage() for record in caplog.records if "/ownership/" in record.getMessage()]
    assert (key in line, line.endswith(path.replace(key, "***"))) == (False, True)


def test_a_link_works_for_24_hours(world: World, ann: User) -> None:
    at = now() - dt.timedelta(hours=24)
    begun, path = sent(ann, at=at)
    assert Client().get(path).status_code == 410
    response = Client().post(path)
    assert (response.status_code, state(begun)) == (410, "unverified")
    assert "ran out" in response.content.decode()


def test_a_newer_link_replaces_an_older_one(world: World, ann: User) -> None:
    _, old = sent(ann)
    begun, new = sent(ann)
    assert Client().post(old).status_code == 410
    assert state(begun) == "pending"
    assert Client().post(new).status_code == 200
    assert state(begun) == "verified"


def test_links_that_were_never_sent(world: World, ann: User) -> None:
    begun, path = sent(ann)
    parts = path.strip("/").split("/")
    assert Client().post(f"/ownership/{parts[1]}/{'0' * 32}/").status_code == 410
    assert Client().post(f"/ownership/{'0' * 16}/{parts[2]}/").status_code == 404
    other = begin(ann)  # the token of another method is no link
    assert Client().post(f"/ownership/{other.challenge.token_id}/{other.token}/").status_code == 404
    assert state(begun) == "pending"


@pytest.mark.parametrize("box", ["hostmaster", "security", "webmaster", "postmaster", "admin", "Admin"])
def test_mailboxes_that_only_operators_read(world: World, ann: User, box: str) -> None:
    sent(ann, address=f"{box}@ACME.example")
    assert mail.outbox[0].to == [f"{box.lower()}@acme.example"]
    assert world.asked == []


@pytest.mark.parametrize(
    "address",
    [
        "ann@acme.example",
        "info@acme.example",
        "admin@app.acme.example",
        "admin@evil.example",
        "admin@acme.example.evil.example",
        "admin+x@acme.example",
        "admin@acme.example,ann@example.com",
        "admin@acme.example\nBcc: ann@example.com",
        '"admin"@acme.example',
        "admin",
        "",
    ],
)
def test_other_addresses_get_no_mail(world: World, ann: User, address: str) -> None:
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, "app.acme.example", "email", address=address)
    assert refused.value.code == "bad_mailbox"
    assert "hostmaster@, security@, webmaster@, postmaster@ or admin@acme.example" in str(refused.value)
    assert (mail.outbox, OwnershipChallenge.objects.count()) == ([], 0)


def security_txt(contact: str, expires: str = "2099-01-01T00:00:00Z", kind: str = TEXT) -> Reply:
    return Reply(200, f"Contact: {contact}\nExpires: {expires}\n".encode(), kind)


@pytest.mark.parametrize(
    ("reply", "accepted"),
    [
        (security_txt("mailto:reports@acme.example"), True),
        (security_txt("mailto:Reports@Acme.example?subject=x"), True),
        (security_txt("mailto:other@acme.example"), False),
        (security_txt("mailto:reports@acme.example", "2020-01-01T00:00:00Z"), False),
        (security_txt("mailto:reports@acme.example", "soon"), False),
        (security_txt("mailto:reports@acme.example", kind="text/html"), False),
        (security_txt("https://acme.example/reports"), False),
        (Reply(404, b"Contact: mailto:reports@acme.example\nExpires: 2099-01-01T00:00:00Z\n", TEXT), False),
        (Reply(302, headers=(("Location", "https://docs.acme.example/security.txt"),)), False),
        (Reply(302, headers=(("Location", "https://www.acme.example/security.txt"),)), True),
    ],
)
def test_the_contact_of_a_valid_security_txt_at_the_registrable_domain(
    world: World, ann: User, reply: Reply, accepted: bool
) -> None:
    world.pages["acme.example", "/.well-known/security.txt"] = reply
    for host in ("www.acme.example", "docs.acme.example"):
        world.pages[host, "/security.txt"] = security_txt("mailto:reports@acme.example")
    if accepted:
        sent(ann, address="reports@acme.example")
        assert mail.outbox[0].to == ["reports@acme.example"]
    else:
        with pytest.raises(ownership.BadName):
            sent(ann, address="reports@acme.example")
        assert mail.outbox == []


def test_a_contact_at_another_domain_is_refused_without_asking(world: World, ann: User) -> None:
    world.pages["acme.example", "/.well-known/security.txt"] = security_txt("mailto:ann@evil.example")
    with pytest.raises(ownership.BadName):
        sent(ann, address="ann@evil.example")
    assert world.asked == []


def test_nobodys_mailbox_is_filled(world: World, ann: User, bob: User) -> None:
    at = now()
    for account, name in ((ann, "acme.example"), (bob, "acme.example"), (ann, "www.acme.example")):
        sent(account, name, at=at)
    with pytest.raises(ownership.BadName) as refused:
        sent(bob, "www.acme.example", at=at)
    assert (refused.value.code, len(mail.outbox)) == ("too_many_mails", 3)
    sent(bob, "www.acme.example", at=at + dt.timedelta(hours=24))
    assert len(mail.outbox) == 4


def test_an_account_asks_for_twenty_links_a_day(world: World, ann: User, bob: User) -> None:
    for number in range(20):
        begin(ann, f"a{number}.example", "email", address=f"admin@a{number}.example")
    with pytest.raises(ownership.BadName) as refused:
        sent(ann)
    assert (refused.value.code, len(mail.outbox)) == ("too_many_mails", 20)
    sent(bob)


@pytest.mark.django_db(transaction=True)
def test_nobodys_mailbox_is_filled_by_many_accounts_at_once() -> None:
    accounts = [User.objects.create_user(f"a{number}@example.com", "a long enough word") for number in range(8)]

    def ask(number: int) -> str:
        try:
            begin(accounts[number], "acme.com", "email", address="admin@acme.com")
        except ownership.BadName as refused:
            return refused.code
        return "sent"

    assert sorted(at_once(ask, 8)) == ["sent"] * 3 + ["too_many_mails"] * 5


@pytest.mark.django_db(transaction=True)
def test_an_account_asks_for_twenty_links_a_day_also_at_once() -> None:
    ann = User.objects.create_user("ann@example.com", "a long enough word")
    for number in range(17):
        begin(ann, f"a{number}-acme.com", "email", address=f"admin@a{number}-acme.com")

    def ask(number: int) -> str:
        try:
            begin(ann, f"b{number}-acme.com", "email", address=f"admin@b{number}-acme.com")
        except ownership.BadName as refused:
            return refused.code
        return "sent"

    assert sorted(at_once(ask, 8)) == ["sent"] * 3 + ["too_many_mails"] * 5


def test_a_proof_by_e_mail_holds_for_90_days(world: World, ann: User) -> None:
    begun, path = sent(ann)
    Client().post(path)
    claim = OwnershipClaim.objects.get()
    assert claim.proved_at is not None
    before = claim.proved_at + dt.timedelta(days=89)
    assert ownership.recheck(claim, at=before).code == "mail_holds"
    assert ownership.recheck(claim, at=before + dt.timedelta(days=1)).code == "mail_due"
    assert state(begun) == "stale"
