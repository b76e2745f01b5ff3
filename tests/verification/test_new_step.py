"""The recipe of docs/verification.md: a file in the steps' folder is all that a new step needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from tests import make
from tests.zoo.animal import Animal, Reply, Request
from tests.zoo.server import Zoo
from verification import services, steps, steps_document
from verification.inline import run_inline
from verification.listing import listing_of
from verification.plan import plan

GUIDE = settings.BASE_DIR / "docs" / "verification.md"


@pytest.fixture
def humans_txt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The step of the recipe, as the documentation has it, in a folder of its own."""
    recipe = re.search(r"```python\n(# verification/steps/(\w+)\.py\n.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert recipe is not None
    (tmp_path / f"{recipe[2]}.py").write_text(recipe[1], encoding="utf-8")
    monkeypatch.setattr(steps, "__path__", [*steps.__path__, str(tmp_path)])
    steps.registry.cache_clear()
    yield recipe[2]
    monkeypatch.undo()
    steps.registry.cache_clear()


@pytest.mark.django_db
def test_a_dropped_in_file_is_planned_shown_and_documented(humans_txt: str, client: Client) -> None:
    tool = make.tool()
    assert [one.step.key for one in plan(listing_of(tool))].count(humans_txt) == 1
    run, _began = services.start_run(tool=tool, trigger="staff")
    assert run.steps.get(key=humans_txt).subject == f"{tool.homepage}/humans.txt"
    assert client.get(run.get_absolute_url()).content.decode().count(f"<code>{humans_txt}</code></span>") == 1
    assert client.get("/trust/").content.decode().count(f'<li id="{humans_txt}">') == 1
    assert steps_document.text().count(f"### `{humans_txt}`: ") == 1


TEXT = "text/plain; charset=utf-8"
HOME = "<title>Made</title><h1>Made by people</h1><p>We make short stories longer and long ones shorter, every day.</p>"


def _site(humans: Reply) -> Animal:
    def serve(request: Request) -> Reply:
        return {"/": Reply(200, HOME.encode()), "/humans.txt": humans}.get(request.path, Reply(404))

    return Animal("made", "A site.", (), serve=serve)


@pytest.mark.parametrize(
    ("reply", "verdict", "code"),
    [
        (Reply(200, b"Ann Example\nBob Example\n", TEXT), "pass", "present"),
        (Reply(404, b"nothing", TEXT), "skipped", "absent"),
        (Reply(200, HOME.encode()), "skipped", "absent"),
        (Reply(200, b"<!doctype html><title>Not found</title>", TEXT), "skipped", "absent"),
        (Reply(200, b"Made by people\nWe make short stories longer and long ones shorter, every day.", TEXT), "skipped",
         "absent"),
        (Reply(200, b'{"error": "no such thing"}', "application/json"), "skipped", "absent"),
        (Reply(200, b"", TEXT), "skipped", "absent"),
        (Reply(503, b"", TEXT), "inconclusive", "not_now"),
        (Reply(403, b"", TEXT), "inconclusive", "forbidden"),
    ],
)  # fmt: skip
def test_the_step_of_the_recipe_passes_for_a_text_of_its_own_only(
    humans_txt: str, tmp_path: Path, reply: Reply, verdict: str, code: str
) -> None:
    animal = _site(reply)
    with Zoo({"made": animal}, tmp_path) as zoo:
        done = run_inline(animal.plain_listing(), keys={humans_txt}, policy=zoo.policy())
    assert [one.key for one in done] == ["home", humans_txt]
    assert (done[1].outcome.verdict, done[1].outcome.code) == (verdict, code)
    if code == "present":
        assert done[1].outcome.sentence == "It has a humans.txt of 2 lines."


def test_the_document_of_all_steps_is_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("document_steps")
    assert (settings.BASE_DIR / steps_document.PATH).read_text("utf-8") == capsys.readouterr().out
