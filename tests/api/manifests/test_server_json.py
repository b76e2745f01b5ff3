"""Manifests as server.json and back, in both directions without loss."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from api.manifests import keeping
from api.manifests.server_json import manifest_of, server_json
from tests import make
from tests.api.client import Api

NAME = re.compile(r"^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$")  # as the registry's schema has it
REMOTE = {"kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": "http", "env": "ONE_TOKEN"}
PACKAGE = {"kind": "mcp-package", "registry": "npm", "package": "@one/mcp", "env": "ONE_FOLDER"}
WORD = some.from_regex(r"[a-z][a-z0-9]{0,8}", fullmatch=True)
JSON = some.recursive(
    some.none() | some.booleans() | some.integers(0, 9) | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(WORD, inner, max_size=2),
    max_leaves=4,
)
SERVERS = some.fixed_dictionaries(
    {"name": some.builds("{}.{}/{}".format, WORD, WORD, WORD), "description": some.text(min_size=1, max_size=20),
     "version": WORD},
    optional={
        "title": WORD, "websiteUrl": some.builds("https://{}.example".format, WORD), "x-more": JSON,
        "remotes": some.lists(
            some.fixed_dictionaries(
                {"type": some.sampled_from(["sse", "streamable-http"]), "url": WORD}, optional={"headers": JSON}
            ), max_size=2,
        ),
        "packages": some.lists(
            some.fixed_dictionaries(
                {"registryType": some.sampled_from(["npm", "oci"]), "identifier": WORD}, optional={"more": JSON}
            ), max_size=2,
        ),
        "_meta": some.dictionaries(WORD, JSON, max_size=2),
    },
)  # fmt: skip


@pytest.fixture
def api(db: None) -> Api:
    return Api()


def test_a_tool_that_speaks_mcp_is_written_as_registries_do(api: Api) -> None:
    make.tool(
        slug="one", name="One", tagline="x" * 120, homepage="https://one.example.com", interfaces=[REMOTE, PACKAGE],
        links={"repo": "https://github.com/one/one"},
    )  # fmt: skip
    keeping.sweep()
    said = api.json("/tools/one/server.json")
    latest = api.get("/tools/one/manifest")
    assert NAME.fullmatch(said["name"])
    assert said == {
        "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
        "name": "1.0.0.127/one",
        "title": "One",
        "description": "x" * 99 + "…",
        "version": "1.0.0",
        "websiteUrl": "https://one.example.com",
        "repository": {"url": "https://github.com/one/one", "source": "github"},
        "remotes": [
            {
                "type": "streamable-http",
                "url": "https://mcp.example.com/mcp",
                "headers": [
                    {
                        "name": "Authorization",
                        "description": "Bearer or Basic, as its documents say, with what ONE_TOKEN holds",
                        "isRequired": True,
                        "isSecret": True,
                    }
                ],
            }
        ],
        "packages": [
            {
                "registryType": "npm",
                "identifier": "@one/mcp",
                "transport": {"type": "stdio"},
                "runtimeHint": "npx",
                "environmentVariables": [{"name": "ONE_FOLDER"}],
            }
        ],
        "_meta": {
            "1.0.0.127/catalog": {
                "manifest": json.loads(latest.content),
                "manifestUrl": latest.headers["Content-Location"],
                "manifestSha256": latest.headers["ETag"].strip('"'),
            }
        },
    }
    assert manifest_of(said) == json.loads(latest.content)


def test_a_tool_that_speaks_no_mcp_has_none(api: Api) -> None:
    make.tool(slug="one", interfaces=[{"kind": "rest", "base_url": "https://api.example.com/v1"}])
    keeping.sweep()
    response = api.get("/tools/one/server.json")
    told = "Of this tool neither a remote MCP server nor a package of one is known."
    assert (response.status_code, response.json()["detail"]) == (404, told)


@given(SERVERS)
def test_what_comes_from_a_registry_goes_back_as_it_came(server: dict[str, Any]) -> None:
    assert server_json(manifest_of(server), "0" * 64) == server
