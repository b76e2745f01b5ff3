"""What people and tests make happen at the stand-in: by Python (these functions), or by POST /_control/<name>."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from featured.standin import checkout, payments
from featured.standin.account import Account, Thing
from featured.standin.answers import rendered
from featured.standin.refused import Refused


def pay(account: Account, session: str, how: str = "ok", **details: str) -> Thing:
    """Pay a checkout session: how is ok, declined or async; details: email, name, country, tax_id."""
    if how not in {payments.GOOD, payments.DECLINED, payments.ASYNC}:
        raise Refused("Invalid how: must be one of ok, declined, async", param="how")
    return checkout.pay(account, session, how, details)


def settle(account: Account, session: str, how: str = "ok") -> Thing:
    """Let a payment that is known later (async) come (ok) or fail (declined)."""
    return checkout.settle(account, session, how)


def expire(account: Account, session: str) -> Thing:
    """End an open session before its time."""
    return checkout.expire(account, {}, session)


def advance(account: Account, seconds: int = 0, days: int = 0) -> Thing:
    """Move the clock on; what comes due on the way happens, each at its time."""
    account.advance(seconds + days * payments.DAY)
    return {"now": account.now()}


def fail_renewals(account: Account, times: int = 1, how: str = "declined") -> Thing:
    """Let the next `times` attempts to collect a renewal fail."""
    account.renewal_outcomes += [how] * times
    return {"waiting": account.renewal_outcomes}


def next_refunds(account: Account, outcome: str = "failed", times: int = 1) -> Thing:
    """Let the next refunds be pending for good ("pending"), or come back ("failed")."""
    if outcome not in {"pending", "failed", "succeeded"}:
        raise Refused("Invalid outcome: must be one of pending, failed, succeeded", param="outcome")
    account.refund_outcomes += [outcome] * times
    return {"waiting": account.refund_outcomes}


def settle_refund(account: Account, refund: str, outcome: str = "succeeded") -> Thing:
    """Let a refund end: succeeded or failed."""
    return payments.settle_refund(account, refund, outcome)


def refund(account: Account, payment: str, amount: int | None = None) -> Thing:
    """Give money back as somebody at Stripe's dashboard does: all that is left, or `amount`.

    `payment` is a session, an invoice, a payment intent or a charge.
    """
    charge = payments.charge_of(account, payment)
    return payments.refund(account, {"charge": charge["id"]} | ({} if amount is None else {"amount": amount}))


def dispute(account: Account, payment: str, reason: str = "fraudulent", amount: int | None = None) -> Thing:
    """Let the payer's bank take a payment back; `payment` as for refund."""
    return payments.dispute(account, payment, reason, amount)


def close_dispute(account: Account, dispute: str, outcome: str = "won") -> Thing:
    """Let the bank decide: won or lost."""
    return payments.close_dispute(account, dispute, outcome)


def fault(account: Account, kind: str, count: int = 1, seconds: float = 0.0, path: str = "") -> Thing:
    """Let the next `count` calls go wrong: 500, 429, hang, close; 500_after, hang_after, close_after carry it out."""
    account.faults.add(kind, count, seconds, path)
    return {"waiting": len(account.faults.waiting)}


def hold(account: Account, on: bool = True) -> Thing:
    """Hold events back, or let them go again."""
    account.post.held = on
    return {"held": on, "pending": len(account.post.pending)}


def deliver(account: Account) -> Thing:
    """Send what waits now, held back or not."""
    return {"statuses": account.post.deliver()}


def duplicate(account: Account, times: int = 1) -> Thing:
    """Put each event that waits in `times` times more."""
    account.post.duplicate(times)
    return {"pending": len(account.post.pending)}


def reorder(account: Account, order: list[str]) -> Thing:
    """Let what waits go in the order of these event ids or types."""
    account.post.reorder(order)
    return {"pending": [letter.event["type"] for letter in account.post.pending]}


def drop(account: Account, count: int = 0, kinds: list[str] | None = None) -> Thing:
    """Lose the next `count` events; or, without a count, what waits: of these kinds, or all."""
    if count:
        account.post.drop(count)
        return {"next": account.post.drop_next}
    return {"lost": account.post.lose(*(kinds or []))}


def missign(account: Account, count: int = 1) -> Thing:
    """Sign the next `count` events with a secret of somebody else."""
    account.post.missign(count)
    return {"next": account.post.wrong_next}


def state(account: Account) -> Thing:
    """Tell the time, what waits and what was sent."""
    pending = [{"id": one.event["id"], "type": one.event["type"]} for one in account.post.pending]
    counts: dict[str, int] = {}
    for thing in account.objects.values():
        counts[thing["object"]] = counts.get(thing["object"], 0) + 1
    return {"now": account.now(), "objects": counts, "pending": pending, "sent": list(account.post.sent)}


def reset(account: Account) -> Thing:
    """Forget everything."""
    account.reset()
    return {}


COMMANDS: dict[str, Callable[..., Thing]] = {
    one.__name__: one
    for one in (
        pay, settle, expire, advance, fail_renewals, next_refunds, settle_refund, refund, dispute, close_dispute,
        fault, hold, deliver, duplicate, reorder, drop, missign, state, reset,
    )
}  # fmt: skip


def command(account: Account, name: str, body: bytes) -> tuple[int, Any]:
    """Carry out POST /_control/<name> with a JSON object of arguments; return status and answer."""
    function = COMMANDS.get(name.strip("/"))
    if function is None:
        return 404, {"error": {"message": f"No such command: use {', '.join(sorted(COMMANDS))}"}}
    try:
        given = json.loads(body or b"{}")
        inspect.signature(function).bind(account, **given)
    except (ValueError, TypeError) as error:
        return 400, {"error": {"message": f"The arguments of {name} cannot be used: {error}"}}
    try:
        if function is deliver:  # without the lock: the site asks back while it is told
            return 200, function(account)
        with account.lock:
            account.catch_up()
            answer = function(account, **given)
            return 200, rendered(account, answer)
    except Refused as error:
        return error.status, error.body()
    except TypeError as error:
        return 400, {"error": {"message": f"The arguments of {name} cannot be used: {error}"}}
