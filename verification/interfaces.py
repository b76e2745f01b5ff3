"""The subjects of steps that look at declared interfaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from verification.contract import Listing, Subject


def addresses(kinds: Sequence[str], *fields: str) -> Callable[[Listing], Sequence[Subject]]:
    """Return what finds the interfaces of these kinds that state one of `fields`; the first one stated is looked at."""

    def subjects(listing: Listing) -> Sequence[Subject]:
        found = []
        for one in listing.interfaces:
            address = next((value for value in (getattr(one, name) for name in fields) if value), "")
            if one.kind in kinds and address:
                found.append(Subject(address, one))
        return found

    return subjects


def packages(registry: str) -> Callable[[Listing], Sequence[Subject]]:
    """Return what finds the packages of one registry; the subject's address is a package URL without a version."""

    def subjects(listing: Listing) -> Sequence[Subject]:
        return [
            Subject(f"pkg:{registry}/{one.package}", one)
            for one in listing.interfaces
            if one.registry == registry and one.package
        ]

    return subjects
