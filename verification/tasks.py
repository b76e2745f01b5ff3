"""Background work of the verification: thin tasks. They carry no ids: what is due stands in the database."""

from __future__ import annotations

import time

from celery import shared_task

from verification import ownership, retention, services, sweeper
from verification import work as engine
from verification.health import rollup, sweeping

TURN = 5.0  # seconds after which a task takes no further step and lets others have the process


@shared_task(name="verification.work", soft_time_limit=45, time_limit=50)  # hard limit < lease (55 s) < visibility
def work() -> int:
    """Do due steps, one after the other, for about 5 seconds; return how many."""
    until, done = time.monotonic() + TURN, 0
    while time.monotonic() < until:
        step = engine.claim()
        if step is None:
            return done
        engine.execute(step)
        done += 1
    services.hint(1)  # there may be more
    return done


@shared_task(name="verification.sweep", soft_time_limit=50, time_limit=60)
def sweep() -> dict[str, int]:
    """Put back what was lost, end what is overdue, tell the workers of what is due."""
    return vars(sweeper.sweep())


@shared_task(name="verification.announce", soft_time_limit=50, time_limit=60)
def announce(run_id: int) -> bool:
    """Tell the listeners of a finished run that its worker could not tell."""
    return services.announce(run_id)


@shared_task(name="verification.time", soft_time_limit=100, time_limit=110)
def over_time() -> dict[str, int]:
    """Judge what was seen, let incidents and claims have their time, begin the looks that are due."""
    with sweeping.alone() as mine:
        if not mine:  # the one before took longer than the time between two
            return {}
        sweeping.watch_new()
        swept = sweeping.sweep_time()
        begun = sweeping.begin_due()
    return {"judged": swept.judged.samples, "held": swept.judged.held, "effects": swept.effects} | begun


@shared_task(name="verification.roll_up", soft_time_limit=300, time_limit=330)
def roll_up() -> dict[str, int]:
    """Make the days that have passed, and note how long answers usually take."""
    return rollup.roll_up() | {"usual": rollup.usual_times()}


@shared_task(name="verification.forget", soft_time_limit=300, time_limit=330)
def forget() -> dict[str, int]:
    """Delete evidence that has expired, and looks that days were made of."""
    return retention.forget() | rollup.forget_looks()


@shared_task(name="verification.ownership", soft_time_limit=400, time_limit=430)
def recheck_ownership() -> dict[str, int]:
    """Look again at the claims that are due."""
    return ownership.recheck_due()
