"""http-file against real servers over https."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.verification.ownership.conftest import TEXT, World, begin, file_of, home, publish, said
from tests.zoo.animal import Raw, Reply, Request
from verification.models import OwnershipClaim

pytestmark = pytest.mark.django_db
PASSED = ("pass", "found", "verified")


def failed(code: str) -> tuple[str, str, str]:
    return "fail", code, "pending"


def test_a_file_proves_its_host(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    assert said(begun) == failed("missing")
    publish(world, begun)
    assert said(begun) == PASSED
    claim = OwnershipClaim.objects.get()
    seen = claim.evidence["seen"]
    assert (claim.scope, claim.name) == ("host", "acme.example")
    assert (seen["url"], seen["status"], seen["address"], seen["bytes"], seen["sibling_status"]) == (
        f"https://acme.example{file_of(begun)[1]}",
        200,
        "127.0.0.1",
        32,
        404,
    )
    own, sibling = world.asked[-2:]
    assert own == f"GET acme.example{file_of(begun)[1]}"
    assert sibling.rsplit("/", 1)[0] == own.rsplit("/", 1)[0]
    assert sibling != own


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("{a}\n", "found"),
        ("{a}\r\n", "found"),
        ("{a}", "found"),
        ("{a}\n\n", "other_content"),
        ("{a} ", "other_content"),
        (" {a}", "other_content"),
        ("\ufeff{a}", "other_content"),
        ("x{a}", "other_content"),
        ("{a}x", "other_content"),
        ("{first}", "other_content"),
        ("v=1; t={a}", "other_content"),
        ("token={a}\nmore", "other_content"),
        ("", "other_content"),
        ("é{a}", "other_content"),
    ],
)
def test_the_file_holds_the_token_and_nothing_else(world: World, ann: User, written: str, code: str) -> None:
    begun = begin(ann, method="http-file")
    text = written.format(a=begun.token, first=begun.token[:31])
    world.pages[file_of(begun)] = Reply(200, text.encode(), TEXT)
    assert said(begun)[1] == code


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("text/plain", "found"),
        ("Text/Plain; charset=utf-8", "found"),
        ("application/octet-stream", "found"),
        ("text/html", "wrong_type"),
        ("application/json", "wrong_type"),
        ("", "wrong_type"),
    ],
)
def test_types(world: World, ann: User, kind: str, code: str) -> None:
    begun = begin(ann, method="http-file")
    world.pages[file_of(begun)] = Reply(200, begun.token.encode(), kind)
    assert said(begun)[1] == code


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(world: World, ann: User, status: int) -> None:
    begun = begin(ann, method="http-file")
    there = ("www.acme.example", file_of(begun)[1])
    world.pages[there] = Reply(200, begun.token.encode(), TEXT)
    world.pages[file_of(begun)] = Reply(
        status, begun.token.encode(), TEXT, (("Location", f"https://{there[0]}{there[1]}"),)
    )
    assert said(begun) == failed("redirected")
    assert [one.split()[1].split("/")[0] for one in world.asked] == ["acme.example"]


def test_a_site_with_one_page_for_all_addresses_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    world.everything["acme.example"] = lambda request: Reply(body=home(body="Nothing is here, but with status 200."))
    assert said(begun) == failed("wrong_type")
    world.everything["acme.example"] = lambda request: Reply(200, b"Nothing is here, but as text.", TEXT)
    assert said(begun) == failed("other_content")


def test_a_site_that_answers_the_token_everywhere_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    world.everything["acme.example"] = lambda request: Reply(200, begun.token.encode(), TEXT)
    assert said(begun) == ("inconclusive", "answers_alike", "pending")


def test_a_real_file_on_a_site_with_one_page_for_all_others_counts(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    world.everything["acme.example"] = lambda request: Reply(body=home(body="Nothing is here."))
    publish(world, begun)
    assert said(begun) == PASSED


@pytest.mark.parametrize("status", [403, 404, 500])
def test_a_store_that_refuses_other_names_is_fine(world: World, ann: User, status: int) -> None:
    begun = begin(ann, method="http-file")
    world.everything["acme.example"] = lambda request: Reply(status, b"no", TEXT)
    publish(world, begun)
    assert said(begun) == PASSED


@pytest.mark.parametrize("length", [4_097, 100_000])
def test_a_large_file_is_not_read(world: World, ann: User, length: int) -> None:
    begun = begin(ann, method="http-file")
    pieces = [begun.token.encode(), b"\n" * (length - 32)]
    world.pages[file_of(begun)] = Reply(200, b"".join(pieces), TEXT)
    assert said(begun) == failed("too_long")
    world.pages[file_of(begun)] = Reply(200, pieces, TEXT)  # its length is not announced
    assert said(begun) == failed("too_long")


@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [
        (Reply(401, b"", TEXT), "fail", "bad_status"),
        (Reply(206, b"", TEXT), "fail", "bad_status"),
        (Reply(410, b"", TEXT), "fail", "gone"),
        (Reply(403, b"", TEXT), "inconclusive", "forbidden"),
        (Reply(429, b"", TEXT), "inconclusive", "rate_limited"),
        (Reply(451, b"", TEXT), "inconclusive", "unavailable_here"),
        (Reply(500, b"", TEXT), "inconclusive", "server_error"),
        (Reply(503, b"", TEXT), "inconclusive", "server_error"),
        (Reply(200, b"x", TEXT, (("cf-mitigated", "challenge"),)), "inconclusive", "bot_challenge"),
        (Raw(lambda connection: None), "inconclusive", "down"),
        (Raw(lambda connection: connection.sendall(b"hello\r\n\r\n")), "inconclusive", "protocol"),
    ],
)
def test_trouble_is_not_the_same_as_no_file(world: World, ann: User, reply: Any, verdict: str, code: str) -> None:
    begun = begin(ann, method="http-file")
    world.pages[file_of(begun)] = reply if isinstance(reply, Reply) else lambda request: reply
    assert said(begun) == (verdict, code, "pending")


def test_a_file_behind_a_bad_certificate_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann, "expired.example", "http-file")
    publish(world, begun)
    assert said(begun) == failed("tls_invalid")
    assert world.asked == []


def test_a_name_that_leads_into_a_private_network_is_not_asked(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    publish(world, begun)
    world.zone["acme.example", "A"] = ("10.0.0.1",)
    assert said(begun) == failed("blocked")
    assert world.asked == []


def test_a_file_is_not_believed_while_the_other_name_does_not_answer(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    world.everything["acme.example"] = lambda request: Raw(lambda connection: None)
    publish(world, begun)
    assert said(begun) == ("inconclusive", "sibling_unknown", "pending")


def test_a_page_of_a_project_proves_its_own_host_under_a_private_suffix(world: World, ann: User) -> None:
    begun = begin(ann, "alice.github.io", "http-file")
    world.zone["alice.github.io", "A"] = ("127.0.0.1",)
    publish(world, begun)
    assert said(begun) == PASSED
    assert OwnershipClaim.objects.get().name == "alice.github.io"


def test_plain_http_is_never_asked(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    tls: list[bool] = []

    def serve(request: Request) -> Reply:
        tls.append(request.tls)
        return Reply(404, b"", TEXT)

    world.everything["acme.example"] = serve
    said(begun)
    assert tls == [True]


def test_secrets_in_an_address_are_not_kept(world: World, ann: User) -> None:
    begun = begin(ann, method="http-file")
    secret = "ghp_" + "0123456789abcdefABCDEF0123456789abcd"
    world.pages[file_of(begun)] = Reply(302, b"", TEXT, headers=(("Location", f"/login?access_token={secret}"),))
    assert said(begun) == ("fail", "redirected", "pending")
    begun.challenge.refresh_from_db()
    kept = begun.challenge.outcome
    assert (kept["code"], "/login?access_token=" in kept["sentence"], secret in str(kept)) == (
        "redirected",
        True,
        False,
    )
