"""What the daily job deletes, and what it leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from verification.evidence import body_of
from verification.models import Evidence, HostBudget, RobotsFile
from verification.retention import forget

pytestmark = pytest.mark.django_db


def test_it_deletes_what_has_expired_and_nothing_else() -> None:
    now, week = timezone.now(), dt.timedelta(days=8)
    for text, expires in ((b"old", now - dt.timedelta(seconds=5)), (b"new", now + dt.timedelta(days=1))):
        body = body_of(text, "text/plain")
        body.expires_at = expires
        body.save(force_insert=True)
    RobotsFile.objects.create(origin="https://old.example", rule="allow", fetched_at=now - week)
    RobotsFile.objects.create(origin="https://new.example", rule="allow", fetched_at=now)
    HostBudget.objects.create(key="old.example", day=now.date(), next_at=now - week)
    HostBudget.objects.create(key="generous.example", day=now.date(), next_at=now - week, daily=500)
    HostBudget.objects.create(key="new.example", day=now.date(), next_at=now)

    assert forget() == {"evidence": 1, "robots": 1, "budgets": 1}

    assert [bytes(one.content) for one in Evidence.objects.all()] == [b"new"]
    assert list(RobotsFile.objects.values_list("origin", flat=True)) == ["https://new.example"]
    assert set(HostBudget.objects.values_list("key", flat=True)) == {"generous.example", "new.example"}
    assert forget() == {"evidence": 0, "robots": 0, "budgets": 0}


def test_evidence_that_is_prolonged_while_it_is_forgotten_stays() -> None:
    body = body_of(b"seen again", "text/plain")
    body.expires_at = timezone.now() - dt.timedelta(seconds=5)
    body.save(force_insert=True)
    seen: list[str] = []

    def prolong(execute: Any, sql: str, *args: Any) -> Any:
        done = execute(sql, *args)
        if sql.startswith("SELECT") and "verification_evidence" in sql:
            seen.append(sql)
            if len(seen) == 1:  # as a result does that names it again, between the two statements
                Evidence.objects.update(expires_at=timezone.now() + dt.timedelta(days=90))
        return done

    with connection.execute_wrapper(prolong):
        assert forget()["evidence"] == 0
    assert (Evidence.objects.count(), len(seen)) == (1, 2)
