"""All animals. A module of this folder that defines ANIMALS adds its own."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from tests.zoo.animal import Animal


@cache
def all_animals() -> dict[str, Animal]:
    """Return every animal by name."""
    found: dict[str, Animal] = {}
    for module in pkgutil.iter_modules(__path__):
        for animal in importlib.import_module(f"{__name__}.{module.name}").ANIMALS:
            if animal.name in found:
                raise ValueError(f"two animals are called {animal.name}")
            found[animal.name] = animal
    return found
