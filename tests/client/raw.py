"""Hosts that write what they like to a socket, for as long as they like."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Talk = Callable[[socket.socket, bytes], None]  # gets the connection and the request that came


@contextmanager
def talking(talk: Talk) -> Iterator[str]:
    """Run a server on this machine that answers each request with what `talk` writes; yield its address."""
    open_ones: list[socket.socket] = []

    def answer(connection: socket.socket) -> None:
        with suppress(OSError), connection:  # who asks hangs up, as it should
            while request := _request(connection):
                talk(connection, request)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                open_ones.append(connection)
                threads.append(threading.Thread(target=answer, args=[connection]))
                threads[-1].start()

    listening = socket.create_server(("127.0.0.1", 0))
    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        for one in (listening, *open_ones):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in threads:
            thread.join(10)


def _request(connection: socket.socket) -> bytes:
    """Return the head of the next request, b"" at the end."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = connection.recv(65_536)
        if not part:
            return b""
        found += part
    return found
