"""EMAIL_URL, and mails as files where it is not set."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from config import env
from core import mailfiles
from core.outbox.outcomes import Outcome, Verdict

NAME = "TEST_SETTING"


@pytest.mark.parametrize(
    ("url", "mail"),
    [
        ("", env.Mail()),
        ("smtp://mail.example", env.Mail("mail.example", 587, "", "", True, False)),
        ("smtp://us%40er:p%2Fw@mail.example:2525/", env.Mail("mail.example", 2525, "us@er", "p/w", True, False)),
        ("smtps://u:p@mail.example", env.Mail("mail.example", 465, "u", "p", False, True)),
        ("smtp+plain://localhost", env.Mail("localhost", 25, "", "", False, False)),
    ],
)
def test_an_address_of_a_mail_server(monkeypatch: pytest.MonkeyPatch, url: str, mail: env.Mail) -> None:
    monkeypatch.setenv(NAME, url)
    assert env.mail(NAME) == mail
    assert bool(mail) is bool(url)


@pytest.mark.parametrize(
    "url", ["mail.example", "http://u:secret@mail.example", "smtp://:secret@", "smtp://h:secret", "smtp://h/x?secret"]
)
def test_an_address_that_cannot_be_read_is_told_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(NAME, url)
    with pytest.raises(env.BadSetting) as caught:
        env.mail(NAME)
    told = "TEST_SETTING cannot be read: use an address such as smtp://user:password@mail.example:587."
    assert str(caught.value) == told


def test_mails_as_files_are_for_the_sites_user_only_and_written_once(tmp_path: Path) -> None:
    folder = mailfiles.Folder(tmp_path / "var" / "mail")
    one, other = "a" * 32, "b" * 32
    outcomes = [folder.send(b"BCDF-GHJK", "a@example.com", token).verdict for token in (one, one, other)]
    assert outcomes == [Verdict.TAKEN] * 3
    modes = [path.stat().st_mode & 0o777 for path in folder.path.iterdir()]
    assert (modes, folder.path.stat().st_mode & 0o777) == ([0o600, 0o600], 0o700)
    found = folder.find(one)
    assert found is not None
    assert (found.read_bytes(), folder.find("c" * 32)) == (b"BCDF-GHJK", None)


def test_a_folder_that_cannot_be_written_puts_the_mail_off(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file")
    outcome = mailfiles.Folder(tmp_path / "mail").send(b"x", "a@example.com", "a" * 32)
    assert outcome == Outcome(Verdict.LATER, "The mail could not be written to a file: File exists.", unreachable=True)


def test_old_files_are_deleted_and_others_are_not_ours(tmp_path: Path) -> None:
    folder = mailfiles.Folder(tmp_path)
    folder.send(b"x", "a@example.com", "a" * 32)
    folder.send(b"x", "a@example.com", "b" * 32)
    (tmp_path / "notes.txt").write_text("mine")
    old = folder.find("a" * 32)
    assert old is not None
    os.utime(old, (0, 0))
    assert (folder.forget(dt.timedelta(days=1)), len(folder.files()), (tmp_path / "notes.txt").exists()) == (1, 1, True)
