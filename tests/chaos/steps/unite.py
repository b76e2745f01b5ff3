"""After all others."""

from __future__ import annotations

from tests.chaos.steps import step

STEP = step("unite", needs=("fetch", "left", "right"))
