"""Beside `left`."""

from __future__ import annotations

from tests.chaos.steps import step

STEP = step("right", needs=("begin",))
