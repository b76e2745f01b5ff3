"""Every pair of states is walked: what the table allows happens, everything else is refused and writes nothing."""

from __future__ import annotations

import itertools

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from submissions.models import Affiliation, Decision, Maintainer, Move, State, Submission
from submissions.moving import move
from submissions.transitions import ACTORS, MOVES, NotAllowed, after, possible
from tests import make
from tests.submissions import rows

pytestmark = pytest.mark.django_db


def at(state: State) -> Submission:
    make.categories()
    return Submission.objects.create(state=state, submitted_at=timezone.now(), record=rows.record())


@pytest.mark.parametrize(("old", "new"), list(itertools.product(State, State)))
def test_every_pair_of_states(old: State, new: State) -> None:
    found = at(old)
    leading = [event for event, pairs in MOVES.items() if pairs.get(old) == new]
    for event in leading:
        with transaction.atomic():
            made = move(Submission.objects.get(pk=found.pk), event)
            assert (made.old, made.new, Submission.objects.get(pk=found.pk).state) == (old, new, new)
            transaction.set_rollback(True)
    for event in MOVES.keys() - {event for event, pairs in MOVES.items() if old in pairs}:
        with pytest.raises(NotAllowed):
            move(found, event)
    assert (Submission.objects.get(pk=found.pk).state, Move.objects.count()) == (old, 0)


def test_every_event_has_an_actor_and_every_state_is_reached_and_can_be_left() -> None:
    assert set(ACTORS) == set(MOVES)
    reached = {new for pairs in MOVES.values() for new in pairs.values()}
    assert reached == set(State)
    assert {state for state in State if not possible(state)} == set()
    assert after("send", "draft") == State.SUBMITTED


def test_the_database_refuses_decisions_about_ones_own(ana: User, rita: User) -> None:
    tool = make.tool(homepage="https://acme.com")
    mine = Submission.objects.create(submitter=rita, record={})
    Affiliation.objects.create(user=rita, domain="work.com")
    rows.owner(rita, "owned.com")
    rows.owner(rita, "below.owned.org")
    now = timezone.now()
    Maintainer.objects.create(tool=tool, user=rita, email=rita.email, expires_at=now, accepted_at=now)
    other = make.tool()
    for fields in (
        {"submission": mine},
        {"tool": other, "domain": "work.com"},
        {"tool": other, "domain": "owned.com"},
        {"tool": other, "domain": "owned.org"},
        {"tool": tool},
    ):
        for who in ({"decided_by": rita}, {"decided_by": ana, "second_by": rita}):
            with pytest.raises(IntegrityError, match="nobody decides about their own tool"), transaction.atomic():
                Decision.objects.create(action="approve", ground="true", **who, **fields)
    fine = Decision.objects.create(action="approve", ground="true", tool=other, domain="owned.net", decided_by=rita)
    with pytest.raises(IntegrityError, match="decision_by_two_people"), transaction.atomic():
        Decision.objects.filter(pk=fine.pk).update(second_by=rita)
