"""The checks against software of others: what works for everybody else has to pass here too."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.safehttp import Answer
from tests.zoo.animal import Animal, Reply, Request
from tests.zoo.animals import apis
from tests.zoo.server import Zoo
from verification.contract import Interface, Listing
from verification.inline import Checked, run_inline
from verification.reading import openapi

MCP = ("mcp_handshake", "mcp_tools", "mcp_lint", "mcp_poisoning", "mcp_auth")


def verify(zoo: Zoo, port: int) -> dict[str, Checked]:
    """Return what the MCP steps say about a server on this machine."""
    url = "http://peer.example/mcp"
    listing = Listing("peer", "Peer", "http://peer.example/", interfaces=(Interface("mcp-remote", url=url),))
    return {one.key: one for one in run_inline(listing, keys=MCP, policy=zoo.policy(ports={80: port}))}


@pytest.fixture(params=[False, True], ids=["sse", "json"])
def python_server(free_port: int, request: pytest.FixtureRequest) -> Iterator[int]:
    """A server made with PyPI's `mcp`."""
    reason = "the package mcp is not installed"
    server_module = pytest.importorskip("mcp.server.mcpserver", reason=reason)
    security = pytest.importorskip("mcp.server.transport_security", reason=reason)
    uvicorn = pytest.importorskip("uvicorn", reason="the package uvicorn is not installed")
    server = server_module.MCPServer("papers")

    @server.tool()  # type: ignore[untyped-decorator]
    def find_papers(subject: str) -> str:
        """Finds papers about a subject and returns their titles, newest first."""
        raise AssertionError(f"the tool was called with {subject}")

    app = server.streamable_http_app(
        json_response=request.param,
        transport_security=security.TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    config = uvicorn.Config(app, host="127.0.0.1", port=free_port, log_level="error", ws="none")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not running.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield free_port
    running.should_exit = True
    thread.join(10)


def test_a_server_made_with_the_python_package_is_healthy(zoo: Zoo, python_server: int) -> None:
    said = verify(zoo, python_server)

    codes = {key: one.outcome.code for key, one in said.items()}
    assert codes == {
        "mcp_handshake": "speaks_modern",
        "mcp_tools": "in_order",
        "mcp_lint": "described",
        "mcp_poisoning": "nothing_found",
        "mcp_auth": "open",
    }
    assert said["mcp_tools"].outcome.detail["names"] == ["find_papers"]


def fetched(folder: Path, *packages: str) -> Path:
    """Return the folder of programs of npm packages, fetched into `folder`; skips the test without npm or network."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed")
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *packages]
    installed = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    if installed.returncode:
        pytest.skip(f"npm could not fetch {', '.join(packages)}: {installed.stderr[-200:]}")
    return folder / "node_modules" / ".bin"


@pytest.fixture
def everything_server(free_port: int, tmp_path: Path) -> Iterator[int]:
    """npm's @modelcontextprotocol/server-everything."""
    programs = fetched(tmp_path, "@modelcontextprotocol/server-everything")
    program = programs / "mcp-server-everything"
    environment = {"PORT": str(free_port), "PATH": os.environ["PATH"]}
    child = subprocess.Popen(
        [str(program), "streamableHttp"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{free_port}/mcp", timeout=2)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    yield free_port
    child.send_signal(signal.SIGTERM)
    child.wait(10)


@pytest.mark.peers
def test_the_reference_server_of_npm_is_healthy(zoo: Zoo, everything_server: int) -> None:
    said = verify(zoo, everything_server)

    assert said["mcp_handshake"].outcome.code in {"speaks_legacy", "speaks_modern"}
    assert said["mcp_tools"].outcome.code == "in_order"
    assert said["mcp_tools"].outcome.detail["count"] >= 10
    assert said["mcp_poisoning"].outcome.code == "nothing_found"
    assert len(said["mcp_handshake"].exchanges) <= 8


@pytest.mark.peers
@pytest.mark.timeout(300)
def test_the_handshake_passes_the_conformance_suite_of_the_protocol(tmp_path: Path) -> None:
    programs = fetched(tmp_path, "@modelcontextprotocol/conformance@0.2.0-alpha.12", "node@22")
    # relative: the suite takes the command apart at spaces, and the path of the project may have some
    client = f"{os.path.relpath(sys.executable)} -m tests.zoo.conformance_client"
    said = {}
    for scenario, version in CONFORMANCE:
        command = [str(programs / "conformance"), "client", "--command", client]
        done = subprocess.run(
            [*command, "--scenario", scenario, "--spec-version", version],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        )  # fmt: skip
        found = re.search(r"Passed: (\d+/\d+), (\d+) failed, (\d+) warnings", done.stdout + done.stderr)
        said[scenario] = found.groups() if found else (done.stdout + done.stderr)[-500:]

    assert said == {scenario: (passed, "0", "0") for (scenario, _), passed in CONFORMANCE.items()}


# What concerns a client that calls no tool; and how many checks each has to pass.
CONFORMANCE = {
    ("initialize", "2025-11-25"): "1/1",
    ("request-metadata", "2026-07-28"): "5/5",
    ("http-standard-headers", "2026-07-28"): "1/1",
    ("json-schema-ref-no-deref", "2026-07-28"): "1/1",
}

# Not the one with references to other documents: the validator itself would fetch them.
DOCUMENTS = [
    one
    for one in apis.DOCUMENTS
    if one.serve and one.name != "openapi_remote_refs" and one.expect[0].code in {"valid", "invalid"}
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda one: one.name)
def test_the_validator_in_its_own_process_agrees_with_the_validator(document: Animal) -> None:
    """Where nothing leads out of the document, the process of its own changes nothing."""
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")
    assert document.serve is not None
    reply = document.serve(Request("GET", document.host, "/openapi", {}, b"", tls=True))
    assert isinstance(reply, Reply)
    assert isinstance(reply.body, bytes)
    value = openapi.read(_answer(reply.body))
    assert isinstance(value, dict)

    try:
        validator.validate(value)
        expected = "valid"
    except Exception:
        expected = "invalid"

    assert openapi.validity(value).state == expected


def _answer(body: bytes) -> Answer:
    return Answer(url="https://a.example/", verdict="ok", code="200", message="", body=body)
