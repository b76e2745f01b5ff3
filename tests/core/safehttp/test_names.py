"""Name servers that lie, loop, fail or keep silent."""

from __future__ import annotations

import errno
import socket
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core import safehttp
from core.safehttp import Limits, Policy
from tests.core.safehttp.world import HERE, HOST, Zone, addresses, name_server, page, policy, reply, server

LOOP = ["CNAME b.example-ai.com.", "CNAME a.example-ai.com."]


def rebinding() -> Zone:
    """Return a zone that gives the allowed address once for each type and a private one after that."""
    asked: set[str] = set()

    def zone(name: str, kind: str) -> Sequence[str]:
        first = kind not in asked
        asked.add(kind)
        return ([HERE] if first else ["10.0.0.1"]) if kind == "A" else []

    return zone


# id of the row in hostile_http.csv -> the zone, verdict, code
NAMES: dict[str, tuple[Callable[[], Zone], str, str]] = {
    "dns_rebind_same_hop": (rebinding, "ok", "200"),
    "dns_mixed": (lambda: addresses([HERE, "10.0.0.5"]), "blocked", "private_address"),
    "dns_nat64": (lambda: addresses([HERE, "64:ff9b::7f00:1"]), "blocked", "private_address"),
    "dns_nxdomain": (lambda: lambda name, kind: "NXDOMAIN", "blocked", "dns_nxdomain"),
    "dns_cname_loop": (lambda: lambda name, kind: LOOP * 20, "blocked", "dns_servfail"),
    "ipv6_only_no_route": (lambda: addresses(["2606:4700:4700::1111"]), "down", "ipv6_only_unreachable"),
}


@pytest.mark.parametrize("name", NAMES)
def test_row(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def no_route(self: socket.socket, address: Any) -> None:
        if self.family == socket.AF_INET6:  # as on a machine without IPv6, whatever this one has
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", no_route)
    zone, verdict, code = NAMES[name]
    with name_server(zone()) as names, server(reply(page())) as port:
        answer = safehttp.fetch(f"http://{HOST}/", policy=policy(port, resolver=names.port))
        asked = len(names.asked)
    assert (answer.verdict, answer.code) == (verdict, code), answer.message
    assert asked == (1 if code == "dns_nxdomain" else 2)


@pytest.mark.parametrize(
    ("zone", "verdict", "code"),
    [
        (lambda name, kind: "SERVFAIL", "blocked", "dns_servfail"),
        (lambda name, kind: "REFUSED", "inconclusive", "dns_unreachable"),
        (lambda name, kind: [], "blocked", "dns_no_address"),
        (lambda name, kind: None, "timeout", "dns_timeout"),
        (lambda name, kind: [HERE] if kind == "A" else "SERVFAIL", "ok", "200"),
        (lambda name, kind: [HERE] if kind == "A" else None, "ok", "200"),
    ],
    ids=["servfail", "refused", "no address", "silence", "no AAAA: failure", "no AAAA: silence"],
)
def test_failures(zone: Zone, verdict: str, code: str) -> None:
    limits = Limits(total=2.0, dns=0.5)
    with name_server(zone) as names, server(reply(page())) as port:
        start = time.monotonic()
        answer = safehttp.fetch(f"http://{HOST}/", limits=limits, policy=policy(port, resolver=names.port))
    assert (answer.verdict, answer.code) == (verdict, code), answer.message
    assert time.monotonic() - start <= 1.0


def test_a_name_is_looked_up_once_for_each_hop() -> None:
    def handle(connection: socket.socket, head: str) -> None:
        connection.sendall(page(b"", "Location: /x", status="302 Found") if head.split()[1] == "/" else page())

    with name_server(addresses([HERE])) as names, server(handle) as port:
        answer = safehttp.fetch(f"http://{HOST}/", policy=policy(port, resolver=names.port))
        assert (len(answer.hops), names.asked) == (2, [(HOST, "A"), (HOST, "AAAA")] * 2)


def test_a_second_hop_with_another_answer_is_refused() -> None:
    with name_server(rebinding()) as names, server(reply(page(b"", "Location: /x", status="301 Moved"))) as port:
        answer = safehttp.fetch(f"http://{HOST}/", policy=policy(port, resolver=names.port))
    assert (answer.code, [hop.dialled for hop in answer.hops]) == ("private_address", [HERE, ""])


def test_given_addresses_are_checked_and_nobody_is_asked(connects: list[tuple[str, int]]) -> None:
    with name_server(addresses([HERE])) as names:
        for ips in (["10.0.0.1"], [HERE, "::1"], ["nonsense"], ["fe80::1%eth0"]):
            answer = safehttp.fetch(f"http://{HOST}/", policy=policy(resolver=names.port), resolve={HOST: ips})
            assert (answer.verdict, answer.code) == ("blocked", "private_address")
        assert (names.asked, connects) == ([], [])


def test_a_name_server_that_cannot_be_reached_says_nothing_about_the_name(free_port: int) -> None:
    for port, verdict, code in ((0, "inconclusive", "dns_unreachable"), (free_port, "timeout", "dns_timeout")):
        answer = safehttp.fetch(f"https://{HOST}/", limits=Limits(dns=0.3), policy=Policy(resolver=(HERE, port)))
        assert (answer.verdict, answer.code) == (verdict, code)


def test_lookup_reads_other_types() -> None:
    records = {"TXT": ['"ai-apps=" "token"', '"other"'], "MX": ["10 mail.example-ai.com."], "A": [HERE]}
    with name_server(lambda name, kind: records.get(kind, [])) as names:
        there = Policy(resolver=(HERE, names.port))
        found = safehttp.lookup("_ai-apps.example-ai.com", ("TXT", "MX", "CAA"), policy=there)
        assert (found.rcode, sorted(found.records), found.ad) == ("NOERROR", ["MX", "TXT"], False)
        assert sorted(found.records["TXT"]) == ["ai-apps=token", "other"]
        assert found.records["MX"] == ("10 mail.example-ai.com.",)
        assert [kind for _, kind in names.asked] == ["TXT", "MX", "CAA"]


def test_lookup_of_what_is_no_name() -> None:
    for name in ("a..b", "x" * 64 + ".com", "a" * 300):
        assert safehttp.lookup(name, policy=Policy(resolver=(HERE, 1))).rcode == "BADNAME"


def test_nothing_is_looked_up_when_probes_are_off() -> None:
    with name_server(addresses([HERE])) as names:
        off = Policy(enabled=False, resolver=(HERE, names.port))
        assert safehttp.lookup(HOST, policy=off).rcode == "DISABLED"
        assert safehttp.fetch(f"http://{HOST}/", policy=off).code == "probes_disabled"
        assert names.asked == []


def test_the_name_servers_that_would_be_asked() -> None:
    assert safehttp.name_servers(Policy(resolver=(HERE, 5353))) == ((HERE, 5353),)
    assert all(port == 53 for _, port in safehttp.name_servers(Policy()))  # the system's, however many
