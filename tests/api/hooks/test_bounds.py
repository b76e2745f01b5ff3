"""What is bounded: what waits for a webhook, how far it may be behind, and how long the slow keep others waiting."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from api import privacy
from api.hooks import delivery, events, services
from api.hooks.services import Wanted
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from core import safehttp
from tests import make
from tests.api.client import Api
from tests.api.hooks.receiver import URL, Receiver

pytestmark = pytest.mark.django_db
SLOW = "http://hooks.example-ai.com/slow"


def hook(owner: User, url: str = URL) -> WebhookEndpoint:
    return services.create(account=owner, wanted=Wanted(url))[0]


def waiting() -> int:
    return WebhookDelivery.objects.filter(state="due").count()


def left_out(row: WebhookEndpoint) -> tuple[int | None, int | None]:
    row.refresh_from_db()
    assert (row.left_out_at is None) == (row.left_out_from is None)
    return row.left_out_from, row.left_out_to


# -- what waits -------------------------------------------------------------------------------------------------------


def test_so_many_deliveries_wait_and_the_rest_in_the_change_log(
    ana: User, inbox: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "WAITING", 2)
    make.tool()
    row, start = hook(ana), events.last_serial()
    for _ in range(5):
        make.tool()
    inbox.answers = [500, 500]
    assert delivery.deliver() == delivery.Round(made=2, put_off=2)
    assert delivery.deliver() == delivery.Round()
    assert waiting() == 2
    WebhookDelivery.objects.update(due_at=timezone.now())
    assert delivery.deliver().delivered == 2
    while delivery.deliver().made:
        pass
    assert WebhookDelivery.objects.filter(state="delivered").count() == 5
    assert inbox.ids[-3:] == [f"change-{start + number}" for number in (3, 4, 5)]
    assert left_out(row) == (None, None)


def test_who_was_paused_for_too_long_is_told_what_was_passed_over(
    mine: Api, ana: User, inbox: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "FARTHEST", 2)
    make.tool()
    row, start = hook(ana), events.last_serial()
    services.pause(row, by=ana)
    for _ in range(5):
        make.tool()
    delivery.deliver()
    assert (waiting(), left_out(row)) == (0, (None, None))
    services.resume(row, by=ana)
    assert delivery.deliver() == delivery.Round(made=2, delivered=2)
    assert inbox.ids == [f"change-{start + 4}", f"change-{start + 5}"]
    assert left_out(row) == (start, start + 3)
    said = mine.json(f"/webhooks/{row.key}")["left_out"]
    assert (said["since"], said["to"]) == (start, start + 3)
    missed = mine.json(f"/changes?since={said['since']}")["changes"]
    assert [one["serial"] for one in missed][:3] == [start + 1, start + 2, start + 3]
    privacy._forget_deliveries(timezone.now() + dt.timedelta(days=29))
    assert left_out(row) == (start, start + 3)
    privacy._forget_deliveries(timezone.now() + dt.timedelta(days=31))
    assert left_out(row) == (None, None)


def test_what_a_disabled_webhook_was_not_told_is_named_from_the_first_that_waited(ana: User, inbox: Receiver) -> None:
    make.tool()
    row, start = hook(ana), events.last_serial()
    for _ in range(3):
        make.tool()
    inbox.answers = [204, 410]
    delivery.deliver()
    assert left_out(row) == (start + 2, start + 3)
    make.tool()
    delivery.deliver()
    services.resume(row, by=ana)
    assert left_out(row) == (start + 2, start + 4)
    assert row.position == start + 4


def test_a_webhook_that_missed_nothing_says_nothing(ana: User, inbox: Receiver) -> None:
    row = hook(ana)
    make.tool()
    inbox.answers = [410]
    delivery.deliver()
    services.resume(row, by=ana)
    assert left_out(row) == (None, None)


# -- the slow ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_slow_endpoints_keep_nobody_waiting(ana: User, inbox: Receiver) -> None:
    for _ in range(6):
        hook(ana, SLOW)
    WebhookEndpoint.objects.update(slow=True)
    hook(ana)
    for _ in range(3):
        make.tool()
    inbox.slow = {"/slow": 3.0}
    began = time.monotonic()

    def run() -> None:
        delivery.deliver()
        connection.close()

    running = threading.Thread(target=run)
    running.start()
    while inbox.paths.count("/in") < 3:
        assert time.monotonic() - began < 2.5
        time.sleep(0.02)
    assert inbox.paths.count("/slow") <= delivery.SLOW_AT_ONCE
    running.join()


def test_who_is_slow_is_known_by_the_last_answer(ana: User, inbox: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "SLOW", 100)
    row = hook(ana)
    make.tool()
    inbox.pause = 0.2
    delivery.deliver()
    row.refresh_from_db()
    assert row.slow
    make.tool()
    events.sweep()
    assert delivery.claim(slow=False) is None
    inbox.pause = 0.0
    delivery.deliver()
    row.refresh_from_db()
    assert not row.slow


# -- what says nothing of the receiver --------------------------------------------------------------------------------


def test_nothing_is_sent_and_no_try_used_up_while_probes_are_switched_off(
    ana: User, inbox: Receiver, settings: Any
) -> None:
    hook(ana)
    make.tool()
    settings.PROBES_ENABLED = False
    assert delivery.deliver() == delivery.Round(made=1)
    assert WebhookAttempt.objects.count() == 0
    settings.PROBES_ENABLED = True
    assert delivery.deliver() == delivery.Round(delivered=1)


def test_what_goes_wrong_here_is_not_held_against_the_receiver(
    ana: User, inbox: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = hook(ana)
    WebhookEndpoint.objects.update(failing_since=timezone.now() - dt.timedelta(days=9))

    def breaks(*_: Any, **__: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(safehttp, "fetch", breaks)
        make.tool(), make.tool()
        assert delivery.deliver() == delivery.Round(made=2, put_off=2)
    row.refresh_from_db()
    assert (row.state, waiting()) == ("active", 2)
    told = "Something went wrong on our side. It is in our log."
    assert set(WebhookAttempt.objects.values_list("error", flat=True)) == {told}


def test_a_delivery_that_ends_every_worker_comes_to_an_end(ana: User, inbox: Receiver) -> None:
    hook(ana)
    make.tool()
    events.sweep()
    for _ in range(delivery.TRIES):
        assert delivery.claim() is not None
        WebhookDelivery.objects.update(lease_until="2026-01-01T00:00:00Z")
        WebhookEndpoint.objects.update(busy_until="2026-01-01T00:00:00Z")
    assert delivery.deliver() == delivery.Round(failed=1)
    assert inbox.came == []
    assert WebhookAttempt.objects.filter(error=services.LOST).count() == delivery.TRIES


def test_nothing_is_sent_for_an_account_that_is_shut_out(ana: User, inbox: Receiver) -> None:
    hook(ana)
    make.tool()
    events.sweep()
    User.objects.update(is_active=False)
    make.tool()
    assert delivery.deliver() == delivery.Round()
    assert (inbox.came, waiting()) == ([], 1)
