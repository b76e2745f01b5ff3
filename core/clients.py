"""Who asks: the client's address, by which everything that counts, counts. The one place that reads proxies' headers.

Only the peer of the connection is believed, and as many hops of X-Forwarded-For as the operator says that proxies of
theirs stand in front (TRUSTED_PROXIES): each appends whom it saw, so the n-th entry from the right was written by the
outermost of them. What stands further left came from outside and is never read; nor is any other header.
"""

from __future__ import annotations

import functools
import ipaddress
import logging
import re

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

logger = logging.getLogger(__name__)
NOBODY = "local"  # a peer without an address: a unix socket
# "192.0.2.1:4711" and "[2001:db8::1]:4711" or "[2001:db8::1]", as some proxies write
WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d{1,5})?|([^:\[\]]+):\d{1,5}")


def address(request: HttpRequest) -> Address | None:
    """Return the client's address; None when the peer has none (a unix socket) and no trusted proxy names one.

    A hop that is missing or cannot be read counts as its proxy: such requests share one place.
    """
    peer = parsed(request.META.get("REMOTE_ADDR", ""))
    listed = request.META.get("HTTP_X_FORWARDED_FOR", "")
    trusted: int = settings.TRUSTED_PROXIES
    if not listed:
        return peer
    if not trusted:
        if peer is None or peer.is_private:
            _warn_of_a_proxy()
        return peer
    hops = listed.split(",")
    named = parsed(hops[-trusted]) if len(hops) >= trusted else None
    return peer if named is None else named


def parsed(text: str) -> Address | None:
    """Read an address, with or without a port; None when it is none. An IPv4 address inside IPv6 is that address."""
    text = text.strip()
    found = WITH_PORT.fullmatch(text)
    if found:
        text = found[1] or found[2] or ""
    try:
        one = ipaddress.ip_address(text.partition("%")[0])  # the zone of a link-local address is this machine's matter
    except ValueError:
        return None
    mapped = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
    return mapped or one


def network(request: HttpRequest) -> str:
    """Return what counts as one client: its IPv4 address, or the /64 of its IPv6 address, which one household has."""
    one = address(request)
    if one is None:
        return NOBODY
    if isinstance(one, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(one), 64), strict=False))
    return str(one)


def who(request: HttpRequest) -> str:
    """Return the account of who is signed in, else the network."""
    return f"account {request.user.pk}" if request.user.is_authenticated else network(request)


def coarse(text: str) -> str:
    """Return the network of an address as what is kept of it: /24 for IPv4, /48 for IPv6; what is none as it is.

    Enough to tell one's home from a place that one does not know; many share it.
    """
    one = parsed(text)
    if one is None:
        return text
    return str(ipaddress.ip_network((int(one), 24) if one.version == 4 else (int(one), 48), strict=False))


@functools.cache  # once in a process
def _warn_of_a_proxy() -> None:
    logger.warning(
        "Requests come through a proxy (X-Forwarded-For), but TRUSTED_PROXIES is 0: all visitors count as one, and"
        " soon reach the limits of one. Set TRUSTED_PROXIES to the number of proxies in front (docs/limits.md)."
    )
