"""Reads an address once, strictly, and writes the one spelling that everybody else works with.

The rules follow RFC 3986 where browsers and libraries agree; where they differ (backslashes, tabs, user names, odd
spellings of IP addresses) the address is refused instead of guessed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote

import idna

from core.safehttp.names import check_name, name_flags
from core.safehttp.policy import Policy
from core.safehttp.reasons import Refused

LONGEST = 2_048  # characters
DEFAULT_PORTS = {"http": 80, "https": 443}
PORTS = frozenset({80, 443, 8080, 8443})
# Format, surrogate, private, unassigned, line and paragraph separators
INVISIBLE = frozenset({"Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
PATH_SAFE = "/:@!$&'()*+,;=-._~%"
STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True)
class Target:
    """An address that may be asked, as far as its text tells."""

    scheme: str
    host: str  # ASCII, lower case, no dot at its end
    port: int
    path: str  # with the query, percent-encoded
    flags: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """Return scheme, host and, unless it is the scheme's own, port."""
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    @property
    def url(self) -> str:
        """Return the canonical address, without a fragment."""
        return self.origin + self.path


def parse(url: str, policy: Policy | None = None) -> Target:
    """Return what `url` asks for. Raises Refused with the code and sentence of the first rule it breaks."""
    check_characters(url)
    scheme, rest = _scheme(url)
    cut = re.search(r"[/?#]", rest)
    authority, tail = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    written, port = _authority(authority, DEFAULT_PORTS[scheme])
    host, unicode_host = _host(written)
    flags = (("http",) if scheme == "http" else ()) + (("port",) if port != DEFAULT_PORTS[scheme] else ())
    flags += name_flags(host, unicode_host)
    check_name(host, flags, policy or Policy.from_settings())
    if port not in PORTS:
        raise Refused("port", flags, port=port)
    target = Target(scheme, host, port, _path(tail.split("#", 1)[0]), flags)
    if len(target.url) > LONGEST:
        raise Refused("too_long", flags)
    return target


def canonical(url: str) -> str:
    """Return the one spelling of `url`. Raises Refused."""
    return parse(url).url


def check_characters(url: str) -> None:
    """Raise Refused for what no part of an address may hold."""
    if len(url) > LONGEST:
        raise Refused("too_long")
    for char in url:
        category = unicodedata.category(char)
        if category in {"Cc", "Zs"}:
            raise Refused("control_or_space")
        if category in INVISIBLE:
            raise Refused("invisible_char")
    if "\\" in url:
        raise Refused("backslash")


def join(base: Target, location: str) -> str:
    """Return the address that a Location header means (RFC 3986, 5.2). Raises Refused; the result is still to parse."""
    check_characters(location)
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", location):
        return location
    path, question, query = base.path.partition("?")
    if location.startswith("//"):
        return f"{base.scheme}:{location}"
    if location.startswith("/"):
        return base.origin + location
    if location.startswith("?"):
        return base.origin + path + location
    if not location or location.startswith("#"):
        return base.origin + path + question + query
    return base.origin + path[: path.rindex("/") + 1] + location


def _scheme(url: str) -> tuple[str, str]:
    scheme, colon, rest = url.partition("://")
    if not colon or scheme.lower() not in DEFAULT_PORTS:
        raise Refused("scheme")
    return scheme.lower(), rest


def _authority(authority: str, default_port: int) -> tuple[str, int]:
    """Return the host as written and the port."""
    if not authority:
        raise Refused("no_host")
    if "@" in authority:
        raise Refused("userinfo")
    if authority.startswith("["):
        _refuse_brackets(authority)
    if "%" in authority:
        raise Refused("percent_in_host")
    if "[" in authority or "]" in authority or authority.count(":") > 1:
        raise Refused("bad_authority")
    host, _, port = authority.partition(":")
    if not host:
        raise Refused("no_host")
    if not port:
        return host, default_port
    if not re.fullmatch(r"[1-9][0-9]{0,4}", port, re.ASCII) or int(port) > 65535:
        raise Refused("bad_port")
    return host, int(port)


def _refuse_brackets(authority: str) -> None:
    """Say what is wrong with a host in square brackets: everything is."""
    if "%" in authority:
        raise Refused("zone_id")
    inner, closed, rest = authority[1:].partition("]")
    try:
        IPv6Address(inner)
    except ValueError as error:
        raise Refused("bad_ipv6") from error
    raise Refused("ip_literal", host=inner) if closed and re.fullmatch(r"(:[0-9]*)?", rest) else Refused("bad_ipv6")


def _host(written: str) -> tuple[str, str]:
    """Return the host in ASCII and as people read it, by UTS 46; both without one dot at the end."""
    if written.isascii() and "xn--" not in written.lower():
        host = written.lower().removesuffix(".")
        return host, host
    code = "bad_punycode" if written.isascii() else "bad_label"
    try:
        mapped = idna.uts46_remap(written, std3_rules=False, transitional=False).removesuffix(".")
        if mapped.isascii() and "xn--" not in mapped:
            return mapped, mapped
        host = idna.encode(mapped, strict=True, std3_rules=True).decode("ascii")
        readable = idna.decode(host, strict=True)
    except (idna.IDNAError, UnicodeError) as error:
        raise Refused(code, host=written[:80]) from error
    return host, readable


def _path(tail: str) -> str:
    """Return path and query percent-encoded, dot segments resolved."""
    path, question, query = tail.partition("?")
    path = quote(STRAY_PERCENT.sub("%25", path), safe=PATH_SAFE)
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    for segment in segments:
        if segment == "..":
            kept[-1:] = []
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    query = quote(STRAY_PERCENT.sub("%25", query), safe=PATH_SAFE + "?")
    return "/" + "/".join(kept) + question + query
