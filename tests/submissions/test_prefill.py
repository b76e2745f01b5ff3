"""What a site states becomes a partial record with its sources; what it does not state stays unknown."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest

from catalog.records import Record
from catalog.validation import problems_of
from catalog.yamlfile import Located
from submissions.prefill import Hint, LogoCandidate
from tests import make
from tests.submissions.conftest import Read, World
from tests.zoo.animal import Reply, as_json, page
from tests.zoo.sites import prose

pytestmark = pytest.mark.django_db
SITE = "https://lantern.example"
TAGLINE = "Reads scanned papers aloud in nine languages"
LONG = (
    "Paper Lantern reads scanned papers aloud in nine languages and answers questions about them. It runs in a "
    "browser and on phones."
)
HEAD = (
    f'<meta property="og:site_name" content="Paper Lantern"><meta name="description" content="{LONG}">'
    '<link rel="service-desc" href="/api/openapi.json"><link rel="mcp" href="https://lantern.example/mcp">'
    '<link rel="service-doc" href="/manual"><link rel="icon" href="/favicon.svg"><link rel="icon" href="/favicon.ico">'
    '<link rel="icon" sizes="192x192" href="/big.png"><link rel="apple-touch-icon" href="/touch.png">'
    '<meta property="og:image" content="https://pictures.example/wide.png">'
)
LINKS = {
    "See what it costs": "/pricing",
    "GitHub": "https://github.com/lantern/lantern",
    "App Store": "https://apps.apple.com/app/lantern",
    "On PyPI": "https://pypi.org/project/paper-lantern/",
    "Built on": "https://pypi.org/project/requests/",
    "Image": "https://ghcr.io/lantern/reader",
    "Status": "https://status.lantern.example/",
}
OPENAPI = {"openapi": "3.1.0", "info": {"title": "x", "version": "1", "license": {"name": "m", "identifier": "MIT"}},
           "servers": [{"url": "/v1"}], "paths": {}}  # fmt: skip
PYPI = {"info": {"version": "1.2.0", "license_expression": "MIT", "project_urls": {"Home": f"{SITE}/"}},
        "releases": {"1.2.0": [{"upload_time_iso_8601": "2024-01-01T00:00:00Z"}]}}  # fmt: skip
OTHERS = {"info": {"version": "2", "project_urls": {"Home": "https://requests.example/"}},
          "releases": {"2": [{"upload_time_iso_8601": "2014-01-01T00:00:00Z"}]}}  # fmt: skip
REPOSITORY = page("GitHub - lantern/lantern: A lantern for papers", prose(40), links={"MIT license": "/l/LICENSE"})


@pytest.fixture
def site(world: World, settings: Any) -> World:
    """A site that states much, its repository and a registry."""
    settings.PYPI_URL = "https://index.example"
    title = f"Paper Lantern | {TAGLINE}"
    world.pages |= {
        ("lantern.example", "/"): Reply(body=page(title, prose(60), head=HEAD, links=LINKS)),
        ("lantern.example", "/pricing"): Reply(body=page("Prices", "Free: three papers a day", "Pro: €20 per month",
                                                         prose(60))),
        ("lantern.example", "/api/openapi.json"): as_json(OPENAPI),
        ("github.com", "/lantern/lantern"): Reply(body=REPOSITORY),
        ("index.example", "/pypi/paper-lantern/json"): as_json(PYPI),
        ("index.example", "/pypi/requests/json"): as_json(OTHERS),
    }  # fmt: skip
    return world


def with_the_rest(record: Record) -> Record:
    """Return a record that a person has completed."""
    rest = {name: value for name, value in make.record().items() if name not in record or name == "pricing"}
    return record | rest


def test_a_site_is_read_into_a_record(site: World, look: Read) -> None:
    found = look("http://LANTERN.example/?utm_source=mail#top")
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert found.trouble is None
    assert found.record == {
        "homepage": f"{SITE}/",
        "name": "Paper Lantern",
        "tagline": TAGLINE,
        "pricing": {"access": "free_tier", "model": [], "source": "unknown", "said_by": "docs"},
        "plans": [{"name": "Pro", "amount": "20", "currency": "EUR", "period": "month", "seen": today}],
        "licence": "MIT",
        "platforms": ["ios"],
        "links": {"docs": f"{SITE}/manual", "repo": "https://github.com/lantern/lantern", "pricing": f"{SITE}/pricing",
                  "status": "https://status.lantern.example/"},
        "interfaces": [
            {"kind": "rest", "openapi": f"{SITE}/api/openapi.json", "base_url": f"{SITE}/v1", "said_by": "docs"},
            {"kind": "mcp-remote", "url": f"{SITE}/mcp", "said_by": "docs"},
            {"kind": "sdk", "registry": "pypi", "package": "paper-lantern", "said_by": "docs"},
        ],
    }  # fmt: skip
    assert problems_of(Located(with_the_rest(found.record), "", 0), {"ide-assistants": "coding"}) == []


def test_every_field_has_its_source(site: World, look: Read) -> None:
    found = look("lantern.example")
    told = {field: (one["source"], one["url"], one["quote"]) for field, one in found.sources.items()}
    home, prices = f"{SITE}/", f"{SITE}/pricing"
    assert told == {
        "homepage": ("typed", home, home),
        "links.repo": ("jsonld", home, "GitHub: https://github.com/lantern/lantern"),
        "links.status": ("jsonld", home, "Status: https://status.lantern.example/"),
        "licence": ("openapi", f"{SITE}/api/openapi.json", "info.license.identifier: MIT"),
        "interfaces[0]": ("openapi", f"{SITE}/api/openapi.json", "servers.url: /v1"),
        "plans[0]": ("pricing_page", prices, "Pro: €20 per month"),
        "pricing.access": ("pricing_page", prices, "Free: three papers a day"),
        "links.pricing": ("home_page", home, f"link: {prices}"),
        "name": ("home_page", home, "og:site_name: Paper Lantern"),
        "tagline": ("home_page", home, f"title: Paper Lantern | {TAGLINE}"),
        "links.docs": ("home_page", home, f'link rel="service-doc": {SITE}/manual'),
        "interfaces[1]": ("home_page", home, f'link rel="mcp": {SITE}/mcp'),
        "platforms": ("home_page", home, "links: https://apps.apple.com/app/lantern"),
        "interfaces[2]": ("pypi", "https://index.example/pypi/paper-lantern/json",
                          f"paper-lantern 1.2.0 points to {SITE}/"),
    }  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    ages = [(now - dt.datetime.fromisoformat(one["seen_at"])).total_seconds() for one in found.sources.values()]
    assert [age for age in ages if not 0 <= age < 60] == []
    assert found.warnings == {"links.repo": ["It leads to another domain than the home page."]}
    assert [(one["field"], one["value"], one["source"]) for one in found.others] == [
        ("tagline", "A lantern for papers", "repository")
    ]
    json.dumps(found.as_json())


def test_what_does_not_fit_or_is_not_sure_is_offered_as_a_hint(site: World, look: Read) -> None:
    hints = look("lantern.example").hints
    whole = [hint for hint in hints if hint.field == "description"]
    assert {hint.field for hint in hints} == {"description", "interfaces"}  # name and tagline it has
    assert whole == [Hint("description", LONG, "Its meta description has 22 words; a description has 35 to 90.",
                          "home_page", f"{SITE}/")]  # fmt: skip
    assert [(one.field, one.value, one.why) for one in hints if one.field == "interfaces"] == [
        ("interfaces", {"kind": "sdk", "registry": "pypi", "package": "requests"}, "The page names this PyPI package. "
         "The package itself does not point back to your site or repository."),
        ("interfaces", {"kind": "container", "image": "ghcr.io/lantern/reader"}, "The page names this container image. "
         "Nobody was asked whether it is yours."),
    ]  # fmt: skip


def test_a_text_of_fitting_length_is_the_description_and_its_first_sentence_a_hint_for_the_tagline(
    world: World, look: Read
) -> None:
    text = "Turns notes of meetings into a list of who does what until when. " + "It is made for small teams. " * 6
    head = f'<meta property="og:description" content="{text}">'
    world.pages["lantern.example", "/"] = Reply(body=page("Lantern", prose(60), head=head))
    found = look("lantern.example")
    assert (found.record["description"], "tagline" in found.record) == (text.strip(), False)
    assert [(one.field, one.value, one.why) for one in found.hints] == [
        ("tagline", "Turns notes of meetings into a list of who does what until when", "The first sentence of its "
         "og:description."),
    ]  # fmt: skip


def test_logos_are_candidates_the_likeliest_first(site: World, look: Read) -> None:
    assert look("lantern.example").logos == [
        LogoCandidate(f"{SITE}/touch.png", "The icon for the start screens of phones."),
        LogoCandidate(f"{SITE}/big.png", "The icon of the page, 192 pixels wide."),
        LogoCandidate(f"{SITE}/favicon.ico", "The icon of the page."),
        LogoCandidate("https://pictures.example/wide.png", "The picture for shared links."),
    ]


def test_what_is_done_is_told_step_by_step_and_each_place_is_asked_once(site: World, look: Read) -> None:
    told: list[str] = []
    look("lantern.example", tell=told.append)
    assert told == [
        "Reading the home page", "Looking for an AI catalog", "Looking for the description of an MCP server",
        "Looking for the card of an agent", "Looking for an OpenAPI document", "Looking for llms.txt",
        "Reading the page with prices", "Reading the page of the repository",
        "Asking the registry about the PyPI package paper-lantern",
        "Asking the registry about the PyPI package requests",
        "Choosing categories and tags to suggest",
    ]  # fmt: skip
    assert len(site.asked) == len(set(site.asked)) == 12


def test_without_a_registry_packages_are_hints_only(site: World, look: Read, settings: Any) -> None:
    settings.PYPI_URL = ""
    found = look("lantern.example")
    assert [row["kind"] for row in found.record["interfaces"]] == ["rest", "mcp-remote"]
    assert [one.value.get("package") for one in found.hints if one.field == "interfaces"] == [
        "paper-lantern", "requests", None,
    ]  # fmt: skip
    assert [one for one in site.asked if one.startswith("index.example")] == []


def test_a_site_that_states_nothing_leaves_all_unknown(world: World, look: Read) -> None:
    world.pages["lantern.example", "/"] = Reply(body=page("Welcome", prose(60)))
    found = look("lantern.example")
    unknown = {"access": "unknown", "model": [], "source": "unknown", "said_by": "none"}
    assert (found.record, {*found.sources}) == ({"homepage": f"{SITE}/", "pricing": unknown}, {"homepage"})
    why = "The page does not say its name plainly; this is that of its domain."
    assert found.hints == [Hint("name", "Lantern", why, "home_page", f"{SITE}/")]
    assert {one["kind"]: one["nothing"] for one in found.looked if one["nothing"]} == {
        "jsonld": "The home page says nothing in a form that we read.",
        **dict.fromkeys(("ai_catalog", "server_json", "agent_card", "openapi", "llms_txt"), "There is none (404)."),
        "pricing_page": "No page of this site with prices is known.",
    }


def test_a_tool_whose_home_page_is_a_repository(site: World, look: Read) -> None:
    found = look("github.com/lantern/lantern")
    home = "https://github.com/lantern/lantern"
    assert {name: found.record.get(name) for name in ("homepage", "name", "tagline", "licence", "links")} == {
        "homepage": home, "name": "lantern", "tagline": "A lantern for papers", "licence": "MIT",
        "links": {"repo": home},
    }  # fmt: skip
    assert found.notes == ["The home page is a repository on github.com: only that page was read."]
    assert site.asked == ["github.com/robots.txt", "github.com/lantern/lantern"]


def test_nothing_is_begun_when_the_time_is_over(site: World, look: Read) -> None:
    found = look("lantern.example", seconds=-1.0)
    assert (site.asked, found.trouble and found.trouble.code) == ([], "our_side")


# -- suggestions -----------------------------------------------------------------------------------------------------


def test_kind_categories_and_tags_are_suggested_with_reasons(site: World, look: Read) -> None:
    for number in range(3):
        make.tool(name=f"Reader {number}", tagline="Reads scanned papers aloud for people in a hurry",
                  tags=["documents", "papers", "unheard-of"])  # fmt: skip
    found = look("lantern.example")
    said = {(one.field, str(one.value)): one.why for one in found.suggestions}
    assert said == {
        ("kind", "app"): "3 of the 3 nearest listed tools are “App”.",
        ("category", "coding/ide-assistants"): "3 of the 3 nearest listed tools are filed there, such as Reader 0 and "
        "Reader 1.",
        ("tags", "documents"): "The page says it; 3 of the 3 nearest listed tools have it too.",
        ("tags", "papers"): "The page says it; 3 of the 3 nearest listed tools have it too.",
        ("pricing.source", "open_source"): "It names a repository and the licence MIT.",
        ("pricing.model", "['subscription']"): "The plan Pro is paid by the month.",
    }
