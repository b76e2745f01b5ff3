"""The digest by e-mail: at most one mail for each person and period, and none without news.

A row of Newsletter is the schedule. Beat claims what is due; each person's digest is one task and one transaction,
which writes the mail into the outbox and moves the row on: killed half-way it is made again, and run twice it is one
mail.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalog.models import Newsletter
from catalog.personal import news
from catalog.personal.follows import last_serial, newsletter_of
from core import outbox
from core.outbox import lists

LIST = "digest"  # of settings.MAIL_LISTS
HOUR = 7  # UTC
LAG = dt.timedelta(minutes=2)  # transactions that wrote news with an earlier moment have ended by then
LEASE = dt.timedelta(minutes=15)  # in which a claimed digest is made, or claimed again
CHUNK = 500  # rows that one statement claims
MOST = 40  # news that one mail tells; it says how many more there are
Period = Newsletter.Period


def next_due(period: str, after: dt.datetime) -> dt.datetime | None:
    """Return the next moment for a digest: seven in the morning UTC, weekly ones on Mondays; None for never."""
    if period == Period.OFF:
        return None
    day = after.astimezone(dt.UTC).replace(hour=HOUR, minute=0, second=0, microsecond=0)
    while day <= after or (period == Period.WEEKLY and day.weekday() != 0):
        day += dt.timedelta(days=1)
    return day


def period_of(newsletter: Newsletter | None, user: Any) -> str:
    """Return how often a person gets a digest; never, for who left it. At most one statement."""
    period = newsletter.period if newsletter else Period.OFF.value
    return Period.OFF.value if period != Period.OFF and lists.has_left(LIST, user.email, user.pk) else period


def said(user: Any) -> str:
    """Return in words how often a person gets a digest. At most two statements."""
    return str(Period(period_of(Newsletter.objects.visible_to(user).first(), user)).label)


@transaction.atomic
def choose(*, user: Any, period: str) -> None:
    """Set how often a person gets a digest (a value of Period). What happened before it was wanted is not told."""
    row = Newsletter.objects.select_for_update().get(pk=newsletter_of(user).pk)
    if period != Period.OFF and period_of(row, user) == Period.OFF:
        lists.join(LIST, user.email, user.pk)
        row.told_serial, row.told_until = last_serial(), timezone.now()
    row.period, row.next_due_at = period, next_due(period, timezone.now())
    row.leased_until = None
    row.save()


@transaction.atomic
def claim() -> list[int]:
    """Return the keys of digests that are due, the longest due first, and let nobody else claim them for a while."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    due = Newsletter.objects.filter(free, next_due_at__lte=now).order_by("next_due_at", "id")
    keys = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True)[:CHUNK])
    Newsletter.objects.filter(pk__in=keys).update(leased_until=now + LEASE)
    return keys


@transaction.atomic
def make(key: int) -> bool:
    """Make the digest of one person if it is due; return whether there was a mail to write."""
    rows = Newsletter.objects.select_for_update(of=("self",)).select_related("user")
    row = rows.filter(pk=key, next_due_at__lte=timezone.now()).first()
    if row is None or row.next_due_at is None:  # made by another worker, or not wanted any more
        return False
    until = news.now(lag=LAG)
    until = news.Mark(until.serial, max(until.at, row.told_until))
    wanted = row.user.is_active and not lists.has_left(LIST, row.user.email, row.user.pk)
    found = news.gather(row.user, after=news.Mark(row.told_serial, row.told_until), until=until) if wanted else []
    if found:
        _post(row, found)
    row.told_serial, row.told_until = until.serial, until.at
    row.next_due_at, row.leased_until = next_due(row.period, timezone.now()), None
    row.save()
    return bool(found)


def _post(row: Newsletter, found: list[news.News]) -> None:
    shown, first = found[:MOST], found[0].title.rstrip(".")
    context = {
        "subject": f"{first}, and {len(found) - 1:,} more" if len(found) > 1 else first,
        "rows": [(one.at, one.title, f"{settings.SITE_URL}{one.path}" if one.path else "") for one in shown],
        "more": len(found) - len(shown),
        "weekly": row.period == Period.WEEKLY,
    }
    outbox.post(
        to=row.user.email,
        user=row.user,
        kind="catalog.digest",
        template="digest",
        context=context,
        key=f"digest:{row.user_id}:{row.period}:{row.next_due_at:%Y-%m-%d}",
        list_name=LIST,
    )
