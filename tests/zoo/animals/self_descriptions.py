"""Sites with and without llms.txt, API catalogs and MCP server cards."""

from __future__ import annotations

from typing import Any

from tests.zoo.animal import Animal, Expect, Reply, as_json, page, routes
from verification.contract import Interface

LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
CATALOG = (
    b'{"linkset":[{"anchor":"https://catalog-good.example/","item":[{"href":"https://catalog-good.example/v1"}]}]}'
)
TEXT = b"# Papers\n\n> Finds papers.\n\n## Docs\n\n- [Start](https://llms-good.example/start): how to begin\n"
WELL_KNOWN = "/.well-known/mcp/server-card.json"
PAGE = Reply(200, page("Papers", "Everything is this page."))


def _one(step: str, name: str, about: str, path: str, reply: Reply, verdict: str, code: str) -> Animal:
    default = PAGE if name.endswith("soft_404") else None
    return Animal(name, about, (Expect(step, verdict, code),), routes({path: reply} if path else {}, default))


def _card(name: str, about: str, path: str, value: Any, verdict: str, code: str) -> Animal:
    return Animal(
        f"card_{name}",
        about,
        (Expect("server_card", verdict, code),),
        routes({path: value if isinstance(value, Reply) else as_json(value)}),
        {"interfaces": (Interface("mcp-remote", url="https://@/mcp"),)},
    )


ANIMALS = (
    _one("llms_txt", "llms_good", "An llms.txt.", "/llms.txt", Reply(200, TEXT, "text/plain"), "pass", "present"),
    _one("llms_txt", "llms_absent", "No llms.txt.", "", PAGE, "skipped", "absent"),
    _one("llms_txt", "llms_soft_404", "A page for every address.", "", PAGE, "skipped", "absent"),
    _one(
        "llms_txt",
        "llms_no_heading",
        "An llms.txt without a heading.",
        "/llms.txt",
        Reply(200, b"Hello.", "text/plain"),
        "warn",
        "no_heading",
    ),
    _one("llms_txt", "llms_500", "A site that breaks on llms.txt.", "/llms.txt", Reply(500), "inconclusive", "not_now"),
    _one(
        "api_catalog",
        "catalog_good",
        "An API catalog.",
        "/.well-known/api-catalog",
        Reply(200, CATALOG, LINKSET),
        "pass",
        "present",
    ),
    _one("api_catalog", "catalog_absent", "No API catalog.", "", PAGE, "skipped", "absent"),
    _one("api_catalog", "catalog_soft_404", "A page for every address.", "", PAGE, "skipped", "absent"),
    _one(
        "api_catalog",
        "catalog_gone",
        "It had a catalog once.",
        "/.well-known/api-catalog",
        Reply(410),
        "skipped",
        "absent",
    ),
    _one(
        "api_catalog",
        "catalog_500",
        "It breaks.",
        "/.well-known/api-catalog",
        Reply(500),
        "inconclusive",
        "not_now",
    ),
    _one(
        "api_catalog",
        "catalog_other_type",
        "A catalog as plain JSON.",
        "/.well-known/api-catalog",
        Reply(200, CATALOG, "application/json"),
        "warn",
        "other_type",
    ),
    _one(
        "api_catalog",
        "catalog_bad",
        "JSON that is no catalog.",
        "/.well-known/api-catalog",
        as_json({"apis": []}),
        "warn",
        "not_a_linkset",
    ),
    _card(
        "good",
        "A card below the server's address.",
        "/mcp/server-card",
        {
            "name": "com.example/papers",
            "version": "1",
            "description": "Papers.",
            "remotes": [{"type": "streamable-http", "url": "https://card-good.example/mcp"}],
        },
        "pass",
        "present",
    ),
    _card(
        "well_known",
        "A card of the other kind.",
        WELL_KNOWN,
        {"serverInfo": {"name": "Papers", "version": "1"}},
        "pass",
        "present",
    ),
    _card("500", "A server that breaks on its card.", WELL_KNOWN, Reply(500), "inconclusive", "not_now"),
    _card(
        "away",
        "A card that points elsewhere.",
        WELL_KNOWN,
        {"name": "a/b", "remotes": [{"url": "https://elsewhere.example/mcp"}]},
        "warn",
        "contradicts",
    ),
    _card("nameless", "A card that names nobody.", WELL_KNOWN, {"version": "1"}, "warn", "not_a_card"),
    _card("soft_404", "JSON for every address.", WELL_KNOWN, {"error": "not found"}, "skipped", "absent"),
)
