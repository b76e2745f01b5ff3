"""The snippets for LangChain, LlamaIndex and Haystack list the tools of a real MCP server, run as the API prints them.

The server speaks TLS on loopback under a certificate of an authority made here, which a snippet's process trusts by
SSL_CERT_FILE: no address is allowed that would not be one elsewhere, and not a character of the code is changed.
"""

from __future__ import annotations

import ast
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trustme

from api.manifests import keeping
from tests import make
from tests.api.client import Api
from tests.live import environment

pytestmark = [pytest.mark.live, pytest.mark.django_db, pytest.mark.timeout(300)]  # the first waits for the packages
TOOLS = ["find_papers", "get_paper", "quuxle_papers"]
KEY = "papers-key-of-this-test"
EACH = pytest.mark.parametrize("consumer", ["langchain", "llamaindex", "haystack"])


@pytest.fixture(scope="module")
def python() -> Path:
    return environment.python()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority's certificate, and one of its for this machine with its private key."""
    found, authority = tmp_path_factory.mktemp("certificates"), trustme.CA()
    authority.cert_pem.write_to_path(str(found / "authority.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(found / "server.pem"))
    return found


@dataclass(frozen=True)
class Server:
    """A server that runs, and the file in which it says what it answers."""

    log: Path

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    @property
    def address(self) -> str:
        return f"https://localhost:{self.lines[0]}"


@contextmanager
def serving(python: Path, folder: Path, key: str) -> Iterator[Server]:
    """Run a server that wants this key."""
    found = Server(folder / f"answers-{key}")
    program = Path(__file__).with_name("server.py")
    command = [str(one) for one in (python, program, folder / "server.pem", key, *TOOLS)]
    with found.log.open("w") as log, subprocess.Popen(command, stdout=log, text=True) as server:
        try:
            deadline = time.monotonic() + 30
            while not found.lines and time.monotonic() < deadline:
                time.sleep(0.05)
            yield found
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def open_server(python: Path, folder: Path) -> Iterator[Server]:
    with serving(python, folder, "") as server:
        yield server


@pytest.fixture(scope="module")
def shut_server(python: Path, folder: Path) -> Iterator[Server]:
    with serving(python, folder, KEY) as server:
        yield server


def printed(consumer: str, url: str, **changes: str) -> str:
    """Return a snippet's code as the API answers it for a tool whose server is at this address."""
    make.tool(slug="papers", interfaces=[{"kind": "mcp-remote", "url": url, "auth": "none", **changes}])
    keeping.sweep()
    [one] = Api().json(f"/tools/papers/snippets?consumer={consumer}")["results"]
    assert url in one["code"]
    assert one["inputs"] == ([changes["env"]] if "env" in changes else [])
    code: str = one["code"]
    return code


def run(python: Path, code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run it as a program of its own, without a character more than is printed."""
    given = {"HOME": str(folder), "HAYSTACK_TELEMETRY_ENABLED": "False", "SSL_CERT_FILE": str(folder / "authority.pem")}
    given |= variables
    command = [str(python), "-c", code]
    return subprocess.run(command, env=given, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@EACH
def test_it_lists_exactly_the_tools_of_the_server(
    python: Path, folder: Path, open_server: Server, consumer: str
) -> None:
    done = run(python, printed(consumer, f"{open_server.address}/mcp"), folder)
    assert done.returncode == 0, done.stderr
    assert sorted(ast.literal_eval(done.stdout)) == TOOLS


@EACH
def test_it_sends_the_key_that_a_variable_holds(python: Path, folder: Path, shut_server: Server, consumer: str) -> None:
    code = printed(consumer, f"{shut_server.address}/mcp", auth="http", env="PAPERS_KEY")
    done = run(python, code, folder, PAPERS_KEY=KEY)
    assert done.returncode == 0, done.stderr
    assert sorted(ast.literal_eval(done.stdout)) == TOOLS


@pytest.mark.parametrize("consumer", ["langchain", "llamaindex"])  # Haystack asks again for 30 seconds before it fails
def test_a_wrong_key_fails(python: Path, folder: Path, shut_server: Server, consumer: str) -> None:
    code, before = (
        printed(consumer, f"{shut_server.address}/mcp", auth="http", env="PAPERS_KEY"),
        len(shut_server.lines),
    )
    done = run(python, code, folder, PAPERS_KEY="another")
    assert (done.returncode, done.stdout, set(shut_server.lines[before:])) == (1, "", {"/mcp 401"})


@EACH
def test_a_wrong_path_fails(python: Path, folder: Path, open_server: Server, consumer: str) -> None:
    before = len(open_server.lines)
    done = run(python, printed(consumer, f"{open_server.address}/elsewhere"), folder)
    assert (done.returncode, done.stdout, set(open_server.lines[before:])) == (1, "", {"/elsewhere 404"})


def test_a_certificate_of_nobody_fails(python: Path, folder: Path, open_server: Server) -> None:
    before = len(open_server.lines)
    code = printed("langchain", f"{open_server.address}/mcp")
    done = run(python, code, folder, SSL_CERT_FILE="")
    assert (done.returncode, done.stdout, open_server.lines[before:]) == (1, "", [])
