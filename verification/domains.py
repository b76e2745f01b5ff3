"""Registrable domains by the public suffix list that is bundled with its package (no network)."""

from __future__ import annotations

import ipaddress
from functools import cache
from urllib.parse import urlsplit

import idna
from publicsuffixlist import PublicSuffixList


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()  # private section included: every github.io page is its own domain


def host_of(url: str) -> str:
    """Return the lower-case host of an address, "" when it has none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def registrable(host: str) -> str:
    """Return the part of a host name that somebody registers ("api.a.co.uk" → "a.co.uk"); the host where none is.

    In ASCII, however the name is written, as the safe client asks for it.
    """
    host = _ascii(host)
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(_suffixes().privatesuffix(host) or host)
    return host


def _ascii(host: str) -> str:
    """Return a name in ASCII by UTS 46, as it is when it is no name."""
    if host.isascii():
        return host
    try:
        mapped = idna.uts46_remap(host, std3_rules=False, transitional=False).removesuffix(".")
        return mapped if mapped.isascii() else idna.encode(mapped, strict=True, std3_rules=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        return host


def domain_of(url: str) -> str:
    """Return the registrable domain of an address, "" when it has no host (a name has at most 253 characters)."""
    host = host_of(url)
    return registrable(host) if 0 < len(host) <= 253 else ""
