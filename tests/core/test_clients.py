"""Who counts as one client, and that no header can make somebody another."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from accounts.models import User
from core import clients

PROXY = "10.0.0.7"


def network(peer: str, forwarded: str | None = None, **headers: str) -> str:
    request = RequestFactory().get("/")
    request.META |= {"REMOTE_ADDR": peer, **headers}
    if forwarded is not None:
        request.META["HTTP_X_FORWARDED_FOR"] = forwarded
    return clients.network(request)


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("127.0.0.1", "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("2001:DB8:1:3::1", "2001:db8:1:3::/64"),
        ("::1", "::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),  # a socket that listens on both
        ("::ffff:c000:201", "192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "local"),  # a unix socket
        ("unknown", "local"),
    ],
)
def test_a_client_is_an_ipv4_address_or_the_64_of_an_ipv6_address(peer: str, counted: str) -> None:
    assert network(peer) == counted


SPOOFED = ["203.0.113.9", "203.0.113.9, 198.51.100.1", "127.0.0.1", "", "x", "::1", "203.0.113.9:80", "a" * 5_000]


@pytest.mark.parametrize("forwarded", SPOOFED)
def test_without_a_trusted_proxy_no_header_says_who_somebody_is(forwarded: str) -> None:
    others = {"HTTP_FORWARDED": f"for={forwarded}", "HTTP_X_REAL_IP": forwarded, "HTTP_CLIENT_IP": forwarded}
    others |= {"HTTP_TRUE_CLIENT_IP": forwarded, "HTTP_CF_CONNECTING_IP": forwarded}
    assert network("192.0.2.1", forwarded, **others) == "192.0.2.1"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "counted"),
    [
        (1, "192.0.2.1", "192.0.2.1"),
        (1, "203.0.113.9, 192.0.2.1", "192.0.2.1"),  # what stands left of it came from outside
        (1, "203.0.113.9,203.0.113.8 ,  192.0.2.1 ", "192.0.2.1"),
        (1, "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
        (1, "::ffff:192.0.2.1", "192.0.2.1"),
        (1, "192.0.2.1:4711", "192.0.2.1"),
        (1, "[2001:db8:1:2::9]:4711", "2001:db8:1:2::/64"),
        (1, "[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        (2, "203.0.113.9, 192.0.2.1, 10.0.0.6", "192.0.2.1"),
        (2, "192.0.2.1, 10.0.0.6", "192.0.2.1"),
        (3, "203.0.113.9, 192.0.2.1, 10.0.0.5, 10.0.0.6", "192.0.2.1"),
        # what cannot be: the request counts as its proxy's, never as what somebody chose
        (2, "203.0.113.9", PROXY),
        (1, "", PROXY),
        (1, "203.0.113.9, unknown", PROXY),
        (1, "203.0.113.9,", PROXY),
        (1, "203.0.113.9, 192.0.2.1 198.51.100.1", PROXY),
        (1, "203.0.113.9, 192.0.2.256", PROXY),
        (1, "203.0.113.9, 192.0.2.01", PROXY),
        (1, "203.0.113.9, [192.0.2.1", PROXY),
        (1, "203.0.113.9, \u0661\u0669\u0662.0.2.1", PROXY),
        (1, "203.0.113.9, " + "1" * 5_000, PROXY),
    ],
)
def test_behind_trusted_proxies_the_outermost_of_them_says_who_asks(
    settings: Any, trusted: int, forwarded: str, counted: str
) -> None:
    settings.TRUSTED_PROXIES = trusted
    assert network(PROXY, forwarded) == counted


@pytest.mark.parametrize("others", [{}, {"HTTP_FORWARDED": "for=203.0.113.9", "HTTP_X_REAL_IP": "203.0.113.9"}])
def test_behind_a_trusted_proxy_no_other_header_counts(settings: Any, others: dict[str, str]) -> None:
    settings.TRUSTED_PROXIES = 1
    assert network(PROXY, "192.0.2.1", **others) == "192.0.2.1"
    assert network(PROXY, None, **others) == PROXY


def test_a_proxy_on_a_unix_socket_names_the_client(settings: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    assert network("", "203.0.113.9, 192.0.2.1") == "192.0.2.1"
    assert network("", None) == "local"


@pytest.mark.parametrize(
    ("peer", "forwarded", "warnings"),
    [("127.0.0.1", "192.0.2.1", 1), (PROXY, "x", 1), ("", "x", 1), ("8.8.8.8", "192.0.2.1", 0), (PROXY, None, 0)],
)
def test_a_proxy_that_nobody_told_us_of_is_warned_of_once(
    caplog: pytest.LogCaptureFixture, peer: str, forwarded: str | None, warnings: int
) -> None:
    clients._warn_of_a_proxy.cache_clear()
    with caplog.at_level(logging.WARNING, "core.clients"):
        for _ in range(3):
            network(peer, forwarded)
    assert len(caplog.records) == warnings


def test_who_is_signed_in_counts_as_an_account_everywhere() -> None:
    request = RequestFactory().get("/")
    request.META["REMOTE_ADDR"] = "192.0.2.1"
    request.user = User(pk=7)
    assert clients.who(request) == "account 7"
    request.user = AnonymousUser()
    assert clients.who(request) == "192.0.2.1"
