"""Who may have a slot: said before anybody pays, asked again when the money came, and every day while it runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone

from catalog.models import Tool
from verification.domains import host_of, registrable
from verification.models import Claim, DriftCase, OwnershipClaim
from verification.models.ownership import Scope
from verification.ownership import scope
from verification.ownership.owners import about
from verification.published.crawl import platform_of

REACHED_WITHIN = dt.timedelta(days=30)  # product-field.md 6.3: verified as reachable within 30 days
KINDS = frozenset({"spaces", "datasets"})  # first folders that say what it is; whose it is comes after them
VOID = (Claim.Ended.CHANGED, Claim.Ended.WITHDRAWN)  # what was seen before says nothing of the tool any more

SIGN_IN = "Sign in first: a place is booked by who proved to own the tool."
NOT_YOURS = "You have no proof that {name} is yours. Prove it under “Proofs of ownership” in your portal, then book."
NOT_LISTED = "{name} is not listed just now, so there is no card to show. Its page or your portal says why."
NOT_REACHED = (
    "Our robot has not seen {name} answer in the last 30 days. Run the checks from its page in your portal, and book"
    " when it is “reachable”."
)
NEVER_REACHED = (
    "Our robot has not seen {name} answer since it was listed: it may not have looked yet. Run the checks from its page"
    " in your portal, and book when it is “reachable”."
)
DRIFT = (
    "A person is looking whether the site of {name} is still the same product. When that is answered, it can be booked."
)


def vendor_of(tool: Tool) -> str:
    """Return what one vendor is told by: the domain of the home page; where many have theirs, host and first folder."""
    host = platform_of(tool.homepage)
    if not host:
        return registrable(host_of(tool.homepage)) or tool.slug
    folders = urlsplit(tool.homepage).path.strip("/").lower().split("/")
    return f"{host}/{'/'.join(folders[: 2 if folders[0] in KINDS else 1])}"


def why_not(tool: Tool, user: Any, at: dt.datetime | None = None) -> str:
    """Return why this account may not book a slot for a tool, with what to do, as a sentence; "" when it may.

    Payment buys nothing of it: ownership, a look that reached the tool and no open case are asked of everybody.
    """
    return reasons([tool], user, at)[tool.pk]


def still(tool: Tool, at: dt.datetime | None = None) -> str:
    """Return why a tool may have no slot, whoever asks, as a sentence; "" when it may. Asked while a booking runs."""
    return _of_tools([tool], at or timezone.now())[tool.pk]


def reasons(tools: Collection[Tool], user: Any, at: dt.datetime | None = None) -> dict[int, str]:
    """Return `why_not` of several tools by their keys, in three statements."""
    at = at or timezone.now()
    if user is None or not user.is_authenticated or not user.is_active:
        return {tool.pk: SIGN_IN for tool in tools}
    claims = _claims(user, at)
    said = _of_tools(tools, at)
    return {tool.pk: said[tool.pk] if _is_of(claims, tool) else NOT_YOURS.format(name=tool.name) for tool in tools}


def tools_of(user: Any, at: dt.datetime | None = None) -> list[Tool]:
    """Return the listed tools that an account has proved to own, by name. Two statements."""
    if user is None or not user.is_authenticated or not user.is_active:
        return []
    claims = _claims(user, at or timezone.now())
    if not claims:
        return []
    return [tool for tool in Tool.objects.listed().filter(about(claims)).by_name() if _is_of(claims, tool)]


def unlisted_names(user: Any, at: dt.datetime | None = None) -> list[str]:
    """Return the domains and hosts that an account has proved and that no listed tool of it has, by name.

    Their tools may wait for review, or be out of the catalog. Two statements at most.
    """
    claims = _claims(user, at or timezone.now())
    tools = list(Tool.objects.listed().filter(about(claims))) if claims else []
    return sorted({one.name for one in claims if not any(_is_of([one], tool) for tool in tools)})


def _claims(user: Any, at: dt.datetime) -> list[OwnershipClaim]:
    """Return the proofs of an account that hold and can be about a home page."""
    return list(OwnershipClaim.objects.holding(at).filter(account=user).exclude(scope=Scope.PACKAGE))


def _is_of(claims: Collection[OwnershipClaim], tool: Tool) -> bool:
    return any(scope.covers(claim, tool.homepage) for claim in claims)


def _of_tools(tools: Collection[Tool], at: dt.datetime) -> dict[int, str]:
    """Return what stands against each tool, whoever asks. Two statements.

    A report by a visitor is not among it: anybody could stop a competitor with one. What a person decides about a
    report (the listing is suspended) is.
    """
    keys = [tool.pk for tool in tools]
    seen = Claim.objects.filter(tool__in=keys, kind=Claim.Kind.REACHABLE, granted_at__lte=at)
    looks = list(seen.values_list("tool", "renewed_at", "ended"))
    ever = {key for key, _, _ in looks}
    reached = {key for key, last, ended in looks if last > at - REACHED_WITHIN and ended not in VOID}
    asked = set(DriftCase.objects.filter(tool__in=keys, state=DriftCase.State.OPEN).values_list("tool", flat=True))

    def said(tool: Tool) -> str:
        if not tool.is_listed:
            return NOT_LISTED
        if tool.pk not in reached:
            return NOT_REACHED if tool.pk in ever else NEVER_REACHED
        return DRIFT if tool.pk in asked else ""

    return {tool.pk: said(tool).format(name=tool.name) for tool in tools}
