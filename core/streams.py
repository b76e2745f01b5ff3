"""Long answers: a few slow readers must not hold all threads of the site.

A thread of a worker sends one answer until its reader took it. So at most half of a worker's threads send long ones,
and who takes nothing, or next to nothing, is dropped: the answer breaks off, which a reader sees, as neither
Content-Length is reached nor the last chunk comes.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator

from django.conf import settings
from django.http import HttpRequest

STALLED = 20  # seconds in which a reader takes nothing
GRACE = 30  # seconds of sending after which the rate counts
LEAST = 8 * 1024  # bytes a second on average
PIECE = 1 << 16  # bytes handed over at once: between two the rate is looked at
UNSENT = 1 << 17  # bytes that the kernel keeps unsent: with more, a slow reader would seem to take nothing for long
BUFFER = 1 << 20  # bytes: more than any page; the kernel may allow less (net.core.wmem_max, 208 KiB as Linux comes)
RETRY = 5  # seconds after which to ask again
TOLD = f"As many long downloads as the site sends at once are under way. Try again in {RETRY} seconds."
PLACES = threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 2))  # in each process


def bound_connections(listener: socket.socket) -> None:
    """Bound all connections that a listener accepts from now on: Linux hands these options on to them.

    A page goes into the kernel's buffer at once, however slowly it is read. What does not fit has to be taken, and what
    is sent here has to come, STALLED seconds after the last of it at most: then sending or receiving raises OSError.
    """
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        for option in (socket.SO_SNDTIMEO, socket.SO_RCVTIMEO):
            listener.setsockopt(socket.SOL_SOCKET, option, struct.pack("@ll", STALLED, 0))


class Full(Exception):
    """All places for long answers are taken in this process."""

    def __init__(self) -> None:
        super().__init__(TOLD)


class Bounded:
    """Blocks of a long answer in pieces. Holds a place until it is closed, or forgotten by an answer never sent."""

    def __init__(self, client: socket.socket | None, pieces: Iterator[bytes], release: Callable[[], object]) -> None:
        self.client, self.pieces = client, pieces
        self.under_way = False
        self.release = weakref.finalize(self, release)  # runs once

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        self.under_way = True
        try:
            return next(self.pieces)
        except StopIteration:
            self.under_way = False
            raise

    def close(self) -> None:
        """Give the place back. What broke off is hung up, or gunicorn's loop would wait 2 s for the reader."""
        self.release()
        _own_buffer(self.client)
        if self.under_way and self.client is not None:
            self.under_way = False
            with contextlib.suppress(OSError):
                self.client.shutdown(socket.SHUT_RDWR)


def bounded(request: HttpRequest, blocks: Iterable[bytes], close: Callable[[], object] = lambda: None) -> Bounded:
    """Return blocks for a StreamingHttpResponse, which closes them; `close` is called then, too.

    Takes a place now, not when the first block is read. Raises Full, where none is free: nothing is closed then.
    Iterating raises ConnectionResetError when the reader takes less than LEAST; sending raises OSError when it stalls.
    """
    if not PLACES.acquire(blocking=False):
        raise Full

    def release() -> None:
        try:
            close()
        finally:
            PLACES.release()

    client = request.META.get("gunicorn.socket")
    return Bounded(client, _sent(client, blocks), release)


def _sent(client: socket.socket | None, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces, and measure what their sending takes. Raises ConnectionResetError for readers below LEAST."""
    if client is not None:
        _impatient(client)
    taken, waited = 0, 0.0
    for block in blocks:
        for start in range(0, len(block), PIECE):
            piece = block[start : start + PIECE]
            begun = time.monotonic()
            yield piece
            waited, taken = waited + time.monotonic() - begun, taken + len(piece)
            if waited > GRACE and taken < LEAST * waited:  # this error is no fault: gunicorn logs no traceback of it
                raise ConnectionResetError(errno.ECONNRESET, f"The reader took {taken:,} bytes in {waited:.0f} s.")


def _own_buffer(client: socket.socket | None) -> None:
    """Let the kernel keep as much unsent as it likes again: the next answer of a connection may be a page."""
    if client is not None and hasattr(socket, "TCP_NOTSENT_LOWAT"):
        with contextlib.suppress(OSError):
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, 0)


def _impatient(client: socket.socket) -> None:
    """Let sending to a client fail after STALLED seconds in which it took nothing."""
    with contextlib.suppress(OSError):  # it went away already: sending will say so
        client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", STALLED, 0))
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        with contextlib.suppress(OSError):  # a unix socket has none
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT)
