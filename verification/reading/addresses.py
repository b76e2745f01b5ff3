"""Taking addresses of strangers apart and joining them, without exceptions for those that are none."""

from __future__ import annotations

from urllib.parse import SplitResult, urljoin, urlsplit

from core import safehttp

NOTHING = SplitResult("", "", "", "", "")


def split(url: str) -> SplitResult:
    """Return the parts of an address, all empty when it is none."""
    try:
        parts = urlsplit(url)
        _ = (parts.hostname, parts.port)  # these raise later
    except ValueError:
        return NOTHING
    return parts


def origin(url: str) -> str:
    """Return scheme and authority of an address ("https://a.example"), "" when it is none."""
    parts = split(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""


def joined(base: str, target: str) -> str:
    """Return where a relative address leads, the address itself when that cannot be told."""
    try:
        return urljoin(base, target)
    except ValueError:
        return target


def canonical(address: str) -> str:
    """Return an address in its one spelling, as it is when it is none (a package name, a placeholder)."""
    try:
        return safehttp.canonical(address)
    except safehttp.Refused:
        return address
