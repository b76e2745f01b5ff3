"""Measures every step against the zoo and stores how often it said what (`make zoo`); /trust/ shows the result.

Steps that need the database (duplicates, mcp_twins) are left out; the suite tests them.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.zoo.measure import Compared

STORED = Path(__file__).resolve().parents[2] / "verification" / "data" / "zoo.json"
VERDICTS = ("pass", "warn", "fail", "inconclusive", "skipped", "missing")
NEED_DATABASE = {"duplicates", "mcp_twins"}


def summary(compared: Iterable[Compared]) -> dict[str, Any]:
    """Return what is stored, but for the date: per step, how often which verdict was expected and given."""
    from verification.version import CHECKER

    found = [one for one in compared if one.expect.step not in NEED_DATABASE]
    pairs = Counter((one.expect.step, one.expect.verdict, one.got[0]) for one in found)
    matrix: dict[str, dict[str, dict[str, int]]] = {}
    for (step, expected, got), times in sorted(pairs.items()):
        matrix.setdefault(step, {}).setdefault(expected, {})[got] = times
    return {
        "checker": CHECKER,
        "animals": len({one.animal.name for one in found}),
        "expectations": len(found),
        "agreed": sum(one.agrees for one in found),
        "matrix": matrix,
        "disagreements": [
            {
                "animal": one.animal.name,
                "step": one.expect.step,
                "expected": [one.expect.verdict, one.expect.code],
                "got": list(one.got),
            }
            for one in found
            if not one.agrees
        ],
    }


def earlier(stored: dict[str, Any] | None, checker: str) -> list[dict[str, Any]]:
    """Return what is kept of the versions before `checker`, the newest first: the last measurement of each."""
    if stored is None:
        return []
    before: list[dict[str, Any]] = stored.get("earlier", [])
    if stored["checker"] == checker:
        return before
    whole: dict[str, Counter[str]] = {}
    for step in stored["matrix"].values():
        for expected, given in step.items():
            whole.setdefault(expected, Counter()).update(given)
    kept = {name: stored[name] for name in ("date", "checker", "animals", "expectations", "agreed")}
    return [kept | {"confusion": {expected: dict(given) for expected, given in sorted(whole.items())}}, *before]


def table(matrix: dict[str, dict[str, dict[str, int]]]) -> str:
    """Return the matrix as a table: a line for each step and expected verdict, a column for each given one."""
    lines = [f"{'step':<20} {'expected':<13}" + "".join(f"{verdict:>13}" for verdict in VERDICTS)]
    for step, rows in matrix.items():
        for expected in sorted(rows, key=VERDICTS.index):
            cells = "".join(f"{rows[expected].get(verdict, 0) or '·':>13}" for verdict in VERDICTS)
            lines.append(f"{step:<20} {expected:<13}{cells}")
    return "\n".join(lines)


def main() -> int:
    """Measure, print and store. Return 1 when a step said anything else than an animal expects."""
    from tests.zoo import measure
    from tests.zoo.animals import all_animals
    from tests.zoo.server import Zoo

    animals = [animal for animal in all_animals().values() if animal.expect]
    compared: list[Compared] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Zoo(all_animals(), Path(folder)) as zoo,
        measure.prepared(),
        ThreadPoolExecutor(12) as pool,
    ):
        results = pool.map(lambda one: measure.check(zoo, one), animals)
        for number, (animal, done) in enumerate(zip(animals, results, strict=True), 1):
            compared += measure.compare(animal, done)
            say(f"\r{number} of {len(animals)} animals  ")
    result = {"date": dt.datetime.now(dt.UTC).date().isoformat()} | summary(compared)
    before = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else None
    result["earlier"] = earlier(before, result["checker"])
    STORED.parent.mkdir(exist_ok=True)
    STORED.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"\r{table(result['matrix'])}\n\n")
    for one in result["disagreements"]:
        say(f"DISAGREES {one['animal']}: {one['step']} said {one['got']}, expected {one['expected']}\n")
    say(f"{result['agreed']} of {result['expectations']} expectations of {result['animals']} animals were met.\n")
    say(f"Without the database nothing can be said about: {', '.join(sorted(NEED_DATABASE))}.\n")
    return 1 if result["disagreements"] else 0


def say(text: str) -> None:
    """Print at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    sys.exit(main())
