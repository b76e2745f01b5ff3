"""The meta tag, against real home pages over https."""

from __future__ import annotations

import pytest

from accounts.models import User
from tests.verification.ownership.conftest import TEXT, World, begin, home, publish, said, tag
from tests.zoo.animal import Reply
from verification import ownership
from verification.models import OwnershipClaim
from verification.ownership import scope

pytestmark = pytest.mark.django_db
PASSED, NO_TAG = ("pass", "found", "verified"), ("fail", "no_tag", "pending")


def test_a_tag_proves_its_host(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    world.pages["acme.example", "/"] = Reply(body=home())
    assert said(begun) == NO_TAG
    publish(world, begun)
    assert said(begun) == PASSED
    claim = OwnershipClaim.objects.get()
    assert (claim.scope, claim.name, claim.evidence["seen"]["tags"]) == (
        "host",
        "acme.example",
        [f"{begun.token[:4]}…"],
    )


@pytest.mark.parametrize(
    "page",
    [
        home("<!-- {tag} -->"),
        home("<noscript>{tag}</noscript>"),
        home("<template>{tag}</template>"),
        home("<script>document.write('{tag}')</script>"),
        home("<title>{tag}</title>"),
        home("<!-- a user's text -- > {tag} -->"),
        home(body="{tag}"),
        home(body="<p>Somebody wrote: {tag}</p>"),
        b"<html><head></head>{tag}<body></body></html>",
        home("{tag}".replace("name=", "property=")).replace(b"{tag}", b"<meta property='ai-apps-verification'>"),
    ],
)
def test_a_tag_that_a_visitor_may_have_written_does_not_count(world: World, ann: User, page: bytes) -> None:
    begun = begin(ann, method="meta")
    world.pages["acme.example", "/"] = Reply(body=page.replace(b"{tag}", tag(begun).encode()))
    assert said(begun) == NO_TAG


@pytest.mark.parametrize("change", [lambda token: f"x{token}", lambda token: f"{token}x", lambda token: token[:-1],
                                    lambda token: token.upper(), lambda token: "0" * 32])  # fmt: skip
def test_no_other_content_counts(world: World, ann: User, change: object) -> None:
    assert callable(change)
    begun = begin(ann, method="meta")
    text = tag(begun).replace(begun.token, change(begun.token))
    world.pages["acme.example", "/"] = Reply(body=home(text))
    assert said(begun) == ("fail", "other_token", "pending")


def test_one_of_several_tags_is_enough(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    other = tag(begun).replace(begun.token, "0" * 32)
    world.pages["acme.example", "/"] = Reply(body=home(other + tag(begun)))
    assert said(begun) == PASSED


@pytest.mark.parametrize(("before", "expected"), [(65_000, PASSED), (66_000, NO_TAG), (3_000_000, NO_TAG)])
def test_only_the_first_64_kib_are_read(world: World, ann: User, before: int, expected: tuple[str, str, str]) -> None:
    begun = begin(ann, method="meta")
    world.pages["acme.example", "/"] = Reply(body=home(f"<style>{' ' * before}</style>{tag(begun)}"))
    assert said(begun) == expected


def test_another_page_of_the_host_may_show_it_another_host_may_not(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    for host in ("acme.example", "www.acme.example"):
        world.pages[host, "/en/"] = Reply(body=home(tag(begun)))
    world.pages["acme.example", "/"] = Reply(302, headers=(("Location", "https://www.acme.example/en/"),))
    assert said(begun) == ("fail", "other_host", "pending")
    world.pages["acme.example", "/"] = Reply(302, headers=(("Location", "http://acme.example/en/"),))
    assert said(begun) == ("fail", "bad_redirect", "pending")
    world.pages["acme.example", "/"] = Reply(302, headers=(("Location", "/en/"),))
    assert said(begun) == PASSED


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply(200, b"{tag}", "text/plain"), ("fail", "wrong_type", "pending")),
        (Reply(404, b"{tag}"), ("fail", "bad_status", "pending")),
        (Reply(503, b"{tag}"), ("inconclusive", "server_error", "pending")),
        (Reply(200, b"<title>Just a moment...</title>{tag}"), ("inconclusive", "bot_challenge", "pending")),
    ],
)
def test_other_answers(world: World, ann: User, reply: Reply, expected: tuple[str, str, str]) -> None:
    begun = begin(ann, method="meta")
    assert isinstance(reply.body, bytes)
    body = reply.body.replace(b"{tag}", tag(begun).encode())
    world.pages["acme.example", "/"] = Reply(reply.status, body, reply.type)
    assert said(begun) == expected


@pytest.mark.parametrize(
    "host", ["alice.github.io", "sites.google.com", "app.vercel.app", "x.hf.space", "a.b.medium.com"]
)
def test_hosts_of_other_peoples_pages_are_refused(world: World, ann: User, host: str) -> None:
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, host, "meta")
    assert refused.value.code == "user_content"
    assert OwnershipClaim.objects.count() == 0


def test_robots_txt_is_asked_first(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    publish(world, begun)
    world.pages["acme.example", "/robots.txt"] = Reply(200, b"User-agent: *\nDisallow: /\n", TEXT)
    assert said(begun) == ("inconclusive", "robots_disallow", "pending")
    assert world.asked == ["GET acme.example/robots.txt"]


def test_a_host_that_became_one_of_other_peoples_pages_proves_nothing(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = begin(ann, method="meta")
    publish(world, begun)
    monkeypatch.setattr(scope, "USER_CONTENT", frozenset({"acme.example"}))
    assert said(begun) == ("fail", "user_content", "pending")
    assert world.asked == []


def test_a_page_of_xhtml_is_not_read_as_html(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    page = f"<html><head><title>x</title><!--> {tag(begun)} --></head><body/></html>"  # to XML one comment
    world.pages["acme.example", "/"] = Reply(200, page.encode(), "application/xhtml+xml")
    assert said(begun) == ("fail", "wrong_type", "pending")
