"""What each app knows of a person. Apps say it in their `ready`; export and erasure walk it.

A test goes through all models: a reference to an account, or a field for an address, must be covered by a part, or be
named by `pseudonymous` with the reason why it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accounts.models import User

Export = Callable[[User], Any]
Erase = Callable[[User], None]


@dataclass(frozen=True)
class Part:
    """What one app knows of a person: how to show it, how to take it away."""

    name: str  # the key in the exported document
    export: Export
    erase: Erase
    covers: frozenset[str]  # "app.model.field"
    told: str  # for the page that asks: what is deleted


@dataclass(frozen=True)
class Stays:
    """A reference that an erasure leaves: it leads to an account without name and address then."""

    field: str
    why: str


_parts: dict[str, Part] = {}
_stays: dict[str, Stays] = {}


def personal(name: str, *, export: Export, erase: Erase, covers: Sequence[str], told: str) -> None:
    """Say what an app knows of a person.

    `export` returns JSON. `erase` takes it away; it is called outside of a transaction, maybe more than once, also
    after it was killed half-way, and must then do the rest. `covers` names fields as "app.model.field". Raises
    ValueError when a name is taken by something else.
    """
    part = Part(name, export, erase, frozenset(covers), told)
    if _parts.get(name, part) != part:
        raise ValueError(f"Two parts of personal data are called {name}.")
    _parts[name] = part


def pseudonymous(field: str, why: str) -> None:
    """Say that a reference to an account stays after its erasure, and why; people read it before they erase."""
    _stays[field] = Stays(field, why)


def parts() -> list[Part]:
    """Return what is known of a person, in the order of registration: accounts first."""
    return list(_parts.values())


def stays() -> list[Stays]:
    """Return the references that an erasure leaves."""
    return list(_stays.values())
