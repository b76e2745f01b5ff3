"""What /trust/ says: all steps by group, the codes that all share, and how often we were right about the zoo."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.templatetags.ui import plural
from verification.common import COMMON
from verification.contract import GROUPS, Code, Step
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
class Matrix:
    """The measured confusion matrix over all steps, and per step what was not as expected."""

    date: str
    checker: str
    animals: int
    expectations: int
    agreed: int
    verdicts: list[str]
    rows: list[MatrixRow]  # all steps together, one row for each expected verdict
    steps: list[tuple[str, int, int]]  # key, as expected, in all
    disagreements: list[Any]


@dataclass(frozen=True)
class Trust:
    """All that the page says."""

    groups: list[tuple[str, list[tuple[Step, str, list[CodeRow]]]]]  # each step with what it asks and may say
    common: list[CodeRow]
    total: int
    matrix: Matrix | None


def trust() -> Trust:
    """Return what the page says, read from the steps themselves."""
    steps = registry().values()
    groups = [
        (title, [(step, asks(step), codes(step.codes)) for step in steps if step.group == name])
        for name, title in GROUPS.items()
    ]
    return Trust([one for one in groups if one[1]], codes(COMMON), len(steps), matrix(ZOO))


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
        (
            key,
            sum(found.get(expected, 0) for expected, found in step.items()),
            sum(sum(found.values()) for found in step.values()),
        )
        for key, step in sorted(by_step.items())
    ]
    return Matrix(
        str(data["date"]), str(data["checker"]), data["animals"], data["expectations"], data["agreed"], verdicts,
        [row for row in rows if row.right + row.wrong], steps, data["disagreements"],
    )  # fmt: skip
