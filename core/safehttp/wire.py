"""The only place of the product that opens a connection to the world: a socket pinned to a checked address.

httpcore asks a network backend for its connections. Ours hands out one socket that is connected already, for one host
and port, and every read and write of it ends by the deadline of the whole fetch.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from core.safehttp.addresses import allowed_by_name, native, refusal
from core.safehttp.answer import Certificate, Limits
from core.safehttp.policy import Policy
from core.safehttp.reasons import Stop
from core.safehttp.tls import certificate_of, reading_context, stop_for

BeforeDial = Callable[[str, str], None]
BeforeRedirect = Callable[[str], str]
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN}
OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EPERM, errno.EACCES}


class Deadline:
    """A moment on the monotonic clock."""

    def __init__(self, seconds: float) -> None:
        self.at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left, 0 or less when none are."""
        return self.at - time.monotonic()


@dataclass
class Watch:
    """Bounds of one connection, and what was seen on it."""

    deadline: Deadline
    limits: Limits
    head: bool = True  # the answer's head is not complete yet
    head_bytes: int = 0
    body_bytes: int = 0
    started: float = field(default_factory=time.monotonic)
    waited: float = 0.0  # seconds for a turn, before the connection
    first_byte: float | None = None  # moments on the monotonic clock
    secured: float | None = None
    certificate: Certificate | None = None

    def room(self) -> int:
        """Return how many bytes may still be read in this phase. Raises Stop when none may."""
        if self.head:
            room = self.limits.header_bytes - self.head_bytes
            if room <= 0:
                raise Stop("headers_too_large", limit=self.limits.header_bytes)
            return room
        # chunk sizes, extensions and trailers come on top of the body itself
        room = self.limits.raw_bytes + self.limits.header_bytes - self.body_bytes
        if room <= 0:
            raise Stop("body_too_large", limit=self.limits.raw_bytes)
        return room

    def count(self, size: int) -> None:
        """Take note of `size` bytes that were read."""
        if self.first_byte is None and size:
            self.first_byte = time.monotonic()
        if self.head:
            self.head_bytes += size
        else:
            self.body_bytes += size

    def out_of_time(self) -> Stop:
        """Return the end of a fetch whose deadline passed in this phase."""
        return Stop("first_byte_timeout" if self.head else "body_timeout")


class Stream(httpcore.NetworkStream):
    """A connected socket that keeps to its watch."""

    def __init__(self, sock: socket.socket, host: str, watch: Watch) -> None:
        self.sock, self.host, self.watch = sock, host, watch

    def _wait(self) -> None:
        left = self.watch.deadline.left()
        if left <= 0:
            raise self.watch.out_of_time()
        self.sock.settimeout(left)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Return what has come, b"" at the end. Raises Stop."""
        room = self.watch.room()
        self._wait()
        try:
            data = self.sock.recv(min(max_bytes, room))
        except TimeoutError as error:
            raise self.watch.out_of_time() from error
        except ssl.SSLError as error:  # an alert after the handshake, such as the demand for a client's certificate
            raise stop_for(error, self.host) from error
        except OSError as error:
            raise Stop("reset") from error
        self.watch.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`. Raises Stop, or WriteError when the other side is gone (it may have answered)."""
        rest = memoryview(buffer)
        while rest:
            self._wait()
            try:
                rest = rest[self.sock.send(rest) :]
            except TimeoutError as error:
                raise self.watch.out_of_time() from error
            except OSError as error:
                raise httpcore.WriteError(str(error)) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Do the handshake for the name of the URL, whatever httpcore passes. Raises Stop."""
        try:
            self._wait()
            # Python holds the whole handshake to the socket's timeout, not each read of it.
            secure = ssl_context.wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock = secure
            secure.do_handshake()
            self.watch.certificate = certificate_of(secure)
        except (TimeoutError, Stop) as error:
            raise Stop("tls_timeout") from error
        except ssl.SSLError as error:
            raise stop_for(error, self.host) from error
        except OSError as error:
            raise Stop("reset") from error
        self.watch.secured = time.monotonic()
        return self

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def get_extra_info(self, info: str) -> Any:
        """Return the TLS connection, for which httpcore asks to learn the negotiated protocol."""
        return self.sock if info == "ssl_object" and isinstance(self.sock, ssl.SSLSocket) else None


class Pinned(httpcore.NetworkBackend):
    """Hands out one stream, for one host and port."""

    def __init__(self, stream: Stream, host: str, port: int) -> None:
        self.streams, self.host, self.port = [stream], host, port

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Return the stream. Raises RuntimeError for any other host or port, and for a second connection."""
        if (host, port) != (self.host, self.port) or not self.streams:
            raise RuntimeError(f"a connection to {host}:{port} was asked for, which nobody checked")
        return self.streams.pop()

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        """Raise RuntimeError: probes have no business there."""
        raise RuntimeError("a connection to a socket file was asked for")


class Transport(httpx.HTTPTransport):
    """httpx over one pinned stream: HTTP/1.1, no proxies, nothing kept. Does not follow redirects or keep cookies."""

    def __init__(self, stream: Stream, host: str, port: int, ssl_context: ssl.SSLContext) -> None:
        # Not the parent's: it would read certificates again for a pool that is not used.
        self._pool = httpcore.ConnectionPool(
            ssl_context=ssl_context,
            max_connections=1,
            max_keepalive_connections=0,
            http1=True,
            http2=False,
            retries=0,
            network_backend=Pinned(stream, host, port),
        )


def dial(  # noqa: PLR0913
    host: str, port: int, ips: Sequence[str], *, policy: Policy, watch: Watch, before_dial: BeforeDial | None
) -> tuple[socket.socket, str]:
    """Return a socket connected to the first of `ips` that accepts, and its address. Raises Stop.

    What `before_dial` raises passes through.
    """
    failures: list[Stop] = []
    for ip in ips[: watch.limits.addresses]:
        if why := refusal(ip, policy):
            raise Stop("private_address", host=host, ip=ip, why=why)
        if before_dial:
            since = time.monotonic()
            before_dial(host, ip)
            waited = time.monotonic() - since  # politeness is not the other side's slowness
            watch.deadline.at += waited
            watch.waited += waited
        try:
            return _connect(ip, policy.ports.get(port, port) if allowed_by_name(ip, policy) else port, watch), ip
        except Stop as stop:
            if stop.code == "wrong_peer":
                raise
            failures.append(stop)
    # An address without a route, such as an IPv6 one where there is no IPv6, hides nothing that was seen at another.
    routed = [stop for stop in failures if not (isinstance(stop.__cause__, OSError) and _no_route(stop.__cause__))]
    if not routed and all(native(ip).version == 6 for ip in ips):
        raise Stop("ipv6_only_unreachable", host=host)
    raise (routed or failures)[0]


def read_refused(host: str, port: int, ip: str, *, policy: Policy, watch: Watch) -> Certificate | None:
    """Return the certificate that was refused at `ip` a moment ago, None when it cannot be read.

    By one more connection to the same checked address, within the same deadline, on which nothing is sent.
    """
    if refusal(ip, policy):
        return None
    try:
        with _connect(ip, policy.ports.get(port, port) if allowed_by_name(ip, policy) else port, watch) as sock:
            sock.settimeout(max(watch.deadline.left(), 0.001))
            context = reading_context(policy.ca_file)
            with context.wrap_socket(sock, server_hostname=host) as secure:
                return certificate_of(secure)
    except (Stop, OSError):
        return None


def _no_route(error: OSError) -> bool:
    return error.errno in UNREACHABLE


def _connect(ip: str, port: int, watch: Watch) -> socket.socket:
    left = min(watch.deadline.left(), watch.limits.connect)
    if left <= 0:
        raise Stop("connect_timeout", ip=ip, port=port)
    address = native(ip)
    sock = None
    try:
        sock = socket.socket(socket.AF_INET if address.version == 4 else socket.AF_INET6, socket.SOCK_STREAM)
        sock.settimeout(left)
        sock.connect((str(address), port))
        peer = sock.getpeername()[0]
    except OSError as error:
        if sock:
            sock.close()
        raise _why(error, ip, port) from error
    if native(peer) != address:
        sock.close()
        raise Stop("wrong_peer", ip=ip, peer=peer)
    return sock


def _why(error: OSError, ip: str, port: int) -> Stop:
    if isinstance(error, TimeoutError):
        return Stop("connect_timeout", ip=ip, port=port)
    if isinstance(error, ConnectionRefusedError):
        return Stop("refused", ip=ip, port=port)
    if error.errno in OURS or _no_route(error):
        return Stop("local_failure", why=error.strerror)
    return Stop("reset")
