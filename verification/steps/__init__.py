"""The steps: every module in this folder that defines STEP is one. Nothing else has to be registered."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from verification.contract import GROUPS, Step


class BadStep(RuntimeError):
    """A file in this folder does not define a usable step; the message says what to change."""


@cache
def registry() -> dict[str, Step]:
    """Return all steps by key, each after those it needs, else by group and key. Raises BadStep."""
    found: dict[str, Step] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name.startswith("_"):
            continue
        step = getattr(importlib.import_module(f"{__name__}.{module.name}"), "STEP", None)
        if not isinstance(step, Step):
            raise BadStep(f"verification/steps/{module.name}.py defines no STEP.")
        if step.key != module.name:
            raise BadStep(
                f"verification/steps/{module.name}.py: its STEP has the key {step.key!r}, not the file's name."
            )
        if step.group not in GROUPS:
            raise BadStep(f"verification/steps/{module.name}.py: there is no group {step.group!r}.")
        found[step.key] = step
    order = list(GROUPS)
    return _after_needs(sorted(found.values(), key=lambda step: (order.index(step.group), step.key)))


def _after_needs(steps: list[Step]) -> dict[str, Step]:
    done: dict[str, Step] = {}
    known, left = {step.key for step in steps}, steps
    while left:
        ready = [step for step in left if all(need in done for need in step.needs)]
        if not ready:
            step = left[0]
            missing = [need for need in step.needs if need not in known]
            raise BadStep(f"{step.key} needs {', '.join(missing or step.needs)}, which can never have run before it.")
        done |= {step.key: step for step in ready[:1]}
        left = [step for step in left if step is not ready[0]]
    return done
