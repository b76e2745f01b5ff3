"""Certificates and handshakes."""

from __future__ import annotations

import datetime
import gc
import socket
import ssl
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtensionOID

from core import safehttp
from core.safehttp import Limits
from tests.core.safehttp.hostile import NOBODY, reset
from tests.core.safehttp.world import HERE, HOST, Handler, page, policy, reply, server

DAY = datetime.timedelta(days=1)
LIMITS = Limits(total=1.0)


class Authority:
    """A certificate authority that the policy of these tests trusts, and one that nobody does."""

    def __init__(self, folder: Path) -> None:
        self.ca, self.stranger = trustme.CA(), trustme.CA()
        self.file = folder / "ca.pem"
        self.ca.cert_pem.write_to_path(self.file)
        self.folder = folder

    def context(self, *names: str, ca: trustme.CA | None = None, **options: Any) -> ssl.SSLContext:
        """Return a server's context with a certificate for `names`."""
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (ca or self.ca).issue_cert(*(names or (HOST,)), **options).configure_cert(made)
        return made

    def self_signed(self) -> ssl.SSLContext:
        """Return a context whose certificate signs itself."""
        pem = self.folder / "self.pem"
        pem.write_bytes(self.stranger.private_key_pem.bytes() + self.stranger.cert_pem.bytes())
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(pem)
        return made

    def long_chain(self) -> ssl.SSLContext:
        """Return a context that sends 100 certificates after its own."""
        leaf, pem = self.ca.issue_cert(HOST), self.folder / "long.pem"
        pem.write_bytes(leaf.private_key_and_cert_chain_pem.bytes() + self.stranger.cert_pem.bytes() * 100)
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(pem)
        return made


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


def expired() -> dict[str, Any]:
    now = datetime.datetime.now(datetime.UTC)
    return {"not_before": now - 9 * DAY, "not_after": now - DAY}


def http2_too(authority: Authority) -> ssl.SSLContext:
    context = authority.context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    return context


Server = Callable[[Authority], ssl.SSLContext]
# id of the row in hostile_http.csv -> the server's context, what it says, the codes it may end with
TLS: dict[str, tuple[Server | None, Handler, set[tuple[str, str]]]] = {
    "tls_unknown_ca": (
        lambda authority: authority.context(ca=authority.stranger),
        reply(page()),
        {("tls", "certificate_unknown_issuer")},
    ),
    "tls_expired": (
        lambda authority: authority.context(HOST, **expired()),
        reply(page()),
        {("tls", "certificate_expired")},
    ),
    "tls_ip_san_only": (lambda authority: authority.context(HERE), reply(page()), {("tls", "certificate_wrong_name")}),
    "tls_handshake_drip": (None, lambda connection, head: drip(connection), {("timeout", "tls_timeout")}),
    "tls_https_to_http_redirect": (
        lambda authority: authority.context(),
        reply(page(b"", f"Location: http://{HOST}/", status="302 Found")),
        {("blocked", "downgrade")},
    ),
    "tls_huge_chain": (
        lambda authority: authority.long_chain(),
        reply(page()),
        {("ok", "200"), ("tls", "tls_handshake"), ("tls", "certificate_invalid")},
    ),
    "h2_settings_flood": (http2_too, reply(page()), {("ok", "200")}),
}


def drip(connection: socket.socket) -> None:
    for byte in b"\x16\x03\x03\x40\x00" + bytes(1_000):
        connection.sendall(bytes([byte]))
        NOBODY.wait(0.1)


@pytest.mark.parametrize("name", TLS)
def test_row(name: str, authority: Authority) -> None:
    make, handler, ends = TLS[name]
    answer, seconds = ask(authority, make(authority) if make else None, handler)
    assert (answer.verdict, answer.code) in ends, answer.message
    assert seconds <= LIMITS.total + 0.5


def ask(authority: Authority, context: ssl.SSLContext | None, handler: Handler) -> tuple[safehttp.Answer, float]:
    """Return what a server with `context` (None: it speaks no TLS) gives, and the seconds it took."""
    with server(handler, context, raw=context is None) as port:
        start = time.monotonic()
        there = policy(port, str(authority.file))
        answer = safehttp.fetch(f"https://{HOST}/", policy=there, resolve={HOST: [HERE]}, limits=LIMITS)
        return answer, time.monotonic() - start


ALERT = b"\x15\x03\x03\x00\x02\x02"


@pytest.mark.parametrize(
    ("said", "verdict", "code"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls", "tls_handshake"),
        (b"", "tls", "tls_handshake"),
        (ALERT + b"\x46", "tls", "tls_version"),  # protocol_version
        (ALERT + b"\x78", "protocol", "http2_only"),  # no_application_protocol
        (ALERT + b"\x28", "tls", "tls_handshake"),  # handshake_failure
        (ALERT + b"\x74", "tls", "client_certificate"),  # certificate_required
        (ALERT + b"\x2a", "tls", "client_certificate"),  # bad_certificate: the one that we did not show
    ],
    ids=["plain http", "closed", "old version", "no http/1.1", "no cipher", "certificate", "no certificate"],
)
def test_handshakes_that_fail(said: bytes, verdict: str, code: str, authority: Authority) -> None:
    def handle(connection: socket.socket, head: str) -> None:
        connection.recv(4_096)
        connection.sendall(said)

    answer, _ = ask(authority, None, handle)
    assert (answer.verdict, answer.code) == (verdict, code), answer.message


# When the reset arrives before the socket is wrapped, Python's ssl module drops a socket that nobody else can close.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_reset_in_the_handshake(authority: Authority) -> None:
    answer, _ = ask(authority, None, reset)
    assert (answer.verdict, answer.code) == ("down", "reset"), answer.message
    gc.collect()  # or the next test that collects is told of it


def test_more_certificates(authority: Authority) -> None:
    now = datetime.datetime.now(datetime.UTC)
    early = authority.context(HOST, not_before=now + DAY, not_after=now + 9 * DAY)
    for context, code in (
        (early, "certificate_not_yet_valid"),
        (authority.context("other.example-ai.com"), "certificate_wrong_name"),
        (authority.context("*.ai.com"), "certificate_wrong_name"),
        (authority.context(common_name=HOST), "200"),
        (authority.self_signed(), "certificate_self_signed"),
        (authority.context("*.example-ai.com"), "200"),
    ):
        answer, _ = ask(authority, context, reply(page()))
        assert answer.code == code, answer.message


def test_a_common_name_is_no_name(authority: Authority) -> None:
    answer, _ = ask(authority, authority.context("x.example-ai.com", common_name=HOST), reply(page()))
    assert answer.code == "certificate_wrong_name"


def test_an_authority_that_the_policy_does_not_name_is_not_trusted(authority: Authority) -> None:
    with server(reply(page()), authority.context()) as port:
        answer = safehttp.fetch(f"https://{HOST}/", policy=policy(port), resolve={HOST: [HERE]})
    assert answer.code == "certificate_unknown_issuer"


def test_the_certificate_that_was_accepted_is_shown(authority: Authority) -> None:
    answer, _ = ask(authority, authority.context(HOST, "b.example-ai.com"), reply(page()))
    assert (answer.verdict, answer.body, answer.last is not None) == ("ok", b"hello", True)
    hop = answer.hops[0]
    shown = hop.certificate
    assert shown
    assert shown.names == (HOST, "b.example-ai.com")
    assert shown.not_before < time.time() < shown.not_after
    assert shown.version in {"TLSv1.2", "TLSv1.3"}
    assert "trustme" in shown.issuer
    assert len(shown.sha256) == len(sha256().hexdigest())
    phases = (hop.timings.connect, hop.timings.tls, hop.timings.first_byte, hop.timings.total)
    assert all(phase is not None and phase >= 0 for phase in phases)


def test_name_indication_and_host_header_stay_the_name(authority: Authority) -> None:
    seen: list[str] = []
    heads: list[str] = []
    context = authority.context()
    context.sni_callback = lambda connection, name, _: seen.append(name)

    def handle(connection: socket.socket, head: str) -> None:
        heads.append(head)
        connection.sendall(page())

    with server(handle, context) as port:
        there = policy(port, str(authority.file))
        for url in (f"https://{HOST}./", f"https://{HOST.upper()}/"):
            answer = safehttp.fetch(url, policy=there, resolve={HOST: [HERE]})
            assert (answer.verdict, answer.code) == ("ok", "200"), answer.message
    assert seen == [HOST, HOST]
    assert [line for head in heads for line in head.split("\r\n") if line.startswith("Host")] == [f"Host: {HOST}"] * 2


def test_a_demand_for_a_client_certificate_is_told_as_such(authority: Authority) -> None:
    context = authority.context()
    context.verify_mode = ssl.CERT_REQUIRED
    answer, _ = ask(authority, context, reply(page()))
    assert (answer.verdict, answer.code) == ("tls", "client_certificate"), answer.message


@pytest.mark.parametrize(("name", "code"), [(HOST, "certificate_expired"), ("other.example", "certificate_wrong_name")])
def test_a_refused_certificate_is_read_on_a_connection_that_carries_nothing(
    authority: Authority, name: str, code: str
) -> None:
    sent: list[str] = []
    dates = expired() if code == "certificate_expired" else {}
    with server(lambda _connection, head: sent.append(head), authority.context(name, **dates)) as port:
        there = policy(port, str(authority.file))
        answer = safehttp.fetch(f"https://{HOST}/", policy=there, resolve={HOST: [HERE]}, limits=LIMITS)
    assert (answer.code, answer.status) == (code, None)
    shown = answer.hops[-1].certificate
    assert shown is not None
    assert (shown.names, "trustme" in shown.issuer) == ((name,), True)
    if dates:
        assert shown.not_after == pytest.approx(dates["not_after"].timestamp(), abs=1)
    assert set(sent) <= {""}


def test_a_certificate_that_nobody_vouches_for_is_not_shown(authority: Authority) -> None:
    with server(reply(page()), authority.context(ca=authority.stranger)) as port:
        there = policy(port, str(authority.file))
        answer = safehttp.fetch(f"https://{HOST}/", policy=there, resolve={HOST: [HERE]}, limits=LIMITS)
    assert (answer.code, answer.hops[-1].certificate) == ("certificate_unknown_issuer", None)


def strange(authority: Authority, folder: Path, **dates: Any) -> ssl.SSLContext:
    """Return a context whose certificate is for HOST and for a name that is no UTF-8."""
    ca = x509.load_pem_x509_certificate(authority.ca.cert_pem.bytes())
    signing: Any = serialization.load_pem_private_key(authority.ca.private_key_pem.bytes(), None)
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    names = b"".join(bytes((0x82, len(name))) + name for name in (HOST.encode(), b"\xff\xfe.example"))
    made = (
        x509.CertificateBuilder(ca.subject, x509.Name([]), key.public_key(), 7)
        .not_valid_before(dates.get("not_before", now - DAY))
        .not_valid_after(dates.get("not_after", now + DAY))
        .add_extension(
            x509.UnrecognizedExtension(ExtensionOID.SUBJECT_ALTERNATIVE_NAME, bytes((0x30, len(names))) + names),
            critical=True,
        )
        .sign(signing, hashes.SHA256())
    )
    pem = folder / "strange.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def test_a_certificate_that_python_cannot_read_is_not_shown(authority: Authority, tmp_path: Path) -> None:
    for dates, code in (({}, "200"), (expired(), "certificate_expired")):
        answer, _ = ask(authority, strange(authority, tmp_path, **dates), reply(page()))
        assert (answer.code, answer.hops[-1].certificate) == (code, None)


def test_a_certificate_that_is_in_order_is_not_shown_as_the_refused_one(authority: Authority) -> None:
    """Behind one address stand several servers at times, and what has expired may be one between leaf and root."""
    for bad, code in (
        (authority.context(HOST, **expired()), "certificate_expired"),
        (authority.context("other.example"), "certificate_wrong_name"),
    ):
        turns = [authority.context(), bad]  # the last is the first's

        def choose(connection: ssl.SSLObject, _name: str, _own: ssl.SSLContext, turns: Any = turns) -> None:
            connection.context = turns.pop()

        front = authority.context()
        front.sni_callback = choose
        answer, _ = ask(authority, front, reply(page()))
        assert (answer.code, answer.hops[-1].certificate, turns) == (code, None, [])
