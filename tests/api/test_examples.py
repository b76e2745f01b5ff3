"""Every program of the docs is run as a reader would run it, by a shell, Python and Node, against a live server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from api.examples import ADDRESS, LANGUAGES, Program, tasks
from tests import make
from tests.api.client import key_of
from tests.people import person

RUNS = {"curl": ["sh", "-eu"], "Python": [sys.executable, "-I"], "JavaScript": ["node"]}
PROGRAMS = [program for task in tasks() for program in task.programs]


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: f"{program.task} {program.language}")
def test_a_program_of_the_docs_does_what_it_says(program: Program, live_server: Any, tmp_path: Path) -> None:
    needs = {"curl": "curl", "JavaScript": "node"}.get(program.language)
    if needs and not shutil.which(needs):
        pytest.skip(f"no {needs} found")
    make.tool(
        slug="ollama",
        name="Ollama",
        tagline="Speech to text on your own machine",
        interfaces=[
            {"kind": "rest", "base_url": "https://ollama.example.com/v1", "auth": "apiKey", "env": "OLLAMA_KEY"}
        ],
        pricing={"access": "free_tier", "model": [], "source": "open_source", "said_by": "editor"},
    )
    key = key_of(person())
    file = tmp_path / f"program.{LANGUAGES[program.language]}"
    file.write_text(program.text.replace(ADDRESS, live_server.url), "utf-8")
    env = {"PATH": os.environ["PATH"], "CATALOG_KEY": key, "HOME": str(tmp_path)}
    done = subprocess.run(
        [*RUNS[program.language], str(file)],
        env=env,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    for wanted in SHOWN[program.task]:
        assert wanted in done.stdout, done.stdout


# what every program of a task prints, in whatever form
SHOWN = {
    "find": ("ollama", "Speech to text on your own machine"),
    "filter": ("Ollama", "/tools/ollama/"),
    "wire": ("https://ollama.example.com/v1", "apiKey", "OLLAMA_KEY", "unknown", "level"),
    "follow": ("ollama", "created"),
    "submit": (),
}
