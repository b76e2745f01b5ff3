"""A hostile world on the loopback: raw servers, a name server, certificates, and a policy that leads to them."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from ipaddress import ip_network

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from core.safehttp import Policy

HERE = "127.0.0.1"
HOST = "tool.example-ai.com"
Handler = Callable[[socket.socket, str], None]  # the connection and the request's head


def policy(port: int = 80, ca_file: str = "", resolver: int = 0) -> Policy:
    """Return a policy in which 127.0.0.1 may be dialled and both schemes lead to `port`."""
    server = (HERE, resolver) if resolver else None
    return Policy(allow_nets=(ip_network(f"{HERE}/32"),), ports={80: port, 443: port}, ca_file=ca_file, resolver=server)


def reply(data: bytes) -> Handler:
    """Return a handler that answers every request with `data`."""
    return lambda connection, head: connection.sendall(data)


def page(body: bytes = b"hello", *lines: str, status: str = "200 OK") -> bytes:
    """Return a whole answer."""
    head = [f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(head).encode("latin-1") + body


@contextmanager
def server(handler: Handler, context: ssl.SSLContext | None = None, *, raw: bool = False) -> Iterator[int]:
    """Run a server that gives each connection to `handler` in a thread; yield its port.

    `raw`: the handler is called at once, before anything is read, with "" as the head.
    """
    with socket.create_server((HERE, 0), backlog=64) as listener:
        threading.Thread(target=_accept, args=(listener, handler, context, raw), daemon=True).start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes accept()


def _accept(listener: socket.socket, handler: Handler, context: ssl.SSLContext | None, raw: bool) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, handler, context, raw), daemon=True).start()


def _serve(connection: socket.socket, handler: Handler, context: ssl.SSLContext | None, raw: bool) -> None:
    connection.settimeout(10)
    with suppress(OSError), connection:  # clients that hang up are what this is about
        if context:
            with context.wrap_socket(connection, server_side=True) as secure:
                handler(secure, _head(secure))
                with suppress(OSError):
                    secure.unwrap()
        else:
            handler(connection, "" if raw else _head(connection))


def _head(connection: socket.socket) -> str:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            break
        data += piece
    return data.decode("latin-1")


Zone = Callable[[str, str], Sequence[str] | str | None]  # name, type -> records, an rcode, or None for silence


class NameServer:
    """A name server that answers what `zone` says and remembers what it was asked."""

    def __init__(self, zone: Zone) -> None:
        self.zone, self.asked = zone, [("", "")][:0]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((HERE, 0))
        self.port: int = self.socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self) -> None:
        """Stop: the thread ends at the empty datagram."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
            bell.sendto(b"", (HERE, self.port))

    def _run(self) -> None:
        with self.socket:
            while True:
                data, sender = self.socket.recvfrom(4_096)
                if not data:
                    return
                if (answer := self._answer(dns.message.from_wire(data))) is not None:
                    self.socket.sendto(answer.to_wire(), sender)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        name, kind = query.question[0].name.to_text().removesuffix("."), query.question[0].rdtype.name
        self.asked.append((name, kind))
        said = self.zone(name, kind)
        if said is None:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if isinstance(said, str):
            answer.set_rcode(dns.rcode.from_text(said))
        elif said and said[0].startswith("CNAME "):
            chain = [f"{name}.", *(line.removeprefix("CNAME ") for line in said)]
            for alias, target in itertools.pairwise(chain):
                answer.answer.append(dns.rrset.from_text(alias, 60, "IN", "CNAME", target))
        elif said:
            answer.answer.append(dns.rrset.from_text_list(f"{name}.", 60, "IN", kind, said))
        return answer


@contextmanager
def name_server(zone: Zone) -> Iterator[NameServer]:
    """Run a name server."""
    running = NameServer(zone)
    try:
        yield running
    finally:
        running.close()


def addresses(answers: Sequence[str]) -> Zone:
    """Return a zone in which every name has these addresses, each under its type."""
    return lambda name, kind: [ip for ip in answers if (":" in ip) == (kind == "AAAA")]
