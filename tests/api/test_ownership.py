"""Proving ownership by program: what is begun, shown once, looked at, and told of it; whose it is."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.scopes import SCOPES
from catalog.models import Tool
from core.clean import Unclean, clean_line
from core.ratelimit import take
from submissions import limits
from tests import make
from tests.api.client import BASE, Api, key_of, pointers
from tests.api.walking import pages
from tests.core.test_clean import ROWS, text_of
from tests.people import person
from tests.verification.ownership.conftest import World, opened, world  # noqa: F401 - fixtures
from verification import ownership
from verification.models import OwnershipChallenge, OwnershipClaim

pytestmark = pytest.mark.django_db
CHALLENGES, CLAIMS = "/ownership/challenges", "/ownership/claims"


@pytest.fixture(autouse=True)
def _names_lead_to_loopback(world: World) -> None:  # noqa: F811 - the fixture
    """Let names under .example be names of this machine."""


@pytest.fixture
def ana() -> User:
    return person()


@pytest.fixture
def mine(ana: User) -> Api:
    """Ana's program."""
    return Api(key_of(ana))


@pytest.fixture
def acme() -> Tool:
    return make.tool(slug="acme", name="Acme", homepage="https://www.acme.example/")


def begin(api: Api, **asked: str) -> dict[str, Any]:
    """Begin a proof; return what is told of it."""
    answer = api.post(CHALLENGES, {"name": "acme.example", "method": "dns-txt"} | asked)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_program_proves_a_domain_and_is_told_what_it_covers(world: World, mine: Api, acme: Tool) -> None:  # noqa: F811
    answer = mine.post(CHALLENGES, {"tool": "acme", "method": "dns-txt"})
    begun = answer.json()
    path = f"{CHALLENGES}/{begun['id']}"
    assert (answer.status_code, answer.headers["Location"]) == (201, f"http://127.0.0.1:8000{BASE}{path}")
    assert (begun["name"], begun["method"], begun["state"], begun["last"]) == ("acme.example", "dns-txt", "open", None)
    token = begun.pop("token")
    assert f"v=1; t={token}" in begun.pop("instructions")
    assert mine.json(path) == begun

    missing = mine.post(f"{path}/check").json()
    assert (missing["state"], missing["seen"]["verdict"]) == ("open", "fail")
    assert missing["last"] == missing["seen"]
    soon = mine.post(f"{path}/check").json()
    assert (soon["seen"]["code"], soon["last"]) == ("too_soon", missing["last"])

    world.txt("_ai-apps-challenge.acme.example", f"v=1; t={token}")
    OwnershipChallenge.objects.update(tried_at=timezone.now() - dt.timedelta(minutes=1))
    proved = mine.post(f"{path}/check").json()
    assert (proved["state"], proved["seen"]["verdict"]) == ("proved", "pass")
    (claim,) = mine.json(CLAIMS)["results"]
    shown = {name: claim[name] for name in ("id", "name", "scope", "method", "state", "counts", "tools")}
    assert shown == {
        "id": proved["claim"],
        "name": "acme.example",
        "scope": "domain",
        "method": "dns-txt",
        "state": "verified",
        "counts": True,
        "tools": ["acme"],
    }
    assert claim["next_check_at"] == claim["dates"][0]["at"]


def test_the_token_is_told_once(mine: Api) -> None:
    begun = begin(mine)
    for path in (CHALLENGES, f"{CHALLENGES}/{begun['id']}", CLAIMS):
        assert begun["token"] not in mine.get(path).content.decode()
    assert mine.json(f"{CHALLENGES}/{begun['id']}").keys() == begun.keys() - {"token", "instructions"}


def test_by_mail_the_token_is_in_the_mail_alone(mine: Api, mailoutbox: list[Any]) -> None:
    begun = begin(mine, name="www.acme.example", method="email")
    chosen = begin(mine, name="www.acme.example", method="email", address="webmaster@acme.example")
    sent = [mail.to for mail in mailoutbox if mail.to != ["ana@example.com"]]  # who is told of her new key
    assert sent == [["admin@acme.example"], ["webmaster@acme.example"]]
    assert (begun["token"], begun["address"], chosen["address"]) == (
        None,
        "admin@acme.example",
        "webmaster@acme.example",
    )
    refused = mine.post(CHALLENGES, {"name": "acme.example", "method": "email", "address": "ana@example.com"})
    assert (refused.status_code, pointers(refused)) == (422, ["/address"])


def test_a_challenge_whose_time_is_over_is_told_as_expired(mine: Api) -> None:
    path = f"{CHALLENGES}/{begin(mine)['id']}"
    long_ago = timezone.now() - dt.timedelta(days=9)
    OwnershipChallenge.objects.update(created_at=long_ago, expires_at=long_ago + dt.timedelta(days=7))
    assert mine.json(path)["state"] == "expired"
    checked = mine.post(f"{path}/check").json()
    assert (checked["state"], checked["seen"]["code"]) == ("expired", "expired")


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({"name": "co.uk", "method": "dns-txt"}, ["/name"]),
        ({"name": "acme", "method": "package"}, ["/name"]),
        ({"name": "github.com", "method": "http-file"}, ["/method"]),
        ({"name": "gmail.com", "method": "email"}, ["/method"]),
        ({"name": "sites.google.com", "method": "meta"}, ["/method"]),
        ({"name": "pkg:pypi/acme", "method": "package"}, ["/method"]),  # no registry is set
        ({"name": "acme.example", "method": "by-magic"}, ["/method"]),
        ({"name": "", "method": "dns-txt"}, ["/name"]),
        ({"name": "acme.example"}, ["/method"]),
        ({"method": "dns-txt"}, [""]),
        ({"name": "acme.example", "tool": "acme", "method": "dns-txt"}, [""]),
        ({"tool": "none", "method": "dns-txt"}, ["/tool"]),
        ({"name": "acme.example", "method": "dns-txt", "account": 1}, ["/account"]),
        ({"name": ["acme.example"], "method": {}}, ["/name", "/method"]),
    ],
)
def test_what_cannot_be_proved_is_said_with_its_place(
    mine: Api, acme: Tool, asked: dict[str, Any], places: list[str]
) -> None:
    answer = mine.post(CHALLENGES, asked)
    assert (answer.status_code, pointers(answer)) == (422, places)
    assert OwnershipClaim.objects.count() == 0


def test_too_many_at_once_is_a_conflict(mine: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ownership.services, "OPEN", 1)
    begin(mine)
    again = mine.post(CHALLENGES, {"name": "other.example", "method": "dns-txt"})
    assert (again.status_code, again.json()["type"].partition("#")[2]) == (409, "conflict")


def test_the_corpus_of_awkward_strings_begins_nothing(mine: Api) -> None:
    for row in ROWS:
        body = json.dumps({"name": text_of(row), "method": "meta"}).encode("utf-8", "surrogatepass")
        answer = mine.client.generic(
            "POST",
            f"{BASE}{CHALLENGES}",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {mine.key}"},
        )
        try:
            clean_line(text_of(row), max_length=300)
            expected = {201, 422}
        except Unclean:
            expected = {400, 413, 422}
        assert answer.status_code in expected, (row["id"], answer.content)
    # which could be a host: whether it is one only the look tells
    assert list(OwnershipClaim.objects.values_list("name", flat=True)) == ["robots.txt"]


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_nobody_reaches_what_somebody_else_proves(mine: Api) -> None:
    theirs = Api(key_of(person("ben@example.com")))
    path = f"{CHALLENGES}/{begin(theirs)['id']}"
    before = OwnershipChallenge.objects.values().get()
    for method, where in (("GET", path), ("POST", f"{path}/check")):
        answer = mine.send(method, where, None if method == "GET" else {})
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "There is no such challenge, or it is not yours.",
        )
    assert (mine.json(CHALLENGES)["results"], mine.json(CLAIMS)["results"]) == ([], [])
    assert OwnershipChallenge.objects.values().get() == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", CLAIMS),
        ("GET", CHALLENGES),
        ("POST", CHALLENGES),
        ("GET", f"{CHALLENGES}/x"),
        ("POST", f"{CHALLENGES}/x/check"),
    ],
)
def test_every_method_needs_its_scope(ana: User, method: str, path: str) -> None:
    needed = "ownership:read" if method == "GET" else "ownership:write"
    api = Api(key_of(ana, *(scope for scope in SCOPES if scope != needed)))
    answer = api.send(method, path, None if method == "GET" else {})
    assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (403, "missing-scope")


def test_pages_and_programs_share_the_limit_of_proofs(mine: Api, ana: User, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    begun = begin(mine)
    take(limits.PROVE, f"account {ana.pk}", limits.PROVE.quota - 1)
    for path in (CHALLENGES, f"{CHALLENGES}/{begun['id']}/check"):
        answer = mine.post(path, {"name": "other.example", "method": "meta"} if path == CHALLENGES else {})
        assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (429, "too-many")
    assert OwnershipChallenge.objects.count() == 1


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [(CHALLENGES, 2), (CLAIMS, 3)])
def test_lists_take_as_many_statements_whatever_stands_in_them(
    mine: Api, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        begin(mine, name=f"one-{number}.example")
    mine.json(path)
    with django_assert_num_queries(statements):
        found = mine.json(path)
    assert len(found["results"]) == count
    whole = [row for body in pages(mine, f"{path}?limit=2") for row in body["results"]]
    assert whole == found["results"]


@pytest.mark.parametrize("count", [1, 3])
def test_claims_that_count_take_one_statement_more_whatever_they_cover(
    mine: Api, ana: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    now = timezone.now()
    for number in range(count):
        make.tool(slug=f"one-{number}", homepage=f"https://one-{number}.example/")
        OwnershipClaim.objects.create(
            account=ana, name=f"one-{number}.example", method="dns-txt", scope="domain", state="verified",
            proved_at=now, checked_at=now, next_check_at=now, token_hash="0" * 64,
        )  # fmt: skip
    mine.json(CLAIMS)
    with django_assert_num_queries(4):
        found = mine.json(CLAIMS)["results"]
    assert [row["tools"] for row in found] == [[f"one-{number}"] for number in reversed(range(count))]
