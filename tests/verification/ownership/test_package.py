"""The reference in a package, against a package index on loopback."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.conf import settings as site

from accounts.models import User
from tests.verification.ownership.conftest import World, begin, check, said
from tests.zoo.animal import Reply
from verification import ownership
from verification.models import OwnershipClaim
from verification.ownership import Started
from verification.ownership.methods import package

pytestmark = pytest.mark.django_db
PYPI, NPM = ("index.example", "/pypi/acme-sdk/json"), ("index.example", "/@acme%2Fsdk")


@pytest.fixture(autouse=True)
def registries(world: World, settings: Any) -> None:
    settings.PYPI_URL = settings.NPM_URL = "https://index.example"


def pypi(world: World, **info: Any) -> None:
    world.pages[PYPI] = Reply(200, json.dumps({"info": info}).encode(), "application/json")


def npm(world: World, **fields: Any) -> None:
    world.pages[NPM] = Reply(200, json.dumps(fields).encode(), "application/json")


def listing(begun: Started) -> str:
    return f"{site.SITE_URL}/tools/acme/#{begun.token}"


@pytest.mark.parametrize("name", ["pkg:pypi/acme-sdk", " pkg:pypi/Acme_SDK", "pkg:pypi/acme.sdk"])
def test_a_line_of_the_readme_proves_that_package_only(world: World, ann: User, name: str) -> None:
    begun = begin(ann, name, "package")
    pypi(world, description="# Acme\n")
    assert said(begun) == ("fail", "missing", "pending")
    pypi(world, description=f"# Acme\n<!-- ai-apps-verification: {begun.token} -->\n")
    assert said(begun) == ("pass", "found", "verified")
    claim = OwnershipClaim.objects.get()
    assert (claim.scope, claim.name) == ("package", "pkg:pypi/acme-sdk")
    covered = ["pkg:pypi/acme-sdk", "pkg:pypi/ACME.sdk", "pkg:npm/acme-sdk", "pkg:pypi/acme", "https://acme.example/"]
    assert [ownership.covers(claim, one) for one in covered] == [True, True, False, False, False]


def test_a_project_url_or_homepage_with_the_token_proves_it(world: World, ann: User) -> None:
    begun = begin(ann, "pkg:pypi/acme-sdk", "package")
    pypi(world, project_urls={"Homepage": "https://acme.example/", "Listing": listing(begun)})
    assert said(begun) == ("pass", "found", "verified")
    begun = begin(ann, "pkg:npm/@acme/sdk", "package")
    npm(world, **{"dist-tags": {"latest": "2.0.0"}, "versions": {"2.0.0": {"homepage": listing(begun)}}})
    assert said(begun) == ("pass", "found", "verified")


def test_the_latest_version_on_npm_is_read_not_an_old_one(world: World, ann: User) -> None:
    begun = begin(ann, "pkg:npm/@acme/sdk", "package")
    old, new = {"homepage": listing(begun)}, {"homepage": "https://acme.example/"}
    npm(world, **{"dist-tags": {"latest": "2.0.0"}, "versions": {"1.0.0": old, "2.0.0": new}})
    assert said(begun) == ("fail", "missing", "pending")
    npm(world, readme=f"ai-apps-verification: {begun.token}")
    assert said(begun) == ("pass", "found", "verified")


@pytest.mark.parametrize(
    "readme",
    [
        "Somebody wrote: ai-apps-verification: {a}",
        "ai-apps-verification: {a} or so",
        "ai-apps-verification: {a}0",
        "ai-apps-verification: 0{a}",
        "other-verification: {a}",
        "{a}",
        "x" * 600_000 + "\nai-apps-verification: {a}",
    ],
)
def test_text_that_only_mentions_the_token_does_not_count(world: World, ann: User, readme: str) -> None:
    begun = begin(ann, "pkg:pypi/acme-sdk", "package")
    pypi(world, description=readme.format(a=begun.token))
    assert said(begun) == ("fail", "missing", "pending")


def test_the_address_of_the_listing_alone_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann, "pkg:pypi/acme-sdk", "package")
    links = {
        "Listing": f"{site.SITE_URL}/tools/acme/",
        "Other": f"https://evil.example/#{begun.token}",
        "Mine": f"https://evil.example/?{listing(begun)}",
    }
    pypi(world, project_urls=links)
    assert said(begun) == ("fail", "missing", "pending")


def test_the_token_of_another_account_is_another_token(world: World, ann: User, bob: User) -> None:
    begun, other = begin(ann, "pkg:pypi/acme-sdk", "package"), begin(bob, "pkg:pypi/acme-sdk", "package")
    pypi(world, description=f"ai-apps-verification: {begun.token}")
    assert said(other) == ("fail", "other_token", "pending")
    assert said(begun) == ("pass", "found", "verified")


@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [
        (Reply(404, b"{}", "application/json"), "fail", "no_package"),
        (Reply(500, b"", "application/json"), "inconclusive", "registry_trouble"),
        (Reply(429, b"", "application/json"), "inconclusive", "registry_trouble"),
        (Reply(200, b"<html>", "text/html"), "inconclusive", "registry_trouble"),
        (Reply(200, b"[]", "application/json"), "inconclusive", "registry_trouble"),
        (Reply(200, b'{"info": 5}', "application/json"), "fail", "missing"),
        (Reply(200, b'{"info": {"project_urls": [1], "description": 7}}', "application/json"), "fail", "missing"),
    ],
)
def test_answers_of_the_registry(world: World, ann: User, reply: Reply, verdict: str, code: str) -> None:
    begun = begin(ann, "pkg:pypi/acme-sdk", "package")
    world.pages[PYPI] = reply
    outcome = check(begun)
    assert (str(outcome.verdict), outcome.code) == (verdict, code)


@pytest.mark.parametrize(
    "name",
    [
        "pkg:pypi/",
        "pkg:gem/x",
        "acme-sdk",
        "pkg:pypi/@acme/sdk",
        "pkg:npm/a/b",
        "pkg:npm/..",
        "pkg:pypi/x?y",
        "pkg:pypi/a b",
        "https://pypi.org/project/x",
    ],
)
def test_what_is_no_package(ann: User, name: str) -> None:
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, name, "package")
    assert refused.value.code == "bad_package"


def test_without_a_registry_there_is_nothing_to_begin(ann: User, settings: Any) -> None:
    settings.PYPI_URL = ""
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, "pkg:pypi/acme-sdk", "package")
    assert refused.value.code == "no_registry"


@pytest.mark.parametrize("latest", [["2.0.0"], {}, 2, None])
def test_a_latest_version_that_is_no_text_is_none(latest: Any) -> None:
    assert package.tokens("pkg:npm/acme", {"dist-tags": {"latest": latest}, "versions": {"2.0.0": {}}}) == []
