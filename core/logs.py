"""The supervisor's log: one line per line of a child, with its name in front; coloured on a terminal only."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

COLOURS = (36, 32, 33, 35, 34, 96, 92)  # ANSI foreground colours that can be read on dark and on light
WIDTH = 8  # of the longest name, "database"


class Log:
    """Writes lines to `out`. When nobody reads any more (a closed pipe) `broken` becomes true."""

    def __init__(self, out: TextIO | None = None) -> None:
        self.out = out or sys.stdout
        self.broken = False
        # NO_COLOR: see https://no-color.org
        self.coloured = self.out.isatty() and not os.environ.get("NO_COLOR")
        self._colours: dict[str, int] = {}

    def say(self, text: str) -> None:
        """Write the supervisor's own words, without a name in front."""
        self._write(text)

    def line(self, name: str, text: str) -> None:
        """Write one line of the child `name`."""
        head = f"{name:<{WIDTH}} |"
        if self.coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            head = f"\x1b[{colour}m{head}\x1b[0m"
        self._write(f"{head} {text}")

    def _write(self, text: str) -> None:
        if self.broken:
            return
        try:
            self.out.write(f"{text}\n")
            self.out.flush()
        except (OSError, ValueError):  # the terminal or the pipe's reader is gone
            self.broken = True
            with contextlib.suppress(OSError, ValueError):  # or Python fails once more when it flushes at its end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.out.fileno())
