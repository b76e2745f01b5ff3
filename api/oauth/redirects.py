"""Addresses that people are led back to: what an app may register."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

MOST, LONGEST = 10, 500
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SHOWN = re.compile(r"[!-~]+")  # printable ASCII without white space
OWN_KIND = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")  # a domain in reverse order (RFC 8252, section 7.1)


def wrong_with(address: str) -> str:
    """Return what is wrong with an address, as a sentence that says what to do; "" when it can be registered.

    https, http on one's own machine (RFC 8252, 7.3; ports count), or a kind of one's own with a dot in its name; no
    fragment (RFC 6749, 3.1.2), no user, no wildcard.
    """
    if len(address) > LONGEST or not SHOWN.fullmatch(address):
        return (
            f"“{address[:60]}” is too long, or has spaces or letters beyond ASCII. Encode them, in {LONGEST} at most."
        )
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return f"“{address}” cannot be read as an address. Check its host and port."
    if "#" in address or "*" in address or "\\" in address or parts.username is not None:
        return f"“{address}” has a fragment, a wildcard or a user. Write the one address, without them."
    if parts.scheme == "https" and host:
        return ""
    if parts.scheme == "http" and host in LOOPBACK:
        return ""
    if parts.scheme not in {"http", "https"} and OWN_KIND.fullmatch(parts.scheme) and parts.path.startswith("/"):
        return ""
    return (
        f"“{address}” can be read on its way. Use https, http://127.0.0.1, or a kind of your own: com.example.app:/back"
    )
