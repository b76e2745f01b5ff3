"""64 buyers at once: nothing is sold twice, and nothing is left over. `make bench-slots` does it a thousand times."""

from __future__ import annotations

import pytest
from django.db import connections

from bench.slots import Tally, crowd, free_again, people, race
from featured.slots import Place
from tests.featured.rows import HOME, SEARCH, week

ROUNDS = 10  # of each place


@pytest.mark.django_db(transaction=True)
def test_64_buyers_at_once_never_get_more_than_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    buyers = people(64)
    found: dict[Place, Tally] = {SEARCH: Tally(), HOME: Tally()}
    with crowd(len(buyers)) as pool:
        for number in range(ROUNDS):
            for place, tally in found.items():
                race(pool, buyers, place, week(number + 1), tally)
            free_again()  # a buyer may have 3 orders that wait for payment: by chance somebody wins a fourth time
    assert found == {
        SEARCH: Tally(rounds=ROUNDS, sold=ROUNDS, refused=63 * ROUNDS),
        HOME: Tally(rounds=ROUNDS, sold=3 * ROUNDS, refused=61 * ROUNDS),
    }
