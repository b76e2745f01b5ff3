"""JSON-LD: what pages say in schema.org's words is valid, true, absolute, and cannot break out of its element."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
from django.test import Client
from django.utils.html import escape

from catalog import services
from catalog.models import Collection, Tool
from core.templatetags import ui
from tests import make

SITE = "https://catalog.example"
TEXT = {"type": "string", "minLength": 1}
OURS = {"type": "string", "pattern": "^https://catalog\\.example/"}
WEB = {"type": "string", "pattern": "^https?://"}
PRICE = {"price": {"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"}, "priceCurrency": {"pattern": "^[A-Z]{3}$"}}


def thing(kind: str, required: list[str], properties: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object of that type without other properties."""
    return {
        "type": "object",
        "required": ["@type", *required],
        "additionalProperties": False,
        "properties": {"@context": {"const": "https://schema.org"}, "@type": {"const": kind}, **properties},
    }


def steps(key: str) -> dict[str, Any]:
    properties = {"position": {"type": "integer", "minimum": 1}, "name": TEXT, key: OURS}
    return {"type": "array", "items": thing("ListItem", ["position", "name", key], properties)}


CREATIVE = {"@type": {"const": "CreativeWork"}, "name": TEXT, "url": WEB}
OFFER = thing(
    "Offer",
    ["name", "price", "priceCurrency"],
    {
        "name": TEXT,
        "url": WEB,
        **PRICE,
        "priceSpecification": {"type": "object", "required": ["price", "priceCurrency"]},
    },
)
COMMON = {
    "@id": {"type": "string", "pattern": "^https://catalog\\.example/tools/[a-z0-9-]+/#tool$"},
    "name": TEXT,
    "description": TEXT,
    "url": WEB,
    "mainEntityOfPage": OURS,
    "sameAs": {"type": "array", "items": WEB, "minItems": 1},
    "image": {**OURS, "pattern": "/card\\.png$"},
    "author": thing("Organization", ["name"], {"name": TEXT}),
    "license": {"type": "object", "properties": CREATIVE, "additionalProperties": False},
    "datePublished": {"pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"},
    "keywords": {"type": "array", "items": TEXT, "minItems": 1},
    "isAccessibleForFree": {"const": True},
}
APPLICATION = {
    "applicationCategory": TEXT,
    "applicationSubCategory": TEXT,
    "operatingSystem": TEXT,
    "softwareHelp": {"type": "object", "properties": CREATIVE, "additionalProperties": False},
    "offers": {"type": "array", "items": OFFER, "minItems": 1},
}
NEEDED = ["@context", "@id", "name", "description", "mainEntityOfPage", "image"]
SEARCH = thing("SearchAction", ["target", "query-input"], {"target": {"type": "object"}, "query-input": TEXT})
SCHEMAS = {
    "SoftwareApplication": thing("SoftwareApplication", [*NEEDED, "applicationCategory"], COMMON | APPLICATION),
    "Dataset": thing("Dataset", NEEDED, COMMON),
    "BreadcrumbList": thing("BreadcrumbList", ["@context", "itemListElement"], {"itemListElement": steps("item")}),
    "WebSite": thing("WebSite", ["name", "url"], {"name": TEXT, "url": OURS, "potentialAction": SEARCH}),
    "ItemList": thing(
        "ItemList",
        ["name", "numberOfItems", "itemListElement"],
        {
            "name": TEXT,
            "description": TEXT,
            "url": OURS,
            "numberOfItems": {"type": "integer"},
            "itemListElement": steps("url"),
        },
    ),
}


@pytest.fixture(autouse=True)
def _site(settings: Any) -> None:
    settings.SITE_URL = SITE


def data(client: Client, path: str) -> dict[str, Any]:
    """Return the things a page states, by type; every one is valid."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', client.get(path).content.decode())
    things = {one["@type"]: one for one in map(json.loads, found)}
    assert len(things) == len(found)
    for kind, one in things.items():
        jsonschema.Draft202012Validator(SCHEMAS[kind]).validate(one)
        assert one["@context"] == "https://schema.org"
    return things


# -- pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/", {"WebSite"}),
        ("/tools/ollama/", {"SoftwareApplication", "BreadcrumbList"}),
        ("/categories/coding/", {"BreadcrumbList"}),
        ("/categories/ide-assistants/", {"BreadcrumbList"}),
        ("/collections/run-models-locally/", {"ItemList"}),
        ("/tools/", set()),
        ("/new/", set()),
        ("/tools/nosuch/", set()),
    ],
)
def test_pages_state_what_they_are_about(client: Client, path: str, kinds: set[str]) -> None:
    assert set(data(client, path)) == kinds


def test_every_kind_of_tool_of_the_seed_is_stated_validly(client: Client) -> None:
    kinds = dict(Tool.objects.listed().order_by("kind", "slug").values_list("kind", "slug"))
    stated = {kind: set(data(client, f"/tools/{slug}/")) - {"BreadcrumbList"} for kind, slug in kinds.items()}
    assert stated.pop("dataset") == {"Dataset"}
    assert set(map(frozenset, stated.values())) == {frozenset({"SoftwareApplication"})}


def test_all_that_is_known_of_a_tool_is_stated(client: Client) -> None:
    made = make.tool(
        slug="zebra",
        name="Zebra",
        vendor="Zoo",
        licence="MIT OR Apache-2.0",
        launched="2024-03",
        launched_said_by="editor",
        platforms=["web", "android", "windows", "cli"],
        pricing={"access": "free_tier", "model": ["subscription"], "source": "open_source", "said_by": "editor"},
        plans=[
            {"name": "Pro", "amount": 60, "currency": "EUR", "period": "year", "seen": "2026-11-01"},
            {"name": "Call", "amount": "0.015", "period": "unit", "unit": "1,000 characters", "seen": "2026-11-01"},
            {"name": "Box", "amount": 99, "period": "once", "seen": "2026-11-01"},
        ],
        links={
            "docs": "https://docs.example.com",
            "repo": "https://code.example.com/z",
            "pricing": "https://p.example.com",
        },
    )
    eur, usd = {"priceCurrency": "EUR"}, {"priceCurrency": "USD"}
    per = {"@type": "QuantitativeValue", "value": 1}
    special = {"@type": "UnitPriceSpecification"}
    offer = {"@type": "Offer", "url": "https://p.example.com"}
    year = {**special, "price": "60", **eur, "referenceQuantity": {**per, "unitCode": "ANN"}}
    call = {**special, "price": "0.015", **usd, "referenceQuantity": {**per, "unitText": "1,000 characters"}}
    assert data(client, "/tools/zebra/")["SoftwareApplication"] == {
        "@context": "https://schema.org",
        "@type": "SoftwareApplication",
        "@id": f"{SITE}/tools/zebra/#tool",
        "name": "Zebra",
        "description": made.tagline,
        "url": made.homepage,
        "mainEntityOfPage": f"{SITE}/tools/zebra/",
        "sameAs": [made.homepage, "https://code.example.com/z"],
        "image": f"{SITE}/tools/zebra/card.png",
        "author": {"@type": "Organization", "name": "Zoo"},
        "license": {"@type": "CreativeWork", "name": "MIT OR Apache-2.0"},
        "datePublished": "2024-03",
        "keywords": ["one", "two", "three"],
        "isAccessibleForFree": True,
        "applicationCategory": "Coding & Software Delivery",
        "applicationSubCategory": "IDE assistants & completion",
        "operatingSystem": "Windows, Android",
        "softwareHelp": {"@type": "CreativeWork", "url": "https://docs.example.com"},
        "offers": [
            {**offer, "name": "Pro", "price": "60", **eur, "priceSpecification": year},
            {**offer, "name": "Call", "price": "0.015", **usd, "priceSpecification": call},
            {**offer, "name": "Box", "price": "99", **usd},
        ],
    }


def test_what_is_not_known_is_left_out_and_nothing_is_rated(client: Client) -> None:
    make.tool(
        slug="bare",
        homepage="http://10.0.0.1/",  # no address for visitors
        platforms=["web"],
        pricing={"access": "unknown", "model": [], "source": "unknown", "said_by": "none"},
    )
    assert set(data(client, "/tools/bare/")["SoftwareApplication"]) == {
        "@context",
        "@type",
        "@id",
        "name",
        "description",
        "mainEntityOfPage",
        "image",
        "keywords",
        "applicationCategory",
        "applicationSubCategory",
    }


def test_breadcrumbs_lead_from_the_categories_to_the_page(client: Client) -> None:
    made = make.tool(name="Zebra")
    for path, names in (
        ("/categories/coding/", ["Categories", "Coding & Software Delivery"]),
        ("/categories/ide-assistants/", ["Categories", "Coding & Software Delivery", "IDE assistants & completion"]),
        (
            made.get_absolute_url(),
            ["Categories", "Coding & Software Delivery", "IDE assistants & completion", "Zebra"],
        ),
    ):
        rows = data(client, path)["BreadcrumbList"]["itemListElement"]
        assert [(row["position"], row["name"]) for row in rows] == list(enumerate(names, start=1))
        assert rows[-1]["item"] == SITE + path
        assert [client.get(row["item"].removeprefix(SITE)).status_code for row in rows] == [200] * len(rows)


def test_the_search_of_the_site_is_stated_and_works(client: Client) -> None:
    action = data(client, "/")["WebSite"]["potentialAction"]
    assert action["query-input"] == "required name=search_term_string"
    template = action["target"]["urlTemplate"]
    assert template == f"{SITE}/tools/?q={{search_term_string}}"
    found = client.get(template.removeprefix(SITE).replace("{search_term_string}", "elevenlabs"))
    assert found.context["tools"][0].slug == "elevenlabs"


def test_a_collection_lists_its_listed_tools_in_order(client: Client) -> None:
    services.delist_tools([Tool.objects.get(slug="ollama")])
    collection = Collection.objects.get(slug="run-models-locally")
    found = data(client, "/collections/run-models-locally/")["ItemList"]
    slugs = [pick.tool.slug for pick in collection.picks.order_by("position").select_related("tool")]
    assert [row["url"] for row in found["itemListElement"]] == [f"{SITE}/tools/{s}/" for s in slugs if s != "ollama"]
    assert found["numberOfItems"] == 9


# -- hostile text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hostile",
    ["</script><script>alert(1)</script>", "<!--<script>", "]]>", "a\u2028b\u2029c", '"\\", "x": "', "&lt;b&gt;"],
)
def test_a_hostile_name_cannot_leave_its_element(client: Client, hostile: str) -> None:
    make.tool(slug="sly", name=hostile, tagline=hostile, vendor=hostile, licence=hostile)
    text = client.get("/tools/sly/").content.decode()
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert [set(one) & set("<>&\u2028\u2029") for one in found] == [set(), set()]
    stated = data(client, "/tools/sly/")
    assert stated["SoftwareApplication"]["name"] == stated["SoftwareApplication"]["license"]["name"] == hostile
    assert stated["BreadcrumbList"]["itemListElement"][-1]["name"] == hostile
    assert text.count("<script") == 4  # two of data, two of ours
    assert f"<h1>{escape(hostile)}</h1>" in text


def test_no_script_element_is_written_without_things() -> None:
    assert ui.json_ld([]) == ""
