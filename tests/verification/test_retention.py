"""What the daily job deletes, and what it leaves."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tests import make
from verification.evidence import body_of
from verification.models import DriftCase, Evidence, HostBudget, IdentityPrint, ProposedFact, RobotsFile
from verification.retention import forget

pytestmark = pytest.mark.django_db
NOTHING = {"evidence": 0, "robots": 0, "budgets": 0, "proposals": 0, "cases": 0, "looks": 0, "challenges": 0}


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

    assert forget() == NOTHING | {"evidence": 1, "robots": 1, "budgets": 1}

    assert [bytes(one.content) for one in Evidence.objects.all()] == [b"new"]
    assert list(RobotsFile.objects.values_list("origin", flat=True)) == ["https://new.example"]
    assert set(HostBudget.objects.values_list("key", flat=True)) == {"generous.example", "new.example"}
    assert forget() == NOTHING


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


def test_past_proposals_go_and_what_was_accepted_stays() -> None:
    tool, now = make.tool(), timezone.now()
    for state, seen, decided in (
        ("superseded", 100, 91), ("superseded", 100, 89), ("rejected", 366, 366), ("rejected", 1, 366),
        ("accepted", 900, 900), ("open", 900, None),
    ):  # fmt: skip
        at = None if decided is None else now - dt.timedelta(days=decided)
        ProposedFact.objects.create(tool=tool, field="vendor", value=f"{state} {seen} {decided}", source_kind="jsonld",
                                    seen_at=now - dt.timedelta(days=seen), state=state, decided_at=at)  # fmt: skip
    assert forget() == NOTHING | {"proposals": 2}
    assert list(ProposedFact.objects.order_by("pk").values_list("value", flat=True)) == [
        "superseded 100 89", "rejected 1 366", "accepted 900 900", "open 900 None",
    ]  # fmt: skip


def test_old_looks_go_unless_they_are_accepted_or_part_of_a_case() -> None:
    tool, now = make.tool(), timezone.now()

    def look(name: str, days: int, *, baseline: bool = False) -> IdentityPrint:
        at = now - dt.timedelta(days=days)
        return IdentityPrint.objects.create(tool=tool, data={"title": name}, at=at, baseline=baseline)

    accepted = look("accepted", 400, baseline=True)
    look("old", 31)
    look("young", 29)
    for state, days in (("back", 366), ("listing_changed", 366), ("back", 364), ("other_product", 900)):
        of_case = look(f"{state} {days}", 900)
        DriftCase.objects.create(tool=tool, baseline=accepted, print=of_case, score=65, signals=[], state=state,
                                 decided_at=now - dt.timedelta(days=days))  # fmt: skip
    assert forget() == NOTHING | {"cases": 2, "looks": 3}
    left = IdentityPrint.objects.order_by("pk").values_list("data__title", flat=True)
    assert list(left) == ["accepted", "young", "back 364", "other_product 900"]
