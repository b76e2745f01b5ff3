"""What a change changes, and whether a person has to look at it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from catalog.records import Record, differences
from verification.domains import host_of, registrable
from verification.published.crawl import platform_of

ALWAYS = {"name", "vendor", "kind", "category", "also"}  # who and what it is
LEFT_OUT = {"slug", "status", "note", "listed", "launched_said_by"}  # not the submitter's to say


def theirs(record: Record) -> Record:
    """Return the part of a record that a submission may state: not its address, nor who says what."""
    found = {name: value for name, value in record.items() if name not in LEFT_OUT}
    if isinstance(found.get("pricing"), dict):
        found["pricing"] = _silent(found["pricing"])
    if isinstance(found.get("interfaces"), list):
        found["interfaces"] = [_silent(row) if isinstance(row, dict) else row for row in found["interfaces"]]
    return found


def stated(record: Record, who: str, *, slug: str = "new-tool", known: Record | None = None) -> Record:
    """Return a whole record: what a submission states, said by `who` (SaidBy); what `known` says too stays."""
    found: Record = {"slug": slug, **record}
    if isinstance(found.get("pricing"), dict):
        before = (known or {}).get("pricing", {})
        same = _silent(before) == _silent(found["pricing"])
        found["pricing"] = before if same and before else {**found["pricing"], "said_by": who}
    if "launched" in found:
        same = (known or {}).get("launched") == found["launched"] and "launched_said_by" in (known or {})
        found["launched_said_by"] = known["launched_said_by"] if same and known else who
    if isinstance(found.get("interfaces"), list):
        before = (known or {}).get("interfaces", [])
        found["interfaces"] = [
            next((old for old in before if _silent(old) == row), None)
            or ({**row, "said_by": who} if isinstance(row, dict) else row)
            for row in found["interfaces"]
        ]
    return found


def _silent(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "said_by"}


def changed(before: Record, after: Record) -> dict[str, list[Any]]:
    """Return what differs, by field: [before, after]."""
    return differences(theirs(before), theirs(after))


def material(before: Record, after: Record) -> list[str]:
    """Return as sentences why a change of a listed tool has to be looked at by a person; [] when it need not.

    Material are: name, vendor, kind and place, the host of the home page, links that lead away from its domain, a price
    that rises, what is charged for, a wider claim about what is free, and how a program signs in. All else its owner
    may change at once.
    """
    found = changed(before, after)
    why = [f"The {name} changes." for name in sorted(ALWAYS & found.keys())]
    if "homepage" in found and _home(before) != _home(after):
        why.append(f"The home page moves from {_home(before)} to {_home(after)}.")
    for name, address in after.get("links", {}).items():
        if address != before.get("links", {}).get(name) and _leads_away(address, after):
            why.append(f"A link leads to another site: {address}")
    if "pricing" in found and before.get("pricing", {}).get("access") != after.get("pricing", {}).get("access"):
        why.append("How one can start to use it changes.")
    if "pricing" in found and before.get("pricing", {}).get("source") != after.get("pricing", {}).get("source"):
        why.append("Whether its source is open changes.")
    if "pricing" in found and _charged(before) != _charged(after):
        why.append("What is charged for changes.")
    if "licence" in found:
        why.append("The licence changes.")
    if "plans" in found and _dearer(before, after):
        why.append("A price goes up, or a plan comes or goes.")
    if "interfaces" in found and _doors(before) != _doors(after):
        why.append("An address, a package or the way to sign in changes.")
    return why


def domain(record: Record) -> str:
    """Return the registrable domain of a record's home page; "" of none."""
    host = host_of(str(record.get("homepage", "")))
    return registrable(host) if host else ""


def _home(record: Record) -> str:
    """Return the host of the home page with its port; where others have pages on that host as well, with its path."""
    url = str(record.get("homepage", ""))
    parts = urlsplit(url)
    return parts.netloc.lower() + (parts.path if platform_of(url) else "")


def _leads_away(address: Any, record: Record) -> bool:
    """Say whether an address is on another domain than the home page, or both where many have their pages."""
    home, there = str(record.get("homepage", "")), domain({"homepage": address})
    return bool(address) and (there != domain(record) or bool(platform_of(home)))


def _charged(record: Record) -> list[str]:
    """Return what a record says is charged for (the values of price_model), in one order."""
    pricing = record.get("pricing")
    return sorted(map(str, pricing.get("model") or ())) if isinstance(pricing, dict) else []


def _dearer(before: Record, after: Record) -> bool:
    old, new = _prices(before), _prices(after)
    if (
        old is None
        or new is None
        or {plan: len(sums) for plan, sums in old.items()} != {plan: len(sums) for plan, sums in new.items()}
    ):
        return True
    return any(now > was for plan, sums in old.items() for was, now in zip(sums, new[plan], strict=True))


def _prices(record: Record) -> dict[tuple[str, ...], list[Decimal]] | None:
    """Return the sums of each plan, the lowest first; None when one is no number (yet)."""
    found: dict[tuple[str, ...], list[Decimal]] = {}
    for plan in record.get("plans", []):
        try:
            amount = Decimal(str(plan.get("amount", "")))
        except InvalidOperation:
            return None
        if not amount.is_finite():
            return None
        key = tuple(str(plan.get(name, "")) for name in ("name", "currency", "period", "unit"))
        found.setdefault(key, []).append(amount)
    return {plan: sorted(sums) for plan, sums in found.items()}


def _doors(record: Record) -> list[tuple[str, ...]]:
    """Return what a program needs to get in; also the variable that holds a key, which clients send to the address."""
    names = ("kind", "url", "base_url", "registry", "package", "image", "auth", "env", "openapi")
    return sorted(
        (*(str(row.get(name, "")) for name in names), str(row["docs"]) if _leads_away(row.get("docs"), record) else "")
        for row in record.get("interfaces", [])
    )


def rebased(base: Record, record: Record, current: Record) -> Record:
    """Return what `current` states with the changes that `record` makes to `base`: what others changed stays."""
    merged = theirs(current)
    for name, (_, new) in changed(base, record).items():
        if new in (None, "", [], {}):
            merged.pop(name, None)
        else:
            merged[name] = new
    return merged


def collisions(base: Record, record: Record, current: Record) -> list[str]:
    """Return the fields that both the submission and somebody else changed since `base`, to different values."""
    ours, others = changed(base, record), changed(base, current)
    return sorted(name for name in ours.keys() & others.keys() if ours[name][1] != others[name][1])
