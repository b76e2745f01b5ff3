"""What /trust/ says: all steps by group, the codes that all share, and how often we were right about the zoo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.templatetags.ui import plural
from verification import rules_page
from verification.common import COMMON
from verification.contract import GROUPS, Code, Step
from verification.judgement.intervals import FULL, USUAL
from verification.rates import Rate, false_fails, missed_fails
from verification.rules_page import ClaimRule, LevelRule, Rows
from verification.steps import registry
from verification.summary import DRAWN
from verification.verdicts import Verdict

ZOO = Path(__file__).parent / "data" / "zoo.json"  # written by `make zoo`


@dataclass(frozen=True)
class CodeRow:
    """One thing a step may say."""

    name: str
    state: str
    word: str
    sentence: str
    soft: bool


@dataclass(frozen=True)
class MatrixRow:
    """How often each verdict was given where one was expected, the same order as `Matrix.verdicts`."""

    step: str
    expected: str
    right: int
    wrong: int
    numbers: list[int]


@dataclass(frozen=True)
class StepRow:
    """How often one step was right and wrong."""

    key: str
    right: int
    total: int
    false_fails: Rate
    missed_fails: Rate


@dataclass(frozen=True)
class Earlier:
    """What was measured of an earlier version of the steps, the last time."""

    checker: str
    date: str
    agreed: int
    expectations: int
    false_fails: Rate
    missed_fails: Rate


@dataclass(frozen=True)
class Matrix:
    """The measured confusion matrix over all steps, and per step what was not as expected."""

    date: str
    checker: str
    animals: int
    expectations: int
    agreed: int
    verdicts: list[str]
    rows: list[MatrixRow]  # all steps together, one row for each expected verdict
    steps: list[StepRow]
    false_fails: Rate
    missed_fails: Rate
    disagreements: list[Any]
    earlier: list[Earlier]


@dataclass(frozen=True)
class Trust:
    """All that the page says."""

    groups: list[tuple[str, list[tuple[Step, str, list[CodeRow]]]]]  # each step with what it asks and may say
    common: list[CodeRow]
    total: int
    matrix: Matrix | None
    levels: list[LevelRule]
    operated: str
    claims: list[ClaimRule]
    rules: list[tuple[str, str, Rows]]  # the address within the page, the title, the rows


def trust() -> Trust:
    """Return what the page says, read from the steps themselves."""
    steps = registry().values()
    groups = [
        (title, [(step, f"{asks(step)}. {how_often(step)}", codes(step.codes)) for step in steps if step.group == name])
        for name, title in GROUPS.items()
    ]
    rules = [
        ("states", "When a state changes", rules_page.thresholds()),
        ("schedule", "How often we look", rules_page.schedule()),
        ("effects", "What follows while it is unreachable", rules_page.effects()),
    ]
    shown = [one for one in groups if one[1]]
    return Trust(
        shown,
        codes(COMMON),
        len(steps),
        matrix(ZOO),
        rules_page.level_rules(),
        rules_page.operated(),
        rules_page.claims(),
        rules,
    )


def how_often(step: Step) -> str:
    """Return how often a step is made: with every look, or in full runs only."""
    full = f"in full runs ({rules_page.every(FULL)})"
    return f"With every look (usually {rules_page.every(USUAL)}) and {full}" if step.endpoint else f"Only {full}"


def asks(step: Step) -> str:
    """Return what a step asks of others, in words."""
    if step.requests:
        return f"At most {plural(step.requests, 'request')}, robots.txt and redirects not counted"
    return "Asks name servers only" if step.asks_names else "Asks nobody"


def codes(known: Mapping[str, Code]) -> list[CodeRow]:
    """Return codes as rows, in the order of their file."""
    return [CodeRow(name, *DRAWN[code.verdict], code.sentence, code.soft) for name, code in known.items()]


def matrix(path: Path) -> Matrix | None:
    """Return what was measured, None when nothing was."""
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    by_step: dict[str, dict[str, dict[str, int]]] = data["matrix"]
    verdicts = [str(verdict) for verdict in Verdict.values]
    rows = []
    for expected in verdicts:
        numbers = [sum(step.get(expected, {}).get(got, 0) for step in by_step.values()) for got in verdicts]
        right = numbers[verdicts.index(expected)]
        rows.append(MatrixRow("", expected, right, sum(numbers) - right, numbers))
    steps = [
        StepRow(
            key,
            sum(found.get(expected, 0) for expected, found in step.items()),
            sum(sum(found.values()) for found in step.values()),
            false_fails(step),
            missed_fails(step),
        )
        for key, step in sorted(by_step.items())
    ]
    whole = {row.expected: dict(zip(verdicts, row.numbers, strict=True)) for row in rows}
    return Matrix(
        str(data["date"]), str(data["checker"]), data["animals"], data["expectations"], data["agreed"], verdicts,
        [row for row in rows if row.right + row.wrong], steps, false_fails(whole), missed_fails(whole),
        data["disagreements"], [_earlier(one) for one in data["earlier"]],
    )  # fmt: skip


def _earlier(data: Mapping[str, Any]) -> Earlier:
    confusion = data["confusion"]
    return Earlier(
        str(data["checker"]), str(data["date"]), data["agreed"], data["expectations"], false_fails(confusion),
        missed_fails(confusion),
    )  # fmt: skip
