"""The stored confusion matrix is what a fresh run gives."""

from __future__ import annotations

import json

from tests.zoo import matrix, measure
from tests.zoo.animals import all_animals
from tests.zoo.conftest import Results


def test_the_stored_matrix_is_what_a_fresh_run_gives(everything: dict[str, Results]) -> None:
    animals = all_animals()
    compared = [
        one for name, results in everything.items() for one in measure.compare(animals[name], list(results.values()))
    ]
    stored = json.loads(matrix.STORED.read_text(encoding="utf-8"))
    del stored["date"], stored["earlier"]

    assert matrix.summary(compared) == stored, "run `make zoo` and commit verification/data/zoo.json"


def test_the_table_has_a_line_for_each_step_and_expected_verdict() -> None:
    shown = matrix.table({"dns": {"pass": {"pass": 3}, "fail": {"fail": 2, "pass": 1}}})

    assert [line.split() for line in shown.splitlines()] == [
        ["step", "expected", *matrix.VERDICTS],
        ["dns", "pass", "3", "·", "·", "·", "·", "·"],
        ["dns", "fail", "1", "·", "2", "·", "·", "·"],
    ]


def test_the_last_measurement_of_each_version_is_kept() -> None:
    old = {"date": "2027-01-02", "checker": "3", "animals": 2, "expectations": 4, "agreed": 3, "disagreements": ["one"]}
    steps = {"dns": {"pass": {"pass": 1}, "fail": {"pass": 1}}, "tls": {"pass": {"pass": 2, "fail": 1}}}
    older = [{"checker": "2"}]
    stored = old | {"matrix": steps, "earlier": older}

    assert matrix.earlier(None, "3") == []
    assert matrix.earlier(stored, "3") == older
    kept = {name: old[name] for name in ("date", "checker", "animals", "expectations", "agreed")}
    assert matrix.earlier(stored, "4") == [
        kept | {"confusion": {"fail": {"pass": 1}, "pass": {"pass": 3, "fail": 1}}},
        {"checker": "2"},
    ]
