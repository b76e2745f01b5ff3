"""Events: signed as Stripe does, delivered, and held back, doubled, mixed up, lost or forged on demand."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
import stripe as library
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from featured.standin.posting import SECRET, Post, near, sign
from featured.standin.refused import Refused
from tests.featured.conftest import WEBHOOK, Stripe

TAKEN: list[str] = []


def webhook(request: HttpRequest) -> HttpResponse:
    """Take an event as the library says it has to be done."""
    try:
        event = library.Webhook.construct_event(request.body, request.headers["Stripe-Signature"], SECRET)
    except library.SignatureVerificationError:
        return HttpResponse(status=400)
    TAKEN.append(event.type)
    return HttpResponse(status=200)


urlpatterns = [path(WEBHOOK.lstrip("/"), webhook)]


@pytest.fixture
def client(settings: Any) -> Client:
    """A client of a site that has this webhook only."""
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    TAKEN.clear()
    return Client()


@pytest.fixture
def three(api: Any, stripe: Stripe) -> list[str]:
    """The ids of three events that wait: product.created, price.created, customer.created."""
    product = api.products.create({"name": "A"})
    api.prices.create({"product": product.id, "currency": "usd", "unit_amount": 100})
    api.customers.create({})
    return [event["id"] for event in stripe.events()]


THREE = ["product.created", "price.created", "customer.created"]


def test_the_library_takes_the_signature(client: Client, stripe: Stripe, three: list[str]) -> None:
    assert (stripe.deliver(client), TAKEN, stripe.pending) == ([200, 200, 200], THREE, [])


def test_events_go_in_the_order_that_was_asked_for(client: Client, stripe: Stripe, three: list[str]) -> None:
    assert stripe.deliver(client, order=["customer.created", three[1]]) == [200, 200, 200]
    assert TAKEN == ["customer.created", "price.created", "product.created"]


def test_events_are_doubled_lost_and_forged(client: Client, stripe: Stripe, api: Any) -> None:
    stripe.missign(1)
    api.products.create({"name": "forged"})
    stripe.drop(1)
    api.products.create({"name": "lost"})
    api.customers.create({})
    stripe.duplicate(2)
    assert (stripe.deliver(client), TAKEN) == ([400, 200, 400, 400, 200, 200], ["customer.created"] * 3)
    assert len(stripe.events("product.created")) == 2


def test_what_waits_can_be_lost(stripe: Stripe, three: list[str]) -> None:
    assert (stripe.drop(kinds=["price.created"]), stripe.pending) == ({"lost": 1}, [THREE[0], THREE[2]])
    assert (stripe.drop(), stripe.pending) == ({"lost": 2}, [])


def test_an_event_tells_what_was_when_it_happened(api: Any, stripe: Stripe) -> None:
    product = api.products.create({"name": "Before"})
    api.products.update(product.id, {"name": "After"}, {"idempotency_key": "k"})
    made, changed = api.events.list().data[::-1]
    assert (made.data.object.name, changed.data.object.name) == ("Before", "After")
    assert changed.data.previous_attributes.to_dict() == {"name": "Before"}
    assert (changed.request.idempotency_key, changed.api_version) == ("k", library.api_version)


def test_the_signature_is_of_now_whatever_the_account_thinks(stripe: Stripe, api: Any) -> None:
    stripe.advance(days=30)
    api.products.create({"name": "A"})
    header = stripe.account.post.pending[0].signature(SECRET)
    assert abs(int(header.split(",")[0].removeprefix("t=")) - time.time()) < 30


# -- by a thread, to a site --------------------------------------------------------------------------------------


class Site:
    """A server that keeps what it was sent, and answers with the next of `answers`, else 200."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.answers: list[int] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                assert self.headers["Stripe-Signature"] == sign(
                    body, "whsec_x", int(self.headers["Stripe-Signature"][2:12])
                )
                site.got.append(json.loads(body)["type"])
                self.send_response(site.answers.pop(0) if site.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def wait(self, count: int) -> list[str]:
        """Return what came, once it is `count` events; at the latest after ten seconds."""
        deadline = time.monotonic() + 10
        while len(self.got) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.got


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    thread = Thread(target=found.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join(5)


@pytest.fixture
def sent(stripe: Stripe, site: Site) -> Iterator[Post]:
    """The post of the account, sending to that site."""
    post = stripe.account.post
    post.start(site.url + WEBHOOK, "whsec_x")
    yield post
    post.stop()
    post.secret, post.url = SECRET, ""


def test_events_reach_the_site_by_themselves(api: Any, stripe: Stripe, site: Site, sent: Post) -> None:
    api.products.create({"name": "A"})
    assert site.wait(1) == ["product.created"]
    deadline = time.monotonic() + 5
    while not api.events.list({"delivery_success": True}).data and time.monotonic() < deadline:
        time.sleep(0.02)
    assert [one["status"] for one in stripe.state()["sent"]] == [200]


def test_what_the_site_did_not_take_comes_again(api: Any, stripe: Stripe, site: Site, sent: Post) -> None:
    site.answers = [500]
    api.products.create({"name": "A"})
    assert site.wait(2) == ["product.created"] * 2


def test_events_are_held_back_and_delivered_at_a_word(api: Any, stripe: Stripe, site: Site, sent: Post) -> None:
    stripe.hold()
    api.products.create({"name": "A"})
    api.customers.create({})
    time.sleep(0.3)
    assert (site.got, stripe.pending) == ([], ["product.created", "customer.created"])
    stripe.reorder(["customer.created"])
    assert sent.deliver() == [200, 200]
    assert site.got == ["customer.created", "product.created"]


@pytest.mark.parametrize(
    "url", ["http://93.184.215.14/", "https://127.0.0.1/", "http://example.com/hook", "ftp://localhost/"]
)
def test_events_never_leave_this_machine(url: str) -> None:
    with pytest.raises(Refused, match="must be on this machine"):
        near(url)
