"""Snippets: each is code of its language, made of what the manifest says, and no hostile name breaks out of it."""

from __future__ import annotations

import ast
import base64
import json
import re
import subprocess
from typing import Any
from urllib.parse import parse_qs, urlsplit

import hcl2
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as some

from api.snippets import CONSUMERS, Snippet, snippets
from api.snippets.values import Unsafe, hcl, plain, python, shell

MANIFEST: dict[str, Any] = {
    "tool": "one-tool",
    "interfaces": [
        {"id": "rest", "kind": "rest", "baseUrl": "https://api.example.com/v1", "auth": ["http"]},
        {"id": "llm", "kind": "openai-compatible", "baseUrl": "https://llm.example.com/v1", "auth": ["http"]},
        {"id": "mcp", "kind": "mcp-remote", "url": "https://mcp.example.com/mcp", "auth": ["http"]},
        {"id": "open", "kind": "mcp-remote", "url": "https://open.example.com/mcp", "auth": []},
        {"id": "local", "kind": "mcp-package", "package": {"name": "@one/mcp", "registry": "npm"},
         "install": "npm install @one/mcp", "environment": ["ONE_FOLDER"]},
        {"id": "image", "kind": "container", "image": "ghcr.io/one/tool:2"},
        {"id": "sdk", "kind": "sdk", "package": {"name": "one-sdk", "registry": "pypi"},
         "install": "pip install one-sdk"},
    ],
    "authSchemes": {"http": {"type": "http", "env": "ONE_KEY"}},
}  # fmt: skip
HOSTILE = [
    '"; rm -rf ~ #', "'; rm -rf ~ #", "$(reboot)", "`reboot`", "${jndi:ldap://x}", "${{ github.token }}", "{{ 7*7 }}",
    "%{ if true }", "a\nb", "a\u202eb", "a\u200bb", "\\", "--privileged", "a b", "é", "a'b\"c", "#{x}", "a\x00b",
]  # fmt: skip
TEXTS = some.sampled_from(HOSTILE) | some.text(max_size=20)


def parses(one: Snippet) -> None:
    """Fail when a snippet is no code of its language."""
    if one.language == "python":
        ast.parse(one.code)
    elif one.language == "json":
        json.loads(one.code)
    elif one.language == "yaml":
        assert yaml.safe_load(one.code) is not None
    elif one.language == "hcl":
        hcl2.loads(one.code + "\n")
    elif one.language == "bash":
        subprocess.run(["bash", "-n", "-c", one.code], check=True, capture_output=True)
    else:
        assert urlsplit(one.code).scheme == "cursor"


def words(code: str) -> list[str]:
    """Return the words that a shell makes of a command, without running it."""
    shown = subprocess.run(["bash", "-c", f"set -f; printf '%s\\0' {code}"], check=True, capture_output=True).stdout
    return shown.decode().split("\0")[:-1]


@pytest.mark.parametrize("one", snippets(MANIFEST), ids=lambda one: f"{one.consumer}-{one.interface}")
def test_each_is_code_of_its_language(one: Snippet) -> None:
    parses(one)


def test_every_consumer_is_served_and_each_interface_reaches_those_it_can() -> None:
    found: dict[str, list[str]] = {}
    for one in snippets(MANIFEST):
        found.setdefault(one.interface, []).append(one.consumer)
    remote = [
        "langchain", "llamaindex", "haystack", "openai-responses", "anthropic", "vscode", "claude-code", "mcp-json",
    ]  # fmt: skip
    over_http = ["curl", "python-httpx", "airflow", "github-actions", "terraform"]
    assert {name: sorted(consumers) for name, consumers in found.items()} == {
        "rest": sorted(over_http),
        "llm": sorted([*over_http, "litellm", "openai-sdk"]),
        "mcp": sorted(remote),
        "open": sorted([*remote, "cursor"]),
        "local": sorted(["vscode", "cursor", "claude-code", "mcp-json", "install"]),
        "image": ["docker"],
        "sdk": ["install"],
    }
    assert {consumer for consumers in found.values() for consumer in consumers} == CONSUMERS.keys()


def code(consumer: str, interface: str) -> str:
    [one] = [one for one in snippets(MANIFEST) if (one.consumer, one.interface) == (consumer, interface)]
    return one.code


def test_what_some_of_them_say() -> None:
    assert code("curl", "rest") == (
        'curl -sS --fail-with-body https://api.example.com/v1 \\\n  -H "Authorization: Bearer $ONE_KEY"'
    )
    assert json.loads(code("mcp-json", "mcp")) == {
        "mcpServers": {
            "one-tool": {
                "type": "http",
                "url": "https://mcp.example.com/mcp",
                "headers": {"Authorization": "Bearer ${ONE_KEY}"},
            }
        }
    }
    assert json.loads(code("vscode", "local")) == {
        "inputs": [{"type": "promptString", "id": "ONE_FOLDER", "description": "ONE_FOLDER", "password": True}],
        "servers": {
            "one-tool": {
                "type": "stdio",
                "command": "npx",
                "args": ["-y", "@one/mcp"],
                "env": {"ONE_FOLDER": "${input:ONE_FOLDER}"},
            }
        },
    }
    link = parse_qs(urlsplit(code("cursor", "open")).query)
    assert (link["name"], json.loads(base64.b64decode(link["config"][0]))) == (
        ["one-tool"],
        {"url": "https://open.example.com/mcp"},
    )
    assert words(code("claude-code", "open")) == [
        "claude", "mcp", "add", "--transport", "http", "one-tool", "https://open.example.com/mcp",
    ]  # fmt: skip
    assert words(code("docker", "image")) == ["docker", "run", "--rm", "-it", "ghcr.io/one/tool:2"]
    step = yaml.safe_load(code("github-actions", "rest"))[0]
    assert step["env"] == {"TOOL_URL": "https://api.example.com/v1", "TOOL_KEY": "${{ secrets.ONE_KEY }}"}


@given(TEXTS)
def test_values_come_back_as_they_were_or_are_refused(text: str) -> None:
    try:
        plain(text)
    except Unsafe:
        for write in (python, shell, hcl):
            with pytest.raises(Unsafe):
                write(text)
        return
    assert ast.literal_eval(python(text)) == text
    assert ast.literal_eval(python({text: [text]})) == {text: [text]}
    assert words(shell(text)) == [text]
    assert hcl2.loads(f"a = {hcl(text)}\n")["a"].strip('"') == json.loads(hcl(text)) or "\\" in hcl(text)


@settings(max_examples=150, deadline=None)
@given(TEXTS, TEXTS | some.just("@one/mcp"), TEXTS | some.just("ONE_KEY"), some.booleans())
def test_no_hostile_name_breaks_out(url: str, package: str, env: str, signs: bool) -> None:
    manifest = MANIFEST | {
        "interfaces": [
            one
            | ({"url": f"https://example.com/{url}"} if "url" in one else {})
            | ({"baseUrl": f"https://example.com/{url}"} if "baseUrl" in one else {})
            | ({"image": package} if "image" in one else {})
            | ({"package": one["package"] | {"name": package}, "install": f"npm install {package}"}
               if "package" in one else {})
            | {"environment": [env]} | ({"auth": ["http"]} if signs else {})
            for one in MANIFEST["interfaces"]
        ],
        "authSchemes": {"http": {"type": "http", "env": env}},
    }  # fmt: skip
    for one in snippets(manifest):
        parses(one)
        assert all(re.fullmatch("[A-Za-z_][A-Za-z0-9_]*", name) for name in one.inputs)
        if one.consumer in {"mcp-json", "vscode", "claude-code"} and one.interface == "local":
            assert package not in {"--privileged", "é", ""}
        for hidden in ("\u202e", "\u200b", "${jndi", "${{ github", "{{ 7"):
            assert hidden not in one.code
        if one.language == "bash" and one.consumer != "curl":
            assert words(one.code.replace("$", "\\$"))[0] in {"claude", "docker", "npm", "pip"}
