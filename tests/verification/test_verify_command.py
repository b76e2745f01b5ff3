"""`manage.py verify`: what it prints, what its exit code says, what Ctrl-C does."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Tool
from tests import make
from tests.verification import make_runs
from verification import work
from verification.management.commands import verify
from verification.models import Run, RunStep
from verification.run_json import run_json

pytestmark = pytest.mark.django_db


@pytest.fixture
def tool() -> Tool:
    return make.tool(slug="exa-search", name="Exa Search")


def command(*args: str) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error."""
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify", *args, stdout=out, stderr=err)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give what happens at each pause of the watch."""

    def give(*happenings: Callable[[], Any]) -> None:
        left = iter(happenings)

        def pause() -> None:
            next(left)()

        monkeypatch.setattr(verify, "pause", pause)

    return give


def end_with(tool: Tool, *codes: str) -> None:
    """Let all steps that are left say something: these codes first, else a pass."""
    run = Run.objects.get(tool=tool)
    given = list(codes)
    for step in run.steps.exclude(state=RunStep.State.DONE).order_by("position"):
        make_runs.say(step, given.pop(0) if given else "")
    make_runs.finish(run)


def test_without_wait_it_prints_the_address_of_the_run(tool: Tool) -> None:
    code, out, _err = command("exa-search")
    run = Run.objects.get(tool=tool)
    address = f"http://127.0.0.1:8000/tools/exa-search/verification/{run.pk}/"
    assert (code, out) == (0, f"Run {run.pk} of exa-search begun: {address}\n")
    assert run.trigger == "command"
    assert command("exa-search")[1] == f"Run {run.pk} of exa-search was under way already: {address}\n"


def test_an_unknown_slug_is_bad_usage_and_a_near_one_is_offered(tool: Tool) -> None:
    assert command("exa-serch") == (2, "", "There is no tool “exa-serch”. Did you mean “exa-search”?")
    unlike = "99999-qqqqqq-99999"
    assert command(unlike) == (2, "", f"There is no tool “{unlike}”. The slug is the last part of its address.")
    assert Run.objects.count() == 0


def test_a_light_run_of_a_tool_without_endpoints_looks_at_its_home_page(tool: Tool) -> None:
    code, _out, err = command("exa-search", "--light")
    assert (code, err) == (0, "")
    run = Run.objects.get()
    assert (run.light, list(run.steps.values_list("key", flat=True))) == (True, ["home"])


def test_the_help_names_every_exit_code() -> None:
    told = " ".join(verify.Command().create_parser("manage.py", "verify").format_help().split())
    assert (
        "Exit code: 0 no step failed (without --wait: the run is there), 1 a step failed, 2 there is no such tool or"
        " nothing to check, or the command was not understood, 130 stopped watching with Ctrl-C."
    ) in told


def test_the_watch_tells_each_step_as_it_ends_and_each_note_once(tool: Tool, meanwhile: Any) -> None:
    def note() -> None:
        RunStep.objects.filter(key="dns").update(note="Waiting for its turn at example.com.")

    def one() -> None:
        make_runs.say(RunStep.objects.get(key="home"), sentence="It answered 200.")

    meanwhile(note, lambda: None, one, lambda: end_with(tool))
    code, out, _err = command("exa-search", "--wait")
    lines = [line[10:] for line in out.splitlines()[1:-1]]
    assert lines[:2] == [
        "…               dns               Waiting for its turn at example.com.",
        f"Passed          home              It answered 200. [{tool.homepage}/] 412 ms",
    ]
    assert len(lines) == RunStep.objects.count() + 1
    total = RunStep.objects.count()
    assert out.splitlines()[-1] == (
        f"Ended after 16.6 s. {total} of {total} steps could tell. None failed, none needs attention."
    )
    assert code == 0


@pytest.mark.parametrize(
    ("codes", "expected"), [(["lost", "robots_disallow", "placeholder"], 0), (["gone"], 1), (["timeout", "lost"], 1)]
)
def test_the_exit_code_is_1_when_a_step_failed(tool: Tool, meanwhile: Any, codes: list[str], expected: int) -> None:
    meanwhile(lambda: end_with(tool, *codes))
    assert command("exa-search", "--wait")[0] == expected


def test_json_is_alone_on_standard_output(tool: Tool, meanwhile: Any) -> None:
    meanwhile(lambda: end_with(tool, "gone"))
    code, out, err = command("exa-search", "--wait", "--json")
    assert json.loads(out) == run_json(Run.objects.get(tool=tool))
    assert (code, err.splitlines()[-1].startswith("Ended after 16.6 s. ")) == (1, True)


def test_ctrl_c_stops_watching_and_not_the_run(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(verify, "pause", interrupted)
    code, out, _err = command("exa-search", "--wait")
    run = Run.objects.get(tool=tool)
    assert (code, run.state) == (130, Run.State.RUNNING)
    assert out.splitlines()[-1] == (
        f"Stopped watching. The run goes on: http://127.0.0.1:8000/tools/exa-search/verification/{run.pk}/"
    )


def test_it_says_when_no_worker_seems_to_be_there(tool: Tool, meanwhile: Any, monkeypatch: Any) -> None:
    now = [1_000.0]
    monkeypatch.setattr(verify, "monotonic", lambda: now[0])

    def later() -> None:
        now[0] += 10

    meanwhile(later, later, later, later, lambda: end_with(tool))
    out = command("exa-search", "--wait")[1]
    told = [line for line in out.splitlines() if "no worker seems to be running" in line]
    assert [line[:9] for line in told] == ["  20.0 s "]


def test_a_run_is_done_by_the_engine_while_it_is_watched(tool: Tool, monkeypatch: Any, settings: Any) -> None:
    settings.PROBES_ENABLED = False

    def work_a_bit() -> None:
        RunStep.objects.filter(state=RunStep.State.QUEUED).update(not_before="2020-01-01T00:00:00Z")
        step = work.claim()
        assert step is not None
        work.execute(step)

    monkeypatch.setattr(verify, "pause", work_a_bit)
    code, out, _err = command("exa-search", "--wait")
    run = Run.objects.get(tool=tool)
    assert (code, run.state) == (0, Run.State.FINISHED)
    said = "This site makes no requests to others (PROBES_ENABLED=0)."
    assert out.count(f"Could not tell  home              {said} [{tool.homepage}/]") == 1
