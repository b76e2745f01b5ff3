"""Bodies are stored once by what they are, live on while somebody sends them, and make no worker wait for another."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from verification import evidence
from verification.models import Evidence

pytestmark = pytest.mark.django_db


def test_a_body_that_was_stored_today_is_not_written_again() -> None:
    evidence.store([evidence.body_of(b"{}", "application/json")])
    expires_at = Evidence.objects.get().expires_at
    evidence.store([evidence.body_of(b"{}", "application/json"), evidence.body_of(b"[]", "application/json")])
    kept, other = Evidence.objects.order_by("stored_at", "-content")
    assert (bytes(kept.content), kept.expires_at, bytes(other.content)) == (b"{}", expires_at, b"[]")


def test_a_body_that_is_seen_again_later_lives_on() -> None:
    evidence.store([evidence.body_of(b"{}", "application/json")])
    Evidence.objects.update(expires_at=timezone.now() + dt.timedelta(days=3))
    evidence.store([evidence.body_of(b"{}", "application/json")])
    assert Evidence.objects.get().expires_at > timezone.now() + evidence.KEEP - dt.timedelta(minutes=1)
