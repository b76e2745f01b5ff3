"""Snippets for remote MCP servers and packages of them. MCP sends tokens as “Authorization: Bearer” (2025-06-18)."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from api.snippets.parts import BEARER, RUNNERS, Made, Way
from api.snippets.values import Raw, as_json, python, shell
from catalog.validation import PACKAGE

SIGN_IN = "It signs in with OAuth: the program that you paste this into opens a page for that."
VSCODE = "Save it as .vscode/mcp.json in the folder of your project."
MCP_JSON = "Save it as .mcp.json in the folder of your project: Claude Code and others read it there."
CURSOR = "Open this link where Cursor is installed: it asks before it adds the server."
OAUTH = "It signs in with OAuth, which this does not do: its documents say how a program gets a token."


def _token(way: Way) -> str:
    """Return the variable of a token that is sent as a header; "" where none is, or where OAuth gets one."""
    return way.env if way.signs in {"http", "apiKey"} else ""


def _notes(way: Way, oauth: str = SIGN_IN) -> tuple[str, ...]:
    if way.signs in {"oauth2", "openIdConnect"}:
        return (oauth,)
    return (BEARER,) if way.signs == "apiKey" and _remote(way) else ()


def _inputs(way: Way) -> tuple[str, ...]:
    return (_token(way),) if _token(way) else ()


def _remote(way: Way) -> bool:
    return way.kind == "mcp-remote"


def _py(way: Way, imports: str, code: str, *standard: str) -> Made:
    """Return a program: what it imports, what of the standard library beside os, and what it does."""
    modules = sorted([*standard, *(["os"] if _token(way) else [])])
    head = "".join(f"import {name}\n" for name in modules) + ("\n" if modules else "")
    return Made(f"{head}{imports}\n\n{code}", _inputs(way), _notes(way, OAUTH))


def _bearer(way: Way) -> Raw:
    return Raw(f'"Bearer " + os.environ[{python(_token(way))}]')


def langchain(way: Way) -> Made | None:
    """langchain-mcp-adapters."""
    if not _remote(way):
        return None
    server: dict[str, Any] = {"transport": "streamable_http", "url": way.url}
    if _token(way):
        server["headers"] = {"Authorization": _bearer(way)}
    code = f"client = MultiServerMCPClient({python({way.name: server})})\ntools = asyncio.run(client.get_tools())\n"
    code += "print([tool.name for tool in tools])"
    return _py(way, "from langchain_mcp_adapters.client import MultiServerMCPClient", code, "asyncio")


def llamaindex(way: Way) -> Made | None:
    """llama-index-tools-mcp."""
    if not _remote(way):
        return None
    headers = f"headers = {python({'Authorization': _bearer(way)})}\n" if _token(way) else ""
    given = ", headers=headers" if headers else ""
    code = (
        f"{headers}client = BasicMCPClient({python(way.url)}{given})\n"
        "tools = McpToolSpec(client=client).to_tool_list()\nprint([tool.metadata.name for tool in tools])"
    )
    return _py(way, "from llama_index.tools.mcp import BasicMCPClient, McpToolSpec", code)


def haystack(way: Way) -> Made | None:
    """mcp-haystack."""
    if not _remote(way):
        return None
    token = f", token=os.environ[{python(_token(way))}]" if _token(way) else ""
    code = (
        f"server = StreamableHttpServerInfo(url={python(way.url)}{token})\n"
        "tools = MCPToolset(server, eager_connect=True)\n"  # else it lists none before an agent warms it up
        "print([tool.name for tool in tools])"
    )
    imports = "from haystack_integrations.tools.mcp import MCPToolset, StreamableHttpServerInfo"
    return _py(way, imports, code)


def openai_responses(way: Way) -> Made | None:
    """A tool of OpenAI's Responses API, which calls the server itself."""
    if not _remote(way):
        return None
    tool: dict[str, Any] = {
        "type": "mcp",
        "server_label": way.name.replace("-", "_"),
        "server_url": way.url,
        "require_approval": "always",
    }
    if _token(way):
        tool["authorization"] = Raw(f"os.environ[{python(_token(way))}]")
    code = (
        "client = OpenAI()\nanswer = client.responses.create(\n"
        f'    model="gpt-5",\n    input="What can you do?",\n    tools={python([tool], 4)},\n)\n'
        "print(answer.output_text)"
    )
    made = _py(way, "from openai import OpenAI", code)
    return Made(made.code, ("OPENAI_API_KEY", *made.inputs), made.notes)


def anthropic(way: Way) -> Made | None:
    """The MCP connector of Anthropic's Messages API, which calls the server itself."""
    if not _remote(way):
        return None
    server: dict[str, Any] = {"type": "url", "url": way.url, "name": way.name}
    if _token(way):
        server["authorization_token"] = Raw(f"os.environ[{python(_token(way))}]")
    toolset = {"type": "mcp_toolset", "mcp_server_name": way.name}
    code = (
        "client = Anthropic()\nanswer = client.beta.messages.create(\n"
        '    model="claude-sonnet-4-5",\n    max_tokens=1000,\n    betas=["mcp-client-2025-11-20"],\n'
        '    messages=[{"role": "user", "content": "What can you do?"}],\n'
        f"    mcp_servers={python([server], 4)},\n    tools={python([toolset], 4)},\n)\n"
        'print("".join(part.text for part in answer.content if part.type == "text"))'
    )
    made = _py(way, "from anthropic import Anthropic", code)
    return Made(made.code, ("ANTHROPIC_API_KEY", *made.inputs), made.notes)


def _package(way: Way) -> dict[str, Any] | None:
    """Return how a package of a server is run; None for one of another registry."""
    package = way.interface.get("package", {})
    runner = RUNNERS.get(package.get("registry", ""))
    if way.kind != "mcp-package" or runner is None:
        return None
    if not PACKAGE.fullmatch(package["name"]):
        return None  # an option of the runner, for one
    command, flags = runner
    return {"command": command, "args": [*flags, package["name"]]}


def vscode(way: Way) -> Made | None:
    """.vscode/mcp.json, which asks for secrets and keeps them."""
    package = _package(way)
    if package is None and not _remote(way):
        return None
    names = way.variables if package is not None else list(_inputs(way))
    inputs = [{"type": "promptString", "id": name, "description": name, "password": True} for name in names]
    server: dict[str, Any] = {"type": "stdio", **package} if package else {"type": "http", "url": way.url}
    if package and names:
        server["env"] = {name: Raw(f"${{input:{name}}}") for name in names}
    elif names:
        server["headers"] = {"Authorization": Raw(f"Bearer ${{input:{names[0]}}}")}
    found: dict[str, Any] = {"inputs": inputs} if inputs else {}
    return Made(as_json(found | {"servers": {way.name: server}}), tuple(names), (VSCODE, *_notes(way)))


def mcp_json(way: Way) -> Made | None:
    """.mcp.json of a project, as Claude Code and others read it: ${VARIABLE} is put in by them."""
    package = _package(way)
    if package is None and not _remote(way):
        return None
    names = way.variables if package is not None else list(_inputs(way))
    server: dict[str, Any] = dict(package) if package else {"type": "http", "url": way.url}
    if package and names:
        server["env"] = {name: Raw(f"${{{name}}}") for name in names}
    elif names:
        server["headers"] = {"Authorization": Raw(f"Bearer ${{{names[0]}}}")}
    return Made(as_json({"mcpServers": {way.name: server}}), tuple(names), (MCP_JSON, *_notes(way)))


def cursor(way: Way) -> Made | None:
    """A link that installs a server in Cursor; a header with a secret does not belong into a link."""
    package = _package(way)
    if package is None and (not _remote(way) or _token(way) or way.places):
        return None  # what a link installs has to be whole
    config: dict[str, Any] = dict(package) if package else {"url": way.url}
    if package and way.variables:
        config["env"] = dict.fromkeys(way.variables, "")
    as_json(config)
    shown = base64.b64encode(json.dumps(config, separators=(",", ":")).encode()).decode()
    link = f"cursor://anysphere.cursor-deeplink/mcp/install?name={quote(way.name)}&config={quote(shown, safe='')}"
    return Made(link, tuple(way.variables) if package else (), (CURSOR, *_notes(way)))


def claude_code(way: Way) -> Made | None:
    """The command line of Claude Code."""
    package = _package(way)
    if package is not None:
        envs = "".join(f' --env {name}="${name}"' for name in way.variables)
        words = " ".join(shell(one) for one in [package["command"], *package["args"]])
        return Made(f"claude mcp add{envs} {shell(way.name)} -- {words}", tuple(way.variables), _notes(way))
    if not _remote(way):
        return None
    header = f' --header "Authorization: Bearer ${_token(way)}"' if _token(way) else ""
    code = f"claude mcp add --transport http {shell(way.name)} {shell(way.url)}{header}"
    return Made(code, _inputs(way), _notes(way))
