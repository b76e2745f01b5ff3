"""How long reviews take, measured from the moves: from sending to the first answer of a reviewer."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from submissions.models import State, Submission

WINDOW = dt.timedelta(days=30)

# Each answer with the last time it was sent before it: what was sent again meanwhile waits anew. What an appeal brings
# back has no sending of its own and is not counted twice: of several answers after one sending the first counts.
MEASURED = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY waited),
       percentile_cont(0.9) WITHIN GROUP (ORDER BY waited), count(*)
FROM (
    SELECT DISTINCT ON (answer.submission_id, sent.id) answer.at, answer.at - sent.at AS waited
    FROM submissions_move answer
    CROSS JOIN LATERAL (
        SELECT one.id, one.at FROM submissions_move one
        WHERE one.submission_id = answer.submission_id AND one.id < answer.id AND one.event = 'send'
        ORDER BY one.id DESC LIMIT 1
    ) sent
    WHERE answer.event IN ('approve', 'request_changes', 'reject') AND answer.at >= %s - interval '1 year'
    ORDER BY answer.submission_id, sent.id, answer.id
) answers
WHERE at >= %s AND at < %s
"""


class Measured(NamedTuple):
    """How long answers took: the middle one, what nine of ten stayed under, and how many there were."""

    median: dt.timedelta
    p90: dt.timedelta
    n: int


def measured(first: dt.datetime, until: dt.datetime) -> Measured | None:
    """Return the times of the answers from `first` to before `until`; None when there was none. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(MEASURED, [first, first, until])
        median, p90, count = cursor.fetchone()
    return Measured(median, p90, count) if count else None


def expected(at: dt.datetime | None = None) -> Measured | None:
    """Return what somebody who sends now can expect: the times of the last 30 days; None when nothing was answered."""
    at = at or timezone.now()
    return measured(at - WINDOW, at)


def position(submission: Submission) -> int | None:
    """Return the place of a submission in the queue, 1 for the next one; None when it is not in it. One statement."""
    if submission.state != State.IN_REVIEW:
        return None
    before = Q(risk__gt=submission.risk) | Q(risk=submission.risk, state_since__lt=submission.state_since)
    before |= Q(risk=submission.risk, state_since=submission.state_since, pk__lt=submission.pk)
    return 1 + Submission.objects.filter(before, state=State.IN_REVIEW).count()


def in_words(span: dt.timedelta) -> str:
    """Return a span as people say it: "40 minutes", "5 hours", "2 days"."""
    minutes = max(1, round(span.total_seconds() / 60))
    for size, unit in ((1440, "day"), (60, "hour")):
        if minutes >= 2 * size:
            number = round(minutes / size)
            return f"{number} {unit}s"
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
