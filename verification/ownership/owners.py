"""Reading claims: who owns a tool, who else holds a claim to the same name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from catalog.models import Tool
from verification.models.ownership import OwnershipClaim, OwnershipClaimQuerySet, Scope
from verification.ownership import scope


def owners_of(tool: Tool, at: dt.datetime | None = None) -> OwnershipClaimQuerySet:
    """Return the claims that hold at `at` (now) and cover the tool's home page, those of domains first."""
    claims = OwnershipClaim.objects.select_related("account")
    host = scope.web_host(tool.homepage)
    if not host:
        return claims.none()
    covering = Q(scope=Scope.DOMAIN, name__in=scope.reach(host)) | Q(scope=Scope.HOST, name=host)
    return claims.holding(at or timezone.now()).filter(covering).order_by("scope", "proved_at", "id")


def about(claims: Iterable[OwnershipClaim]) -> Q:
    """Return what rows of tools may be covered by any of these claims: `scope.covers` tells for sure."""
    near = Q(pk__in=())
    for name in {claim.name for claim in claims if claim.scope != Scope.PACKAGE}:
        near |= Q(homepage__icontains=name)
    # a host in other letters than ASCII has many spellings; `covers` reads it as a browser does
    return near | Q(homepage__regex="[^ -~]") if near != Q(pk__in=()) else near


def neighbours(claim: OwnershipClaim, at: dt.datetime | None = None) -> list[OwnershipClaim]:
    """Return the claims of other accounts that hold and overlap with this one, oldest first; none if it does not hold.

    Whoever has proved a name may know who else has. Others may not.
    """
    at = at or timezone.now()
    if not claim.holds(at):
        return []
    about = Q(name=claim.name)
    if claim.scope != Scope.PACKAGE:
        about |= Q(name__in=scope.reach(claim.name)) | Q(name__endswith=f".{claim.name}")
    others = OwnershipClaim.objects.holding(at).exclude(account=claim.account_id).filter(about)
    found = others.select_related("account").order_by("proved_at", "id")
    return [one for one in found if scope.covers_name(claim, one) or scope.covers_name(one, claim)]
