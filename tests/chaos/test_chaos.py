"""A short chaos run; `make chaos` is the long one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_nothing_is_lost_or_done_twice_while_faults_hit() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--steps", "80", "--faults", "8", "--seed", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["nothing lost, nothing done twice"]), done.stderr
    figures = {line[:40].strip(): line.split()[-1] for line in done.stdout.splitlines()[:-1]}
    assert (figures["faults"], figures["steps"], figures["results"]) == ("8", "80", "80")
