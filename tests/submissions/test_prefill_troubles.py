"""What a person is told when a site cannot be read: what happened, why, what to do next."""

from __future__ import annotations

import csv
import dataclasses
import html as markup
import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from catalog.logos import RefusedLogo
from core import clean
from core.safehttp import Limits, Policy
from submissions.prefill import Trouble, assembling, fetch_logo, home, read
from submissions.prefill.reading import address
from tests import make
from tests.core.safehttp.hostile import HTTP, MORE
from tests.core.safehttp.world import HERE, addresses, name_server
from tests.submissions.conftest import TEXT, Read, World
from tests.zoo.animal import Raw, Reply, page
from tests.zoo.sites import prose, redirect
from verification.context import OpenGate
from verification.published import crawl
from verification.published.proposal import Source
from verification.reading import html

pytestmark = pytest.mark.django_db
CORPORA = Path(__file__).parents[1] / "corpora"
URLS = [json.loads(line) for line in (CORPORA / "ssrf_urls.jsonl").read_text(encoding="utf-8").splitlines()]
NAUGHTY = [json.loads(line) for line in (CORPORA / "naughty_strings.jsonl").read_text(encoding="utf-8").splitlines()]
ROWS = {row["id"]: row for row in csv.DictReader((CORPORA / "hostile_http.csv").read_text("utf-8").splitlines())}
ROBOTS = " That was for its robots.txt, which comes first; the page itself was not asked for."
BY_HAND = "fill the form in by hand: nothing that you typed is lost."


def told(look: Read, typed: str) -> Trouble:
    found = look(typed)
    assert found.trouble is not None
    assert {*found.record} <= {"homepage", "pricing"}
    assert found.trouble.advice.endswith(BY_HAND)
    return found.trouble


@pytest.mark.parametrize(
    ("typed", "code", "sentence"),
    [
        ("https://nowhere.example/", "no_such_name", "The name nowhere.example does not exist."),
        ("https://inside.example/", "blocked", "https://inside.example/ is an address that we do not call: "
         "inside.example resolves to 10.0.0.1, which is not a public address (private use 10.0.0.0/8). Nothing was "
         f"sent.{ROBOTS}"),
        ("http://bare.example/", "not_https", "The site does not answer over https, and a listing needs an address "
         "with https://: bare.example has no valid certificate: The certificate of bare.example is signed by itself, "
         f"not by a known authority.{ROBOTS}"),
        ("publishes-elsewhere.example", "other_domain",
         "The home page leads to another domain, publishes-all.example."),
        ("challenge-200.example", "bot_challenge",
         "challenge-200.example answered with a test meant for browsers, so we could not see the page behind it."),
        ("https://medium.com/@acme", "platform", "The home page is on medium.com, where others have theirs too: what "
         "is published there is not read as the tool's."),
        ("lantern.example", "absent", "https://lantern.example/ answers with 404 and shows no page."),
        ("", "no_host", "The address names no host."),
        ("javascript:alert(1)", "scheme", "The address must start with https:// or http:// and name a host."),
        ("https://10.0.0.1/", "ip_literal", "10.0.0.1 is an IP address. A listing must use a host name."),
        ("https://a b/", "control_or_space", "The address holds a space or a control character. Remove it or "
         "percent-encode it."),
    ],
)  # fmt: skip
def test_what_happened_and_why(look: Read, typed: str, code: str, sentence: str) -> None:
    found = told(look, typed)
    assert (found.code, found.sentence) == (code, sentence)


def test_robots_txt_is_obeyed_and_the_way_out_said(world: World, look: Read, settings: Any) -> None:
    world.pages["lantern.example", "/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /\n", type=TEXT)
    found = told(look, "lantern.example")
    assert (found.code, world.asked) == ("robots_disallow", ["lantern.example/robots.txt"])
    assert found.advice == (
        "Allow AIAppsBot in your robots.txt (what it does stands at http://testserver/bot/), then read it again. "
        f"Or {BY_HAND}"
    ).replace("http://testserver", settings.SITE_URL)


def test_where_a_site_leads_to_is_offered(look: Read) -> None:
    found = told(look, "publishes-elsewhere.example")
    assert found.target == "https://publishes-all.example/"


def test_a_page_that_is_a_file_is_not_read(world: World, look: Read) -> None:
    world.pages["lantern.example", "/"] = Reply(body=b"%PDF-1.7", type="application/pdf")
    assert told(look, "lantern.example").sentence == "The home page is a file of the kind application/pdf."


def test_a_switch_of_the_operator_is_said(world: World) -> None:
    policy = dataclasses.replace(world.zoo.policy(), enabled=False)
    found = read("lantern.example", gate=OpenGate(), policy=policy)
    assert (found.trouble and found.trouble.code, world.asked) == ("probes_disabled", [])


# -- hostile ---------------------------------------------------------------------------------------------------------


def test_a_site_whose_every_file_is_meant_to_harm(look: Read) -> None:
    found = look("publishes-tricks.example")
    site = "https://publishes-tricks.example"
    assert found.record == {
        "homepage": f"{site}/", "vendor": "Good Works", "links": {"pricing": f"{site}/pricing"},
        "pricing": {"access": "unknown", "model": [], "source": "unknown", "said_by": "none"},
    }  # fmt: skip
    assert [(one.field, one.value) for one in found.hints] == [("name", "Publishes-tricks")]


def test_a_flood_is_not_read(look: Read) -> None:
    found = look("publishes-flood.example")
    assert {*found.record} == {"homepage", "pricing"}


@pytest.mark.parametrize("row", NAUGHTY, ids=[row["id"] for row in NAUGHTY])
def test_naughty_strings_are_cleaned_or_left_out(row: dict[str, Any]) -> None:
    value = markup.escape(row["value"].encode("utf-8", "replace").decode())  # what UTF-8 can carry
    head = "".join(
        f'<meta property="{name}" content="{value}">' for name in ("og:site_name", "og:description", "keywords")
    )
    ld = json.dumps({"@type": "WebApplication", "name": row["value"], "publisher": {"@type": "Organization",
                     "name": row["value"]}}).replace("<", "\\u003c")  # fmt: skip
    text = page(value, prose(60), head=f'{head}<script type="application/ld+json">{ld}</script>').decode(
        "utf-8", "replace"
    )
    read_page = html.read(text, "https://lantern.example/")
    source = Source("home_page", "https://lantern.example/", timezone.now(), "lantern.example")
    found = assembling.begin("lantern.example", "https://lantern.example/", "2026-01-01")
    assembling.add(found, home.look(read_page, source).proposals)
    limits = {"name": 100, "vendor": 100, "tagline": 90}
    wrong = {field: clean.flaw(found.record[field], max_length=limit) for field, limit in limits.items()
             if field in found.record}  # fmt: skip
    assert {field: words for field, words in wrong.items() if words} == {}
    shown = [one.value for one in home.hints(read_page, source, {"name"})]
    assert [one for one in shown if "<" in one or any(not char.isprintable() for char in one)] == []


# who types an address leaves the scheme out or copies a space along: these are taken as they are meant
MEANT = {"S107", "S467", "S469", "S477"}
BLOCKED = [row for row in URLS if row["verdict"] == "block" and row["id"] not in MEANT]


def test_what_people_type_beside_an_address_is_taken_off() -> None:
    assert {address(row["url"]) for row in URLS if row["id"] in MEANT} == {"https://example-ai.com/"}


@pytest.mark.parametrize("row", BLOCKED, ids=[row["id"] for row in BLOCKED])
def test_addresses_that_lead_inside_are_refused_and_nothing_is_dialled(
    row: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    dialled: list[Any] = []
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: dialled.append(address))
    with name_server(addresses(row.get("answers", ["93.184.216.34"]))) as names:
        found = read(row["url"], gate=OpenGate(), policy=Policy(resolver=(HERE, names.port)))
    assert found.trouble is not None
    assert found.trouble.advice.endswith(BY_HAND)
    assert [address for address in dialled if address[0] != HERE] == []


@pytest.mark.parametrize("name", [*HTTP, *MORE])
def test_hostile_servers_end_in_a_sentence_and_in_time(
    name: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawl, "MANNERS", dataclasses.replace(crawl.MANNERS, limits=Limits(total=0.4)))
    handler = (HTTP.get(name) or MORE[name])[0]
    world.everything = lambda request: Raw(
        lambda connection: handler(connection, f"GET {request.path} HTTP/1.1\r\n\r\n")
    )
    begun = time.monotonic()
    found = read("lantern.example", gate=OpenGate(), policy=world.zoo.policy())
    assert time.monotonic() - begun < 15
    read_ok = name in ROWS and ROWS[name]["expected_verdict"] == "ok"
    assert found.trouble is not None or read_ok or {*found.record} == {"homepage", "pricing"}


# -- the logo --------------------------------------------------------------------------------------------------------

URL = "https://pictures.example/logo.png"


def logo(world: World) -> tuple[int, int]:
    found = fetch_logo(URL, "https://lantern.example/", gate=OpenGate(), policy=world.zoo.policy())
    return found.width, found.height


def test_a_logo_is_fetched_politely_and_drawn_anew(world: World) -> None:
    world.pages["pictures.example", "/logo.png"] = Reply(body=make.picture(), type="text/html")
    assert (logo(world), world.asked) == ((200, 100), ["pictures.example/robots.txt", "pictures.example/logo.png"])


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Reply(404), "absent"), (Reply(body=b"<svg/>", type="image/svg+xml"), "svg"), (Reply(500), "server_error"),
        (Reply(body=b"\x89PNG\r\n\x1a\n" + b"x" * 1_100_000, type="image/png"), "too_large"),
        (redirect("https://inside.example/logo.png"), "blocked"),
    ],
)  # fmt: skip
def test_a_logo_that_cannot_be_fetched_is_refused_with_a_reason(world: World, answer: Reply, code: str) -> None:
    world.pages["pictures.example", "/logo.png"] = answer
    with pytest.raises(RefusedLogo) as refused:
        logo(world)
    assert refused.value.code == code
    assert refused.value.message.endswith(".")
