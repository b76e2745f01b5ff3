"""How long reviews take is measured from the moves, and the place in the queue from its order."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from submissions import times
from submissions.models import Move, State, Submission

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


def moves(*steps: tuple[str, int]) -> None:
    """Let a submission make these moves, each so many hours before NOW."""
    one = Submission.objects.create(state=State.DRAFT, record={})
    for event, ago in steps:
        Move.objects.create(submission=one, event=event, old="draft", new="draft", at=NOW - ago * HOUR)


def test_nothing_is_expected_while_nothing_was_answered() -> None:
    moves(("send", 5), ("pass_checks", 4))
    assert times.expected(NOW) is None


def test_median_and_p90_of_the_last_thirty_days() -> None:
    for hours in range(1, 11):
        moves(("send", 20 + hours), ("pass_checks", 20), ("approve", 20))
    moves(("send", 2_000), ("reject", 1_000))  # older
    found = times.expected(NOW)
    assert found == (5.5 * HOUR, 9.1 * HOUR, 10)


def test_each_sending_counts_with_its_first_answer_only() -> None:
    moves(("send", 50), ("fail_checks", 49), ("send", 10), ("request_changes", 6), ("send", 5), ("approve", 3))
    moves(("send", 100), ("reject", 98), ("overturn", 20), ("approve", 10))
    moves(("send", 30), ("approve", 28), ("send_back", 20), ("reject", 10))
    assert times.expected(NOW) == (2 * HOUR, 3.4 * HOUR, 4)  # 4, 2, 2 and 2 hours


def test_the_place_in_the_queue_is_its_order() -> None:
    now = timezone.now()
    made = [
        Submission.objects.create(
            state=State.IN_REVIEW, submitted_at=now, record={}, risk=risk, state_since=now - ago * HOUR
        )
        for risk, ago in ((5, 1), (30, 2), (30, 9), (5, 1))
    ]
    assert [times.position(one) for one in made] == [3, 2, 1, 4]
    assert [one.pk for one in Submission.objects.waiting()] == [made[i].pk for i in (2, 1, 0, 3)]
    assert times.position(Submission.objects.create(state=State.DRAFT, record={})) is None


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "1 minute"), (1, "1 minute"), (119, "119 minutes"), (120, "2 hours"), (2_879, "48 hours"), (2_880, "2 days")],
)
def test_spans_in_words(minutes: int, words: str) -> None:
    assert times.in_words(dt.timedelta(minutes=minutes)) == words
