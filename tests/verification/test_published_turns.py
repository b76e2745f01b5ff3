"""Deciding on a proposal and reading a site again at the same moment: each waits for its turn, none in a circle."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from accounts.models import User
from tests import make
from tests.verification.test_published import as_record, crawled, proposed, seen
from verification.models import ProposedFact
from verification.published import services


def somebody_waits() -> None:
    """Wait until a transaction waits for a lock of another one, for ten seconds at most."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_deciding_and_reading_again_do_not_wait_for_each_other(monkeypatch: pytest.MonkeyPatch, decision: str) -> None:
    editor = User.objects.create_superuser("editor@example.com", "a long enough word")
    row = proposed(make.tool(vendor="Old"), "vendor", "New")
    opened, locked = threading.Event(), services._open

    def slowly(proposal: ProposedFact) -> ProposedFact:
        found = locked(proposal)
        opened.set()
        somebody_waits()
        return found

    monkeypatch.setattr(services, "_open", slowly)

    def decide() -> None:
        try:
            if decision == "accepted":
                services.accept(row, change=row.change, by=editor)
            else:
                services.reject(row, by=editor)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        decided = pool.submit(decide)
        assert opened.wait(10)
        services.keep(row.tool, crawled(seen("vendor", "New")))
        decided.result(30)
    row.refresh_from_db()
    assert row.state == decision


@pytest.mark.django_db(transaction=True)
def test_accepting_waits_for_who_is_rejecting() -> None:
    editor = User.objects.create_superuser("editor@example.com", "a long enough word")
    tool = make.tool(vendor="Old")
    row = proposed(tool, "vendor", "New")
    outcome: list[str] = []

    def accept() -> None:
        try:
            services.accept(row, change=row.change, by=editor)
            outcome.append("accepted")
        except services.Stale:
            outcome.append("stale")
        finally:
            connection.close()

    thread = threading.Thread(target=accept)
    with transaction.atomic():
        services.reject(row, by=editor)
        thread.start()
        somebody_waits()
    thread.join(30)
    row.refresh_from_db()
    assert (outcome, row.state, as_record(tool)["vendor"]) == (["stale"], "rejected", "Old")
