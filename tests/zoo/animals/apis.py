"""APIs: OpenAPI documents, REST, GraphQL, OpenAI-compatible, A2A."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from tests.zoo.animal import JSON, Animal, Expect, Reply, Serve, as_json, page, routes
from verification.contract import Interface

YAML = "application/yaml"


def _document(version: str = "3.1.0", **changes: Any) -> dict[str, Any]:
    operation = {"operationId": "listPapers", "responses": {"200": {"description": "Papers."}}}
    return {
        "openapi": version,
        "info": {"title": "Papers", "version": "1.0"},
        "servers": [{"url": "/v1"}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}},
        "security": [{"key": []}],
        "paths": {"/papers": {"get": operation}},
    } | changes


def _operations(*names: str) -> dict[str, Any]:
    operation = _document()["paths"]["/papers"]["get"]
    return {
        f"/{number}": {"get": copy.deepcopy(operation) | {"operationId": name}} for number, name in enumerate(names)
    }


def _openapi(
    name: str,
    about: str,
    reply: Reply,
    verdict: str,
    code: str,
    lint: tuple[str, str] | None = None,
    auth: str = "apiKey",
) -> Animal:
    said = lint or ("skipped", "need_not_met")
    return Animal(
        name,
        about,
        (Expect("openapi_document", verdict, code), Expect("openapi_lint", *said)),
        routes({"/openapi": reply}),
        {"interfaces": (Interface("rest", openapi="https://@/openapi", auth=auth),)},
    )


def _large() -> Iterator[bytes]:
    yield b'{"openapi":"3.1.0","x":"'
    for _ in range(47):
        yield b"x" * 1_048_576
    yield b'"}'


IN_ORDER = ("pass", "in_order")
TEXT = """openapi: 3.0.3
info: {title: Papers, version: '1.0'}
servers: [{url: /v1}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
paths:
  /papers:
    get:
      operationId: listPapers
      responses:
        '200': {description: Papers.}
"""
BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + level)}: &{chr(98 + level)} [{','.join([f'*{chr(97 + level)}'] * 9)}]\n" for level in range(9)
)
REMOTE = {"/papers": {"$ref": "https://elsewhere.example/paths.json#/papers"}, "/files": {"$ref": "file:///etc/passwd"}}
DOCUMENTS = (
    Animal(
        "openapi_at_a_code_host",
        "A document at a code host that does not say where the API is.",
        (Expect("openapi_document", "pass", "valid"), Expect("openapi_lint", "warn", "no_servers")),
        None,
        {"interfaces": (Interface("rest", openapi="https://openapi-no-servers.example/openapi"),)},
    ),
    _openapi(
        "openapi_no_servers",
        "A document at the tool's own domain, which is where the API is then.",
        as_json({name: part for name, part in _document().items() if name != "servers"}),
        "pass",
        "valid",
        IN_ORDER,
    ),
    _openapi("openapi_json", "A valid document in JSON.", as_json(_document()), "pass", "valid", IN_ORDER),
    _openapi("openapi_yaml", "A valid document in YAML.", Reply(200, TEXT.encode(), YAML), "pass", "valid", IN_ORDER),
    _openapi("openapi_30", "A valid document of 3.0.", as_json(_document("3.0.4")), "pass", "valid", IN_ORDER),
    _openapi(
        "openapi_remote_refs",
        "A document in several files.",
        as_json(_document(paths=REMOTE)),
        "pass",
        "valid",
        ("warn", "no_operations"),
    ),
    _openapi(
        "openapi_invalid",
        "A document without its title.",
        as_json(_document(info={"version": "1"})),
        "warn",
        "invalid",
        IN_ORDER,
    ),
    _openapi(
        "openapi_dangling",
        "A reference that leads nowhere.",
        as_json(
            _document(
                paths={
                    "/a": {"get": {"operationId": "a", "responses": {"200": {"$ref": "#/components/responses/None"}}}}
                }
            )
        ),
        "warn",
        "invalid",
        IN_ORDER,
    ),
    _openapi(
        "openapi_future",
        "A version that nobody knows.",
        as_json(_document("4.0.0")),
        "inconclusive",
        "newer_version",
        IN_ORDER,
    ),
    _openapi("openapi_broken", "Neither JSON nor YAML.", Reply(200, b'{"openapi": [}', JSON), "fail", "unreadable"),
    _openapi("openapi_bomb", "YAML that would explode.", Reply(200, BOMB.encode(), YAML), "fail", "unreadable"),
    _openapi(
        "openapi_deep",
        "JSON nested without measure.",
        Reply(200, b'{"a":' * 5_000 + b"1" + b"}" * 5_000, JSON),
        "fail",
        "unreadable",
    ),
    _openapi("openapi_huge", "A document of 47 MB.", Reply(200, _large(), JSON), "inconclusive", "too_large"),
    _openapi("openapi_html", "A page instead of a document.", Reply(200, page("API", "Our API.")), "fail", "page"),
    _openapi("openapi_other", "JSON that is something else.", as_json({"hello": "you"}), "fail", "not_openapi"),
    _openapi("openapi_404", "No document.", Reply(404), "fail", "not_there"),
    _openapi("openapi_401", "A document for customers only.", Reply(401), "inconclusive", "needs_credentials"),
    _openapi(
        "openapi_off_domain",
        "A document that points elsewhere.",
        as_json(_document(servers=[{"url": "https://api.elsewhere.example/v1"}])),
        "pass",
        "valid",
        ("warn", "other_domain"),
    ),
    _openapi(
        "openapi_no_security",
        "A document that does not say how to get in.",
        as_json(_document(components={}, security=[])),
        "pass",
        "valid",
        ("warn", "no_security"),
    ),
    _openapi(
        "openapi_open",
        "A document of an open API.",
        as_json(_document(components={}, security=[])),
        "pass",
        "valid",
        IN_ORDER,
        auth="none",
    ),
    _openapi(
        "openapi_same_ids",
        "Two operations with one name.",
        as_json(_document(paths=_operations("a", "a"))),
        "warn",
        "invalid",
        ("warn", "duplicate_ids"),
    ),
)


def _api(
    step: str, kind: str, name: str, about: str, reply: Reply | Serve, verdict: str, code: str, path: str = ""
) -> Animal:
    return Animal(
        name,
        about,
        (Expect(step, verdict, code),),
        routes({f"/v1{path}": reply}),
        {"interfaces": (Interface(kind, base_url="https://@/v1"),)},
    )


def _rest(name: str, about: str, reply: Reply, verdict: str, code: str) -> Animal:
    return _api("rest_base", "rest", f"rest_{name}", about, reply, verdict, code)


def _graphql(name: str, about: str, reply: Reply, verdict: str, code: str) -> Animal:
    return _api("graphql", "graphql", f"graphql_{name}", about, reply, verdict, code)


def _openai(name: str, about: str, reply: Reply, verdict: str, code: str) -> Animal:
    return _api("openai_models", "openai-compatible", f"openai_{name}", about, reply, verdict, code, "/models")


def _card(name: str, about: str, reply: Reply, verdict: str, code: str, path: str = "agent-card.json") -> Animal:
    return Animal(
        f"a2a_{name}",
        about,
        (Expect("a2a_card", verdict, code),),
        routes({f"/.well-known/{path}": reply}),
        {"interfaces": (Interface("a2a", url="https://@/"),)},
    )


KEY = {"error": {"message": "Missing API key.", "type": "invalid_request_error", "code": None, "param": None}}
MODELS = {"object": "list", "data": [{"id": "small", "object": "model"}, {"id": "large", "object": "model"}]}
AGENT = {
    "name": "Papers",
    "description": "Finds papers.",
    "version": "1.0.0",
    "capabilities": {},
    "defaultInputModes": ["text/plain"],
    "defaultOutputModes": ["text/plain"],
    "skills": [{"id": "find", "name": "Find", "description": "Finds papers.", "tags": ["papers"]}],
}
PAGE = Reply(200, page("Docs", "Our API."))
ANIMALS = (
    *DOCUMENTS,
    _rest("200", "An API that answers.", as_json({"ok": True}), "pass", "responds"),
    _rest("401", "An API that asks for a key.", as_json({"detail": "key"}, 401), "pass", "responds"),
    _rest(
        "403_json",
        "An API that refuses in JSON.",
        as_json({"message": "Missing Authentication Token"}, 403),
        "pass",
        "responds",
    ),
    _rest("403", "A wall that refuses.", Reply(403, page("Forbidden", "No.")), "inconclusive", "forbidden"),
    _rest("404", "An API without anything at its base.", as_json({"detail": "not found"}, 404), "pass", "responds"),
    _rest("500", "An API that is broken.", Reply(500), "fail", "server_error"),
    _rest("html", "A page at the API's address.", PAGE, "pass", "responds"),
    _rest(
        "redirect", "A base that leads to its docs.", Reply(302, headers=(("Location", "/docs"),)), "pass", "responds"
    ),
    _rest(
        "moved_away",
        "A base that leads to another domain.",
        Reply(301, headers=(("Location", "https://parking.example/"),)),
        "warn",
        "redirects_away",
    ),
    _graphql("get", "GraphQL by GET.", as_json({"data": {"__typename": "Query"}}), "pass", "answers"),
    _graphql(
        "errors",
        "GraphQL that refuses in its own form.",
        as_json({"errors": [{"message": "No CSRF header"}]}, 400),
        "pass",
        "answers_errors",
    ),
    _graphql("401", "GraphQL for customers.", Reply(401), "pass", "needs_credentials"),
    _graphql("post_only", "GraphQL by POST only.", Reply(405), "inconclusive", "not_by_get"),
    _graphql("page", "A playground.", PAGE, "inconclusive", "page"),
    _graphql("other", "Some JSON.", as_json({"hello": "you"}), "inconclusive", "other"),
    _openai("list", "Lists its models.", as_json(MODELS), "pass", "models"),
    _openai("bare_list", "Lists its models without an object around them.", as_json(MODELS["data"]), "pass", "models"),
    _openai("401", "Asks for a key as OpenAI does.", as_json(KEY, 401), "pass", "key_needed"),
    _openai("403", "Asks for a key with 403.", as_json(KEY, 403), "pass", "key_needed"),
    _openai(
        "401_other", "Asks for a key in its own way.", as_json({"detail": "no"}, 401), "warn", "key_needed_otherwise"
    ),
    _openai("404", "Has no list of models.", as_json({"detail": "Not Found"}, 404), "warn", "no_list"),
    _openai("lying", "Answers with other JSON.", as_json({"data": "all fine"}), "warn", "not_a_list"),
    _openai("html", "Answers with a page.", PAGE, "fail", "page"),
    _openai("text", "Answers with words.", Reply(200, b"it works", "text/plain"), "fail", "not_json"),
    _card(
        "good",
        "An agent of today.",
        as_json(
            AGENT
            | {
                "supportedInterfaces": [
                    {"url": "https://a2a-good.example/a2a", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
                ]
            }
        ),
        "pass",
        "complete",
    ),
    _card(
        "older",
        "An agent with the older file.",
        as_json(AGENT | {"url": "https://a2a-older.example/a2a"}),
        "pass",
        "complete",
        "agent.json",
    ),
    _card("bad", "A card that leaves out half.", as_json({"name": "Papers"}), "warn", "incomplete"),
    _card(
        "away",
        "A card that points elsewhere.",
        as_json(AGENT | {"url": "https://elsewhere.example/a2a"}),
        "warn",
        "other_domain",
    ),
    _card("missing", "No card.", Reply(404), "fail", "no_card"),
    _card("html", "A page instead of a card.", PAGE, "fail", "not_a_card"),
    _card("401", "A card for customers.", Reply(401), "pass", "needs_credentials"),
)
