"""kill -9 while mails are being sent: none is lost, and twice goes only what SMTP leaves no way to tell."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings as site
from django.db import connection
from django.utils import timezone

from core.models import OutgoingMail
from core.outbox import delivery
from tests.core.outbox.postbox import Box, postbox
from tests.core.outbox.test_posting import post

MAILS = 40
WORKER = """
import django; django.setup()
from core.outbox import delivery
print(delivery.deliver().sent, flush=True)
"""


def worker(box: Box) -> subprocess.Popen[str]:
    """Start a process that sends what is due in the tests' database."""
    given: dict[str, Any] = connection.settings_dict
    login = f"{quote(given['USER'])}:{quote(given['PASSWORD'])}" if given["PASSWORD"] else quote(given["USER"])
    url = f"postgresql://{login}@/{given['NAME']}?host={given['HOST'] or '127.0.0.1'}&port={given['PORT'] or 5432}"
    own = {
        "DATABASE_URL": url, "EMAIL_URL": f"smtp+plain://127.0.0.1:{box.port}", "VAR_DIR": str(site.VAR_DIR),
        "DJANGO_SETTINGS_MODULE": "config.settings", "EMAIL_FROM": "site@catalog.example",
    }  # fmt: skip
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_URL", "EMAIL_"))}
    root = Path(__file__).parents[3]
    return subprocess.Popen([sys.executable, "-c", WORKER], env=kept | own, cwd=root, stdout=subprocess.PIPE, text=True)


def the_lease_ends() -> None:
    """Let the five minutes pass in which nobody else may touch what the dead worker held."""
    OutgoingMail.objects.filter(state="sending").update(lease_until=timezone.now() - dt.timedelta(seconds=1))


@pytest.mark.django_db(transaction=True)
def test_a_worker_is_killed_again_and_again(settings: Any) -> None:
    for number in range(MAILS):
        post(f"event-{number}", f"a{number}@example.com")
    written = {row.to: bytes(row.message) for row in OutgoingMail.objects.all()}
    with postbox() as box:
        killed_at = ["a5", "a6", "a25"]
        for name in killed_at:
            box.hold_at.add(name)
            box.held.clear()
            box.go.clear()
            with worker(box) as child:
                assert box.held.wait(60)  # the server has the whole mail, and has not said so
                os.kill(child.pid, signal.SIGKILL)
                assert child.wait(10) == -signal.SIGKILL
            box.go.set()
            held = OutgoingMail.objects.get(state="sending")
            assert (held.to, delivery.LOST in held.reason) == (f"{name}@example.com", False)
            the_lease_ends()
        with worker(box) as last:
            out, _ = last.communicate(timeout=60)
        counts = Counter(one.to.partition("@")[0] for one in box.taken)
    assert counts == Counter({f"a{number}": 1 for number in range(MAILS)}) + Counter(killed_at)
    assert all(one.data == written[one.to] for one in box.taken)  # the second time it is the same mail, to the byte
    rows = OutgoingMail.objects.all()
    assert {(row.state, bytes(row.message)) for row in rows} == {("sent", b"")}
    tries = {row.to.partition("@")[0]: row.attempts for row in rows if row.attempts > 1}
    assert (int(out), tries) == (MAILS - 5 - 18, dict.fromkeys(killed_at, 2))


@pytest.mark.django_db(transaction=True)
def test_until_the_lease_ends_nobody_sends_what_a_dead_worker_held(settings: Any) -> None:
    post(to="ana@example.com")
    with postbox() as box:
        box.hold_at.add("ana")
        with worker(box) as child:
            assert box.held.wait(60)
            os.kill(child.pid, signal.SIGKILL)
        box.go.set()
        with worker(box) as other:
            out, _ = other.communicate(timeout=60)
        assert (out, len(box.taken)) == ("0\n", 1)
