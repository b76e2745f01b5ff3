"""What is not kept for ever: bodies of evidence, and what was known of hosts."""

from __future__ import annotations

import datetime as dt

from django.db.models.functions import Now
from django.utils import timezone

from verification.models import Evidence, HostBudget, RobotsFile

BATCH = 1_000
HOSTS = dt.timedelta(days=7)  # a robots.txt is asked again after a day, a budget is a day's


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
    return done
