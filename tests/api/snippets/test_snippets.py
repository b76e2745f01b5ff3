"""Snippets: each is code of its language, made of what the manifest says, and no hostile name breaks out of it."""

from __future__ import annotations

import ast
import base64
import json
import re
import subprocess
from collections import Counter
from dataclasses import replace
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
OVER_HTTP = ["curl", "python-httpx", "airflow", "github-actions", "terraform"]
BEARER = "If it wants another header than “Authorization: Bearer”, its documents say so."
SAVED = "Save it as .mcp.json in the folder of your project: Claude Code and others read it there."
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


def test_so_many_are_parsed_in_each_language() -> None:
    assert Counter(one.language for one in snippets(MANIFEST)) == {
        "python": 15, "json": 6, "bash": 8, "yaml": 3, "hcl": 2, "url": 2,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("language", "code", "says"),
    [
        ("python", "f(", "was never closed"),
        ("json", "{", "Expecting property name"),
        ("yaml", "a: [", "while parsing a flow"),
        ("hcl", "a = {", "Unexpected"),
        ("bash", "curl 'a", "non-zero exit status 2"),
        ("url", "http:x", "assert 'http' == 'cursor'"),
    ],
)
def test_what_is_no_code_of_its_language_is_noticed(language: str, code: str, says: str) -> None:
    with pytest.raises(Exception, match=says):
        parses(replace(snippets(MANIFEST)[0], language=language, code=code))


def test_every_consumer_is_served_and_each_interface_reaches_those_it_can() -> None:
    found: dict[str, list[str]] = {}
    for one in snippets(MANIFEST):
        found.setdefault(one.interface, []).append(one.consumer)
    remote = [
        "langchain", "llamaindex", "haystack", "openai-responses", "anthropic", "vscode", "claude-code", "mcp-json",
    ]  # fmt: skip
    assert {name: sorted(consumers) for name, consumers in found.items()} == {
        "rest": sorted(OVER_HTTP),
        "llm": sorted([*OVER_HTTP, "litellm", "openai-sdk"]),
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


def test_the_model_is_given_the_tools_of_the_server_that_the_request_names() -> None:
    calls = [one for one in ast.walk(ast.parse(code("anthropic", "open"))) if isinstance(one, ast.Call)]
    call = max(calls, key=lambda one: len(one.keywords))
    said = {one.arg: ast.literal_eval(one.value) for one in call.keywords}
    assert (said["betas"], said["mcp_servers"], said["tools"]) == (
        ["mcp-client-2025-11-20"],
        [{"type": "url", "url": "https://open.example.com/mcp", "name": "one-tool"}],
        [{"type": "mcp_toolset", "mcp_server_name": "one-tool"}],
    )


def test_what_some_of_them_say() -> None:
    assert code("curl", "rest") == (
        'curl -gsS --fail-with-body https://api.example.com/v1 \\\n  -H "Authorization: Bearer $ONE_KEY"'
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


def test_each_program_of_python_ends_with_a_line_that_prints_what_it_got() -> None:
    last = {one.consumer: one.code.splitlines()[-1].strip() for one in snippets(MANIFEST) if one.language == "python"}
    assert last == {
        "python-httpx": "print(answer.text)",
        "langchain": "print([tool.name for tool in tools])",
        "llamaindex": "print([tool.metadata.name for tool in tools])",
        "haystack": "print([tool.name for tool in tools])",
        "openai-sdk": "print(answer.choices[0].message.content)",
        "openai-responses": "print(answer.output_text)",
        "anthropic": 'print("".join(part.text for part in answer.content if part.type == "text"))',
        "airflow": ")",  # a task, which Airflow runs
    }


def test_what_speaks_openais_api_is_asked_for_its_models_below_the_base_address() -> None:
    address = "https://llm.example.com/v1/models"
    assert words(code("curl", "llm").replace("$", "\\$"))[:4] == ["curl", "-gsS", "--fail-with-body", address]
    assert 'base_url="https://llm.example.com/v1"' in code("python-httpx", "llm")
    assert '    answer = client.get("models")\n' in code("python-httpx", "llm")
    assert "--conn-host https://llm.example.com/v1 " in code("airflow", "llm")
    assert '    endpoint="models", method="GET",\n' in code("airflow", "llm")
    assert yaml.safe_load(code("github-actions", "llm"))[0]["env"]["TOOL_URL"] == address
    assert f'  url = "{address}"\n' in code("terraform", "llm")
    for consumer in OVER_HTTP:
        assert notes(consumer, kind="openai-compatible") == ("This asks for the list of its models.", BEARER)


@pytest.mark.parametrize(
    ("base", "asked"),
    [
        ("https://llm.example.com/v1/", "https://llm.example.com/v1/models"),
        ("https://llm.example.com/v1?key=1", "https://llm.example.com/v1?key=1"),  # no path goes behind a query
    ],
)
def test_models_are_asked_for_where_a_path_goes(base: str, asked: str) -> None:
    manifest = MANIFEST | {"interfaces": [{"id": "llm", "kind": "openai-compatible", "baseUrl": base, "auth": []}]}
    [one] = [one for one in snippets(manifest) if one.consumer == "curl"]
    assert words(one.code) == ["curl", "-gsS", "--fail-with-body", asked]


def test_of_a_rest_api_notes_say_where_a_path_goes_and_which_documents_name_it() -> None:
    said = "This asks the base address alone: put a path of its API {}."
    assert {consumer: notes(consumer, auth=[]) for consumer in OVER_HTTP} == {
        "curl": (said.format("behind it"),),
        "python-httpx": (said.format("into client.get"),),
        "airflow": (said.format("into endpoint"),),
        "github-actions": (said.format("behind it"),),
        "terraform": (said.format("behind it"),),
    }
    docs = "https://example.com/docs"
    assert notes("curl", auth=[], docs=docs) == (said.format("behind it") + f" Its documents: {docs}",)
    assert notes("curl", auth=[], kind="graphql", docs=docs) == ()  # it is asked at its address


def test_where_an_interface_names_no_documents_a_path_is_in_those_of_the_tool() -> None:
    links = {"links": {"docs": "https://example.com/all", "repo": "https://example.com/repo"}}
    [one] = [one for one in snippets(MANIFEST | links) if (one.consumer, one.interface) == ("curl", "rest")]
    assert one.notes[0].endswith(" behind it. Its documents: https://example.com/all")


def test_notes_say_where_what_is_for_editors_goes() -> None:
    found: dict[str, set[tuple[str, ...]]] = {}
    for one in snippets(MANIFEST):
        if one.consumer in {"vscode", "mcp-json", "cursor"}:
            found.setdefault(one.consumer, set()).add(one.notes)
    assert found == {
        "vscode": {("Save it as .vscode/mcp.json in the folder of your project.",)},
        "mcp-json": {(SAVED,)},
        "cursor": {("Open this link where Cursor is installed: it asks before it adds the server.",)},
    }


def notes(consumer: str, **changes: Any) -> tuple[str, ...]:
    """Return what is to be known of an interface that is as the first of its kind but for `changes`."""
    kind = "mcp" if consumer in {"mcp-json", "langchain", "cursor"} else "rest"
    [first] = [one for one in MANIFEST["interfaces"] if one["id"] == kind]
    kept = {name: value for name, value in (first | changes).items() if value is not None}
    schemes = {name: {"type": name} for name in ("http", "apiKey", "oauth2", "mutualTLS")}
    found = snippets(MANIFEST | {"interfaces": [kept], "authSchemes": schemes})
    return next((one.notes for one in found if one.consumer == consumer), ("none is made",))


def test_notes_say_what_is_not_known_and_what_a_snippet_does_not_do() -> None:
    path = "This asks the base address alone: put a path of its API behind it."
    assert {signs: notes("curl", auth=[signs]) for signs in ("http", "apiKey", "oauth2", "mutualTLS")} == {
        "http": (path, BEARER),
        "apiKey": (path, "How the key is sent is not known: its documents say so."),
        "oauth2": (path, "It signs in with OAuth: its documents say how a program gets a token."),
        "mutualTLS": (path, "It wants a certificate of yours: its documents say how you get one."),
    }
    assert notes("curl", auth=[]) == (path,)
    assert notes("curl", auth=None) == (path, "Whether it wants a key is not known: its documents say so.")
    assert (notes("mcp-json", auth=["http"]), notes("mcp-json", auth=["apiKey"])) == ((SAVED,), (SAVED, BEARER))
    opens = "It signs in with OAuth: the program that you paste this into opens a page for that."
    assert notes("mcp-json", auth=["oauth2"]) == (SAVED, opens)
    does_not = "It signs in with OAuth, which this does not do: its documents say how a program gets a token."
    assert notes("langchain", auth=["oauth2"]) == (does_not,)


def test_parts_of_an_address_that_each_customer_has_of_their_own_are_named() -> None:
    address = "https://{name}.example.com/{region}/{name}/v1"
    said = "Put yours in the place of {name}, {region}."
    assert notes("curl", auth=[], kind="graphql", baseUrl=address) == (said,)
    assert notes("mcp-json", auth=[], url=address) == (SAVED, said)
    assert notes("cursor", auth=[], url=address) == ("none is made",)  # a link installs what it says


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


@pytest.mark.parametrize(
    "name",
    [
        "PATH",
        "Path",
        "HOME",
        "LD_PRELOAD",
        "PYTHONSTARTUP",
        "NODE_OPTIONS",
        "BASH_ENV",
        "HTTPS_PROXY",
        "GIT_SSH_COMMAND",
    ],
)
def test_no_snippet_names_a_variable_of_the_readers_machine(name: str) -> None:
    hostile = MANIFEST | {"authSchemes": {"http": {"type": "http", "env": name}}}
    assert [one.interface for one in snippets(hostile) if name in one.code or name in one.inputs] == []
    assert {one.interface for one in snippets(hostile)} >= {"open", "image", "sdk"}
