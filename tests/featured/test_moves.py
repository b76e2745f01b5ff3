"""The moves of a booking: every pair of event and state, and the document that is drawn from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from core.models import AuditEvent
from featured import booking, moves_document
from featured.booking import AUDITED
from featured.models import Booking
from featured.models.bookings import State
from featured.transitions import MOVES
from tests.featured import rows


@pytest.mark.django_db
@pytest.mark.parametrize("event", MOVES)
def test_an_event_happens_in_the_states_of_the_table_and_in_no_other(event: str) -> None:
    row = rows.ordered(rows.buyer()).bookings.get()
    got = {}
    for state in State:
        Booking.objects.filter(pk=row.pk).update(state=state, booked_at=timezone.now())
        before = (row.moves.count(), AuditEvent.objects.count())
        moved = booking.move(row, event, why="Because.")
        row.refresh_from_db()
        after = (row.moves.count() - before[0], AuditEvent.objects.count() - before[1])
        got[state] = (moved, row.state, after)
    wanted = {
        state: (True, MOVES[event].new, (1, int(event in AUDITED)))
        if state in MOVES[event].old
        else (False, state, (0, 0))
        for state in State
    }
    assert got == wanted


def test_the_document_says_what_the_code_does(capsys: pytest.CaptureFixture[str]) -> None:
    document = (Path(settings.BASE_DIR) / moves_document.PATH).read_text("utf-8")
    assert moves_document.whole(document) == document, "run manage.py document_bookings --write"
    call_command("document_bookings")
    assert capsys.readouterr().out in document


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="has no"):
        moves_document.whole("# Featured listings")
