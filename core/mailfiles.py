"""Mails as files, where no mail server is known: one each, readable by the site's user only."""

from __future__ import annotations

import datetime as dt
import os
import re
import time
from collections.abc import Iterable
from pathlib import Path

from core.outbox.outcomes import Outcome, Verdict

NAME = re.compile(r"\d{8}-\d{6}-([0-9a-f]{32})\.eml")


class Folder:
    """Where mails are written; it takes the part of a mail server."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def send(self, message: bytes, to: str, token: str) -> Outcome:
        """Write one mail; a second time with the same token changes nothing."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not self.find(token):
                self._write(message, f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{token}.eml")
        except OSError as error:
            return Outcome(Verdict.LATER, f"The mail could not be written to a file: {error.strerror}.", True)
        return Outcome(Verdict.TAKEN)

    def close(self) -> None:
        """Nothing is open."""

    def find(self, token: str) -> Path | None:
        """Return the file of a mail, None when there is none."""
        return next((file for file in self.files() if file.name.endswith(f"-{token}.eml")), None)

    def files(self) -> list[Path]:
        """Return the mails, newest first."""
        if not self.path.is_dir():
            return []
        return sorted((file for file in self.path.iterdir() if NAME.fullmatch(file.name)), reverse=True)

    def forget(self, age: dt.timedelta) -> int:
        """Delete the mails that are older; return how many."""
        old = [file for file in self.files() if file.stat().st_mtime < time.time() - age.total_seconds()]
        for file in old:
            file.unlink(missing_ok=True)
        return len(old)

    def remove(self, tokens: Iterable[str]) -> None:
        """Delete these mails."""
        wanted = set(tokens)
        for file in self.files():
            found = NAME.fullmatch(file.name)
            if found and found[1] in wanted:
                file.unlink(missing_ok=True)

    def _write(self, message: bytes, name: str) -> None:
        part = self.path / f".{name}.{os.getpid()}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(message)
        part.replace(self.path / name)
