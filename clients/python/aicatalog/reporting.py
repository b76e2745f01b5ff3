"""`python -m aicatalog.reporting FILE`: print what `aicatalog check --json` wrote into a file, as `check` prints it.

For the action of GitHub (action.yml), which needs both and asks the catalog once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypedDict, TypeVar, cast

from aicatalog.checking import shaped
from aicatalog.cli import printing
from aicatalog.cli.check import age, summed_up, tell
from aicatalog.lock import Finding, Verdict

NO_REPORT = 2
T = TypeVar("T")


class _Finding(TypedDict):
    tool: str
    state: str
    area: str
    where: str
    was: Any
    now: Any
    fails: bool


class _Verdict(TypedDict):
    tool: str
    state: str
    findings: list[_Finding]
    unseen: list[str]
    unlocked: list[str]


class _Report(TypedDict):
    file: str
    exported_at: str | None
    tools: list[_Verdict]


def main(path: str) -> int:
    """Print a report; return 0, or 2 where the file is none."""
    printing.prepare()
    try:
        said = shaped(_Report, json.loads(Path(path).read_bytes()))
        verdicts = [_verdict(one) for one in said["tools"]]
    except (OSError, ValueError, TypeError, RecursionError) as error:
        printing.trouble(f"{path} is no report of “aicatalog check --json”: {error}.")
        return NO_REPORT
    for one in verdicts:
        tell(one)
    for line in (age(said["exported_at"]), summed_up(verdicts, Path(said["file"]))):
        if line:
            printing.hint(line)
    return 0


def _verdict(said: Any) -> Verdict:
    return _made(Verdict, said | {"findings": [_made(Finding, one) for one in said["findings"]]})


def _made(kind: Callable[..., T], said: dict[str, Any]) -> T:
    """Return a verdict or a finding; what it says more than that is no part of it. Raises TypeError."""
    return kind(**{one.name: said[one.name] for one in fields(cast("Any", kind)) if one.name in said})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
