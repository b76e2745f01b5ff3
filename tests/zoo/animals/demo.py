"""The demonstration tools of `make demo`: whole sites with one thing to see in each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tests.zoo.animal import Animal, Expect, Reply, Request, Serve, as_json, page, routes
from tests.zoo.animals.sites import FOR_SALE
from tests.zoo.mcp_servers import legacy, modern, tool
from tests.zoo.sites import DESCRIPTION, home, honest, prose, redirect
from verification.contract import Interface, Plan

P, W, F, I = "pass", "warn", "fail", "inconclusive"  # noqa: E741
OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Demonstration API", "version": "1.0.0"},
    "servers": [{"url": "https://demo-healthy-api.example/v1"}],
    "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    "security": [{"key": []}],
    "paths": {
        "/answers": {
            "get": {
                "operationId": "listAnswers",
                "summary": "List answers",
                "responses": {"200": {"description": "The answers."}},
            }
        }
    },
}
COMMON = {
    "description": DESCRIPTION,
    "access": "free_tier",
    "pricing_url": "https://@/pricing",
    "docs_url": "https://@/docs",
}
MCP = {"kind": "mcp_server", "interfaces": (Interface("mcp-remote", url="https://@/mcp"),)}
PLAN = (Plan("Pro", "20", "USD", "month"),)
REST = Interface("rest", base_url="https://@/v1", auth="http", openapi="https://@/openapi.json")


def gate(request: Request) -> Reply:
    """Ask for a key, in the way of an API."""
    return as_json({"error": {"message": "Give an API key as a bearer token."}}, 401, (("WWW-Authenticate", "Bearer"),))


def slow(request: Request) -> Reply:
    """Answer after longer than a probe waits."""
    return Reply(body=b"late", delay=30)


def site(title: str, words: str, changes: Mapping[str, Reply | Serve] | None = None) -> Serve:
    """Return an honest site whose home page has a title and words of its own."""
    front = home(title=title, text=f"{words} {prose(90, title)}")
    return honest({"/": Reply(body=front)} | dict(changes or {}))


# no two of them list the same tools: that is worth a warning (mcp_twins)
WEATHER = (
    tool("forecast", "Returns the weather that is expected at a place in the next days, hour by hour."),
    tool("rain_radar", "Says whether rain is coming to a place within two hours, and how much of it."),
)
RECIPES = (
    tool("find_recipe", "Finds recipes that use what is in the kitchen and returns their names and steps."),
    tool("shopping_list", "Returns what is still missing for a recipe, with the amounts for so many people."),
    tool("convert_units", "Converts a kitchen measure, such as cups or ounces, into grams or millilitres."),
)
weather = modern(
    WEATHER,
    _meta={"io.modelcontextprotocol/serverInfo": {"name": "Weather Words", "version": "1.2.0"}},
    instructions="Name a place; the answers are for its own time of day.",
)
recipes = legacy(RECIPES, serverInfo={"name": "Kitchen Helper", "version": "0.9"})

NAMES = {
    "demo_healthy_api": "Demo: healthy API",
    "demo_gated_api": "Demo: gated API",
    "demo_new_mcp": "Demo: MCP server, new protocol",
    "demo_older_mcp": "Demo: MCP server, older protocol",
    "demo_broken_mcp": "Demo: broken MCP server",
    "demo_parked": "Demo: parked domain",
    "demo_expired": "Demo: expired certificate",
    "demo_slow": "Demo: too slow",
    "demo_moved_away": "Demo: moved away",
    "demo_other_price": "Demo: another price",
    "demo_vanished": "Demo: vanished",
}
_SITES = (
    Animal(
        "demo_healthy_api", "An API in good order: a valid document, its price on its page, its policies in place.",
        (Expect("home", P, "answers"), Expect("rest_base", P, "responds"), Expect("openapi_document", P, "valid"),
         Expect("pricing_claim", P, "seen")),
        site("Answer Desk", "An API that answers questions about manuals, one question in each call.",
             {"/v1": as_json({"status": "ok"}), "/openapi.json": as_json(OPENAPI)}),
        COMMON | {"kind": "api", "plans": PLAN, "interfaces": (REST,)},
    ),
    Animal(
        "demo_gated_api", "An API that answers 401 to strangers, as it should: that is a pass.",
        (Expect("rest_base", P, "responds"), Expect("openai_models", P, "key_needed")),
        site("Key and Gate", "Language models behind a key, in the form that many programs know.",
             {"/v1": gate, "/v1/models": gate}),
        COMMON | {"kind": "api", "plans": PLAN, "interfaces": (
            Interface("rest", base_url="https://@/v1", auth="http"),
            Interface("openai-compatible", base_url="https://@/v1", auth="http"))},
    ),
    Animal(
        "demo_new_mcp", "An MCP server of the newest protocol (server/discover), with two tools in good order.",
        (Expect("mcp_handshake", P, "speaks_modern"), Expect("mcp_tools", P, "in_order"),
         Expect("mcp_poisoning", P, "nothing_found")),
        site("Weather Words", "Forecasts for assistants that plan a day out.", {"/mcp": weather}), COMMON | MCP,
    ),
    Animal(
        "demo_older_mcp", "An MCP server of the older protocol (initialize), which most servers still speak.",
        (Expect("mcp_handshake", P, "speaks_legacy"), Expect("mcp_tools", P, "in_order")),
        site("Kitchen Helper", "Recipes and shopping lists for assistants that cook.", {"/mcp": recipes}),
        COMMON | MCP,
    ),
    Animal(
        "demo_broken_mcp", "Its address answers with a web page where an MCP server should be.",
        (Expect("mcp_handshake", F, "http_not_mcp"),),
        site("Broken Bridge", "A server of tools that went missing in a move.",
             {"/mcp": Reply(body=page("Welcome", "This is a web page."))}),
        COMMON | MCP,
    ),
    Animal(
        "demo_parked", "Its domain is for sale; the tool that once lived there is gone.",
        (Expect("parked", F, "parked"),),
        routes({"/robots.txt": Reply(404)}, Reply(body=FOR_SALE)),
        {"access": "free_tier"},
    ),
    Animal(
        "demo_expired", "Its certificate expired yesterday, so browsers and programs refuse to talk to it.",
        (Expect("tls", F, "expired"),), site("Late Renewal", "Keeps a diary of dates that must not be missed."), COMMON,
        certificate="expired",
    ),
    Animal(
        "demo_slow", "It accepts the connection and then says nothing for half a minute.",
        (Expect("home", F, "timeout"),), slow, COMMON,
    ),
    Animal(
        "demo_moved_away", "Its address leads to somebody else's domain; a person has to look at that.",
        (Expect("redirects", W, "other_domain"), Expect("documentation", I, "led_away"),
         Expect("pricing_page", I, "led_away"), Expect("privacy", I, "led_away"), Expect("terms", I, "led_away"),
         Expect("contact", I, "led_away")),
        routes({"/robots.txt": Reply(404)}, redirect("https://demo-healthy-api.example/", 301)), COMMON,
    ),
    Animal(
        "demo_other_price", "Its listing says 12 dollars a month, its own page says 20.",
        (Expect("pricing_claim", W, "other_amounts"),),
        site("Price Tag", "Writes product texts for small shops."),
        COMMON | {"plans": (Plan("Pro", "12", "USD", "month"),)},
    ),
    Animal(
        "demo_vanished", "Its name does not exist any more.",
        (Expect("dns", F, "no_such_name"),), None, COMMON, dns="NXDOMAIN",
    ),
)  # fmt: skip
ANIMALS = tuple(replace(one, listing={**one.listing, "name": NAMES[one.name]}) for one in _SITES)
