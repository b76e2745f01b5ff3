"""A run in this process, without a database: for self-checks, the zoo and the tests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from core.safehttp import Policy
from verification.context import Context, Exchange, Gate, OpenGate
from verification.contract import Listing, Outcome, Subject
from verification.plan import Planned, not_asked, plan


@dataclass(frozen=True)
class Checked:
    """What one step said about one subject, and on what evidence."""

    key: str
    subject: Subject
    outcome: Outcome
    exchanges: tuple[Exchange, ...] = ()


def run_inline(
    listing: Listing,
    *,
    keys: Collection[str] | None = None,
    policy: Policy | None = None,
    gate: Gate | None = None,
) -> list[Checked]:
    """Run the steps of a listing one after the other and return what they said.

    `keys` limits it to some steps and what they need; `policy` is what the safe client may do.
    """
    gate = gate or OpenGate()
    planned = plan(listing)
    wanted = _with_needs(set(keys), planned) if keys is not None else {one.step.key for one in planned}
    done: list[Checked] = []
    for one in planned:
        if one.step.key in wanted:
            done.append(_check(one, listing, done, policy, gate))
    return done


def earlier_of(one: Planned, done: list[Checked]) -> dict[str, Outcome]:
    """Return the results that a step reads: of the same subject where there is one, else of the listing's only one."""
    found: dict[str, Outcome] = {}
    for need in one.step.needs:
        results = [checked for checked in done if checked.key == need]
        same = [checked for checked in results if checked.subject.key == one.subject.key]
        if same or results:
            found[need] = (same or results)[0].outcome
    return found


def _check(one: Planned, listing: Listing, done: list[Checked], policy: Policy | None, gate: Gate) -> Checked:
    earlier = earlier_of(one, done)
    skipped = not_asked(one, listing, earlier)
    if skipped is not None:
        return Checked(one.step.key, one.subject, skipped)
    context = Context(one.step, listing, one.subject, earlier=earlier, gate=gate, policy=policy)
    outcome = one.step.check(context)
    return Checked(one.step.key, one.subject, outcome, tuple(context.exchanges))


def _with_needs(keys: set[str], planned: list[Planned]) -> set[str]:
    for one in reversed(planned):  # a step comes after those it needs
        if one.step.key in keys:
            keys |= set(one.step.needs)
    return keys
