"""A gate that closes after a while: somebody waits for what is read."""

from __future__ import annotations

import time

from core.safehttp import Answer
from verification import robots
from verification.context import Gate

OUT_OF_TIME = "out_of_time"


class Deadline:
    """The manners of another gate, until `seconds` are over: from then on nothing is asked any more."""

    def __init__(self, gate: Gate, seconds: float) -> None:
        self._gate, self._until = gate, time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._until

    def before_request(self, url: str) -> str:
        """Return why we do not ask, "" to go on. May raise Postponed."""
        return OUT_OF_TIME if self.over else self._gate.before_request(url)

    def before_dial(self, host: str, ip: str) -> None:
        """Wait for our turn."""
        self._gate.before_dial(host, ip)

    def after(self, url: str, answer: Answer) -> None:
        """Take note of Retry-After."""
        self._gate.after(url, answer)

    def pause(self, url: str, seconds: float) -> None:
        """Take note of a Crawl-delay."""
        self._gate.pause(url, seconds)

    def known_robots(self, origin: str) -> robots.File | None:
        """Return what is known of a robots.txt."""
        return self._gate.known_robots(origin)

    def learn_robots(self, origin: str, file: robots.File) -> None:
        """Remember a robots.txt."""
        self._gate.learn_robots(origin, file)
