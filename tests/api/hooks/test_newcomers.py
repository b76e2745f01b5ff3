"""What somebody meets who makes a first webhook: errors in the words of webhooks, names, and what waits for what."""

from __future__ import annotations

import datetime as dt
import re
import socket
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone

from accounts.models import User
from api.hooks import delivery, pages, services, signing
from api.hooks.forms import slug_of
from api.hooks.services import Wanted
from api.models import WebhookDelivery, WebhookEndpoint
from tests import make
from tests.api.client import Api
from tests.api.hooks.receiver import HERE, URL, Receiver
from tests.api.hooks.test_pages import marked, signed

pytestmark = pytest.mark.django_db
PASSED_OVER = (
    "Tools are named here and would be passed over. Choose “These tools” (only=tools) to be told of them alone, "
    "or leave this empty."
)


def wrong(answer: Any) -> dict[str, str]:
    """Return what an answer of the API says is wrong, by its place."""
    assert answer.status_code == 422, answer.content
    return {one["pointer"]: one["detail"] for one in answer.json()["errors"]}


def text_of(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", answer.content.decode())).split())


@pytest.mark.parametrize("only", ["all", "kept"])
def test_tools_that_would_be_passed_over_are_refused(ana: User, mine: Api, inbox: Receiver, only: str) -> None:
    slug = make.tool().slug
    page = signed(ana).post("/portal/webhooks/new/", marked(only=only, slugs=slug))
    assert (page.status_code, page.context["form"].errors) == (422, {"slugs": [PASSED_OVER]})
    assert wrong(mine.post("/webhooks", {"url": URL, "only": "all", "slugs": [slug]})) == {"/slugs": PASSED_OVER}
    assert WebhookEndpoint.objects.count() == 0


def test_a_webhook_of_some_tools_becomes_one_of_all_without_naming_them_again(mine: Api, inbox: Receiver) -> None:
    slug = make.tool().slug
    key = mine.post("/webhooks", {"url": URL, "only": "tools", "slugs": [slug]}).json()["key"]
    assert wrong(mine.send("PATCH", f"/webhooks/{key}", {"only": "all", "slugs": [slug]})) == {"/slugs": PASSED_OVER}
    said = mine.send("PATCH", f"/webhooks/{key}", {"only": "all"}).json()
    assert (said["only"], said["slugs"]) == ("all", [])
    assert wrong(mine.send("PATCH", f"/webhooks/{key}", {"slugs": [slug]})) == {"/slugs": PASSED_OVER}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "https://127.0.0.1/x",
            "127.0.0.1 is an IP address, and a webhook goes to a host name, as the certificate of https is for a name.",
        ),
        (
            "https://[::1/x",
            "The host in square brackets is not a name, and a webhook goes to a host name, as the certificate of https "
            "is for a name.",
        ),
        (
            "https://example.com:9999/x",
            "Nothing is sent to port 9999. Use 443, which needs not be written, 8443, 8080 or 80.",
        ),
        ("example.com", "The address has to begin with https://, as https://ci.example.com/catalog does."),
        (
            "http://hooks.example-ai.com/x",
            "The address has to begin with https://, as https://ci.example.com/catalog does: over http others could "
            "read what is sent, and change it.",
        ),
    ],
)
def test_what_is_wrong_with_an_address_is_said_of_webhooks(ana: User, url: str, told: str) -> None:
    with pytest.raises(services.Wrong) as found:
        services.checked_url(url)
    assert str(found.value) == told


def test_all_that_is_wrong_is_told_at_once_with_the_choices(ana: User, mine: Api, inbox: Receiver) -> None:
    body = {"url": "example.com", "only": "some", "types": ["all"], "slugs": ["nothing"]}
    assert wrong(mine.post("/webhooks", body)) == {
        "/url": "The address has to begin with https://, as https://ci.example.com/catalog does.",
        "/only": "Has to be one of all, kept, tools.",
        "/types/0": "Has to be one of catalog.tool.listed, catalog.tool.changed, catalog.tool.removed.",
        "/slugs": "There is no listed tool “nothing”. Take it from the end of its address: /tools/ollama/.",
    }
    key = mine.post("/webhooks", {"url": URL}).json()["key"]
    assert wrong(mine.send("PATCH", f"/webhooks/{key}", {"state": "off", "url": "example.com"})) == {
        "/url": "The address has to begin with https://, as https://ci.example.com/catalog does.",
        "/state": "Has to be one of active, paused.",
    }
    page = signed(ana).post("/portal/webhooks/new/", marked(url="example.com", only="tools", slugs="", types=[]))
    assert sorted(page.context["form"].errors) == ["slugs", "types", "url"]


def test_the_address_of_a_tool_here_stands_for_its_slug(ana: User, inbox: Receiver) -> None:
    one, two, three = (make.tool().slug for _ in range(3))
    named = f"{site.SITE_URL}/tools/{one}/\n/tools/{two}, {three}"
    answer = signed(ana).post("/portal/webhooks/new/", marked(only="tools", slugs=named))
    assert (answer.status_code, WebhookEndpoint.objects.get().slugs) == (200, sorted([one, two, three]))
    here = site.SITE_URL
    assert [slug_of(word) for word in (f"{here}/tools/a-b/alternatives/?x=1", f"{here}/tools/a-b.md", "a-b")] == [
        "a-b", "a-b", "a-b"
    ]  # fmt: skip
    others = ["https://elsewhere.example/tools/a-b/", f"{here}/categories/a-b/", "http://[::1/tools/a-b/"]
    assert [slug_of(word) for word in others] == others


def test_a_webhook_without_a_description_is_named_after_its_host(ana: User, inbox: Receiver) -> None:
    few = [make.tool().slug for _ in range(2)]
    many = [make.tool().slug for _ in range(4)]
    row, _ = services.create(account=ana, wanted=Wanted(URL, only="tools", slugs=few))
    services.create(account=ana, wanted=Wanted(URL, only="tools", slugs=many))
    shown = signed(ana).get("/portal/webhooks/")
    text = text_of(shown)
    assert (str(row), text.count("Webhook to hooks.example-ai.com")) == ("Webhook to hooks.example-ai.com", 2)
    assert f"2 tools: {', '.join(sorted(few))} · made" in text
    assert "4 tools · made" in text


def test_a_test_that_fails_does_not_make_a_webhook_a_failing_one(ana: User, inbox: Receiver) -> None:
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    services.send_test(row, by=ana)
    inbox.answers = [500, 500]
    delivery.deliver()
    row.refresh_from_db()
    shown = signed(ana).get(f"/portal/webhooks/{row.key}/")
    assert (row.failing_since, shown.context["state"]) == (None, ("ok", "Active"))
    make.tool()
    delivery.deliver()
    row.refresh_from_db()
    shown = signed(ana).get(f"/portal/webhooks/{row.key}/")
    assert (row.failing_since is not None, shown.context["state"]) == (True, ("warn", "Failing"))


def test_what_waits_says_for_what(ana: User, inbox: Receiver) -> None:
    row, _ = services.create(account=ana, wanted=Wanted(URL))
    services.send_test(row, by=ana)
    inbox.answers = [500]
    delivery.deliver()
    client, path = signed(ana), f"/portal/webhooks/{row.key}/"
    failed = "The receiver answered with 500; it has to be from 200 to 299."
    assert re.search(f"{failed} (Next try in [1-5] seconds?|It is tried within seconds)\\.", text_of(client.get(path)))
    services.pause(row, by=ana)
    assert f"{failed} It waits until you resume this webhook." in text_of(client.get(path))


def test_the_receiver_that_the_page_shows_takes_what_is_signed_and_nothing_else(
    ana: User, inbox: Receiver, settings: Any, tmp_path: Path
) -> None:
    row, secret = services.create(account=ana, wanted=Wanted(URL))
    page = signed(ana).get("/portal/webhooks/").content.decode()
    (shown,) = re.findall(r'<code id="receiver">(.*?)</code>', page, re.S)
    with socket.create_server((HERE, 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "receiver.py").write_text(unescape(shown).replace("8080", str(port)), "utf-8")
    settings.PROBE_PORTS = f"80={port}"
    for known, state in ((secret, "delivered"), (signing.written(signing.new_secret()), "due")):
        env = {"AICATALOG_WEBHOOK_SECRET": known}
        with subprocess.Popen([sys.executable, tmp_path / "receiver.py"], env=env, stdout=subprocess.PIPE) as running:
            _listens(port)
            event = services.send_test(row, by=ana)
            delivery.deliver()
            running.terminate()
            said = running.communicate()[0].decode()
        event.refresh_from_db()
        assert (event.state, event.event_id in said) == (state, state == "delivered")


def _listens(port: int) -> None:
    """Wait until somebody takes connections."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex((HERE, port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-9, "It is tried within seconds."), (1, "Next try in 1 second."), (5, "Next try in 5 seconds."),
        (90, "Next try in 90 seconds."), (300, "Next try in 5 minutes."), (3_600, "Next try in 1 hour."),
        (7_500, "Next try in 2 hours."), (93_600, "Next try in 26 hours."),
    ],
)  # fmt: skip
def test_the_next_try_is_told_by_how_long_it_is_till_then(seconds: int, told: str) -> None:
    due = timezone.now() + dt.timedelta(seconds=seconds, milliseconds=200)
    one = WebhookDelivery(due_at=due, state="due")
    assert pages._next(WebhookEndpoint(state="active"), one) == told
