"""What shells offer: folders for `--from`, and names beside slugs that no shell reads otherwise."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.client.conftest import command

pytestmark = pytest.mark.django_db(transaction=True)


def asked(shell: str, words: str, begun: str) -> str:
    """Return what the script of a shell gets."""
    argv, env = command()
    env |= {"_AICATALOG_COMPLETE": f"{shell}_complete", "COMP_WORDS": f"{words} {begun}", "COMP_CWORD": begun}
    if shell != "fish":
        env["COMP_CWORD"] = str(len(words.split(" ")))
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("shell", "offered"), [("bash", "dir,some\n"), ("zsh", "dir\nsome\n_\n"), ("fish", "dir,some\n")]
)
def test_for_the_catalog_folders_are_offered(shell: str, offered: str) -> None:
    assert asked(shell, "aicatalog check --from", "some") == offered


def test_a_name_with_a_comma_is_told_whole(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "catalog.sqlite")) as file, file:
        file.execute("UPDATE tool SET name = ? WHERE slug = 'bark'", ["Bark, the\nbest: 日本"])
    assert asked("fish", f"aicatalog show --from {folder}", "ba") == "plain,bark\tBark; the best: 日本\n"
    assert asked("zsh", f"aicatalog show --from {folder}", "ba") == "plain\nbark\nBark; the best: 日本\n"
