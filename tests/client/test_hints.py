"""The next command that a hint names can be run as it is: with the file that was named."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from catalog.choices import Status
from catalog.models import Tool
from tests.client.conftest import Run, listed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(live_server: Any, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A site, and an empty folder to be in."""
    settings.SITE_URL, settings.PAGE_CACHE_SECONDS = live_server.url, 0
    listed()
    monkeypatch.chdir(tmp_path)
    return str(live_server.url)


@pytest.mark.parametrize("file", ["", "other.json", "a b's.json"])
def test_to_take_out_what_is_gone_names_the_file(file: str, place: str, run: Run) -> None:
    named = ["--file", file] if file else []
    assert run("lock", "bark", "one", *named, "--from", place).code == 0
    Tool.objects.filter(slug="bark").update(status=Status.DELISTED)
    done = run("lock", *named, "--from", place)
    assert (done.code, done.err.splitlines()[-1]) == (1, "Take it out of the file: --remove bark")
    done = run("check", *named, "--from", place)
    (told,) = re.findall(r"“aicatalog (lock --remove [^”]*)” takes out what is gone\.", done.err)
    assert shlex.split(told) == ["lock", "--remove", "bark", *named]
    done = run(*shlex.split(told))
    assert (done.code, run("lock", *named, "--from", place).code) == (0, 0)


@pytest.mark.parametrize("file", ["", "other.json", "a b's.json"])
def test_to_name_tools_names_the_file(file: str, place: str, run: Run) -> None:
    named = ["--file", file] if file else []
    for arguments in (("lock",), ("check",)):
        done = run(*arguments, *named)
        assert done.code == 2
        (told,) = re.findall(r"(aicatalog lock SLUG[^”\n]*?)(?:”|\. )", done.err)
        assert shlex.split(told) == ["aicatalog", "lock", "SLUG", *named], arguments


def test_another_hint_stays_as_it_is(place: str, run: Run) -> None:
    done = run("lock", "deepgrm", "--file", "other.json", "--from", place)
    assert (done.code, done.err.splitlines()) == (
        1, ["Error: No tool is listed as “deepgrm”.", "Did you mean deepgram?"],
    )  # fmt: skip
