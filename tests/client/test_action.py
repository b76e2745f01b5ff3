"""The action of GitHub: it checks once, knows true from false, and lets no text be a command of the runner."""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from aicatalog import reporting
from api.manifests import keeping
from catalog.models import Tool
from tests import make
from tests.client.conftest import CLIENT, Run
from tests.client.lock.test_walkthrough import Runner, environment

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(200)]
STOPPED = re.compile(r"\A::stop-commands::([0-9a-f]{64})\n(.*)^::\1::\n", re.MULTILINE | re.DOTALL)


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner in which the client is installed: as a program that runs what is checked out, and counts."""
    found = Runner(tmp_path, environment(tmp_path))
    program = found.temp / "aicatalog" / "bin"
    program.mkdir(parents=True)
    modules = f"{CLIENT}:{found.env['PYTHONPATH']}"
    python = program / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(modules)} exec {shlex.quote(sys.executable)} "$@"\n')
    command = program / "aicatalog"
    command.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nexec {shlex.quote(str(python))} -P -m aicatalog "$@"\n'
    )
    for one in (python, command):
        one.chmod(0o755)
    found.installed = 1
    return found


@pytest.fixture
def locked(live_server: Any, settings: Any, tmp_path: Path, run: Run) -> str:
    """A site whose tool is locked in the folder of the runner."""
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    make.tool(slug="papers", name="Papers", licence="MIT")
    keeping.sweep()
    assert run("lock", "papers", "--file", str(tmp_path / "catalog.lock.json"), "--from", live_server.url).code == 0
    return str(live_server.url)


def test_the_catalog_is_asked_once_for_text_and_report(locked: str, runner: Runner, run: Run) -> None:
    Tool.objects.update(status="delisted")
    code, printed, summary, report = runner.run()
    assert (code, len((runner.folder / "calls").read_text().splitlines())) == (1, 1)
    file = runner.folder / "catalog.lock.json"
    by_hand = run("check", "--file", str(file))
    found = STOPPED.fullmatch(printed)
    assert found is not None
    assert found[2] == f"{by_hand.out}{by_hand.err}".replace(f" --file {file}", "")
    assert summary == f"```text\n{by_hand.out}```\n"
    assert json.loads(report)["tools"][0]["state"] == "removed"


def test_a_report_that_cannot_be_made_is_none(runner: Runner) -> None:
    code, printed, summary, report = runner.run()
    assert (code, summary, report) == (2, "", "")
    assert "catalog.lock.json is not there" in printed
    assert (runner.temp / "output").read_text() == ""


@pytest.mark.parametrize("strict", ["true", "True", "TRUE", "yes", "1"])
def test_what_means_true_is_strict(strict: str, locked: str, runner: Runner) -> None:
    runner.run(strict=strict)
    assert "--strict" in (runner.folder / "calls").read_text()


@pytest.mark.parametrize("strict", ["false", "False", "no", "0", ""])
def test_what_means_false_is_not(strict: str, locked: str, runner: Runner) -> None:
    assert runner.run(strict=strict)[0] == 0
    assert "--strict" not in (runner.folder / "calls").read_text()


@pytest.mark.parametrize("strict", ["on", "tru\u0435", "tru", "2", "--help", "true; touch hit", "*", "\n::error::x"])
def test_anything_else_is_refused_before_anything_is_asked(strict: str, locked: str, runner: Runner) -> None:
    code, printed, summary, report = runner.run(strict=strict)
    assert (code, summary, report, printed.count("\n")) == (2, "", "", 1)
    assert printed.startswith("The input “strict” is neither true nor false, so nothing was checked.")
    assert not (runner.folder / "calls").exists()
    assert not (runner.folder / "hit").exists()


@pytest.mark.parametrize(
    "evil",
    ["::error::gotcha", "\n::set-output name=report::/etc/passwd", "##[error]gotcha", "::stop-commands::x\n::x::"],
)
def test_what_is_printed_gives_the_runner_no_commands(evil: str, locked: str, runner: Runner) -> None:
    program = runner.temp / "aicatalog" / "bin" / "aicatalog"
    program.write_text(f"#!/bin/sh\nprintf '%s\\n' {shlex.quote(evil)} >&2\nexit 3\n")
    tokens = set()
    for _ in range(2):
        code, printed, _, _ = runner.run()
        found = STOPPED.fullmatch(printed)  # nothing came to stderr, which the runner reads beside it
        assert (code, found and found[2]) == (3, f"{evil}\n")
        tokens.add(found and found[1])
    assert len(tokens) == 2


@pytest.mark.parametrize("content", ["", "[]", "{", '{"file": "x", "exported_at": null, "tools": [{}]}', "[" * 100_000])
def test_what_is_no_report_is_refused_in_a_sentence(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_text(content)
    assert reporting.main(str(tmp_path / "report.json")) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n"), "is no report of" in said.err) == ("", 1, True)


def test_no_text_of_a_report_begins_a_line_or_ends_the_block_of_the_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = f"a\n```\n::error::x\x1b[2J {'word ' * 30}\n```"
    finding = {
        "tool": "x",
        "state": "changed",
        "area": "text",
        "where": "/name",
        "was": evil,
        "now": evil,
        "fails": False,
    }
    verdict = {"tool": "x", "state": "changed", "findings": [finding], "unseen": [evil], "unlocked": [evil]}
    (tmp_path / "r").write_text(json.dumps({"file": "f", "exported_at": evil, "tools": [verdict]}))
    assert reporting.main(str(tmp_path / "r")) == 0
    said = capsys.readouterr()
    first, *rest = said.out.splitlines()
    assert (first, "\x1b" in said.out + said.err) == ("changed      x", False)
    assert all(line.startswith(("  told       ", " " * 13)) for line in rest)
    assert [line for line in said.err.splitlines() if line.startswith((":", "`"))] == []
