"""What the others wait for."""

from __future__ import annotations

from tests.chaos.steps import step

STEP = step("begin")
