"""What a name is, and what a claim to it reaches. No database and no network here.

A domain proof covers the domain and everything below it inside its registrable unit; a host proof one host; a package
proof one package. Nothing ever reaches upwards. Hosts under a private suffix (alice.github.io) are units of their own,
by the public suffix list.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol

from publicsuffixlist import PublicSuffixList

from core import safehttp
from core.safehttp import Refused
from verification.domains import host_of, registrable
from verification.models.ownership import Method, Scope
from verification.reading.addresses import split
from verification.reading.documents import SHARED_HOSTS, USER_CONTENT

# Domains whose mailboxes are everybody's: a mail there proves nothing about the domain.
WEBMAIL = frozenset(
    (  # noqa: SIM905
        "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com aol.com icloud.com "
        "me.com mac.com proton.me protonmail.com pm.me gmx.com gmx.de gmx.net web.de mail.com mail.ru yandex.com "
        "yandex.ru qq.com 163.com 126.com foxmail.com naver.com zoho.com tutanota.com tuta.com fastmail.com hey.com "
        "duck.com t-online.de freenet.de posteo.de mailbox.org orange.fr laposte.net libero.it"
    ).split()
)
PACKAGE = re.compile(r"pkg:(pypi|npm)/(@[a-z0-9._~-]{1,100}/)?([A-Za-z0-9][A-Za-z0-9._~-]{0,200})", re.ASCII)

NPM_LONGEST = 214  # characters of a package's name with its scope, says npm (docs.npmjs.com, package.json, "name")


class Claimed(Protocol):
    """What `covers` has to know of a claim."""

    scope: str
    name: str


class BadName(ValueError):
    """A name cannot be claimed that way; `code` is one of the table in docs/ownership.md."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def named(typed: str, method: Method) -> str:
    """Return the one spelling of the domain, host or package that somebody typed. Raises BadName."""
    text = typed.strip()
    if method.scope == Scope.PACKAGE:
        return package(text)
    try:
        target = safehttp.parse(text if "://" in text else f"https://{text}")
    except Refused as refused:
        raise BadName("bad_name", refused.message) from refused
    host = target.host
    if is_suffix(host):
        raise BadName("public_suffix", f"{host} is an ending under which others have their own names: nobody owns it.")
    if registrable(host) in SHARED_HOSTS:
        raise BadName(
            "shared_host", f"On {registrable(host)} every project has a path, not a host: prove a package instead."
        )
    if method == Method.EMAIL and registrable(host) in WEBMAIL:
        raise BadName("webmail", f"Everybody can have a mailbox at {registrable(host)}. Use DNS or a file.")
    if method == Method.META and is_user_content(host):
        raise BadName("user_content", f"On {host} others write the pages, so a tag proves nothing. Use a file or DNS.")
    return host


def package(text: str) -> str:
    """Return the one spelling of a package URL without a version. Raises BadName.

    Names on PyPI are alike in any case and with -, _ or . (PEP 503).
    """
    found = PACKAGE.fullmatch(text)
    if found is None or (found[2] and found[1] == "pypi"):
        raise BadName("bad_package", "Write a package as pkg:pypi/NAME or pkg:npm/NAME, without a version.")
    if found[1] == "npm" and len(found[2] or "") + len(found[3]) > NPM_LONGEST:
        raise BadName("bad_package", f"No package on npm has a name of more than {NPM_LONGEST} characters.")
    if found[1] == "npm":
        return f"pkg:npm/{found[2] or ''}{found[3]}"
    return f"pkg:pypi/{re.sub(r'[-_.]+', '-', found[3]).lower()}"


@cache
def _lists() -> tuple[PublicSuffixList, PublicSuffixList]:
    return PublicSuffixList(), PublicSuffixList(only_icann=True)


def is_suffix(host: str) -> bool:
    """Whether a host is a public suffix itself, such as co.uk or github.io."""
    return _lists()[0].privatesuffix(host) is None


def is_user_content(host: str) -> bool:
    """Whether others write the pages of a host: it lies under a private suffix, or is on our small list."""
    everything, icann = _lists()
    return everything.publicsuffix(host) != icann.publicsuffix(host) or in_any(host, USER_CONTENT)


def registered_domain(host: str) -> str:
    """Return the domain that somebody pays a registry for; "" for units of a private suffix, which have none."""
    everything, icann = _lists()
    if everything.publicsuffix(host) != icann.publicsuffix(host):
        return ""
    return str(icann.privatesuffix(host) or "")


def in_any(host: str, names: frozenset[str]) -> bool:
    """Whether a host is one of these names or lies below one."""
    return any(parent in names for parent in parents(host))


def parents(host: str) -> list[str]:
    """Return a host and the names above it: a.b.example → [a.b.example, b.example, example]."""
    labels = host.split(".")
    return [".".join(labels[at:]) for at in range(len(labels))]


def reach(host: str) -> list[str]:
    """Return the names whose domain proof covers a host: itself and those above, up to its registrable domain."""
    unit = registrable(host)
    return [name for name in parents(host) if name == unit or name.endswith(f".{unit}")]


def web_host(url: str) -> str:
    """Return the host of a web address that a claim can cover, "" of others: other schemes, ports, shared hosts.

    Of a host on which others write the pages, the bare address alone is the host's own.
    """
    parts = split(url)
    if parts.scheme not in {"http", "https"} or parts.port not in {None, 80, 443} or parts.username is not None:
        return ""
    try:
        host = safehttp.parse(url).host
    except Refused:
        return ""
    names = set(reach(host))
    bare = host.removeprefix("www.") in USER_CONTENT and not (parts.path.strip("/") or parts.query or parts.fragment)
    theirs = names & USER_CONTENT and not bare
    return "" if theirs or names & SHARED_HOSTS or host_of(url) == "" else host


def covers(claim: Claimed, url: str) -> bool:
    """Whether a claim, if it holds, is about this web address or package URL."""
    if claim.scope == Scope.PACKAGE:
        try:
            return package(url) == claim.name
        except BadName:
            return False
    host = web_host(url)
    if not host:
        return False
    return claim.name in reach(host) if claim.scope == Scope.DOMAIN else claim.name == host


def covers_name(claim: Claimed, other: Claimed) -> bool:
    """Whether a claim reaches all that another one is about."""
    if Scope.PACKAGE in {claim.scope, other.scope} or claim.scope == Scope.HOST:
        return claim.scope == other.scope and claim.name == other.name
    return claim.name in reach(other.name)
