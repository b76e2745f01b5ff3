"""A worker that is killed in the middle sends again, with the same id; two workers at once send nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection

from accounts.models import User
from api.hooks import delivery, services
from api.hooks.services import Wanted
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tests import make
from tests.api.hooks.receiver import URL, Receiver

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).parents[3]
WORKER = "import django; django.setup(); from api.hooks import delivery; delivery.deliver()"


def worker(settings: Any) -> subprocess.Popen[bytes]:
    """Start a process that sends what is due."""
    given = site.DATABASES["default"]
    address = f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={given['HOST']}"
    names = ("PROBE_ALLOW_NETS", "PROBE_RESOLVER", "PROBE_PORTS")
    env = {
        **os.environ,
        "DATABASE_URL": address + (f"&port={given['PORT']}" if given["PORT"] else ""),
        "DJANGO_SETTINGS_MODULE": "config.settings", "DEBUG": "1", "SECRET_KEY": site.SECRET_KEY, "PROBES_ENABLED": "1",
        **{name: str(getattr(settings, name)) for name in names},
    }  # fmt: skip
    env.pop("DATABASE_URL_FILE", None)
    return subprocess.Popen([sys.executable, "-c", WORKER], env=env, cwd=ROOT, stderr=subprocess.DEVNULL)


def until(true: Any) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_worker_killed_while_it_sends_sends_again_with_the_same_id(ana: User, inbox: Receiver, settings: Any) -> None:
    services.create(account=ana, wanted=Wanted(URL))
    make.tool()
    inbox.pause = 60.0
    running = worker(settings)
    try:
        until(lambda: inbox.came)
    finally:
        running.kill()
        running.wait()
    inbox.pause = 0.0
    assert WebhookAttempt.objects.get().ended_at is None  # on record before anything was sent
    assert delivery.deliver() == delivery.Round()  # the lease holds
    WebhookDelivery.objects.update(lease_until="2026-01-01T00:00:00Z")
    WebhookEndpoint.objects.update(busy_until="2026-01-01T00:00:00Z")
    assert delivery.deliver() == delivery.Round(delivered=1)
    row = WebhookDelivery.objects.get()
    assert (inbox.ids, row.state, row.attempts) == ([row.event_id] * 2, "delivered", 2)
    assert inbox.came[0][1] == inbox.came[1][1]
    first, second = WebhookAttempt.objects.order_by("number")
    assert (first.number, first.status, first.error) == (1, None, services.LOST)
    assert (second.number, second.status, second.error) == (2, 204, "")


def test_two_workers_at_once_send_each_event_once_and_in_order(ana: User, inbox: Receiver) -> None:
    for _ in range(2):
        services.create(account=ana, wanted=Wanted(URL))
    for _ in range(10):
        make.tool()
    inbox.pause = 0.02
    done: list[delivery.Round] = []

    def run() -> None:
        try:
            done.append(delivery.deliver())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while delivery.deliver().delivered:  # a worker ends when another is busy with what is left
        pass
    assert WebhookDelivery.objects.filter(state="delivered", attempts=1).count() == 20
    assert sorted(inbox.ids) == sorted(WebhookDelivery.objects.values_list("event_id", flat=True))
    serials = [int(one.partition("-")[2]) for one in dict.fromkeys(inbox.ids)]
    assert serials == sorted(serials)
