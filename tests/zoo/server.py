"""Serves the animals on loopback: HTTP, TLS by server name, and a name server for *.example."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from core.safehttp import Policy
from tests.zoo.animal import Animal, Raw, Reply, Request, page
from tests.zoo.certificates import Authority

# what a server that speaks old versions only, or none in common, answers in the handshake
ALERTS = {"old_tls": ssl.ALERT_DESCRIPTION_PROTOCOL_VERSION, "no_tls": ssl.ALERT_DESCRIPTION_HANDSHAKE_FAILURE}
LONGEST = 1_048_576  # bytes of a request's body


class Zoo:
    """The running zoo. `with Zoo(animals, folder) as zoo:` then `zoo.policy()` is what a probe needs."""

    def __init__(
        self, animals: Mapping[str, Animal], folder: Path, *, http: int = 0, tls: int = 0, dns_port: int = 0
    ) -> None:
        """`folder` receives the authority's certificate; ports of 0 are chosen by the system."""
        self.animals = {host: animal for animal in animals.values() for host in (animal.host, *animal.also)}
        self.authority = Authority(folder)
        self.hits: Counter[str] = Counter()  # requests by host
        # by name ("*.acme.example" for all below) and type: records as in a zone file, an alias as "CNAME b.example",
        # or NXDOMAIN, SERVFAIL, TIMEOUT; goes before what an animal says
        self.zone: dict[tuple[str, str], tuple[str, ...] | str] = {}
        self._closing = threading.Event()
        self._http, self._tls = _listen(http), _listen(tls)
        self._dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._dns.bind(("127.0.0.1", dns_port))
        self._dns.settimeout(0.2)

    # -- what others need to know --------------------------------------------------------------------------

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings with which a site in debug mode probes this zoo."""
        return {
            "PROBE_ALLOW_NETS": "127.0.0.0/8",
            "PROBE_RESOLVER": f"127.0.0.1:{self._dns.getsockname()[1]}",
            "PROBE_PORTS": f"80={self._http.getsockname()[1]},443={self._tls.getsockname()[1]}",
            "PROBE_CA_FILE": str(self.authority.ca_file),
        }

    def policy(self, **changes: Any) -> Policy:
        """Return the same as a Policy of the safe client."""
        import ipaddress

        values: dict[str, Any] = {
            "enabled": True,
            "allow_nets": (ipaddress.ip_network("127.0.0.0/8"),),
            "resolver": ("127.0.0.1", self._dns.getsockname()[1]),
            "ports": {80: self._http.getsockname()[1], 443: self._tls.getsockname()[1]},
            "ca_file": str(self.authority.ca_file),
            "special_names": True,
        }
        return Policy(**(values | changes))

    # -- life ----------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        for target in (self._serve_http, self._serve_tls, self._serve_dns):
            threading.Thread(target=target, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        for one in (self._http, self._tls, self._dns):
            one.close()

    def _serve_http(self) -> None:
        self._accept(self._http, lambda connection: self._talk(connection, tls=False))

    def _serve_tls(self) -> None:
        self._accept(self._tls, self._talk_tls)

    def _accept(self, listener: socket.socket, talk: Any) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = listener.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            connection.settimeout(30)
            threading.Thread(target=_quietly, args=(talk, connection), daemon=True).start()

    def _talk_tls(self, connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

        def choose(wrapped: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> int | None:
            animal = self.animals.get(name or "")
            kind = animal.certificate if animal else "good"
            if kind in ALERTS:
                return ALERTS[kind]
            wrapped.context = self.authority.context(name or "nobody.example", kind)
            return None

        context.sni_callback = choose
        self.authority.context("nobody.example", "good")
        with context.wrap_socket(connection, server_side=True) as wrapped:
            self._talk(wrapped, tls=True)

    def _talk(self, connection: socket.socket, *, tls: bool) -> None:
        request = _read_request(connection, tls)
        if request is None:
            return
        self.hits[request.host] += 1
        animal = self.animals.get(request.host)
        serve = animal.serve if animal else None
        reply = serve(request) if serve else _default(request)
        if isinstance(reply, Raw):
            reply.write(connection)
        else:
            self._send(connection, request, reply)

    def _send(self, connection: socket.socket, request: Request, reply: Reply) -> None:
        if reply.delay:
            self._closing.wait(reply.delay)
        whole = isinstance(reply.body, bytes)
        given = {name.lower() for name, _ in reply.headers}
        try:
            phrase = HTTPStatus(reply.status).phrase
        except ValueError:
            phrase = "Odd"
        lines = [f"HTTP/1.1 {reply.status} {phrase}", f"Content-Type: {reply.type}", "Connection: close"]
        if isinstance(reply.body, bytes) and "content-length" not in given and "transfer-encoding" not in given:
            lines.append(f"Content-Length: {len(reply.body)}")
        lines += [f"{name}: {value}" for name, value in reply.headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
        if request.method == "HEAD" or reply.status in {204, 304}:
            return
        for piece in [reply.body] if whole else reply.body:
            connection.sendall(piece)  # type: ignore[arg-type]

    # -- names ---------------------------------------------------------------------------------------------

    def _serve_dns(self) -> None:
        while not self._closing.is_set():
            try:
                data, sender = self._dns.recvfrom(4096)
            except TimeoutError:
                continue
            except OSError:
                return
            answer = self._resolve(data)
            if answer is not None:
                with contextlib.suppress(OSError):
                    self._dns.sendto(answer, sender)

    def _said(self, host: str, kind: str) -> tuple[str, ...] | str | None:
        """Return what the zone holds for a name itself, else for all names below one of those above."""
        labels = host.split(".")
        above = [f"*.{'.'.join(labels[at:])}" for at in range(1, len(labels))]
        return next((self.zone[name, kind] for name in [host, *above] if (name, kind) in self.zone), None)

    def _resolve(self, data: bytes) -> bytes | None:
        query = dns.message.from_wire(data)
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        question = query.question[0]
        host = question.name.to_text(omit_final_dot=True).lower()
        said = self._said(host, dns.rdatatype.to_text(question.rdtype))
        if said is not None:
            return _from_zone(self, reply, question, said)
        animal = self.animals.get(host)
        # of other people's names it knows nothing, and says so: nobody is to be accused of not existing
        answers = animal.dns if animal else (("127.0.0.1",) if host.endswith(".example") else "REFUSED")
        if answers == "TIMEOUT":
            return None
        if isinstance(answers, str):
            reply.set_rcode(dns.rcode.from_text(answers))
        else:
            kind = dns.rdatatype.to_text(question.rdtype)
            if kind in {"A", "AAAA"}:
                fitting = [one for one in answers if (":" in one) == (kind == "AAAA")]
            else:
                fitting = [text.replace("@", host) for text in (animal.records.get(kind, ()) if animal else ())]
            if fitting:
                reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, fitting))
        return reply.to_wire()


def _from_zone(zoo: Zoo, reply: dns.message.Message, question: Any, said: tuple[str, ...] | str) -> bytes | None:
    """Return the answer that a zone holds, aliases followed as a resolver follows them; None for silence."""
    name, kind = question.name.to_text(), dns.rdatatype.to_text(question.rdtype)
    for _ in range(5):
        if not (isinstance(said, str) and said.startswith("CNAME ")):
            break
        target = said.removeprefix("CNAME ")
        reply.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"{target}."))
        name, said = f"{target}.", zoo._said(target, kind) or ()
    if said == "TIMEOUT":
        return None
    if isinstance(said, str):
        reply.set_rcode(dns.rcode.from_text(said))
    elif said:
        reply.answer.append(dns.rrset.from_text_list(name, 60, "IN", kind, said))
    return reply.to_wire()


def _default(request: Request) -> Reply:
    """Answer for names that no animal has: t123.example is one of many healthy APIs (bench and chaos)."""
    if request.host[:1] == "t" and request.host[1:].split(".", 1)[0].isdigit():
        return Reply(200, b'{"status":"ok"}', "application/json")
    return Reply(404, page("Not found", "There is nothing here."))


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(256)
    listener.settimeout(0.2)
    return listener


def _quietly(talk: Any, connection: socket.socket) -> None:
    """Talk and close; clients of a zoo hang up in the middle, and that is nobody's concern."""
    with contextlib.suppress(OSError, ssl.SSLError, ValueError):
        talk(connection)
    with contextlib.suppress(OSError):
        connection.close()


def _read_request(connection: socket.socket, tls: bool) -> Request | None:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece or len(data) > 131_072:
            return None
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _version = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    length = min(int(headers.get("content-length", "0") or 0), LONGEST)
    deadline = time.monotonic() + 10
    while len(body) < length and time.monotonic() < deadline:
        piece = connection.recv(65_536)
        if not piece:
            break
        body += piece
    return Request(method, headers.get("host", "").split(":", 1)[0].lower(), path, headers, body, tls)
