"""The command, its control by HTTP, and a state that outlives it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
import stripe as library
from django.core.management import CommandError, call_command

from featured.standin import control
from tests.featured.conftest import Stripe

ROOT = Path(__file__).parents[3]


def say(base: str, name: str, **given: Any) -> tuple[int, Any]:
    """POST a command to the control."""
    request = Request(f"{base}/_control/{name}", json.dumps(given).encode(), method="POST")
    try:
        with urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@contextmanager
def running(state: Path) -> Iterator[str]:
    """The command in a process of its own; its address."""
    command = [sys.executable, "manage.py", "stripe_standin", "--port", "0", "--state", str(state)]
    environment = {**os.environ, "DEBUG": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            line = process.stdout.readline()
            yield line.partition("STRIPE_API_BASE=")[2].split()[0]
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0


def test_it_runs_by_command_and_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    state = tmp_path / "payments.json"
    with running(state) as base:
        api = library.StripeClient("sk_test_x", base_addresses={"api": base}).v1
        product = api.products.create({"name": "A"})
        price = api.prices.create(
            {"product": product.id, "currency": "usd", "unit_amount": 100, "recurring": {"interval": "week"}}
        )
        given: Any = {
            "mode": "subscription", "line_items": [{"price": price.id, "quantity": 1}], "success_url": "http://x.example/",
        }  # fmt: skip
        opened = api.checkout.sessions.create(given, {"idempotency_key": "k"})
        status, paid = say(base, "pay", session=opened.id)
        assert (status, paid["payment_status"]) == (200, "paid")
    assert state.stat().st_mode & 0o777 == 0o600
    with running(state) as base:
        api = library.StripeClient("sk_test_x", base_addresses={"api": base}).v1
        assert api.checkout.sessions.create(given, {"idempotency_key": "k"}).id == opened.id
        assert say(base, "advance", days=8)[0] == 200
        invoices = api.invoices.list({"subscription": paid["subscription"]}).data
        assert [one.billing_reason for one in invoices] == ["subscription_cycle", "subscription_create"]
        assert len(say(base, "state")[1]["pending"]) > 10


@pytest.mark.parametrize(
    ("debug", "options", "sentence"),
    [
        (False, {}, "DEBUG=1 only"),
        (True, {"webhook": "http://127.0.0.1:9/"}, "Events are signed"),
        (True, {"webhook": "http://example.com/", "secret": "s"}, "must be on this machine"),
        (True, {"port": 70_000}, "cannot start on 127.0.0.1:70000"),
    ],
)
def test_it_says_why_it_does_not_start(settings: Any, debug: bool, options: dict[str, Any], sentence: str) -> None:
    settings.DEBUG, settings.STRIPE_WEBHOOK_SECRETS = debug, []
    with pytest.raises(CommandError, match=sentence):
        call_command("stripe_standin", **{"port": 0, **options})


def test_a_state_of_another_version_is_not_thrown_away(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG = True
    file = tmp_path / "state.json"
    file.write_text("{}")
    with pytest.raises(CommandError, match=r"of another version .* delete it"):
        call_command("stripe_standin", port=0, state=file)
    assert file.read_text() == "{}"


def test_commands_by_http_are_those_of_the_tests(stripe: Stripe, api: Any, prices: dict[str, str]) -> None:
    assert say(stripe.base, "fault", kind="500", count=2) == (200, {"waiting": 2})
    assert say(stripe.base, "hold") == (200, {"held": True, "pending": 4})
    assert say(stripe.base, "state")[1]["objects"] == {"event": 4, "price": 3, "product": 1}
    assert say(stripe.base, "reset") == (200, {})
    assert say(stripe.base, "state")[1]["objects"] == {}


@pytest.mark.parametrize(
    ("name", "given", "status", "sentence"),
    [
        ("nothing", {}, 404, "No such command: use advance, close_dispute"),
        ("pay", {}, 400, "The arguments of pay cannot be used: missing a required argument: 'session'"),
        ("pay", {"session": "cs_none"}, 404, "No such checkout.session: 'cs_none'"),
        ("advance", {"seconds": "soon"}, 400, "The arguments of advance cannot be used"),
        ("fault", {"kind": "flood"}, 400, "Invalid kind: must be one of 500, 500_kept"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(
    stripe: Stripe, name: str, given: dict[str, Any], status: int, sentence: str
) -> None:
    code, answer = say(stripe.base, name, **given)
    assert (code, answer["error"]["message"][: len(sentence)]) == (status, sentence)


def test_every_command_is_in_the_docs() -> None:
    text = (ROOT / "docs" / "stripe-stand-in.md").read_text(encoding="utf-8")
    assert [name for name in control.COMMANDS if f"`{name}`" not in text] == []
