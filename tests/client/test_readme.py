"""Each example of the client's README does what it says, as it stands there."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from api import tasks
from tests.client.conftest import CLIENT, command, listed

pytestmark = pytest.mark.django_db(transaction=True)
README = (CLIENT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
PROGRAMS = [text for language, text in BLOCKS if language == "python"]
SHELL = [text for language, text in BLOCKS if language == "sh"]
ADDRESS = "http://127.0.0.1:8000"
PRINTED = (
    "deepgram Speech to text in real time\n",
    "1 found at change {serial}\nrest https://api.deepgram.example/v1 DEEPGRAM_KEY\n"
    "mcp-remote https://mcp.deepgram.example/ DEEPGRAM_TOKEN\n",
    "rest []\ncurl -gsS --fail-with-body https://api.deepgram.example/v1\n",
    "No tool is listed as “deepgrm”. It may have been removed, or the address mistyped. Or: deepgram\n",
)


@pytest.fixture
def place(live_server: Any, tmp_path: Path, settings: Any) -> Any:
    """A site with tools and an export, and a folder with a program `aicatalog` and an export in `catalog`."""
    settings.VAR_DIR = tmp_path / "var"
    listed()
    assert tasks.exports() is True
    day = next((tmp_path / "var" / "exports").iterdir())
    work = tmp_path / "work"
    work.mkdir()
    shutil.copytree(day, work / "catalog")
    argv, env = command()
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "aicatalog"
    program.write_text(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n')
    program.chmod(0o755)
    env |= {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "HOME": str(tmp_path), "AICATALOG": live_server.url}
    return live_server.url, work, env


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_prints_what_it_should(number: int, place: Any) -> None:
    address, work, env = place
    argv, _ = command()
    done = subprocess.run(
        [argv[0], "-c", PROGRAMS[number].replace(ADDRESS, address)],
        cwd=work,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    serial = re.search(r'"serial": (\d+)', (work / "catalog" / "manifest.json").read_text())
    assert serial is not None
    assert (done.stderr, done.stdout) == ("", PRINTED[number].replace("{serial}", serial[1]))


@pytest.mark.parametrize("number", range(1, len(SHELL)))  # the first installs it: test_wheel.py
def test_each_line_of_the_shell_ends_well(number: int, place: Any) -> None:
    _, work, env = place
    done = subprocess.run(
        ["sh", "-eux"], input=SHELL[number], cwd=work, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    if number == 1:
        assert "deepgram\tDeepgram\tapi\tfree tier\tSpeech to text in real time\n" in done.stdout
        assert "https://api.deepgram.example/v1" in (work / "call.sh").read_text()


def test_nothing_is_left_out() -> None:
    assert (len(PROGRAMS), len(SHELL), SHELL[0]) == (len(PRINTED), 3, "pip install ./clients/python\n")
