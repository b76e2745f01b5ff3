"""The demonstration tools of `make demo`: whole sites with one thing to see in each."""

from __future__ import annotations

from dataclasses import replace

from tests.zoo.animal import Animal, Expect, Reply, Request, as_json, page, routes
from tests.zoo.animals.sites import FOR_SALE
from tests.zoo.mcp_servers import legacy, modern
from tests.zoo.sites import DESCRIPTION, honest, redirect
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
        honest({"/v1": as_json({"status": "ok"}), "/openapi.json": as_json(OPENAPI)}),
        COMMON | {"kind": "api", "plans": PLAN, "interfaces": (REST,)},
    ),
    Animal(
        "demo_gated_api", "An API that answers 401 to strangers, as it should: that is a pass.",
        (Expect("rest_base", P, "responds"), Expect("openai_models", P, "key_needed")),
        honest({"/v1": gate, "/v1/models": gate}),
        COMMON | {"kind": "api", "plans": PLAN, "interfaces": (
            Interface("rest", base_url="https://@/v1", auth="http"),
            Interface("openai-compatible", base_url="https://@/v1", auth="http"))},
    ),
    Animal(
        "demo_new_mcp", "An MCP server of the newest protocol (server/discover), with two tools in good order.",
        (Expect("mcp_handshake", P, "speaks_modern"), Expect("mcp_tools", P, "in_order"),
         Expect("mcp_poisoning", P, "nothing_found")),
        honest({"/mcp": modern()}), COMMON | MCP,
    ),
    Animal(
        "demo_older_mcp", "An MCP server of the older protocol (initialize), which most servers still speak.",
        (Expect("mcp_handshake", P, "speaks_legacy"), Expect("mcp_tools", P, "in_order")),
        honest({"/mcp": legacy()}), COMMON | MCP,
    ),
    Animal(
        "demo_broken_mcp", "Its address answers with a web page where an MCP server should be.",
        (Expect("mcp_handshake", F, "http_not_mcp"),),
        honest({"/mcp": Reply(body=page("Welcome", "This is a web page."))}), COMMON | MCP,
    ),
    Animal(
        "demo_parked", "Its domain is for sale; the tool that once lived there is gone.",
        (Expect("parked", F, "parked"),),
        routes({"/robots.txt": Reply(404)}, Reply(body=FOR_SALE)),
        {"access": "free_tier"},
    ),
    Animal(
        "demo_expired", "Its certificate expired yesterday, so browsers and programs refuse to talk to it.",
        (Expect("tls", F, "expired"),), honest(), COMMON, certificate="expired",
    ),
    Animal(
        "demo_slow", "It accepts the connection and then says nothing for half a minute.",
        (Expect("home", F, "timeout"),), slow, COMMON,
    ),
    Animal(
        "demo_moved_away", "Its address leads to somebody else's domain; a person has to look at that.",
        (Expect("redirects", W, "other_domain"),),
        routes({"/robots.txt": Reply(404)}, redirect("https://demo-healthy-api.example/", 301)), COMMON,
    ),
    Animal(
        "demo_other_price", "Its listing says 12 dollars a month, its own page says 20.",
        (Expect("pricing_claim", W, "other_amounts"),),
        honest(), COMMON | {"plans": (Plan("Pro", "12", "USD", "month"),)},
    ),
    Animal(
        "demo_vanished", "Its name does not exist any more.",
        (Expect("dns", F, "no_such_name"),), None, COMMON, dns="NXDOMAIN",
    ),
)  # fmt: skip
ANIMALS = tuple(replace(one, listing={**one.listing, "name": NAMES[one.name]}) for one in _SITES)
