"""What /trust/ says is computed from the measured matrix and from the constants of the code, nothing else."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
from django.test import Client

from tests.verification.test_over_time_on_tool import words
from tests.verification.visiting import page
from verification import rates, rules_page, trust_page
from verification.claims.kinds import KINDS
from verification.judgement import decay, intervals, judge
from verification.rates import Rate
from verification.steps import registry

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("wrong", "cases", "low", "high"),
    [  # Wilson's interval as published (Newcombe 1998, table I)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(wrong: int, cases: int, low: float, high: float) -> None:
    found = Rate(wrong, cases).interval
    assert [round(one, 4) for one in found] == [low, high]


def test_of_no_cases_nothing_is_known() -> None:
    assert (Rate(0, 0).interval, Rate(0, 0).words) == ((0.0, 1.0), "no cases")


def _counted(matrix: dict[str, Any]) -> tuple[int, int, int, int]:
    """Count wrong and all cases of both kinds the long way: cell by cell."""
    false, no_fail, missed, fails = 0, 0, 0, 0
    for step in matrix.values():
        for expected, given in step.items():
            for got, count in given.items():
                if expected == "fail":
                    fails += count
                    missed += count if got in {"pass", "warn"} else 0
                else:
                    no_fail += count
                    false += count if got == "fail" else 0
    return false, no_fail, missed, fails


def test_the_rates_are_those_of_the_measured_matrix(client: Client) -> None:
    data = json.loads(trust_page.ZOO.read_text(encoding="utf-8"))
    matrix = trust_page.matrix(trust_page.ZOO)
    assert matrix is not None
    assert matrix.false_fails == Rate(*_counted(data["matrix"])[:2])
    assert matrix.missed_fails == Rate(*_counted(data["matrix"])[2:])
    assert [(row.key, row.false_fails, row.missed_fails) for row in matrix.steps] == [
        (key, Rate(*_counted({key: step})[:2]), Rate(*_counted({key: step})[2:]))
        for key, step in sorted(data["matrix"].items())
    ]
    said = words(page(client, "/trust/"))
    assert said.count(f"Measured on {data['date']} with version {data['checker']} of the steps.") == 1
    assert said.count(f"{matrix.false_fails.words} that were no fail were called one") == 1
    assert said.count(f"{matrix.missed_fails.words} that had to fail were called in order") == 1


def test_earlier_versions_of_the_steps_keep_their_numbers(client: Client) -> None:
    data = json.loads(trust_page.ZOO.read_text(encoding="utf-8"))
    matrix = trust_page.matrix(trust_page.ZOO)
    assert matrix is not None
    assert [(one.checker, one.false_fails, one.missed_fails) for one in matrix.earlier] == [
        (one["checker"], Rate(*_counted({"all": one["confusion"]})[:2]), Rate(*_counted({"all": one["confusion"]})[2:]))
        for one in data["earlier"]
    ]
    assert [one["checker"] for one in data["earlier"]] == ["1.1", "1.0"]
    said = words(page(client, "/trust/"))
    for one in matrix.earlier:
        counted = f"{one.agreed} of {one.expectations} {one.false_fails.words} {one.missed_fails.words}"
        assert said.count(f"{one.checker} {one.date} {counted}") == 1


def test_wrong_verdicts_are_counted_on_their_own_side() -> None:
    confusion = {
        "pass": {"pass": 7, "fail": 1, "warn": 1},
        "inconclusive": {"fail": 2, "inconclusive": 3},
        "fail": {"fail": 5, "warn": 1, "pass": 1, "inconclusive": 2, "skipped": 1},
    }
    assert rates.false_fails(confusion) == Rate(3, 14)
    assert rates.missed_fails(confusion) == Rate(2, 10)


def test_the_numbers_on_the_page_follow_the_constants(monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(rules_page.thresholds())
    assert before["Reachable again"] == "2 looks that passed, at least 5 minutes apart"
    monkeypatch.setattr(judge, "PASSES_TO_CLOSE", 4)
    monkeypatch.setattr(judge, "CLOSE_AFTER", intervals.NEW)
    assert dict(rules_page.thresholds())["Reachable again"] == "4 looks that passed, at least 3 hours apart"
    monkeypatch.setattr(intervals, "USUAL", 2 * intervals.USUAL)
    assert rules_page.schedule()[0] == ("Usually", "every 12 hours")
    assert rules_page.visits()["usual"] == "every 12 hours"


def test_all_rules_stand_on_the_page(client: Client) -> None:
    text = page(client, "/trust/")
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', text)
    rules = [*rules_page.thresholds(), *rules_page.schedule(), *rules_page.effects()]
    assert [row for row in rules if row not in rows] == []
    assert [(one.number, one.name, one.needs) for one in rules_page.level_rules()] == [
        (0, "Listed", ()),
        (1, "Reached", ("reachable",)),
        (2, "Conforms", ("protocol", "scanned")),
        (3, "Verified", ("documented", "identity", "reviewed")),
        (4, "Facts seen", ("price seen",)),
        (5, "Continuously operated", ("30 days of operation",)),
    ]
    said = words(text)
    for rule in rules_page.claims():
        by = {"identity": "an account&#x27;s proof", "reviewed": "a person"}.get(rule.kind.kind, "a run")
        row = f"{rule.kind.kind.label} {rule.kind.says} {by} {rule.holds} {rule.grace or 'no time'}"
        assert said.count(row) == 1
    assert len(rules_page.claims()) == len(KINDS)
    assert len(rules_page.effects()) == len(decay.EFFECTS) + 1


def test_each_step_says_how_often_it_is_made(client: Client) -> None:
    said = words(page(client, "/trust/"))
    steps = registry().values()
    light = sum(step.endpoint for step in steps)
    assert said.count("With every look (usually every 6 hours) and in full runs (every 7 days)") == light
    assert said.count("Only in full runs (every 7 days)") == len(steps) - light


def test_the_robots_page_says_how_often_it_comes(client: Client) -> None:
    said = words(page(client, "/bot/"))
    assert (
        said.count("It looks at the listed addresses of a tool every 6 hours, in its first 7 days here every 3 hours;")
        == 1
    )
    assert said.count("After a look that failed it comes back after 5, 4, 4, 16 minutes, to be sure.") == 1
    assert said.count("at last every 30 days, and after 225 days not any more") == 1


def test_the_robots_page_says_how_much_it_reads(client: Client) -> None:
    said = words(page(client, "/bot/"))
    assert (
        said.count(
            "It reads at most 1 MiB of an answer. Of a home page it reads 4 MiB as sent and 8 MiB when unpacked, of "
            "documents of APIs and packages 8 MiB and 16 MiB; when an editor asks what your site says of itself, 8 MiB "
            "of each page. It gives up after 10 to 20 seconds."
        )
        == 1
    )


def test_the_robots_page_says_how_a_token_is_looked_for(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = "when the account asks, once it was found {}, while it is missing {}, while nothing could be told {}:"
    said = words(page(client, "/bot/"))
    assert said.count(wanted.format("every 7 days", "every day", "every 6 hours")) == 1
    assert said.count("one file below /.well-known/ and then a second one of a random name") == 1
    monkeypatch.setattr(rules_page, "MISSING_EVERY", dt.timedelta(hours=12))
    assert words(page(client, "/bot/")).count("while it is missing every 12 hours") == 1
