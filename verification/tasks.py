"""Background work of the verification: thin tasks. They carry no ids: what is due stands in the database."""

from __future__ import annotations

import time

from celery import shared_task

from verification import retention, services, sweeper
from verification import work as engine

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


@shared_task(name="verification.forget", soft_time_limit=300, time_limit=330)
def forget() -> dict[str, int]:
    """Delete the evidence that has expired."""
    return retention.forget()
