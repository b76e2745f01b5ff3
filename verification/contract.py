"""What a step is made of. A step is one file in verification/steps/ that defines STEP (docs/verification.md)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from core.safehttp import Limits
from verification.verdicts import Verdict

if TYPE_CHECKING:
    from verification.context import Context

GROUPS = {
    "listing": "The listing itself",
    "site": "The site",
    "documents": "What the site says",
    "endpoints": "Endpoints",
    "packages": "Packages and code",
    "descriptions": "Self-descriptions",
    "safety": "Safety",
}


@dataclass(frozen=True)
class Plan:
    """A price in a listing. `amount` is a decimal as text: "20", "0.002"."""

    name: str
    amount: str
    currency: str
    period: str  # month, year, once, unit
    unit: str = ""


@dataclass(frozen=True)
class Interface:
    """One way for a program to reach a tool, as the listing states it; "" is what it does not state."""

    kind: str  # catalog.choices.InterfaceKind
    url: str = ""
    base_url: str = ""
    openapi: str = ""
    docs: str = ""
    registry: str = ""
    package: str = ""
    image: str = ""
    auth: str = ""
    env: str = ""


@dataclass(frozen=True)
class Listing:
    """What is verified: a listing as plain data, so that a step needs no database."""

    slug: str
    name: str
    homepage: str
    tagline: str = ""
    description: str = ""
    vendor: str = ""
    kind: str = "app"
    access: str = "unknown"
    price_model: tuple[str, ...] = ()
    source: str = "unknown"
    licence: str = ""
    docs_url: str = ""
    repo_url: str = ""
    pricing_url: str = ""
    api_url: str = ""
    status_url: str = ""
    tags: tuple[str, ...] = ()
    plans: tuple[Plan, ...] = ()
    interfaces: tuple[Interface, ...] = ()


@dataclass(frozen=True)
class Subject:
    """What one step of a run looks at: an address (or package) of the listing, "" for the listing as a whole.

    Two subjects of one step with the same `address` are one piece of work, also between tools.
    """

    address: str = ""
    interface: Interface | None = None
    left_out: int = 0  # stands for so many subjects more, which are not looked at (plan.MOST_SUBJECTS)

    @property
    def key(self) -> str:
        """Return what tells it from others of the same step."""
        return self.address


@dataclass(frozen=True)
class Code:
    """One thing that a step may say. `sentence` may hold {names} that `Context.say` fills in."""

    verdict: Verdict
    sentence: str
    soft: bool = False  # a fail that may be a passing trouble: tried again before it is said, and needs others to count


@dataclass(frozen=True)
class Outcome:
    """What a step said."""

    verdict: Verdict
    code: str
    sentence: str
    detail: Mapping[str, Any] = field(default_factory=dict)  # JSON: what a later step or a machine may want
    soft: bool = False


def whole_listing(_listing: Listing) -> Sequence[Subject]:
    """Return the one subject of a step that looks at the listing as a whole."""
    return (Subject(),)


def homepage(listing: Listing) -> Sequence[Subject]:
    """Return the home page as the only subject."""
    return (Subject(listing.homepage),)


@dataclass(frozen=True)
class Step:
    """A step of the verification. Its key is the name of its file."""

    key: str
    title: str
    group: str  # one of GROUPS
    proves: str  # one sentence: what a pass proves, and no more
    codes: Mapping[str, Code]
    check: Callable[[Context], Outcome]
    subjects: Callable[[Listing], Sequence[Subject]] = whole_listing  # none: the step does not apply
    needs: tuple[str, ...] = ()  # steps whose results it reads; they run first
    requests: int = 0  # at most so many requests to others; robots.txt and redirects not counted
    asks_names: bool = False  # asks name servers only (`requests` is 0 then)
    limits: Limits = field(default_factory=Limits)
    endpoint: bool = False  # calls the home page or a declared endpoint: also made by the light runs, and watched
    shared: bool = False  # says the same for every listing with this address: one result serves them all
