"""What is not kept for ever: evidence, what was known of hosts, proposals, looks and challenges that are past."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Now
from django.utils import timezone

from verification.models import DriftCase, Evidence, HostBudget, IdentityPrint, ProposedFact, RobotsFile
from verification.ownership import services as ownership

BATCH = 1_000
HOSTS = dt.timedelta(days=7)  # a robots.txt is asked again after a day, a budget is a day's

LOOKS = dt.timedelta(days=30)  # of a site, that are neither accepted nor part of a case
SUPERSEDED = dt.timedelta(days=90)
YEAR = dt.timedelta(days=365)  # a rejected value that its source has not stated for so long may be put forward again


def forget() -> dict[str, int]:
    """Delete what has expired; return how many rows of each kind. Results and sentences stay, their bodies go."""
    long_ago = timezone.now() - HOSTS
    done = {"evidence": 0}
    while expired := list(Evidence.objects.filter(expires_at__lt=Now()).values_list("pk", flat=True)[:BATCH]):
        # asked again: a new result may have prolonged one of them in between
        deleted, _ = Evidence.objects.filter(pk__in=expired, expires_at__lt=Now()).delete()
        done["evidence"] += deleted
    done["robots"], _ = RobotsFile.objects.filter(fetched_at__lt=long_ago).delete()
    done["budgets"], _ = HostBudget.objects.filter(next_at__lt=long_ago, daily=None).delete()
    done["challenges"] = ownership.forget(at=timezone.now())
    return done | _decided()


def _decided() -> dict[str, int]:
    """Delete what nobody needs of proposals and cases. What was accepted stays, and what people answered of cases."""
    now = timezone.now()
    facts, cases, state = ProposedFact.objects, DriftCase.objects, ProposedFact.State
    superseded, _ = facts.filter(state=state.SUPERSEDED, decided_at__lt=now - SUPERSEDED).delete()
    rejected, _ = facts.filter(state=state.REJECTED, seen_at__lt=now - YEAR).delete()
    by_itself = [DriftCase.State.BACK, DriftCase.State.LISTED]
    closed, _ = cases.filter(state__in=by_itself, decided_at__lt=now - YEAR).delete()
    old = IdentityPrint.objects.filter(baseline=False, at__lt=now - LOOKS)
    looks, _ = old.exclude(pk__in=cases.values("print")).exclude(pk__in=cases.values("baseline")).delete()
    return {"proposals": superseded + rejected, "cases": closed, "looks": looks}
