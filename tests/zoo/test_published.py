"""What vendors publish becomes proposals with a source; hostile sources propose nothing."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.safehttp import Policy
from tests import make
from tests.zoo.server import Zoo
from verification import polite
from verification.contract import Interface, Listing
from verification.models import Evidence, ProposedFact
from verification.published.crawl import SOURCES, Crawl, crawl, platform_of


def look(zoo: Zoo, name: str) -> Crawl:
    return crawl(zoo.animals[f"{name.replace(chr(95), chr(45))}.example"].plain_listing(), policy=zoo.policy())


def said(found: Crawl) -> dict[str, list[tuple[str, Any]]]:
    return {one.kind: [(proposal.field, proposal.value) for proposal in one.proposals] for one in found.looks}


def test_a_site_that_publishes_everything(zoo: Zoo) -> None:
    before = zoo.hits["publishes-all.example"]
    found = look(zoo, "publishes_all")
    site = "https://publishes-all.example"
    tagline = ("tagline", "Reads scanned papers aloud in nine languages")
    assert said(found) == {
        "jsonld": [
            ("name", "Paper Lantern"), tagline, ("launched", "2024-05-06"), ("vendor", "Lantern Works"),
            ("platforms", ["android", "macos", "windows"]), ("licence", "Apache-2.0"),
            ("plan", {"name": "Team", "amount": "49", "currency": "EUR", "period": "month"}),
            ("docs_url", f"{site}/docs"), ("pricing_url", f"{site}/pricing"), ("repo_url", "https://github.com/l/l"),
        ],
        "ai_catalog": [("vendor", "Lantern Works"), ("docs_url", f"{site}/docs"),
                       ("interface", {"kind": "mcp-remote", "url": f"{site}/mcp"})],
        "server_json": [
            ("name", "Paper Lantern"), ("tagline", "Reads scanned papers aloud and answers questions"),
            ("repo_url", "https://github.com/lantern/lantern"),
            ("interface", {"kind": "mcp-package", "registry": "pypi", "package": "paper-lantern",
                           "env": "LANTERN_KEY"}),
        ],
        "agent_card": [
            ("name", "Paper Lantern"), tagline, ("vendor", "Lantern Works"),
            ("docs_url", "https://docs.lantern-elsewhere.example/"),
            ("interface", {"kind": "a2a", "url": f"{site}/.well-known/agent-card.json"}),
            ("modality_in", ["document", "image"]), ("modality_out", ["audio"]),
        ],
        "openapi": [
            ("licence", "Apache-2.0"),
            ("interface", {"kind": "rest", "openapi": f"{site}/openapi.json", "auth": "apiKey",
                           "base_url": f"{site}/v1"}),
        ],
        "llms_txt": [("name", "Paper Lantern"), tagline, ("api_url", f"{site}/api"), ("status_url", f"{site}/status")],
        "pricing_page": [("plan", {"name": "Pro", "amount": "20", "currency": "USD", "period": "month"}),
                         ("access", "free_tier")],
    }  # fmt: skip
    assert set(said(found)) == set(SOURCES)
    assert zoo.hits["publishes-all.example"] - before == 8  # robots.txt, and each source once
    assert len(found.exchanges) == 8


def test_every_proposal_has_its_quote_source_and_date(zoo: Zoo) -> None:
    proposals = look(zoo, "publishes_all").proposals
    assert [one for one in proposals if not one.quote or not one.source_url.startswith("https://")] == []
    assert {one.at.date() for one in proposals} <= {dt.datetime.now(dt.UTC).date()}
    price = next(one for one in proposals if one.source_kind == "pricing_page" and one.field == "plan")
    assert (price.quote, price.flags) == ("Pro: $20 per month", ("currency_sign",))
    flagged = [one.value for one in proposals if "other_domain" in one.flags]
    assert flagged == [
        "https://github.com/l/l", "https://github.com/lantern/lantern", "https://docs.lantern-elsewhere.example/",
    ]  # fmt: skip


def test_hostile_sources_propose_nothing_harmful(zoo: Zoo) -> None:
    found = look(zoo, "publishes_tricks")
    assert [(one.field, one.value) for one in found.proposals] == [
        ("vendor", "Good Works"), ("pricing_url", "https://publishes-tricks.example/pricing"),
    ]  # fmt: skip
    nothing = {one.kind: one.nothing for one in found.looks if one.nothing}
    assert nothing == {
        "ai_catalog": "The document is nested too deeply.",
        "server_json": "It says nothing in a form that we read.",
        "agent_card": "It leads to another domain, publishes-all.example.",
        "openapi": "The document's aliases would make it far larger than it is.",
        "llms_txt": "A web page is there instead.",
        "pricing_page": "It states no plan with its price on one line.",
    }


def test_a_flood_and_files_that_are_not_what_they_say(zoo: Zoo) -> None:
    found = look(zoo, "publishes_flood")
    assert found.proposals == []
    openapi = next(one for one in found.looks if one.kind == "openapi")
    assert openapi.nothing.startswith("publishes-flood.example answered with more than we read")


@pytest.mark.parametrize("name", ["publishes_elsewhere", "robots_broken", "challenge_200"])
def test_nothing_is_read_where_the_home_page_is_not_the_vendors_to_read(zoo: Zoo, name: str) -> None:
    found = crawl(zoo.animals[f"{name.replace('_', '-')}.example"].plain_listing(), policy=zoo.policy())
    assert [one.kind for one in found.looks] == ["jsonld"]
    assert found.proposals == []


def test_prices_and_documents_of_other_domains_are_not_read(zoo: Zoo) -> None:
    listing = replace(
        zoo.animals["publishes-tricks.example"].plain_listing(), pricing_url="https://publishes-all.example/pricing",
        interfaces=(Interface("rest", openapi="https://publishes-all.example/openapi.json"),),
    )  # fmt: skip
    found = crawl(listing, policy=zoo.policy())
    looks = {one.kind: (one.url, one.nothing) for one in found.looks}
    assert looks["pricing_page"] == (listing.pricing_url, "No page of this site with prices is known.")
    assert looks["openapi"][0] == "https://publishes-tricks.example/openapi.json"
    assert [one for look in found.looks for one in look.exchanges if look.kind == "pricing_page"] == []
    own = replace(listing, interfaces=(Interface("rest", openapi="https://publishes-tricks.example/other.json"),))
    kept = {one.kind: one.url for one in crawl(own, policy=zoo.policy()).looks}
    assert kept["openapi"] == "https://publishes-tricks.example/other.json"


def test_documents_that_are_gone_have_answered_and_those_that_are_broken_have_not(zoo: Zoo) -> None:
    tricks = {one.kind: one.answered for one in look(zoo, "publishes_tricks").looks}
    assert tricks == {
        "jsonld": True, "ai_catalog": False, "server_json": True, "agent_card": False, "openapi": False,
        "llms_txt": True, "pricing_page": True,
    }  # fmt: skip
    assert [one.answered for one in look(zoo, "publishes_elsewhere").looks] == [False]
    bare = {one.kind: one.answered for one in look(zoo, "healthy").looks}
    assert (bare["server_json"], bare["agent_card"]) == (True, True)


@pytest.mark.parametrize(
    ("homepage", "host"),
    [("https://github.com/acme/tool", "github.com"), ("https://huggingface.co/spaces/a/b", "huggingface.co"),
     ("https://medium.com/@acme", "medium.com"), ("https://apps.apple.com/app/acme", "apps.apple.com"),
     ("https://acme.substack.com/", "acme.substack.com"), ("https://hub.docker.com/", "hub.docker.com")],
)  # fmt: skip
def test_a_platform_does_not_speak_for_the_tools_on_it(homepage: str, host: str) -> None:
    found = crawl(Listing("tool", "Acme tool", homepage))
    assert [(one.kind, one.nothing, one.exchanges, one.answered) for one in found.looks] == [(
        "jsonld", f"The home page is on {host}, where others have theirs too: what is published there is not read as "
        "the tool's.", [], False,
    )]  # fmt: skip


@pytest.mark.parametrize("homepage", ["https://github.com/", "https://www.kaggle.com", "https://acme.example/github"])
def test_a_platform_speaks_for_itself_and_a_vendor_for_its_own(homepage: str) -> None:
    assert platform_of(homepage) == ""


@pytest.mark.django_db
def test_the_command_says_why_a_platform_is_not_read() -> None:
    call_command("published", "https://github.com/acme/tool", stdout=(out := StringIO()))
    assert out.getvalue().splitlines() == [
        "JSON-LD and links of the home page The home page is on github.com, where others have theirs too: what is "
        "published there is not read as the tool's.",
        "0 proposed, 0 as the listing says.",
    ]


@pytest.mark.django_db
def test_the_command_prints_a_diff_and_writes_nothing_until_it_is_asked_to(
    zoo: Zoo, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polite, "SPACING", 0.0)
    monkeypatch.setattr(Policy, "from_settings", classmethod(lambda cls: zoo.policy()))
    tool = make.tool(name="Paper Lantern", vendor="Lantern Works", homepage="https://publishes-all.example/")
    out, err = StringIO(), StringIO()
    call_command("published", tool.slug, json=True, stdout=out, stderr=err)
    printed = json.loads(out.getvalue())
    assert (printed["tool"], printed["requests"], len(printed["sources"])) == (tool.slug, 8, 7)
    assert [(one["current"], one["value"]) for one in printed["proposals"] if one["field"] == "launched"] == [
        (None, "2024-05-06")
    ]
    assert len(err.getvalue().splitlines()) == 7
    assert ProposedFact.objects.count() == 0

    call_command("published", tool.slug, propose=True, stdout=out)
    assert ProposedFact.objects.filter(tool=tool, state="open").count() == len(printed["proposals"])
    row = ProposedFact.objects.get(field="launched")
    assert Evidence.objects.filter(sha256=row.evidence).count() == 1

    call_command("published", "https://publishes-all.example/", stdout=(plain := StringIO()))
    assert plain.getvalue().count("+ 2024-05-06") == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "propose"), [("no-such-tool", False), ("https://publishes-all.example/", True)])
def test_the_command_refuses_what_it_cannot_do(what: str, propose: bool) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("published", what, propose=propose)
    assert refused.value.returncode == 2
