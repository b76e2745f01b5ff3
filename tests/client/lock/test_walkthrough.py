"""docs/pipelines.md is done as it is printed: by a shell, in an empty folder, against a live site and a live tool."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest
import yaml
from django.conf import settings as site
from django.db import connections

from api.manifests import keeping
from catalog.models import Tool
from tests import make
from tests.client.lock.vendor import Vendor
from tests.verification.conftest import drain, due, hints  # noqa: F401 - a fixture
from verification import services
from verification.models import Run, StepResult

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
ROOT = Path(site.BASE_DIR)
DOC = (ROOT / "docs" / "pipelines.md").read_text("utf-8")
ADDRESS = "http://127.0.0.1:8000"
CHANGES = "<!-- the tool changes, and verification looks -->"
BLOCK = re.compile(rf"^```([^\n]*)\n(.*?)^```$|^({re.escape(CHANGES)})$", re.MULTILINE | re.DOTALL)
WALK = DOC[: DOC.index("## In CI")]
SCRIPT = "titles.py"
LANGUAGES = {"sh", "python", "text", CHANGES}


def blocks() -> list[tuple[str, str]]:
    """Return the blocks of the walkthrough in order: language and text; the change is its mark."""
    return blocks_of(WALK)


def blocks_of(page: str) -> list[tuple[str, str]]:
    """Return the blocks of a page; only the mark itself, which no language is named as, is the change."""
    found = [(CHANGES, "") if mark else (language, text) for language, text, mark in BLOCK.findall(page)]
    unknown = [language for language, _ in found if language not in LANGUAGES]
    assert unknown == [], "blocks of these languages would not be run"
    return found


@pytest.mark.parametrize("language", ["bash", "shell session", "change", "console", "", "c++"])
def test_a_block_of_a_language_that_is_not_run_fails(language: str) -> None:
    assert blocks_of(f"```sh\nls\n```\n{CHANGES}\n") == [("sh", "ls\n"), (CHANGES, "")]
    with pytest.raises(AssertionError, match="would not be run"):
        blocks_of(f"```sh\nls\n```\n\n```{language}\nls\n```\n{CHANGES}\n")


@pytest.fixture(autouse=True)
def _connections_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the threads of the live server leave no connection behind."""
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)


@pytest.fixture
def vendor(tmp_path_factory: pytest.TempPathFactory, settings: Any, hints: list[int]) -> Iterator[Vendor]:  # noqa: F811
    """Serve the tool, and let probes find it."""
    pytest.importorskip("mcp", reason="the package mcp is not installed")
    with Vendor(tmp_path_factory.mktemp("zoo")) as made:
        for name, value in made.zoo.environment.items():
            setattr(settings, name, value)
        yield made


def look(tool: Tool) -> None:
    """Verify the addresses of a tool, as workers do."""
    run, _ = services.start_run(tool=tool, trigger=Run.Trigger.COMMAND, light=True)
    for _ in range(20):
        drain()
        run.refresh_from_db()
        if run.state == Run.State.FINISHED:
            break
        due()
    seen = StepResult.objects.get(run=run, key="mcp_handshake")
    assert (seen.verdict, seen.detail["tools_count"]) == ("pass", 1), seen.sentence


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return what the shell of the walkthrough has: no registry, but all packages of the suite, as if installed."""
    return {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(folder),
        "CHECKOUT": str(ROOT),
        "LANG": "C.UTF-8",
        "PYTHONPATH": os.pathsep.join(one for one in sys.path if "site-packages" in one),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # sic: pip reads it the other way round
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        **more,
    }


class Shell:
    """A shell that goes on from block to block."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.running = subprocess.Popen(
            ["bash", "--noprofile", "--norc"], cwd=folder, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.log = folder / "stderr.txt"

    def do(self, text: str) -> str:
        """Run a block and return what it printed; it has to end well."""
        assert self.running.stdin is not None
        assert self.running.stdout is not None
        self.running.stdin.write(f'{{ set -e\n{text}\n}} 2>>{self.log}\necho "END $?"\n')
        self.running.stdin.flush()
        printed = ""
        for line in self.running.stdout:
            if line.startswith("END "):
                assert line == "END 0\n", self.log.read_text("utf-8")
                return printed
            printed += line
        raise AssertionError(f"the shell ended: {self.log.read_text('utf-8') if self.log.exists() else text}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.running.kill()
        self.running.communicate()


def test_from_an_empty_folder_to_a_check_that_fails_when_the_schema_of_the_tool_changes(
    live_server: Any, settings: Any, tmp_path: Path, vendor: Vendor
) -> None:
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    tool = make.tool(
        slug="papers",
        name="Papers",
        homepage="https://papers.example",
        tagline="Finds scientific papers about a subject",
        kind="mcp_server",
        licence="MIT",
        interfaces=[{"kind": "mcp-remote", "url": "https://papers.example/mcp", "auth": "none"}],
    )
    make.tool(name="Other")
    keeping.sweep()
    look(tool)
    printed, told = "", 0
    with Shell(tmp_path, environment(tmp_path, HTTPS_PROXY=vendor.proxy, SSL_CERT_FILE=vendor.ca_file)) as shell:
        for language, text in blocks():
            if language == "sh":
                printed = shell.do(text.replace(ADDRESS, live_server.url))
            elif language == "python":
                (tmp_path / SCRIPT).write_text(text, "utf-8")
            elif language == "text":
                assert printed == text
                told += 1
            elif language == CHANGES:
                vendor.change()
                look(tool)
            else:
                raise AssertionError(f"a block of the language “{language}” is not run: {text}")
    assert told == 6


def test_the_example_for_github_is_a_workflow_that_uses_the_action_by_inputs_that_it_has() -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", DOC, re.MULTILINE | re.DOTALL)
    workflow = yaml.safe_load(text)
    (step,) = [one for one in workflow["jobs"]["check"]["steps"] if "clients/python" in one["uses"]]
    assert step["uses"].partition("@")[0].endswith("/clients/python")
    assert set(step["with"]) <= set(action()["inputs"])
    assert workflow["permissions"] == {"contents": "read"}


def action() -> Any:
    return yaml.safe_load((ROOT / "clients" / "python" / "action.yml").read_text("utf-8"))


def test_the_action_puts_no_value_of_others_into_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert step["shell"] == "bash"


def test_the_action_lets_the_variable_aicatalog_choose_nothing() -> None:
    script = action()["runs"]["steps"][1]["run"]
    calls = [line for line in script.splitlines() if '/aicatalog"' in line]
    assert [line.strip().startswith('env -u AICATALOG "$program') for line in calls] == [True]


class Runner:
    """Runs the steps of the action as a runner of GitHub does."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder, self.env = folder, env
        self.temp = folder / "runner"
        self.temp.mkdir()
        self.installed = 0

    def run(self, **inputs: str) -> tuple[int, str, str, str]:
        """Return the exit code, what was printed, the summary and the report."""
        said = action()
        values = {name: one["default"] for name, one in said["inputs"].items()} | inputs
        summary, output = self.temp / "summary.md", self.temp / "output"
        for file in (summary, output):
            file.write_text("")
        given = {"RUNNER_TEMP": str(self.temp), "GITHUB_ACTION_PATH": str(ROOT / "clients" / "python"),
                 "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output)}  # fmt: skip
        code, printed = 0, ""
        for step in said["runs"]["steps"][self.installed :]:
            own = {
                name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: values[found[1]], text)
                for name, text in step.get("env", {}).items()
            }
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=self.folder,
                env=self.env | given | own, capture_output=True, text=True, timeout=120, check=False,
            )  # fmt: skip
            code, printed = done.returncode, printed + done.stdout + done.stderr
            if code:
                break
        self.installed = 1  # the first step says the same each time
        (name, _, path) = output.read_text().strip().partition("=")
        report = Path(path) if name == "report" else None
        return code, printed, summary.read_text(), report.read_text() if report and report.exists() else ""


def test_the_action_fails_as_the_check_does_and_says_why_in_the_summary(
    live_server: Any, settings: Any, tmp_path: Path
) -> None:
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    make.tool(slug="papers", name="Papers", licence="MIT")
    keeping.sweep()
    for name in ("pip", "venv"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('what is checked out was run')")
    # PIP_NO_DEPS: python -I does not see those of PYTHONPATH
    runner = Runner(tmp_path, environment(tmp_path, AICATALOG="http://127.0.0.1:1", PIP_NO_DEPS="1"))
    code, printed, summary, report = runner.run()
    assert (code, summary, report) == (2, "", ""), printed
    assert "catalog.lock.json is not there" in printed
    aicatalog = runner.temp / "aicatalog" / "bin" / "aicatalog"
    subprocess.run([aicatalog, "lock", "papers", "--from", live_server.url], cwd=tmp_path, env=runner.env, check=True)
    assert runner.run()[:1] == (0,)
    code, printed, summary, report = runner.run(catalog=live_server.url, strict="true")
    assert (code, summary) == (0, "```text\nok           papers\n```\n")
    Tool.objects.update(status="delisted")
    code, printed, summary, report = runner.run()
    assert (code, '"state": "removed"' in report) == (1, True), printed
    assert summary.splitlines()[1:3] == ["removed      papers", "  fails      status: It is not listed any more."]
    hostile = tmp_path / '$(touch hit)"; touch hit; ".json'
    hostile.write_text("{}")
    assert runner.run(file=hostile.name)[0] != 0
    assert not (tmp_path / "hit").exists()
