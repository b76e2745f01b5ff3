"""What lives in the zoo: small loopback sites with a known behaviour and the exact verdict each must get."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from verification.contract import Interface, Listing

HTML = "text/html; charset=utf-8"
JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """A request as an animal sees it; header names are in lower case."""

    method: str
    host: str  # without port
    path: str  # with query
    headers: Mapping[str, str]
    body: bytes
    tls: bool

    def json(self) -> Any:
        """Return the body's JSON, None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


@dataclass(frozen=True)
class Reply:
    """An answer. `body` may be an iterable of pieces (sent as they come, connection closed at the end)."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""
    type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0  # seconds before the first byte


@dataclass(frozen=True)
class Raw:
    """An answer that is no HTTP: the function gets the socket (TLS already done) and writes what it likes."""

    write: Callable[[socket.socket], None]


Serve = Callable[[Request], "Reply | Raw"]


@dataclass(frozen=True)
class Expect:
    """What one step must say. `subject`: part of the address, where a step looks at several."""

    step: str
    verdict: str
    code: str
    subject: str = ""


@dataclass(frozen=True)
class Animal:
    """One site of the zoo, at https://<name>.example/ (and http://). Underscores in `name` are hyphens in the host."""

    name: str
    about: str  # one sentence: what it does
    expect: tuple[Expect, ...]
    serve: Serve | None = None  # None: every request is 404
    listing: Mapping[str, Any] = field(default_factory=dict)  # changes to `plain_listing`
    # good, expired, not_yet, wrong_host, self_signed, unknown_issuer, soon, short, short_late
    certificate: str = "good"
    dns: tuple[str, ...] | str = ("127.0.0.1",)  # addresses, or NXDOMAIN, SERVFAIL, TIMEOUT
    records: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # other records by type; "@" is its host
    also: tuple[str, ...] = ()  # further host names that it answers to, of any domain
    policy: Mapping[str, Any] = field(default_factory=dict)  # changes to the probe's Policy, where one is the point

    @property
    def host(self) -> str:
        """Return its host name."""
        return f"{self.name.replace('_', '-')}.example"

    @property
    def home(self) -> str:
        """Return the address of its home page."""
        return f"https://{self.host}/"

    def plain_listing(self) -> Listing:
        """Return the listing that is verified. "@" in an address of `listing` stands for its host."""
        changes: dict[str, Any] = {
            "slug": f"zoo-{self.name.replace('_', '-')}",
            "name": self.name.replace("_", " ").title(),
        }
        changes |= {"homepage": self.home, "tagline": self.about[:100], "description": self.about}
        for name, value in self.listing.items():
            changes[name] = value.replace("@", self.host) if isinstance(value, str) else value
        changes["interfaces"] = tuple(self._placed(one) for one in changes.get("interfaces", ()))
        return Listing(**changes)

    def _placed(self, one: Interface) -> Interface:
        values = {name: getattr(one, name).replace("@", self.host) for name in ("url", "base_url", "openapi", "docs")}
        return Interface(**{**one.__dict__, **values})


def page(title: str, *paragraphs: str, head: str = "", links: Mapping[str, str] | None = None) -> bytes:
    """Return an HTML page; `links` maps texts to addresses."""
    anchors = "".join(f'<a href="{href}">{text}</a> ' for text, href in (links or {}).items())
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><h1>{title}</h1>{body}<footer>{anchors}</footer></body></html>"
    ).encode()


def as_json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """Return a JSON answer."""
    return Reply(status, json.dumps(value).encode(), JSON, headers)


def routes(table: Mapping[str, Reply | Serve], default: Reply | None = None) -> Serve:
    """Return a server that answers by path (query left out); else `default`, else 404."""

    def serve(request: Request) -> Reply | Raw:
        found = table.get(request.path.split("?", 1)[0])
        if found is None:
            return default or Reply(404, page("Not found", "There is nothing here."))
        return found if isinstance(found, Reply) else found(request)

    return serve
