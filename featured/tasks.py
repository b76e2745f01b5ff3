"""Background work of featured listings: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task

from featured import care, holds, inbox, lottery, reconcile


@shared_task(name="featured.inbox", soft_time_limit=110, time_limit=120)
def apply_events() -> int:
    """Apply what Stripe told us, send refunds that are due; return how many."""
    return inbox.work()


@shared_task(name="featured.sweep", soft_time_limit=50, time_limit=55)
def sweep() -> int:
    """End holds, offers and bookings whose time is over, pause and settle; return how many."""
    try:
        done = care.sweep()  # first: its pulse must not wait for Stripe, else we would credit an outage of ours
    finally:
        ended = holds.sweep()
    return done + ended


@shared_task(name="featured.lottery", soft_time_limit=110, time_limit=120)
def draw() -> int:
    """Give slots of the coming week that nobody bought to open-source tools; return how many."""
    return lottery.draw()


@shared_task(name="featured.reconcile", soft_time_limit=570, time_limit=600)
def compare() -> int:
    """Compare the ledger with Stripe, and make up for what was missed; return how much differed."""
    return reconcile.run()
