"""Ctrl-C ends the command with 130 and at most a line, also while it is starting; it starts soon."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.client.conftest import CLIENT, command

ENTRY = "from {module} import {name}; {name}()"
# stops the process when a module is imported that the command needs, as somebody would who is quick
STOPS = """
import os, signal, sys
class Stops:
    def find_spec(self, name, path=None, target=None):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Stops())
"""


def entry() -> str:
    """Return the program that the console script is."""
    said = tomllib.loads((CLIENT / "pyproject.toml").read_text("utf-8"))["project"]["scripts"]["aicatalog"]
    module, _, name = said.partition(":")
    return ENTRY.format(module=module, name=name)


@pytest.mark.parametrize(
    "name",
    ["click", "aicatalog.cli", "aicatalog.errors", "aicatalog.cli.printing", "aicatalog.source", "aicatalog.cli.search",
     "aicatalog.offline", "aicatalog.online", "httpx", "httpx._client", "sqlite3"],
)  # fmt: skip
def test_ctrl_c_while_something_is_imported_ends_with_130(name: str, tmp_path: Path) -> None:
    _, env = command()
    program = f"{STOPS.format(name=name)}\n{entry()}"
    done = subprocess.run(
        [sys.executable, "-c", program, "search", "x", "--from", "http://127.0.0.1:1"], env=env, cwd=tmp_path,
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.strip() in {"", "Stopped."}


def test_ctrl_c_whenever_ends_with_130() -> None:
    _, env = command()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        for wait in range(0, 400, 20):
            program = f"print(flush=True)\n{entry()}"
            process = subprocess.Popen(
                [sys.executable, "-c", program, "search", "x", "--from", address], env=env,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            )  # fmt: skip
            assert process.stdout is not None
            process.stdout.readline()  # Python itself has started
            time.sleep(wait / 1000 + 0.003)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=30)
            assert (process.returncode, out, err.strip()) == (130, "", "Stopped."), wait


def test_who_ignores_ctrl_c_is_not_stopped(tmp_path: Path) -> None:
    _, env = command()
    program = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{STOPS.format(name='click')}\n{entry()}"
    done = subprocess.run(
        [sys.executable, "-c", program, "--version"], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("aicatalog, version ")


def test_a_program_that_imports_the_package_keeps_its_own_ctrl_c() -> None:
    _, env = command()
    program = (
        "import signal, aicatalog\nbefore = signal.getsignal(signal.SIGINT)\naicatalog.lock.check\n"
        "assert signal.getsignal(signal.SIGINT) is before is signal.default_int_handler"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_has_its_lockfiles_without_another_import_and_nothing_is_imported_before_it_is_used() -> None:
    _, env = command()
    program = (
        "import sys, aicatalog\n"
        "names = {'httpx', 'click', 'sqlite3', 'aicatalog.lock', 'aicatalog.online', 'aicatalog.offline'}\n"
        "assert not names & set(sys.modules), names & set(sys.modules)\n"
        "assert 'lock' in dir(aicatalog) and set(aicatalog.__all__) <= set(dir(aicatalog))\n"
        "from aicatalog import lock\n"
        "assert aicatalog.lock is lock and callable(aicatalog.lock.check)\n"
        "assert aicatalog.open.__name__ == 'open_source' and issubclass(aicatalog.NotFound, aicatalog.CatalogError)\n"
        "try:\n    aicatalog.nothing\nexcept AttributeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "module 'aicatalog' has no attribute 'nothing'\n"


def test_python_m_is_the_command_as_well(tmp_path: Path) -> None:
    argv, env = command()
    done = subprocess.run([*argv, "--version"], env=env | os.environ, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.partition(" ")[0]) == (0, "aicatalog,")
