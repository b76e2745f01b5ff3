"""What the daily job deletes, and what it leaves."""

from __future__ import annotations

import datetime as dt

import pytest
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
