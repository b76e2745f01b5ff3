"""Objects as answers: what is hidden, what is expanded, and lists page by page."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable
from typing import Any

from featured.standin.account import Account, Thing
from featured.standin.refused import Refused

DEEPEST = 4  # https://docs.stripe.com/api/expanding_objects
MOST = 100

# Lists inside an object that are answered only when expanded: by object and key
INSIDE: dict[tuple[str, str], Callable[[Account, Thing], Iterable[Thing]]] = {
    ("checkout.session", "line_items"): lambda account, one: account.lines[one["id"]],
    ("invoice", "payments"): lambda account, one: _of(account, "invoice_payment", "invoice", one),
    ("charge", "refunds"): lambda account, one: _of(account, "refund", "charge", one),
    ("customer", "subscriptions"): lambda account, one: _of(account, "subscription", "customer", one),
}
URLS = {
    "line_items": "/v1/checkout/sessions/{}/line_items", "payments": "/v1/invoices/{}/payments",
    "refunds": "/v1/charges/{}/refunds", "subscriptions": "/v1/customers/{}/subscriptions",
}  # fmt: skip


def _of(account: Account, kind: str, name: str, one: Thing) -> Iterable[Thing]:
    return (thing for thing in account.all(kind) if thing[name] == one["id"])


def rendered(account: Account, thing: Thing, expand: Iterable[str] = ()) -> Thing:
    """Return a copy of `thing` in which the ids at the paths `expand` are objects. Raises Refused."""
    answer = copy.deepcopy(thing)
    for path in expand:
        steps = path.split(".")
        if len(steps) - (steps[0] == "data") > DEEPEST:
            raise Refused(f"You cannot expand more than {DEEPEST} levels of a property: {path}.", param="expand")
        _expand(account, answer, steps, path)
    return answer


def _expand(account: Account, node: Any, steps: list[str], path: str) -> None:
    if not steps or node is None:
        return
    name = steps[0]
    if isinstance(node, list):
        for one in node:
            _expand(account, one, steps, path)
        return
    inside = INSIDE.get((node.get("object", ""), name))
    if inside and name not in node:
        data = [copy.deepcopy(one) for one in inside(account, node)]
        node[name] = list_of(data, URLS[name].format(node["id"]), has_more=False)
    if name not in node:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    value = node[name]
    if isinstance(value, str):
        if value not in account.objects:
            raise Refused(f"This property cannot be expanded ({path}).", param="expand")
        node[name] = value = copy.deepcopy(account.objects[value])
    _expand(account, value, steps[1:], path)


def list_of(data: list[Thing], url: str, *, has_more: bool) -> Thing:
    """Return Stripe's list object."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def page(account: Account, things: Iterable[Thing], given: Thing, url: str) -> Thing:
    """Return a page of `things` by limit, starting_after and ending_before. Raises Refused."""
    limit = given.get("limit", 10)
    if not 1 <= limit <= MOST:
        raise Refused(f"Invalid limit: must be from 1 to {MOST}", code="parameter_invalid_integer", param="limit")
    found = [one for one in things if _in_range(one, given.get("created"))]
    places = {one["id"]: place for place, one in enumerate(found)}
    for name in ("starting_after", "ending_before"):
        if name in given and given[name] not in places:
            raise Refused(f"No such object: '{given[name]}'", code="resource_missing", param=name)
    if "ending_before" in given:
        end = places[given["ending_before"]]
        start = max(0, end - limit)
        return list_of(_all(account, found[start:end], given), url, has_more=start > 0)
    start = places[given["starting_after"]] + 1 if "starting_after" in given else 0
    chosen = found[start : start + limit]
    return list_of(_all(account, chosen, given), url, has_more=start + limit < len(found))


def _all(account: Account, things: list[Thing], given: Thing) -> list[Thing]:
    expand = [path.removeprefix("data.") for path in given.get("expand", [])]
    return [rendered(account, one, expand) for one in things]


def _in_range(thing: Thing, wanted: Any) -> bool:
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(thing["created"] == wanted)
    at = thing["created"]
    return all(
        {"gt": at > edge, "gte": at >= edge, "lt": at < edge, "lte": at <= edge}[name] for name, edge in wanted.items()
    )


def search(things: Iterable[Thing], query: str) -> list[Thing]:
    """Return what fits: clauses name:'…', active:'true', metadata['…']:'…' joined by AND. Raises Refused."""
    clause = re.compile(r"""(?:metadata\[["'](?P<key>[^"']+)["']\]|(?P<name>\w+)):["'](?P<value>[^"']*)["']""")
    found = list(things)
    for text in re.split(r"\s+AND\s+", query.strip()):
        match = clause.fullmatch(text.strip())
        if not match:
            raise Refused(f"We were unable to parse your search query: {query}", param="query")
        key, name, value = match["key"], match["name"], match["value"]
        if key:
            found = [one for one in found if one["metadata"].get(key) == value]
        else:
            found = [one for one in found if str(one.get(name)).lower() == value.lower()]
    return found
