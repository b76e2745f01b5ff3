"""The search of this site in a browser's own search field: OpenSearch description and suggestions."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client

from catalog import services
from tests import make

SITE = "https://catalog.example"
SPACE = "{http://a9.com/-/spec/opensearch/1.1/}"
HOSTILE = "Quuxling </script>\"'<b>"


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


def description(client: Client) -> ElementTree.Element:
    response = client.get("/opensearch.xml", headers={"host": "localhost"})
    assert response["Content-Type"] == "application/opensearchdescription+xml; charset=utf-8"
    return ElementTree.fromstring(response.content)


def test_the_description_leads_to_search_and_suggestions_that_work(client: Client) -> None:
    found = description(client)
    assert (found.tag, found.findtext(f"{SPACE}ShortName")) == (f"{SPACE}OpenSearchDescription", "AI Apps")
    templates = {url.get("type"): url.get("template", "") for url in found.iter(f"{SPACE}Url")}
    assert templates == {
        "text/html": f"{SITE}/tools/?q={{searchTerms}}",
        "application/x-suggestions+json": f"{SITE}/suggest?q={{searchTerms}}&format=opensearch",
        "application/opensearchdescription+xml": f"{SITE}/opensearch.xml",
    }
    asked = {kind: url.removeprefix(SITE).replace("{searchTerms}", "elevenl") for kind, url in templates.items()}
    assert client.get(asked["text/html"]).context["tools"][0].slug == "elevenlabs"
    assert client.get(asked["application/x-suggestions+json"]).json()[1][0] == "ElevenLabs"


def test_a_long_name_of_the_site_is_cut_and_a_hostile_one_is_text(client: Client, settings: Any) -> None:
    settings.SITE_NAME = "<Tools> & a very long name"
    found = description(client)
    assert found.findtext(f"{SPACE}ShortName") == "<Tools> & a very"
    assert str(found.findtext(f"{SPACE}Description")).startswith("Search <Tools> & a very long name: ")


def test_pages_name_the_description(client: Client) -> None:
    text = " ".join(client.get("/").content.decode().split())
    link = '<link rel="search" type="application/opensearchdescription+xml" title="AI Apps" href="/opensearch.xml" >'
    assert link in text


def test_suggestions_have_the_shape_that_browsers_ask_for(client: Client) -> None:
    made = make.tool(slug="quux", name="Quuxling", tagline="Quuxes")
    gone = make.tool(name="Quuxlingone")
    services.delist_tools([gone])
    response = client.get("/suggest", {"q": "quuxl", "format": "opensearch"})
    assert response["Content-Type"] == "application/x-suggestions+json"
    assert response.json() == ["quuxl", ["Quuxling"], ["Quuxes"], [f"{SITE}/tools/{made.slug}/"]]
    assert client.get("/suggest", {"q": "", "format": "opensearch"}).json() == ["", [], [], []]


def test_suggestions_refuse_what_they_cannot_use(client: Client) -> None:
    long = client.get("/suggest", {"q": "a" * 300, "format": "opensearch"})
    assert (long.status_code, long.json()) == (400, ["a" * 200, [], [], []])
    assert client.get("/suggest", {"q": "a", "format": "xml"}).status_code == 400


def test_hostile_suggestions_are_data(client: Client) -> None:
    make.tool(name=HOSTILE, tagline=HOSTILE)
    response = client.get("/suggest", {"q": "quuxling", "format": "opensearch"})
    assert (response.json()[1], response["X-Content-Type-Options"]) == ([HOSTILE], "nosniff")
