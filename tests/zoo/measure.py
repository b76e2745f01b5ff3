"""Runs the steps over animals and compares what they say with what each animal must get."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest import mock

from django.test import override_settings

from tests.zoo.animal import Animal, Expect
from tests.zoo.animals.packages_and_code import REGISTRY
from tests.zoo.server import Zoo
from verification import steps
from verification.inline import Checked, run_inline

SECONDS = 5.0  # for one fetch: the zoo is near, and silent animals are waited for


@dataclass(frozen=True)
class Compared:
    """One expectation and what the step said (None: the step did not run on such a subject)."""

    animal: Animal
    expect: Expect
    checked: Checked | None

    @property
    def got(self) -> tuple[str, str]:
        """Return verdict and code."""
        outcome = self.checked.outcome if self.checked else None
        return (str(outcome.verdict), outcome.code) if outcome else ("missing", "missing")

    @property
    def agrees(self) -> bool:
        """Whether verdict and code are the expected ones."""
        return self.got == (self.expect.verdict, self.expect.code)


@contextmanager
def prepared() -> Iterator[None]:
    """Name the zoo's registry of packages and shorten all waits, until the end."""
    registry = f"https://{REGISTRY.replace('_', '-')}.example"
    hurried = {
        key: replace(step, limits=replace(step.limits, total=min(step.limits.total, SECONDS)))
        for key, step in steps.registry().items()
    }
    known = mock.patch("verification.plan.registry", return_value=hurried)
    with override_settings(PYPI_URL=registry, NPM_URL=registry), known:
        yield


def check(zoo: Zoo, animal: Animal) -> list[Checked]:
    """Run the steps that an animal has expectations for; inside `prepared`."""
    keys = {one.step for one in animal.expect}
    return run_inline(animal.plain_listing(), keys=keys, policy=zoo.policy(**animal.policy))


def compare(animal: Animal, done: list[Checked]) -> Iterator[Compared]:
    """Yield each expectation of an animal with what was said."""
    for expect in animal.expect:
        fitting = [one for one in done if one.key == expect.step and expect.subject in one.subject.address]
        yield Compared(animal, expect, fitting[0] if fitting else None)
