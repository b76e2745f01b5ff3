"""What a field of a proposal is in a catalog record: reading the current value, putting the new one in. Pure."""

from __future__ import annotations

import copy
from typing import Any

from catalog.choices import SaidBy
from catalog.records import Record
from verification.domains import host_of

TEXTS = ("name", "vendor", "tagline", "description", "licence", "launched")
LINKS = {f"{name}_url": name for name in ("docs", "repo", "pricing", "api", "status")}
PRICING = {"access": "access", "price_model": "model"}
MODALITY = {"modality_in": "in", "modality_out": "out"}
# the fact (catalog.records.FACTS) whose provenance follows from a field
FACT_OF = {
    **{name: name for name in ("vendor", "licence", "launched", "platforms")},
    **dict.fromkeys(MODALITY, "modality"),
    **dict.fromkeys(PRICING, "pricing"),
}
PLACES = ("url", "base_url")
ADDRESSES = (*PLACES, "package", "image", "openapi")


def current(record: Record, field: str, value: Any) -> Any:
    """Return what a record says in a field, None for nothing. Of plans and interfaces the one that `value` is about."""
    if field in TEXTS or field == "platforms":
        return record.get(field)
    if field in LINKS:
        return record.get("links", {}).get(LINKS[field])
    if field in PRICING:
        found = record["pricing"].get(PRICING[field])
        return None if found in ("unknown", []) else found
    if field in MODALITY:
        return record.get("modality", {}).get(MODALITY[field]) or None
    place = _place(record, field, value)
    return None if place is None else dict(record[f"{field}s"][place])


def same(field: str, now: Any, value: Any) -> bool:
    """Whether a proposal says what the record says already."""
    if now is None:
        return False
    if field in LINKS:
        return str(now).rstrip("/") == str(value).rstrip("/")
    if isinstance(value, list):
        return set(now) >= set(value)  # a source that names fewer does not deny the others
    if field in {"plan", "interface"}:
        return all(str(now.get(name, "")).rstrip("/") == str(part).rstrip("/") for name, part in value.items())
    return bool(now == value)


def applied(record: Record, field: str, value: Any, *, day: str) -> Record:
    """Return a record that says `value` in a field; `day` is when it was seen (YYYY-MM-DD)."""
    after = copy.deepcopy(record)
    becomes = result(field, current(record, field, value), value)
    if field in TEXTS or field == "platforms":
        after[field] = becomes
        if field == "launched":
            after["launched_said_by"] = SaidBy.DOCS.value
    elif field in LINKS:
        after.setdefault("links", {})[LINKS[field]] = becomes
    elif field in PRICING:
        after["pricing"][PRICING[field]] = becomes
        after["pricing"]["said_by"] = SaidBy.DOCS.value
    elif field in MODALITY:
        after.setdefault("modality", {})[MODALITY[field]] = becomes
    else:
        rows = after.setdefault(f"{field}s", [])
        place = _place(record, field, value)
        new = {"seen": day} if field == "plan" else {"said_by": SaidBy.DOCS.value}
        if place is None:
            rows.append(becomes | new)
        else:
            rows[place] = becomes | new
    return after


def result(field: str, now: Any, value: Any) -> Any:
    """Return what a field says once a proposal is accepted, `now` being what it says: for the diff and for the record.

    Platforms and modalities come on top of those that are listed, the parts of a plan or an interface likewise.
    """
    if field == "platforms" or field in MODALITY:
        return sorted({*(now or []), *value})
    if field in {"plan", "interface"}:
        return (now or {}) | value
    return value


def beside(record: Record, value: dict[str, str]) -> bool:
    """Whether a record has an interface of the same kind at another address on the same host."""
    hosts = {host_of(value.get(name, "")) for name in PLACES} - {""}
    return any(
        row["kind"] == value["kind"] and hosts & {host_of(row.get(name, "")) for name in PLACES}
        for row in record.get("interfaces", [])
    )


def _place(record: Record, field: str, value: Any) -> int | None:
    """Return which plan or interface of a record a value is about, None for none of them.

    A plan is known by name, currency and period; an interface by its kind and its addresses: one that both state is
    the same, and none that both state is another.
    """
    for place, row in enumerate(record.get(f"{field}s", [])):
        if field == "plan":
            names = ("name", "currency", "period")
            if [str(row.get(one, "")).casefold() for one in names] == [str(value[one]).casefold() for one in names]:
                return place
        elif row["kind"] == value["kind"]:
            both = [(row[one].rstrip("/"), value[one].rstrip("/")) for one in ("registry", *ADDRESSES)
                    if row.get(one) and value.get(one)]  # fmt: skip
            if any(one in value for one in ADDRESSES if row.get(one)) and all(old == new for old, new in both):
                return place
    return None
