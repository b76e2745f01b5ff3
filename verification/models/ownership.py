"""Who proved to own what: claims, the challenges that led to them, and what happened to each claim."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

GRACE = dt.timedelta(days=14)  # a claim whose proof is missing counts for so long
LOST = dt.timedelta(days=30)  # and is lost after so long
UNSEEN = dt.timedelta(days=90)  # a claim counts for so long after the last look that could tell
MAILED = dt.timedelta(days=90)  # a proof by e-mail counts for so long: nothing is published that could be looked for


class Scope(models.TextChoices):
    """What a claim is about, and how far it reaches (verification/ownership/scope.py)."""

    DOMAIN = "domain", "A domain and everything below it"
    HOST = "host", "One host"
    PACKAGE = "package", "One package of a registry"


class Method(models.TextChoices):
    """How it was proved. Each has one file in verification/ownership/methods/."""

    DNS_TXT = "dns-txt", "DNS TXT record"
    HTTP_FILE = "http-file", "File on the site"
    META = "meta", "Meta tag on the home page"
    EMAIL = "email", "E-mail at the domain"
    PACKAGE = "package", "Reference in a package"

    @property
    def scope(self) -> Scope:
        """What a proof by this method is about."""
        return {Method.DNS_TXT: Scope.DOMAIN, Method.PACKAGE: Scope.PACKAGE}.get(self, Scope.HOST)


class ClaimState(models.TextChoices):
    """Where a claim stands. Which moves there are: verification/ownership/transitions.py."""

    UNVERIFIED = "unverified", "Not proved"
    PENDING = "pending", "Proof awaited"
    VERIFIED = "verified", "Proved"
    STALE = "stale", "Proof missing"
    LOST = "lost", "Lost"


class ChallengeState(models.TextChoices):
    """Where a challenge stands: open until exactly one of the others."""

    OPEN = "open", "Open"
    PROVED = "proved", "Proved"
    EXPIRED = "expired", "Expired"
    SUPERSEDED = "superseded", "Replaced by a newer one, or given up"


def _method_fits_scope() -> models.Q:
    fits = models.Q()
    for method in Method:
        fits |= models.Q(method=method.value, scope=method.scope.value)
    return fits


class OwnershipClaimQuerySet(models.QuerySet["OwnershipClaim"]):
    """Reading claims."""

    def holding(self, at: dt.datetime) -> Self:
        """Keep those that count at `at`: proved, or missing for less than the grace of 14 days.

        A claim of which no look could tell anything for 90 days counts for nothing until one can; one of an account
        that is closed counts for nothing.
        """
        stale = models.Q(state=ClaimState.STALE, missing_since__gt=at - GRACE - models.F("unsure"))
        found = self.filter(models.Q(state=ClaimState.VERIFIED) | stale, checked_at__gt=at - UNSEEN)
        return found.filter(account__is_active=True).exclude(method=Method.EMAIL, proved_at__lte=at - MAILED)

    def due(self, at: dt.datetime) -> Self:
        """Keep those that have to be looked at again, the longest waiting first."""
        return self.filter(next_check_at__lte=at).order_by("next_check_at", "id")

    def newest_first(self) -> Self:
        """Order by when they were made, latest first."""
        return self.order_by("-id")


class OwnershipClaim(models.Model):
    """One account's claim to one name by one method. Written only by verification/ownership."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="ownership_claims")
    scope = models.CharField(max_length=10, choices=Scope.choices)
    name = models.CharField(max_length=300, help_text="example.com, or pkg:pypi/example")
    method = models.CharField(max_length=10, choices=Method.choices)
    state = models.CharField(max_length=10, choices=ClaimState.choices, default=ClaimState.UNVERIFIED)
    token_id = models.CharField(max_length=16, blank=True, help_text="public name of the token that proved it")
    token_hash = models.CharField(max_length=64, blank=True, help_text="sha256; the token itself is not kept")
    proved_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="last look that could tell")
    tried_at = models.DateTimeField(null=True, blank=True, help_text="last look")
    next_check_at = models.DateTimeField(null=True, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    unsure = models.DurationField(default=dt.timedelta, help_text="time since then in which nothing could be told")
    evidence = models.JSONField(default=dict, blank=True, help_text="what the last look saw, where and when")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnershipClaimQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name", "method"], name="own_claim_once"),
            models.CheckConstraint(condition=_method_fits_scope(), name="own_claim_method_fits_scope"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["verified", "stale"], proved_at__isnull=False, next_check_at__isnull=False
                )
                & models.Q(checked_at__isnull=False)
                & ~models.Q(token_hash="")
                | models.Q(state__in=["unverified", "pending", "lost"], next_check_at=None),
                name="own_claim_state_has_its_facts",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["stale", "lost"], missing_since__isnull=False)
                | models.Q(state__in=["unverified", "pending", "verified"], missing_since=None),
                name="own_claim_missing_agrees",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_check_at", "id"], condition=models.Q(next_check_at__isnull=False), name="own_claim_due"
            ),
            models.Index(fields=["name", "scope"], name="own_claim_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} by {self.method}"

    def missing_for(self, at: dt.datetime) -> dt.timedelta:
        """Return how long the proof has been missing at `at`, without the time in which nothing could be told."""
        return at - self.missing_since - self.unsure if self.missing_since else dt.timedelta()

    def holds(self, at: dt.datetime) -> bool:
        """Whether it counts at `at`; the same rule as `holding`."""
        if self.checked_at is None or at - self.checked_at >= UNSEEN or not self.account.is_active:
            return False
        if self.method == Method.EMAIL and (self.proved_at is None or at - self.proved_at >= MAILED):
            return False
        return self.state == ClaimState.VERIFIED or (self.state == ClaimState.STALE and self.missing_for(at) < GRACE)


class OwnershipChallenge(models.Model):
    """A token that waits to be published. Of the token only a hash over account, name, method and token is kept."""

    claim = models.ForeignKey(OwnershipClaim, models.CASCADE, related_name="challenges")
    token_id = models.CharField(max_length=16, unique=True, help_text="public; names the file")
    token_hash = models.CharField(max_length=64)
    address = models.EmailField(max_length=254, blank=True, help_text="where the link was sent; by e-mail only")
    state = models.CharField(max_length=10, choices=ChallengeState.choices, default=ChallengeState.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True, blank=True)
    outcome = models.JSONField(default=dict, blank=True, help_text="what the last look said")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim"], condition=models.Q(state="open"), name="own_challenge_one_open"),
            models.CheckConstraint(
                condition=models.Q(state__in=ChallengeState.values), name="own_challenge_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="own_challenge_expires_later"
            ),
            models.CheckConstraint(
                condition=models.Q(("token_hash__regex", "^[0-9a-f]{64}$"), ("token_id__regex", "^[0-9a-f]{16}$")),
                name="own_challenge_keeps_hashes_only",
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], condition=models.Q(state="open"), name="own_challenge_expiry"),
            models.Index(fields=["address", "-created_at"], condition=~models.Q(address=""), name="own_challenge_mail"),
        ]

    def __str__(self) -> str:
        return self.token_id


class OwnershipEvent(models.Model):
    """One change of one claim. Append-only; the database refuses updates."""

    claim = models.ForeignKey(OwnershipClaim, models.CASCADE, related_name="events")
    at = models.DateTimeField()
    event = models.CharField(max_length=20)
    old = models.CharField(max_length=10, choices=ClaimState.choices)
    new = models.CharField(max_length=10, choices=ClaimState.choices)
    # who did it, null for us; the row stays as it is when that account goes
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, blank=True, related_name="+", db_constraint=False
    )
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(old__in=ClaimState.values, new__in=ClaimState.values), name="own_event_states_known"
            ),
        ]
        indexes = [models.Index(fields=["claim", "-id"], name="own_event_of_claim")]

    def __str__(self) -> str:
        return f"{self.event}: {self.old} → {self.new}"
