"""`stripe`: the stand-in for Stripe, to which the site's settings point in a test that asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from featured.standin import control
from featured.standin.account import KEY, Thing
from featured.standin.posting import SECRET, Letter
from featured.standin.server import StandIn

WEBHOOK = "/featured/stripe/webhook/"


class Stripe:
    """The stand-in as tests use it: what is in featured/standin/control.py as methods, and events by hand.

    `stripe.pay(session_id)`, `stripe.advance(days=7)`, `stripe.fault("500", count=2)`, `stripe.dispute(intent_id)` …
    """

    def __init__(self, standin: StandIn) -> None:
        self.standin = standin
        self.account = standin.account
        self.base = standin.base
        self.secret = SECRET
        self.key = KEY

    def __getattr__(self, name: str) -> Any:
        command = control.COMMANDS.get(name)
        if command is None:
            raise AttributeError(name)

        def run(*args: Any, **options: Any) -> Any:
            with self.account.lock:
                return command(self.account, *args, **options)

        return run

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Method and path of each call of the API so far."""
        return list(self.account.calls)

    @property
    def pending(self) -> list[str]:
        """The types of the events that wait, in the order in which they would go."""
        return [letter.event["type"] for letter in self.account.post.pending]

    def object(self, key: str) -> Thing:
        """Return an object as it is now at the stand-in."""
        return self.account.objects[key]

    def events(self, *kinds: str) -> list[Thing]:
        """Return all events so far, delivered or not: of these kinds, or all."""
        return [event for event in self.account.events if not kinds or event["type"] in kinds]

    def at(self, moment: float) -> None:
        """Move the clock on to `moment` (seconds since 1970)."""
        self.advance(seconds=int(moment) - self.account.now())

    def deliver(self, client: Client, order: list[str] | None = None) -> list[int]:
        """Post all events that wait through `client`, in `order` (ids or types) if given; return the status codes."""
        if order is not None:
            self.account.post.reorder(order)
        return [self.post(client, letter) for letter in self.account.post.take()]

    def post(self, client: Client, letter: Letter, **headers: str) -> int:
        """Post one letter through `client`; return the status code."""
        sent = {"stripe-signature": letter.signature(self.secret), **headers}
        response = client.post(WEBHOOK, letter.body(), content_type="application/json", headers=sent)
        return response.status_code

    def send_to(self, site: str) -> None:
        """Send events to a running site (live_server.url) from now on, by a thread, as they come."""
        self.account.post.start(f"{site}{WEBHOOK}", self.secret)


@pytest.fixture(scope="session")
def standin() -> Iterator[StandIn]:
    """One server for all tests of this process."""
    with StandIn() as running:
        yield running


@pytest.fixture
def stripe(standin: StandIn, settings: Any) -> Iterator[Stripe]:
    """An empty account at the stand-in, which the site uses during this test."""
    standin.account.reset()
    settings.STRIPE_API_BASE = standin.base
    settings.STRIPE_SECRET_KEY = KEY
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]
    yield Stripe(standin)
    standin.account.post.stop()
    standin.account.reset()
