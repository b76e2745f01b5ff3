"""Whether looks of the same minutes can be trusted: when very many tools turn bad at once, it is rather us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

LEAST_DOMAINS = 10  # of fewer, a fifth is one or two
TURNED_SHARE = 0.2


@dataclass(frozen=True)
class Glance:
    """What the gate needs of one look: whose it is, whether it failed, whether the address was well before."""

    domain: str  # registrable; many addresses of one host are one observation
    failed: bool
    was_well: bool  # it had answered when we last could tell

    @property
    def turned(self) -> bool:
        """Whether it seems to have turned bad with this look."""
        return self.failed and self.was_well


@dataclass(frozen=True)
class Share:
    """How many of the domains seen seem to have turned bad."""

    domains: int
    turned: int

    @property
    def suspicious(self) -> bool:
        """Whether so many turned at once that it is rather our own network."""
        return self.domains >= LEAST_DOMAINS and self.turned > self.domains * TURNED_SHARE


def share(glances: Iterable[Glance]) -> Share:
    """Count domains; one is turned when all that was seen of it turned, so that one bad address stands for itself."""
    domains: dict[str, bool] = {}
    for one in glances:
        domains[one.domain] = domains.get(one.domain, True) and one.turned
    return Share(len(domains), sum(domains.values()))
