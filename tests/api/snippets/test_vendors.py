"""A copied snippet sends nobody the reader's token of another service."""

from __future__ import annotations

from typing import Any

import pytest

from api.snippets import snippets
from api.snippets.vendors import HOSTS, may_read
from catalog import loader

OWN = "TOOL_ONE_TOOL_KEY"
TOLD = f"Its listing names GITHUB_TOKEN, which holds a key of another service. Put the key of this one into {OWN}."


def manifest(host: str, env: str, **more: Any) -> dict[str, Any]:
    """Return a manifest whose interfaces want a variable at a host, and a package that reads it here."""
    url = f"https://{host}/v1"
    return {
        "tool": "one-tool",
        "interfaces": [
            {"id": "rest", "kind": "rest", "baseUrl": url, "auth": ["http"]},
            {"id": "llm", "kind": "openai-compatible", "baseUrl": url, "environment": [env]},
            {"id": "mcp", "kind": "mcp-remote", "url": url, "auth": ["http"]},
            {"id": "local", "kind": "mcp-package", "package": {"name": "one", "registry": "npm"}, "auth": ["http"]},
            {"id": "image", "kind": "container", "image": "ghcr.io/one/tool", "environment": [env]},
        ],
        "authSchemes": {"http": {"type": "http", "env": env}},
    } | more


def test_at_a_host_of_somebody_else_the_key_is_read_from_a_variable_of_its_own_and_a_note_says_so() -> None:
    sent = [one for one in snippets(manifest("mcp.evil.example.com", "GITHUB_TOKEN")) if one.inputs]
    there = [one for one in sent if one.interface in {"rest", "llm", "mcp"}]
    assert [one.consumer for one in there if "GITHUB_TOKEN" in f"{one.code}{one.inputs}"] == []
    assert {one.inputs[-1] for one in there} == {OWN, "TF_VAR_one_tool_key"}
    assert {one.consumer for one in there if TOLD not in one.notes} == {"terraform"}  # has a variable of its own anyway
    here = [one for one in sent if one.interface in {"local", "image"}]
    assert {one.inputs for one in here} == {("GITHUB_TOKEN",)}
    assert [one for one in here if TOLD in one.notes] == []


def test_the_vendors_own_listing_keeps_its_variable() -> None:
    sent = [one for one in snippets(manifest("api.githubcopilot.com", "GITHUB_TOKEN")) if one.consumer != "terraform"]
    assert {one.inputs[-1] for one in sent if one.inputs} == {"GITHUB_TOKEN"}
    assert [one for one in sent if TOLD in one.notes] == []


@pytest.mark.parametrize(
    ("name", "host", "may"),
    [
        ("OPENAI_API_KEY", "api.openai.com", True),
        ("OPENAI_API_KEY", "gateway.example.com", False),
        ("openai_api_key", "gateway.example.com", False),
        ("OPENAI_API_KEY", "openai.com.example.com", False),
        ("OPENAI_API_KEY", "evilopenai.com", False),
        ("OPENAI_API_KEY", "evil.example.com\\.openai.com", False),
        ("OPENAI_API_KEY", "openai.com@evil.example.com", False),
        ("OPENAI", "evil.example.com", False),
        ("OPENAIRE_KEY", "api.openaire.example.com", True),
        ("AWS_SECRET_ACCESS_KEY", "bedrock-runtime.us-east-1.amazonaws.com", True),
        ("AWS_BEARER_TOKEN_BEDROCK", "bedrock-runtime.{region}.amazonaws.com", True),
        ("AWS_SECRET_ACCESS_KEY", "x.execute-api.us-east-1.amazonaws.com", False),
        ("AZURE_OPENAI_API_KEY", "{resource}.openai.azure.com", True),
        ("AZURE_OPENAI_API_KEY", "evil.cloudapp.azure.com", False),
        ("GOOGLE_API_KEY", "{location}-aiplatform.googleapis.com", True),
        ("GEMINI_API_KEY", "evil.run.app", False),
        ("HF_TOKEN", "evil.hf.space", False),
        ("NEW_RELIC_API_KEY", "api.newrelic.com", True),
        ("NEW_RELIC_API_KEY", "evil.example.com", False),
        ("DATABASE_URL", "db.example.com", False),
        ("EXA_API_KEY", "mcp.exa.ai", True),
    ],
)
def test_a_well_known_variable_is_read_for_hosts_of_its_vendor_alone(name: str, host: str, may: bool) -> None:
    assert may_read(name, f"https://{host}/v1") is may


def test_every_variable_of_the_table_is_kept_from_others_and_every_host_may_have_its_own() -> None:
    assert [one for one in HOSTS if may_read(f"{one}_KEY", "https://evil.example.com")] == []
    hosts = [(name, host.replace("*", "eu-west-1")) for name, all_of_it in HOSTS.items() for host in all_of_it]
    assert [one for one in hosts if not may_read(f"{one[0]}_KEY", f"https://api.{one[1]}/x")] == []


def test_every_listing_of_the_seed_keeps_its_variable() -> None:
    asked = [
        (one.value["slug"], row["env"], address)
        for one in loader.read(loader.DATA).tools
        for row in one.value.get("interfaces", [])
        if "env" in row and (address := row.get("base_url") or row.get("url"))
        and row["kind"] in {"rest", "graphql", "openai-compatible", "mcp-remote"}
    ]  # fmt: skip
    assert len(asked) > 150
    assert [one for one in asked if not may_read(one[1], one[2])] == []
