"""The personal feed: its address, what is in it, and how it is made anew."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import Category, Newsletter, Tool
from catalog.personal import feed, follows
from tests import make

ATOM = "{http://www.w3.org/2005/Atom}"


def address(client: Client) -> str:
    found = re.search(
        r"http://127\.0\.0\.1:8000(/feeds/personal/[^<]+\.xml)", client.get("/following/").content.decode()
    )
    assert found
    return found[1]


def titles(path: str) -> list[str | None]:
    answer = Client().get(path)
    assert answer.status_code == 200
    root = ElementTree.fromstring(answer.content)
    return [entry.findtext(f"{ATOM}title") for entry in root.findall(f"{ATOM}entry")]


def test_who_has_the_address_reads_it_without_a_cookie(as_ana: Client, ana: User) -> None:
    tool = make.tool(name="Acme")
    as_ana.post("/following/", {"tool": tool.slug})
    as_ana.post("/following/", {"category": "coding"})
    path = address(as_ana)
    assert titles(path) == []
    make.tool(name="Fresh <b>")
    services.delist_tools([tool])
    coding = Category.objects.get(slug="coding").name
    assert titles(path) == ["Acme: removed from the catalog.", f"New in {coding}: Fresh <b>"]
    answer = Client().get(path)
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert (answer["Cache-Control"], answer["X-Robots-Tag"]) == ("private, no-cache", "noindex")
    assert dict(answer.cookies) == {}
    assert "ana@example.com" not in answer.content.decode()
    root = ElementTree.fromstring(answer.content)
    assert root.findtext(f"{ATOM}id") == f"http://127.0.0.1:8000{path}"
    assert {entry.find(f"{ATOM}link").get("href") for entry in root.findall(f"{ATOM}entry")} == {  # type: ignore[union-attr]
        "http://127.0.0.1:8000/following/",
        "http://127.0.0.1:8000/tools/" + Tool.objects.get(name="Fresh <b>").slug + "/",
    }


def test_entries_keep_their_ids(as_ana: Client) -> None:
    as_ana.post("/following/", {"category": "coding"})
    make.tool(name="Fresh")
    found = []
    for _ in range(2):
        root = ElementTree.fromstring(Client().get(address(as_ana)).content)
        found.append([entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")])
        as_ana.post("/following/feed/")
    assert found[0] == found[1]
    assert len(found[0]) == 1


def test_a_new_address_ends_the_old_one_at_once(as_ana: Client) -> None:
    as_ana.post("/following/", {"tool": "ollama"})
    old = address(as_ana)
    answer = as_ana.post("/following/feed/")
    assert answer["Location"] == "/following/#feed"
    assert address(as_ana) != old
    assert Client().get(old).status_code == 404
    assert titles(address(as_ana)) == []


def test_the_address_is_made_on_request_and_never_by_looking(as_ana: Client, client: Client) -> None:
    assert "Make the address of your feed" in as_ana.get("/following/").content.decode()
    assert Newsletter.objects.count() == 0
    as_ana.post("/following/feed/")
    assert titles(address(as_ana)) == []
    assert as_ana.get("/following/feed/").status_code == 405
    assert client.post("/following/feed/")["Location"] == "/account/sign-in/?next=/"


def test_what_the_database_holds_opens_no_feed(ana: User) -> None:
    newsletter = follows.newsletter_of(ana)
    token = feed.token(newsletter)
    assert feed.find(token) == newsletter
    key, _, seal = token.rpartition(".")
    assert len(seal) == 32
    for wrong in (key, f"{key}.", f"{key}.{'0' * 32}", f".{seal}", f"{key}.{seal}0", f"{key}x.{seal}", "é.é"):
        assert feed.find(wrong) is None, wrong
        assert Client().get(f"/feeds/personal/{wrong}.xml").status_code == 404


def test_another_secret_key_ends_all_addresses(ana: User, settings: Any) -> None:
    token = feed.token(follows.newsletter_of(ana))
    settings.SECRET_KEY = "another"
    assert feed.find(token) is None


def test_a_closed_account_has_no_feed(ana: User) -> None:
    token = feed.token(follows.newsletter_of(ana))
    ana.is_active = False
    ana.save()
    assert feed.find(token) is None


def test_the_feed_holds_the_latest_fifty(ana: User) -> None:
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    services.create_tools([make.record(name=f"N {n}") for n in range(60)], categories=make.categories())
    newsletter = Newsletter.objects.get(user=ana)
    assert len(feed.of(newsletter).items) == 50
