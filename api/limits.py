"""How much a caller may ask of the API, in units (docs/api.md#keys-and-limits): most requests cost one."""

from __future__ import annotations

import dataclasses

from django.http import HttpRequest

from api.callers import Caller
from core import clients
from core.ratelimit import Ask, Limit

MINUTE, DAY = 60, 86_400
NETWORK_TOLD = "Without a key, a network may spend {quota} units of the API in {window}. A key raises that."
# the names stand in headers: letters alone, as some clients read no others
NETWORK = Limit("api", 120, MINUTE, "open", NETWORK_TOLD)
NETWORK_DAY = Limit("apiday", 5_000, DAY, "open", NETWORK_TOLD)
KEY = Limit("apikey", 600, MINUTE, "open", "A key may spend {quota} units of the API in {window}.")
ACCOUNT_DAY = Limit("apikeyday", 50_000, DAY, "open", "An account may spend {quota} units of the API in {window}.")
# what costs more than one unit when it is sent by POST, by the name of its route, and in words
COSTS = {
    "api:submissions": (10, "making a submission"),
    "api:sending": (10, "sending it"),
    "api:checks": (30, "running its checks"),
    "api:challenges": (10, "beginning a proof of ownership"),
    "api:challenge_check": (10, "checking it"),
}


def asks(request: HttpRequest, caller: Caller | None, cost: int) -> list[Ask]:
    """Return the limits of a request: by the minute for each key or network, by the day for each account or network.

    `caller` None: who showed a key that is not valid; it counts as its network.
    """
    writes = request.method not in {"GET", "HEAD"}
    if caller is None or caller.kind == "anonymous":
        network = clients.network(request) if caller is None else caller.client
        found = [Ask(NETWORK, network, cost), Ask(NETWORK_DAY, network, cost)]
    else:
        account = f"account {caller.user.pk}"  # an app has as much for each of the people who let it in
        client = caller.client if caller.kind == "key" else f"{caller.client} {account}"
        found = [Ask(KEY, client, cost), Ask(ACCOUNT_DAY, account, cost)]
    # reads go on when nobody can count, writes do not
    return (
        [one._replace(limit=dataclasses.replace(one.limit, when_down="closed")) for one in found] if writes else found
    )


# on pages and for reports, beside the units
MAKE_KEY = Limit("api-keys", 20, 86_400, "closed", "You made more than {quota} keys in {window}.")
CHANGE_KEYS = Limit(
    "api-keys-changed", 120, 3_600, "closed", "You changed your keys more than {quota} times in {window}."
)
LEAKS = Limit("api-leaks", 60, 3_600, "closed", "Your network reported more than {quota} keys in {window}.")

MAKE_HOOK = Limit("webhooks", 30, 86_400, "closed", "You made more than {quota} webhooks in {window}.")
CHANGE_HOOKS = Limit(
    "webhooks-changed", 240, 3_600, "closed", "You changed your webhooks more than {quota} times in {window}."
)
SEND_HOOK = Limit(
    "webhooks-sent", 60, 3_600, "closed", "You sent more than {quota} tests and events again in {window}."
)

# apps of others (api/oauth): secrets are tried, and each look at one costs a hash of Argon2
TOKENS = Limit("oauth-tokens", 60, MINUTE, "closed", "Your network asked for more than {quota} tokens in {window}.")
APPS = Limit("oauth-apps", 60, 3_600, "closed", "You changed your apps more than {quota} times in {window}.")
DEVICE = Limit("oauth-device", 30, 3_600, "closed", "You typed more than {quota} codes of devices in {window}.")
CONSENT = Limit("oauth-consent", 60, 3_600, "closed", "You answered more than {quota} questions of apps in {window}.")


def told() -> list[str]:
    """Return the limits of reading in words, for the docs."""
    both = {"without a key": (NETWORK, NETWORK_DAY), "with one": (KEY, ACCOUNT_DAY)}
    return [f"{who} {minute.most:,} units a minute and {day.most:,} a day" for who, (minute, day) in both.items()]


def dear() -> list[str]:
    """Return what costs more than one unit, in words, for the docs."""
    return [f"{what} {units}" for units, what in COSTS.values()]
