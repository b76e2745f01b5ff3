"""Every program of the docs is run as a reader would run it, by a shell, Python and Node, against a live server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from api.examples import ADDRESS, FILES, LANGUAGES, Program, submission, tasks
from catalog.models import Category, Tool
from submissions.models import Submission
from tests import make
from tests.api.client import key_of
from tests.people import person
from tests.submissions import rows
from tests.verification.conftest import Known, hints, known, made  # noqa: F401 - fixtures
from verification.contract import Code, Outcome, Step
from verification.models import Endpoint
from verification.verdicts import Verdict

RUNS = {"curl": ["sh", "-eu"], "Python": [sys.executable, "-I"], "JavaScript": ["node"]}
NEEDS = {"curl": ("curl", "jq"), "Python": (), "JavaScript": ("node",)}
PROGRAMS = [program for task in tasks() for program in task.programs]
SUBMIT = [program for program in PROGRAMS if program.task == "submit"]
# what every program of a task prints, in whatever form
SHOWN = {
    "find": ("deepseek", "Speech to text on your own machine"),
    "filter": ("DeepSeek", "/tools/deepseek/"),
    "wire": ("https://deepseek.example.com/v1", "apiKey", "DEEPSEEK_KEY", "not known", "level 0 listed", "never"),
    "follow": ("deepseek", "created"),
    "submit": ("draft: http://", "now it is in_review"),
}
pytestmark = pytest.mark.django_db(transaction=True)
each = pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: f"{program.task} {program.language}")
each_that_submits = pytest.mark.parametrize("program", SUBMIT, ids=lambda program: program.language)


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:  # noqa: F811
    known(made("home"))


@pytest.fixture(autouse=True)
def _listed() -> None:
    make.tool(
        slug="deepseek",
        name="DeepSeek",
        tagline="Speech to text on your own machine",
        interfaces=[
            {"kind": "rest", "base_url": "https://deepseek.example.com/v1", "auth": "apiKey", "env": "DEEPSEEK_KEY"}
        ],
        pricing={"access": "free_tier", "model": [], "source": "open_source", "said_by": "editor"},
    )
    upper, lower = json.loads(submission())["record"]["category"].split("/")
    parent = Category.objects.create(slug=upper, name="Upper")
    Category.objects.create(slug=lower, name="Lower", parent=parent, position=1)


def done(program: Program, address: str, folder: Path, key: str | None) -> tuple[int, str, str]:
    """Run a program in a folder while checks go on as by workers; return its status, what it printed, its troubles."""
    if gone := [one for one in NEEDS[program.language] if not shutil.which(one)]:
        pytest.skip(f"no {gone[0]} found")
    file = folder / f"program.{LANGUAGES[program.language]}"
    file.write_text(program.text.replace(ADDRESS, address), "utf-8")
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), **({"AICATALOG_KEY": key} if key is not None else {})}
    run = subprocess.Popen(
        [*RUNS[program.language], str(file)], env=env, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while run.poll() is None and time.monotonic() < until:
        rows.checked()
        time.sleep(0.1)
    run.kill()
    out, err = run.communicate()
    return run.returncode, out, err


@each
def test_a_program_of_the_docs_does_what_it_says(program: Program, live_server: Any, tmp_path: Path) -> None:
    (tmp_path / FILES["submit"]).write_text(submission(), "utf-8")
    status, out, err = done(program, live_server.url, tmp_path, key_of(person()))
    assert (status, err) == (0, "")
    for wanted in SHOWN[program.task]:
        assert wanted in out, out


@pytest.mark.parametrize("program", [one for one in PROGRAMS if one.task == "wire"], ids=lambda one: one.language)
def test_what_is_watched_is_told_with_when_it_was_seen(program: Program, live_server: Any, tmp_path: Path) -> None:
    seen = "2026-11-27T01:02:03Z"
    Endpoint.objects.create(
        tool=Tool.objects.get(slug="deepseek"), subject="https://deepseek.example.com/v1", state="healthy", since=seen,
        known_at=seen,
    )  # fmt: skip
    status, out, err = done(program, live_server.url, tmp_path, None)
    assert (status, err, f"now: healthy since {seen} - last look: {seen}" in out) == (0, "", True)


@each_that_submits
@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_it_says_where_one_is_made(
    program: Program, key: str | None, live_server: Any, tmp_path: Path
) -> None:
    (tmp_path / FILES["submit"]).write_text(submission(), "utf-8")
    status, out, err = done(program, live_server.url, tmp_path, key)
    assert (status != 0, out, len(err.splitlines())) == (True, "", 1)
    assert err.endswith(f" is not set. Make a key at {live_server.url}/portal/keys/new/ and export it.\n")


@each_that_submits
def test_what_is_wrong_with_the_record_is_listed_and_nothing_made(
    program: Program, live_server: Any, tmp_path: Path
) -> None:
    body = json.loads(submission())
    body["record"] |= {"tagline": "x", "kind": "toy"}
    (tmp_path / FILES["submit"]).write_text(json.dumps(body), "utf-8")
    status, out, err = done(program, live_server.url, tmp_path, key_of(person()))
    assert (status, out, Submission.objects.count()) == (1, "", 0)
    assert sorted(line.split(" ")[0] for line in err.splitlines()) == ["/record/kind", "/record/tagline", "Nothing"]


@each_that_submits
def test_a_problem_ends_it_with_its_sentence(program: Program, live_server: Any, tmp_path: Path) -> None:
    (tmp_path / FILES["submit"]).write_text('{"record": {"colour": 1}, "also": 2}', "utf-8")
    status, out, err = done(program, live_server.url, tmp_path, key_of(person()))
    assert (status, out, err.startswith("/also "), Submission.objects.count()) == (1, "", True, 0)
    status, out, err = done(program, live_server.url, tmp_path, key_of(person("ben@example.com"), "lists:read"))
    assert (status, out, "submissions:write" in err) == (1, "", True)


@each_that_submits
def test_what_fails_its_checks_is_not_sent(
    program: Program, live_server: Any, tmp_path: Path, known: Known  # noqa: F811
) -> None:  # fmt: skip
    known(_failing())
    (tmp_path / FILES["submit"]).write_text(submission(), "utf-8")
    status, out, err = done(program, live_server.url, tmp_path, key_of(person()))
    assert (status, err.splitlines()) == (1, ["The home page answers: Nobody answered.", "It was not sent."])
    assert (out.startswith("draft: "), Submission.objects.get().state) == (True, "draft")


def _failing() -> Step:
    def gone(context: Any) -> Outcome:
        outcome: Outcome = context.say("gone")
        return outcome

    codes = {"gone": Code(Verdict.FAIL, "Nobody answered.")}
    return Step(key="home", title="home", group="endpoints", proves="Nothing.", codes=codes, check=gone)
