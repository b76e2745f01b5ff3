"""How long an answer is waited for in all.

httpx knows the time that a single read may take: a host that sends a byte now and then, or one interim answer (1xx)
after the other, is never late by it. Here a timer shuts the connections when the time is over, so that the read which
waits ends; its thread ends with the answer, and never keeps a program alive.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

OPENED = ("connect_tcp.complete", "start_tls.complete")  # events of httpcore that return a stream


class Connections:
    """The open connections of a client."""

    def __init__(self) -> None:
        self._open: list[socket.socket] = []

    def add(self, opened: socket.socket) -> None:
        """Remember one; those that are closed are forgotten."""
        self._open = [one for one in self._open if one.fileno() >= 0] + [opened]

    def shut(self) -> None:
        """End what is read from them. They are closed by who reads."""
        for one in self._open:
            _shut(one)


class Patience:
    """The time that one asking may take, without the pauses between its tries."""

    def __init__(self, seconds: float, connections: Connections) -> None:
        self.over = False
        self._left = seconds
        self._connections = connections

    @contextmanager
    def running(self) -> Iterator[None]:
        """Let time pass; when it is over, `over` is true and what is read ends, as if the other side had hung up."""
        started = time.monotonic()
        timer = threading.Timer(max(self._left, 0), self._end)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self._left -= time.monotonic() - started

    def trace(self, event: str, told: Mapping[str, Any]) -> None:
        """Take what httpx tells of a request (https://www.python-httpx.org/advanced/extensions/#trace)."""
        if event.endswith(OPENED):
            opened = told["return_value"].get_extra_info("socket")
            self._connections.add(opened)
            if self.over:  # it was not open yet when the time was over
                _shut(opened)

    def _end(self) -> None:
        self.over = True
        self._connections.shut()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError, ValueError):
        # not the method of an encrypted one: that would change it while another thread reads
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
