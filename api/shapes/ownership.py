"""Proofs of ownership: what was proved to be somebody's, and what waits to be published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from api.rendering import moment
from catalog.models import Tool
from core.site import absolute
from submissions import claims_page
from verification import ownership
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import ChallengeState, ClaimState, Method, Scope
from verification.verdicts import Verdict


class DateShape(serializers.Serializer[Any]):
    """A moment, and what it stands for."""

    what = serializers.CharField()
    at = serializers.DateTimeField()


class OwnershipClaimShape(serializers.Serializer[Any]):
    """A name that the account proved to control by one method, or did."""

    id = serializers.IntegerField()
    name = serializers.CharField(help_text="example.com, or pkg:pypi/example")
    scope = serializers.ChoiceField(choices=Scope.values, help_text="how far it reaches")
    method = serializers.ChoiceField(choices=Method.values)
    state = serializers.ChoiceField(choices=ClaimState.values)
    counts = serializers.BooleanField(help_text="it counts now: stale ones do for 14 days")
    proved_at = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(allow_null=True, help_text="the last look that could tell")
    next_check_at = serializers.DateTimeField(allow_null=True)
    missing_since = serializers.DateTimeField(allow_null=True)
    sentence = serializers.CharField(help_text="until when it counts, and what happens then")
    dates = DateShape(many=True, help_text="the moments behind the sentence")
    tools = serializers.ListField(child=serializers.SlugField(), help_text="listed tools that it covers")


class SeenShape(serializers.Serializer[Any]):
    """What a look at a challenge saw."""

    verdict = serializers.ChoiceField(choices=Verdict.values)
    code = serializers.CharField(help_text="see docs/ownership.md, Codes")
    sentence = serializers.CharField()


class ChallengeShape(serializers.Serializer[Any]):
    """A token that waits to be published."""

    id = serializers.CharField(help_text="public; names the file")
    name = serializers.CharField()
    method = serializers.ChoiceField(choices=Method.values)
    state = serializers.ChoiceField(choices=ChallengeState.values)
    address = serializers.CharField(allow_null=True, help_text="where the link was sent, by e-mail only")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    tried_at = serializers.DateTimeField(allow_null=True)
    last = SeenShape(allow_null=True, help_text="what the last look saw")
    claim = serializers.IntegerField(help_text="the claim that it proves")
    url = serializers.URLField(help_text="its page in the portal")


class NewChallengeShape(ChallengeShape):
    """A challenge that was just begun. `token` is shown this once: only its hash is kept."""

    token = serializers.CharField(allow_null=True, help_text="null by e-mail: it is in the mail")
    instructions = serializers.CharField(help_text="what to publish, and where")


class CheckedChallengeShape(ChallengeShape):
    """A challenge after a look. Looks that come too soon or after its end look nowhere: `seen` says so."""

    seen = SeenShape()


def claim(row: OwnershipClaim, at: dt.datetime, tools: Sequence[Tool]) -> dict[str, Any]:
    """Return a claim (with its account fetched); of `tools` those that it covers while it counts."""
    told, counts = claims_page.told(row, at), row.holds(at)
    return {
        "id": row.pk,
        "name": row.name,
        "scope": row.scope,
        "method": row.method,
        "state": row.state,
        "counts": counts,
        "proved_at": moment(row.proved_at),
        "checked_at": moment(row.checked_at),
        "next_check_at": moment(row.next_check_at),
        "missing_since": moment(row.missing_since),
        "sentence": told.first,
        "dates": [{"what": words, "at": moment(one)} for words, one in told.dates],
        "tools": [one.slug for one in tools if counts and ownership.covers(row, one.homepage)],
    }


def challenge(row: OwnershipChallenge, at: dt.datetime) -> dict[str, Any]:
    """Return a challenge (with its claim fetched), as it stands at `at`: one whose time is over is not open."""
    last = row.outcome or {}
    late = row.state == ChallengeState.OPEN and row.expires_at <= at
    return {
        "id": row.token_id,
        "name": row.claim.name,
        "method": row.claim.method,
        "state": ChallengeState.EXPIRED if late else row.state,
        "address": row.address or None,
        "created_at": moment(row.created_at),
        "expires_at": moment(row.expires_at),
        "tried_at": moment(row.tried_at),
        "last": {name: last[name] for name in ("verdict", "code", "sentence")} if last else None,
        "claim": row.claim_id,
        "url": absolute(reverse("submissions:challenge", args=[row.token_id])),
    }
