"""The prices of the listing stood on the tool's own page. Not whether they are right: what was written, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from verification.context import Context
from verification.contract import Code, Listing, Outcome, Plan, Step
from verification.reading import prices
from verification.reading.prices import Price
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Compare the plans with the amounts that the page showed, or the word “free” with what it offered."""
    listing = context.listing
    plans = [plan for plan in listing.plans if plan.amount != "0"]
    if not plans and listing.access not in {"free", "free_tier", "trial"}:
        return context.say("not_declared")
    page = context.earlier("pricing_page")
    if page is None or "prices" not in page.detail:
        unread = page is not None and page.verdict == Verdict.INCONCLUSIVE
        return context.say("page_unread") if unread else context.unmet("pricing_page", "Page with prices")
    kept = page.detail
    if kept["needs_javascript"] and not kept["offers"]:
        return context.say("page_unread")
    return _plans(context, plans, kept) if plans else _free(context, listing, kept)


def _plans(context: Context, plans: list[Plan], kept: Mapping[str, Any]) -> Outcome:
    shown = [Price(**one | {"currencies": tuple(one["currencies"])}) for one in [*kept["prices"], *kept["offers"]]]
    seen, missed = [], []
    for plan in plans:
        found = prices.shows(shown, plan.amount, plan.currency, yearly=plan.period == "year")
        row = {"plan": plan.name[:60], "amount": plan.amount, "currency": plan.currency, "period": plan.period}
        if found is not None:
            seen.append(row | {"text": found.text, "near_its_name": plan.name.casefold() in found.text.casefold()})
        else:
            missed.append(row)
    detail = {
        "address": kept["address"],
        "read_at": kept["read_at"],
        "seen": seen[:50],
        "missed": missed[:50],
        "shown": [{"amount": one.amount, "currency": one.currencies[0], "text": one.text} for one in shown[:50]],
    }
    said: dict[str, Any] = {"address": kept["address"], "day": str(kept["read_at"])[:10], "detail": detail}
    if not missed:
        return context.say("seen", found=_amounts(seen), **said)
    if not shown:
        return context.say("no_amounts", **said)
    if seen:
        return context.say("partly_seen", found=_amounts(seen), missing=_amounts(missed), **said)
    declared = {plan.currency for plan in plans}
    if not any(declared & set(one.currencies) for one in shown):
        return context.say("other_currency", shown=shown[0].currencies[0], declared=plans[0].currency, **said)
    return context.say("other_amounts", shown=_shown(shown), missing=_amounts(missed), **said)


def _amounts(rows: Sequence[Mapping[str, object]]) -> str:
    return ", ".join(f"{row['amount']} {row['currency']} ({row['plan']})" for row in rows[:5])


def _shown(amounts: Sequence[Price]) -> str:
    """Return the first few amounts of a page, each once; nothing is no price."""
    each = list(dict.fromkeys(f"{one.amount} {one.currencies[0]}" for one in amounts if one.amount != "0"))
    return (", ".join(each[:5]) or "nothing but 0") + (f" and {len(each) - 5} more" if len(each) > 5 else "")


def _free(context: Context, listing: Listing, kept: Mapping[str, Any]) -> Outcome:
    zero = any(one["amount"] == "0" for one in [*kept["prices"], *kept["offers"]])
    said: dict[str, Any] = {
        "address": kept["address"],
        "day": str(kept["read_at"])[:10],
        "detail": {name: kept[name] for name in ("address", "read_at", "free", "trial")} | {"zero": zero},
    }
    if listing.access == "trial":
        return context.say("trial_seen" if kept["trial"] else "not_mentioned", word="a trial", **said)
    if kept["free"] or zero:
        return context.say("free_seen", **said)
    if kept["trial"]:
        return context.say("only_trial", **said)
    return context.say("not_mentioned", word="anything free", **said)


P, W, I, S = Verdict.PASS, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.SKIPPED  # noqa: E741
STEP = Step(
    key="pricing_claim",
    title="Declared prices were seen",
    group="documents",
    proves="The listed prices, or an offer of something free, stood on that page then; not that they are right.",
    codes={
        "seen": Code(P, "Every listed price stood on {address} on {day}: {found}."),
        "free_seen": Code(P, "On {day} {address} offered something free of charge."),
        "trial_seen": Code(P, "On {day} {address} offered a trial."),
        # prices change, and the listing may be what is old: the editor is told, nobody is accused
        "partly_seen": Code(W, "On {day} {address} showed {found}; not found: the listed {missing}."),
        "other_amounts": Code(W, "On {day} {address} showed {shown}, not the listed {missing}."),
        "only_trial": Code(W, "The listing says free, but on {day} {address} spoke of a trial only."),
        # the page may show what is customary where we ask from
        "other_currency": Code(I, "On {day} {address} showed prices to us in {shown}, and the listing has {declared}."),
        "no_amounts": Code(I, "On {day} {address} showed no amount of money to a reader without JavaScript."),
        "not_mentioned": Code(I, "On {day} {address} did not mention {word}."),
        "not_declared": Code(S, "The listing names no price and nothing free, so there was nothing to look for."),
        "page_unread": Code(I, "The page with prices could not be read, so nothing is known about them."),
    },
    check=check,
    needs=("pricing_page",),
)
