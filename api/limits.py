"""How much a caller may ask of the API, in units (docs/api.md#limits): most requests cost one."""

from __future__ import annotations

from django.http import HttpRequest

from api.callers import Caller
from core import clients
from core.ratelimit import Ask, Limit

MINUTE, DAY = 60, 86_400
NETWORK_TOLD = "Without a key, a network may spend {quota} units of the API in {window}. A key raises that."
KEY_TOLD = "A key may spend {quota} units of the API in {window}."
# by name, so that the header says "api" and "apiday" to everybody; reads go on when nobody can count, writes do not
LIMITS = {
    ("anonymous", "open"): (
        Limit("api", 120, MINUTE, "open", NETWORK_TOLD),
        Limit("apiday", 5_000, DAY, "open", NETWORK_TOLD),
    ),
    ("anonymous", "closed"): (
        Limit("api", 120, MINUTE, "closed", NETWORK_TOLD),
        Limit("apiday", 5_000, DAY, "closed", NETWORK_TOLD),
    ),
    ("key", "open"): (
        Limit("api", 600, MINUTE, "open", KEY_TOLD),
        Limit("apiday", 50_000, DAY, "open", "An account may spend {quota} units of the API in {window}."),
    ),
    ("key", "closed"): (
        Limit("api", 600, MINUTE, "closed", KEY_TOLD),
        Limit("apiday", 50_000, DAY, "closed", "An account may spend {quota} units of the API in {window}."),
    ),
}
# what costs more than one unit, by the name of its route and its method
COSTS: dict[tuple[str, str], int] = {}


def asks(request: HttpRequest, caller: Caller | None, cost: int) -> list[Ask]:
    """Return the limits of a request: by the minute for each key or network, by the day for each account or network.

    `caller` None: who showed a key that is not valid; it counts as its network.
    """
    writes = request.method not in {"GET", "HEAD"}
    kind = "anonymous" if caller is None or caller.kind == "anonymous" else "key"
    minute, day = LIMITS[kind, "closed" if writes else "open"]
    if caller is None or caller.kind == "anonymous":
        network = clients.network(request)
        return [Ask(minute, network, cost), Ask(day, network, cost)]
    account = f"account {caller.user.pk}" if caller.user.is_authenticated else caller.client
    return [Ask(minute, caller.client, cost), Ask(day, account, cost)]


# on pages and for reports, beside the units
MAKE_KEY = Limit("api-keys", 20, 86_400, "closed", "You made more than {quota} keys in {window}.")
CHANGE_KEYS = Limit(
    "api-keys-changed", 120, 3_600, "closed", "You changed your keys more than {quota} times in {window}."
)
LEAKS = Limit("api-leaks", 60, 3_600, "closed", "Your network reported more than {quota} keys in {window}.")


def told() -> list[str]:
    """Return the limits of reading in words, for the docs."""
    names = {"anonymous": "without a key", "key": "with one"}
    return [
        f"{who} {minute.most:,} units a minute and {day.most:,} a day"
        for who, (minute, day) in ((names[kind], pair) for (kind, way), pair in LIMITS.items() if way == "open")
    ]
