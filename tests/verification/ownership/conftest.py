"""A small world on loopback: sites over https, a zone that tests write, a package index, and RDAP."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from tests.zoo.animal import Animal, Raw, Reply, Request, Serve
from tests.zoo.server import Zoo
from verification import ownership, polite
from verification.contract import Outcome
from verification.models import OwnershipClaim, OwnershipEvent
from verification.ownership import Started

HOSTS = (
    "www.acme.example",
    "docs.acme.example",
    "alice.github.io",
    "sites.google.com",
    "rdap.example",
    "index.example",
)
TEXT = "text/plain; charset=utf-8"


class World:
    """What answers, by host and path; tests write into `pages` and `zone`."""

    def __init__(self, zoo: Zoo) -> None:
        self.zoo, self.zone = zoo, zoo.zone
        self.pages: dict[tuple[str, str], Reply | Serve] = {}
        self.everything: dict[str, Serve] = {}  # hosts with one answer for all paths
        self.asked: list[str] = []

    def serve(self, request: Request) -> Reply | Raw:
        """Answer a request."""
        self.asked.append(f"{request.method} {request.host}{request.path}")
        found = self.pages.get((request.host, request.path)) or self.everything.get(request.host)
        if found is None:
            return Reply(404, b"not here", TEXT)
        return found if isinstance(found, Reply) else found(request)

    def txt(self, name: str, *records: str) -> None:
        """Let a name have these TXT records, each of one string."""
        self.zone[name, "TXT"] = tuple(f'"{record}"' for record in records)


@pytest.fixture(scope="session")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Zoo, list[World]]]:
    """The servers of all tests; each test has a world of its own on them."""
    current: list[World] = []

    def serve(request: Request) -> Reply | Raw:
        return current[-1].serve(request)

    animals = [
        Animal("acme", "It is what the test makes of it.", (), serve=serve, also=HOSTS),
        Animal("expired", "Its certificate has expired.", (), serve=serve, certificate="expired"),
    ]
    with Zoo({one.name: one for one in animals}, tmp_path_factory.mktemp("ownership")) as zoo:
        yield zoo, current


@pytest.fixture
def world(opened: tuple[Zoo, list[World]], settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An empty world, and settings that lead to it; no waiting between two requests."""
    zoo, current = opened
    for name, value in zoo.environment.items():
        setattr(settings, name, value)
    settings.OWNERSHIP_RESOLVERS, settings.RDAP_URL, settings.SITE_NAME = [], "", "AI Apps"
    settings.PROBE_DAILY_BUDGET = 100_000  # simulated weeks pass in one day
    monkeypatch.setattr(polite, "SPACING", 0.0)
    current.append(World(zoo))
    zoo.zone.clear()
    yield current[-1]
    current.pop()
    zoo.zone.clear()


@pytest.fixture
def ann(db: None) -> User:
    """An account."""
    return User.objects.create_user("ann@example.com", "a long enough word")


@pytest.fixture
def bob(db: None) -> User:
    """Another account."""
    return User.objects.create_user("bob@example.com", "a long enough word")


def begin(account: User, name: str = "acme.example", method: str = "dns-txt", **options: Any) -> Started:
    """Begin a proof."""
    return ownership.start(account=account, typed=name, method=method, **options)


def record(begun: Started) -> str:
    """Return the TXT record that a challenge wants."""
    return f"v=1; t={begun.token}"


def file_of(begun: Started) -> tuple[str, str]:
    """Return host and path of the file that a challenge wants."""
    claim = begun.challenge.claim
    return claim.name, f"/.well-known/ai-apps-verification/{begun.challenge.token_id}"


def publish(world: World, begun: Started) -> None:
    """Publish a token as its method wants it."""
    claim = begun.challenge.claim
    if claim.method == "dns-txt":
        world.txt(f"_ai-apps-challenge.{claim.name}", record(begun))
    elif claim.method == "http-file":
        world.pages[file_of(begun)] = Reply(200, begun.token.encode(), TEXT)
    else:
        world.pages[claim.name, "/"] = Reply(body=home(tag(begun)))


def tag(begun: Started) -> str:
    """Return the meta tag that a challenge wants."""
    return f'<meta name="ai-apps-verification" content="{begun.token}">'


def home(head: str = "", body: str = "") -> bytes:
    """Return a home page."""
    return f"<!doctype html><html><head><title>Acme</title>{head}</head><body>{body}</body></html>".encode()


def check(begun: Started, at: dt.datetime | None = None) -> Outcome:
    """Check a challenge, a minute after anything that was tried before."""
    begun.challenge.refresh_from_db()
    tried = begun.challenge.tried_at
    return ownership.check(challenge=begun.challenge, at=at or (tried + dt.timedelta(minutes=1) if tried else None))


def said(begun: Started) -> tuple[str, str, str]:
    """Check a challenge; return verdict, code and the state that the claim has then."""
    outcome = check(begun)
    return str(outcome.verdict), outcome.code, state(begun)


def state(begun: Started) -> str:
    """Return the state of a challenge's claim."""
    return OwnershipClaim.objects.get(pk=begun.challenge.claim_id).state


def events(claim: OwnershipClaim) -> list[str]:
    """Return what happened to a claim, in order."""
    return list(OwnershipEvent.objects.filter(claim=claim).order_by("id").values_list("event", flat=True))


def proved(world: World, account: User, name: str = "acme.example", method: str = "dns-txt") -> OwnershipClaim:
    """Return a claim that was proved just now."""
    begun = begin(account, name, method)
    publish(world, begun)
    assert said(begun) == ("pass", "found", "verified")
    return OwnershipClaim.objects.select_related("account").get(pk=begun.challenge.claim_id)


def moment(claim: OwnershipClaim) -> dt.datetime:
    """Return when a claim was proved."""
    assert claim.proved_at is not None
    return claim.proved_at


def now() -> dt.datetime:
    """Return the present moment."""
    return timezone.now()
