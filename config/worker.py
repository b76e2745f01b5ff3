"""The worker of gunicorn (gthread), so that slow readers and slow senders hold neither its threads nor its loop.

What fits into the kernel's buffer is sent at once, however slowly it is read; for what does not, a thread waits for
STALLED seconds at most. A connection is ended by the thread that served it: gunicorn's loop, which accepts all others,
would wait up to two seconds for each reader to end it too. What is sent here has to come in time as well: a request
that does not counts as cut off where it stands, and is the last one of its connection.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import socket
import time
from typing import Any

from gunicorn.http.unreader import SocketUnreader  # type: ignore[import-untyped]
from gunicorn.workers.gthread import TConn, ThreadWorker  # type: ignore[import-untyped]

STALLED = 20  # seconds for one write: a page, or a piece of a long answer (core/streams.py)
HEAD = 20  # seconds for the lines and headers of a request
BODY = 120  # seconds for its body
BUFFER = 1 << 20  # bytes: more than any page; the kernel may allow less (net.core.wmem_max, 208 KiB as Linux comes)
DRAIN = 2  # seconds to read the rest of a request, as closing before it is read may break off the answer
LEFT = 1 << 16  # bytes of it that may have come already


def roomy(listener: socket.socket) -> None:
    """Have every connection that is accepted from now on take a whole page at once."""
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)


class Unreader(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """What reads requests, up to a moment (monotonic seconds); what has not come by then never will."""

    until = 0.0
    late = False

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return the next bytes, none at the end."""
        self.sock.settimeout(max(self.until - time.monotonic(), 0.001))
        try:
            found: bytes = super().chunk(size_hint)
        except TimeoutError:
            self.late = True  # what comes after all is no request of its own
            return b""
        finally:
            self.sock.settimeout(None)
        return found


def _begin(conn: TConn) -> None:
    """Set up a connection once; for each of its requests the time begins anew."""
    TConn.init(conn)
    if type(conn.parser.unreader) is SocketUnreader:
        conn.parser.unreader.__class__ = Unreader  # as it is, with what it may have read already
    conn.parser.unreader.until = time.monotonic() + HEAD


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """gthread, but for how long it sends and how a connection ends."""

    def load_wsgi(self) -> None:
        """Load the application; what it answers has to be taken in time, what it reads need not come so."""
        super().load_wsgi()
        application: Any = self.wsgi  # type: ignore[has-type]  # gunicorn has no types

        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            found = application(environ, start_response)
            environ["gunicorn.socket"].settimeout(STALLED)
            return found

        self.wsgi = answer

    def handle(self, conn: TConn) -> Any:
        """Serve a connection in a thread; what is not to go on is ended here."""
        conn.init = functools.partial(_begin, conn)
        going_on = super().handle(conn)
        if going_on is False:
            _hang_up(conn.sock)
        return going_on

    def handle_request(self, req: Any, conn: TConn) -> bool:
        """Answer a request. Raises ConnectionResetError, which gunicorn logs no traceback of, when a reader stalls."""
        conn.parser.unreader.until = time.monotonic() + BODY
        try:
            going_on: bool = super().handle_request(req, conn)
        except (TimeoutError, BlockingIOError) as error:
            raise ConnectionResetError(errno.ECONNRESET, f"The reader took too little in {STALLED} s.") from error
        conn.parser.unreader.until = time.monotonic() + DRAIN
        going_on = going_on and not conn.parser.unreader.late
        if not going_on:
            conn.parser.finish_body(deadline=time.monotonic() + DRAIN)
        return going_on


def _hang_up(client: socket.socket) -> None:
    """End both directions; what was written is still sent. gunicorn's own end then waits for nothing."""
    with contextlib.suppress(OSError):
        client.setblocking(False)
        client.recv(LEFT)  # what lies there unread would have the kernel break off the answer
    with contextlib.suppress(OSError):
        client.shutdown(socket.SHUT_RDWR)
