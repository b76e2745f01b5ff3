"""Which steps a run of a listing has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from verification.common import COMMON
from verification.contract import Listing, Outcome, Step, Subject
from verification.domains import host_of
from verification.steps import registry

LOOPBACK = {"localhost", "127.0.0.1", "0.0.0.0", "::1", "host.docker.internal"}  # noqa: S104 - compared, not bound

MOST_SUBJECTS = 20  # of one step in one run: a listing with hundreds of addresses must not keep the workers from others


@dataclass(frozen=True)
class Planned:
    """One step of a run and what it looks at."""

    step: Step
    subject: Subject


def plan(listing: Listing, *, light: bool = False) -> list[Planned]:
    """Return the steps of a run in an order that respects what they need; `light`: home page and endpoints only.

    A step that has no subject in this listing is left out. A light run takes along what its steps need.
    """
    wanted = set(_light() if light else registry())
    found: list[Planned] = []
    for key, step in registry().items():
        if key in wanted:
            found += [Planned(step, subject) for subject in subjects_of(step, listing)]
    return found


def subjects_of(step: Step, listing: Listing) -> list[Subject]:
    """Return what a step looks at in a listing, doubles left out: at most 20, in the listing's order.

    Where there are more, a last subject stands for them; its outcome says how many are left out.
    """
    once: dict[str, Subject] = {}
    for subject in step.subjects(listing):
        once.setdefault(subject.key, subject)
    found = list(once.values())
    more = len(found) - MOST_SUBJECTS
    if more > 0:
        return [*found[:MOST_SUBJECTS], Subject(f"and {more} more", left_out=more)]
    return found


def _light() -> Iterator[str]:
    pending = [step for step in registry().values() if step.endpoint]
    while pending:
        step = pending.pop()
        yield step.key
        pending += [registry()[need] for need in step.needs]


def not_callable(subject: Subject) -> Outcome | None:
    """Return the outcome of a subject that nobody could call from here, None when it can be called.

    "{tenant}" in an address is filled in by each customer; loopback is the user's own machine.
    """
    if subject.left_out:
        known, total = COMMON["too_many"], MOST_SUBJECTS + subject.left_out
        return Outcome(known.verdict, "too_many", known.sentence.format(most=MOST_SUBJECTS, total=total))
    address = subject.address
    if "{" in address or "<" in address:
        return _skipped("placeholder", address)
    try:
        host = (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return None  # the safe client says what is wrong with it
    if host in LOOPBACK or host.startswith("127.") or host.endswith(".localhost"):
        return _skipped("loopback", address)
    return None


SILENT = {
    "timeout",
    "down",
    "no_such_name",
    "dns_trouble",
    "tls_invalid",
    "tls_broken",
    "tls_not_yet",
}  # the whole host, not one page of it


def not_asked(one: Planned, listing: Listing, earlier: Mapping[str, Outcome]) -> Outcome | None:
    """Return the outcome of a subject that is not asked, None when it is to be asked.

    Besides those that nobody could call from here: pages of a host whose home page did not answer in this run. One
    trouble is said once, and a host that is down is left alone.
    """
    skipped = not_callable(one.subject)
    if skipped is not None:
        return skipped
    home, host = earlier.get("home"), host_of(one.subject.address)
    if home is not None and home.code in SILENT and host and host == host_of(listing.homepage):
        return _skipped("host_silent", host)
    return None


def _skipped(code: str, address: str) -> Outcome:
    known = COMMON[code]
    return Outcome(known.verdict, code, known.sentence.format(address=address[:200]))
