"""What a claim reaches, and what cannot be claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from tests import make
from tests.verification.ownership.conftest import World, now
from verification import ownership
from verification.models import OwnershipClaim
from verification.models.ownership import Method
from verification.ownership import scope, tokens


@dataclass
class Claim:
    scope: str
    name: str


CASES = [
    # scope, name, address, covered
    ("domain", "acme.com", "https://acme.com/", True),
    ("domain", "acme.com", "https://www.acme.com/x?y=1", True),
    ("domain", "acme.com", "https://a.b.acme.com/", True),
    ("domain", "acme.com", "http://acme.com/", True),
    ("domain", "acme.com", "https://ACME.com:443/", True),
    ("domain", "acme.com", "https://notacme.com/", False),
    ("domain", "acme.com", "https://acme.com.evil.com/", False),
    ("domain", "acme.com", "https://evil.com/acme.com", False),
    ("domain", "acme.com", "https://acme.com@evil.com/", False),
    ("domain", "acme.com", "https://acme.com:8443/", False),
    ("domain", "acme.com", "ftp://acme.com/", False),
    ("domain", "acme.com", "acme.com", False),
    ("domain", "acme.com", "https://acme.com\\.evil.com/", False),
    ("domain", "acme.com", "https://[", False),
    ("domain", "docs.acme.com", "https://docs.acme.com/", True),
    ("domain", "docs.acme.com", "https://v2.docs.acme.com/", True),
    ("domain", "docs.acme.com", "https://acme.com/", False),
    ("domain", "docs.acme.com", "https://www.acme.com/", False),
    ("domain", "xn--bcher-kva.de", "https://bücher.de/", True),
    ("domain", "acme.co.uk", "https://www.acme.co.uk/", True),
    # a private suffix ends what a name above it reaches
    ("domain", "amazonaws.com", "https://bucket.s3.amazonaws.com/", False),
    ("domain", "alice.github.io", "https://alice.github.io/", True),
    ("domain", "alice.github.io", "https://bob.github.io/", False),
    ("host", "acme.com", "https://acme.com/x", True),
    ("host", "acme.com", "https://www.acme.com/", False),
    ("host", "www.acme.com", "https://acme.com/", False),
    ("host", "alice.github.io", "https://alice.github.io/tool/", True),
    ("host", "github.com", "https://github.com/acme/tool", False),  # projects have paths there
    ("domain", "github.com", "https://github.com/acme/tool", False),
    # and so does a platform, whose listings are those of its customers, but for its own
    *(
        ("domain", name, address, False)
        for name, address in (
            ("google.com", "https://sites.google.com/view/acme"),
            ("google.com", "https://chromewebstore.google.com/detail/acme/abc"),
            ("medium.com", "https://medium.com/@alice/tool"),
            ("medium.com", "https://alice.medium.com/tool"),
            ("medium.com", "https://alice.medium.com/"),
            ("apps.apple.com", "https://apps.apple.com/app/acme"),
            ("pypi.org", "https://pypi.org/project/acme/"),
            ("npmjs.com", "https://www.npmjs.com/package/acme"),
            ("gumroad.com", "https://gumroad.com/l/acme"),
            ("replit.com", "https://replit.com/@alice/acme"),
            ("replit.com", "https://replit.com/?acme"),
            ("producthunt.com", "https://www.producthunt.com/posts/acme"),
        )
    ),
    ("host", "medium.com", "https://medium.com/@alice/tool", False),
    ("domain", "replit.com", "https://replit.com/", True),
    ("domain", "google.com", "https://gemini.google.com/app", True),
    ("domain", "alice.pages.dev", "https://alice.pages.dev/tool/", True),
    ("host", "acme.hf.space", "https://acme.hf.space/tool/", True),
    ("package", "pkg:pypi/acme", "https://acme.com/", False),
    ("package", "pkg:npm/@acme/sdk", "pkg:npm/@acme/sdk", True),
    ("package", "pkg:npm/acme", "pkg:pypi/acme", False),
]


@pytest.mark.parametrize(("kind", "name", "address", "covered"), CASES)
def test_what_a_claim_covers(kind: str, name: str, address: str, covered: bool) -> None:
    assert ownership.covers(Claim(kind, name), address) is covered


def held(account: User, kind: str, name: str) -> OwnershipClaim:
    method = {"domain": "dns-txt", "host": "http-file", "package": "package"}[kind]
    return OwnershipClaim.objects.create(
        account=account, scope=kind, name=name, method=method, state="verified", token_hash="a" * 64, proved_at=now(),
        checked_at=now(), next_check_at=now(),
    )  # fmt: skip


@pytest.mark.parametrize(("kind", "name", "address", "covered"), [case for case in CASES if "pkg:" not in case[2]])
def test_the_owners_of_a_tool_are_found_by_the_same_rule(
    ann: User, kind: str, name: str, address: str, covered: bool
) -> None:
    tool = make.tool()
    tool.homepage = address
    claim = held(ann, kind, name)
    assert list(ownership.owners_of(tool)) == ([claim] if covered else [])


def test_owners_are_found_in_one_query_however_many_there_are(
    ann: User, bob: User, django_assert_num_queries: Any
) -> None:
    tool = make.tool(homepage="https://www.acme.com/")
    for count, (account, kind, name) in enumerate(
        [(ann, "domain", "acme.com"), (bob, "host", "www.acme.com"), (bob, "domain", "www.acme.com")], 1
    ):
        held(account, kind, name)
        with django_assert_num_queries(1):
            assert len([str(claim.account) for claim in ownership.owners_of(tool)]) == count


@pytest.mark.parametrize(
    ("typed", "method", "name"),
    [
        ("acme.com", "dns-txt", "acme.com"),
        (" ACME.com. ", "dns-txt", "acme.com"),
        ("https://www.acme.com/pricing?x", "dns-txt", "www.acme.com"),
        ("bücher.de", "meta", "xn--bcher-kva.de"),
        ("alice.github.io", "http-file", "alice.github.io"),
    ],
)
def test_one_spelling_for_each_name(typed: str, method: str, name: str) -> None:
    assert scope.named(typed, Method(method)) == name


@pytest.mark.parametrize(
    ("typed", "method", "code"),
    [
        ("", "dns-txt", "bad_name"),
        ("acme", "dns-txt", "bad_name"),
        ("192.0.2.1", "http-file", "bad_name"),
        ("localhost", "http-file", "bad_name"),
        ("a b.com", "dns-txt", "bad_name"),
        ("acme.internal", "dns-txt", "bad_name"),
        ("x@acme.com", "dns-txt", "bad_name"),
        ("co.uk", "dns-txt", "public_suffix"),
        ("github.io", "dns-txt", "public_suffix"),
        ("vercel.app", "http-file", "public_suffix"),
        ("github.com", "dns-txt", "shared_host"),
        ("huggingface.co", "http-file", "shared_host"),
        ("docs.github.com", "http-file", "shared_host"),
        ("alice.github.io", "meta", "user_content"),
        ("gmail.com", "email", "webmail"),
        ("proton.me", "email", "webmail"),
    ],
)
def test_what_cannot_be_claimed(typed: str, method: str, code: str) -> None:
    with pytest.raises(ownership.BadName) as refused:
        scope.named(typed, Method(method))
    assert refused.value.code == code
    assert refused.value.message.endswith((".", ".)"))


def test_a_package_is_at_most_as_long_as_npm_allows() -> None:
    longest = f"pkg:npm/@{'a' * 100}/{'b' * 112}"
    assert scope.package(longest) == longest
    with pytest.raises(ownership.BadName) as refused:
        scope.package(f"{longest}b")
    assert refused.value.code == "bad_package"


@pytest.mark.parametrize(
    ("name", "brand"),
    [
        ("AI Apps", "ai-apps"),
        ("Café_Tools & more", "cafe-tools-more"),
        ("目录", "catalog"),
        ("--", "catalog"),
        ("x" * 80, "x" * 30),
    ],
)
def test_the_brand_is_made_of_the_sites_name(settings: Any, name: str, brand: str) -> None:
    settings.SITE_NAME = name
    assert tokens.brand() == brand


def test_a_hash_is_bound_to_all_it_was_made_of() -> None:
    bound = {"account": 1, "name": "acme.com", "method": "meta"}
    token = tokens.new_token()
    changes: list[dict[str, Any]] = [{}, {"account": 2}, {"name": "acme.org"}, {"method": "dns-txt"}]
    hashes = {tokens.token_hash(token, **bound | change) for change in changes}  # type: ignore[arg-type]
    hashes.add(tokens.token_hash(tokens.new_token(), **bound))  # type: ignore[arg-type]
    assert len(hashes) == 5
    assert tokens.TOKEN.fullmatch(token)


def test_a_name_with_a_brand_fits_into_a_label(world: World, settings: Any) -> None:
    settings.SITE_NAME = "x" * 200
    assert len(f"_{tokens.brand()}-challenge") <= 63
