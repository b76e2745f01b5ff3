"""The OpenAPI document: made from the views, committed as api/openapi.json, served with this site's address in it."""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings
from django.urls import reverse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from api.oauth.tokens import APP_SCOPES
from api.problems import KINDS
from core.limited import PROBLEM

PATH = Path(__file__).parent / "openapi.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
METHODS = ("get", "post", "put", "patch", "delete")
LICENCE = {"name": "MIT", "identifier": "MIT"}
TITLE = "AI tool catalog API"  # as served, with the name of the site
ABOUT = """\
What is listed in the catalog, what was seen of it, and handing tools in, as JSON.

Reading what is public needs no key. A key (the portal makes them) or an access token of OAuth raises the limits and
opens what is yours, by its scopes. Errors are problems (RFC 9457). Lists have pages by cursor: follow `next` until it
is null. Send `If-None-Match` with the ETag you have: 304 costs nothing. Within v1 things are only added: read what you
know and pass over what you do not.
"""
TAGS = {
    "catalog": "What is listed: tools, their plans, interfaces and facts, categories, collections, changes.",
    "pipelines": "What a program pins: manifests of tools, each version for good.",
    "verification": "What was seen of tools: levels, claims, health, incidents, runs and their evidence.",
    "submissions": "Handing tools in: drafts, checks, sending, decisions.",
    "ownership": "Proving that a tool is yours.",
    "lists": "What you keep: lists and saved tools.",
    "webhooks": "Being told of changes at an address of yours: endpoints, deliveries, secrets.",
    "account": "Who asks: your keys and what you used.",
    "about": "The API itself: where it begins, and this document.",
}
TEXT = {"type": "string"}
HEADERS: dict[str, dict[str, Any]] = {
    "RateLimit": {"description": "What is left: `r` units for `t` seconds, by policy.", "schema": TEXT},
    "RateLimit-Policy": {"description": "What there is: `q` units in `w` seconds, by policy.", "schema": TEXT},
    "Retry-After": {"description": "Seconds until it is worth asking again.", "schema": {"type": "integer"}},
    "ETag": {"description": "Names this answer: send it back as If-None-Match, and 304 costs nothing.", "schema": TEXT},
    "Last-Modified": {
        "description": "Of one tool: when anything that is said of it changed last. If-Modified-Since works as well.",
        "schema": TEXT,
    },
    "Link": {"description": "The next and the previous page (RFC 8288).", "schema": TEXT},
    "Location": {"description": "Where what was made is found.", "schema": {"type": "string", "format": "uri"}},
    "WWW-Authenticate": {"description": "What is missing (RFC 6750).", "schema": TEXT},
}
# what answers a change with the whole of what it changed, and so with its ETag for the next one
TAGGED = {
    "create_list", "change_list", "create_submission", "change_submission", "send_submission", "withdraw_submission",
    "reopen_submission",
}  # fmt: skip
GROWS = "x-extensible-enum"  # the values there are now
UNCHANGED = "#/components/responses/Unchanged"


class Operation(AutoSchema):
    """Says of a method which scope it needs."""

    def get_auth(self) -> list[Any]:
        """Return what a caller has to show: nothing for public reads, else a key or a token with the scope."""
        super().get_auth()  # registers the scheme
        scope = getattr(self.view, "scopes", {}).get(self.method, "")
        asked = [scope] if scope else []
        ways: list[Any] = [{"bearer": asked}, *([{"oauth2": asked}] if {*asked} <= APP_SCOPES.keys() else [])]
        return ways if scope else [{}, *ways]


def shared(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add what all operations share (a hook of drf-spectacular): headers, 304, tags, OAuth."""
    result = _without_marks(result)
    result["info"] |= {"title": TITLE, "description": ABOUT, "license": LICENCE}
    result["jsonSchemaDialect"] = DIALECT
    result["servers"] = [{"url": "/"}]
    used = set()
    for item in result["paths"].values():
        for method in METHODS:
            if method in item:
                used |= set(item[method].get("tags", []))
                _answers(method, item[method])
    result["tags"] = [{"name": name, "description": told} for name, told in TAGS.items() if name in used]
    parts = result.setdefault("components", {})
    for name, part in parts.get("schemas", {}).items():
        if not name.endswith("Request"):
            parts["schemas"][name] = _open(part)
    parts["headers"] = copy.deepcopy(HEADERS)
    parts["responses"] = {
        "Unchanged": {
            "description": "You have it already: what If-None-Match names is what there is.",
            "headers": {name: _header(name) for name in ("ETag", "RateLimit", "RateLimit-Policy")},
        }
    }
    parts.setdefault("securitySchemes", {})["oauth2"] = _oauth()
    return result


def _without_marks(part: Any) -> Any:
    """Return a part of the document without the marks that the library leaves on enumerations."""
    if isinstance(part, dict):
        return {name: _without_marks(one) for name, one in part.items() if name != "x-spec-enum-id"}
    return [_without_marks(one) for one in part] if isinstance(part, list) else part


def _open(part: Any) -> Any:
    """Return a part of an answer whose enumerations may grow, as those of answers do within v1.

    Generators make closed types of `enum`, and their clients break at the first new value.
    """
    if isinstance(part, dict):
        return {GROWS if name == "enum" and isinstance(one, list) else name: _open(one) for name, one in part.items()}
    return [_open(one) for one in part] if isinstance(part, list) else part


def _answers(method: str, operation: dict[str, Any]) -> None:
    """Say which headers the answers of an operation have."""
    answers = operation["responses"]
    if {} not in operation["security"]:
        answers.setdefault("403", _refusal("missing-scope"))
        operation["responses"] = answers = dict(sorted(answers.items()))
    for status, answer in answers.items():
        names = ["RateLimit", "RateLimit-Policy"]
        if operation["operationId"] in TAGGED and status in {"200", "201"}:
            names.append("ETag")
        elif status == "200" and method == "get":
            names += ["ETag"] + (["Link"] if _is_paged(operation) else [])
            names += ["Last-Modified"] if operation["operationId"] == "get_tool" else []
        names += {"201": ["Location"], "401": ["WWW-Authenticate"], "429": ["Retry-After"]}.get(status, [])
        answer["headers"] = {name: _header(name) for name in names} | answer.get("headers", {})
        answer["description"] = answer.get("description") or {"201": "Made.", "204": "Done."}.get(
            status, operation["summary"]
        )
    if method == "get" and "200" in answers:
        answers["304"] = {"$ref": UNCHANGED}
        operation["responses"] = dict(sorted(answers.items()))


def _refusal(kind: str) -> dict[str, Any]:
    """Return the answer that is a problem of this kind."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": KINDS[kind][1], "content": {PROBLEM: {"schema": schema}}}


def _is_paged(operation: dict[str, Any]) -> bool:
    return any(one.get("name") == "cursor" for one in operation.get("parameters", []))


def _header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def _oauth() -> dict[str, Any]:
    """Return the scheme of OAuth 2; addresses are relative to the server, so that the document names no site."""
    token = {"tokenUrl": reverse("api:oauth_token"), "scopes": dict(sorted(APP_SCOPES.items()))}
    code = {"authorizationUrl": reverse("api:oauth_authorize"), "refreshUrl": token["tokenUrl"], **token}
    return {
        "type": "oauth2",
        "description": "OAuth 2: authorization code with PKCE (S256), client credentials, or device codes (RFC 8628).",
        "flows": {"authorizationCode": code, "clientCredentials": token},
    }


def made() -> dict[str, Any]:
    """Return the document as the code makes it. Names no site: the server is "/"."""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    found: dict[str, Any] = generator.get_schema(public=True)  # type: ignore[no-untyped-call]
    return found


def written(document: dict[str, Any]) -> bytes:
    """Return the bytes of a document as it is committed: keys sorted, so that a diff shows what changed."""
    plain = orjson.dumps(document, default=str)
    return orjson.dumps(orjson.loads(plain), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"


@functools.cache
def committed() -> dict[str, Any]:
    """Return the document of this version. Whoever changes it changes it for the process."""
    found: dict[str, Any] = orjson.loads(PATH.read_bytes())
    return found


def served() -> dict[str, Any]:
    """Return the document with the name and the address of this site."""
    document = committed()
    info = document["info"] | {"title": f"{settings.SITE_NAME} API"}
    return document | {"info": info, "servers": [{"url": settings.SITE_URL}]}


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return (path, method, operation) of all operations, in the order of the document."""
    return [(path, name, item[name]) for path, item in document["paths"].items() for name in METHODS if name in item]


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return what a reference points at; what is none as it is."""
    while "$ref" in part:
        found: Any = document
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part
