"""What the API knows of a person (accounts.privacy)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q

from accounts.models import User
from accounts.privacy.registry import personal
from api import idempotency, usage
from api.hooks import services
from api.models import ApiKey, IdempotencyKey, Usage, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.rendering import moment
from core.retention import Kept, delete, keep

HOOKS_KEPT = dt.timedelta(days=30)


def register() -> None:
    """Say it."""
    personal(
        "api", export=_exported, erase=_erase,
        covers=["api.apikey.owner", "api.idempotencykey.account", "api.usage.user", "api.webhookendpoint.account"],
        told="your keys to the API, which stop working at once, and what they used; your webhooks",
    )  # fmt: skip
    keep(
        Kept(
            "api-keys", "Keys to the API that ended: names, when and from which part of the network they were used",
            "400 days after their end, as what they used", "to find out what a lost key did", _forget_keys,
        )
    )  # fmt: skip
    keep(
        Kept(
            "api-usage", "How much of the API an account used on a day", "400 days", "to compare with a year ago",
            _forget_usage,
        )
    )  # fmt: skip
    keep(
        Kept(
            "api-idempotency",
            "What a program made by a request that it may send again: its Idempotency-Key and a digest",
            "24 hours, until the job of that day", "to make nothing twice", _forget_repeated,
        )
    )  # fmt: skip
    keep(
        Kept(
            "api-webhooks", "Events that were sent to webhooks, and each try", "30 days after they were made or tried",
            "to find out why one did not arrive, and to send it again", _forget_deliveries,
        )
    )  # fmt: skip
    keep(
        Kept(
            "api-webhook-secrets", "The secret of a webhook that was replaced, encrypted",
            "24 hours, until the job of that day", "to sign with both until the new one is in its place",
            services.forget_secrets,
        )
    )  # fmt: skip


def _exported(user: User) -> Any:
    rows = ApiKey.objects.visible_to(user).newest_first()
    return {
        "keys": [
            {
                "name": one.name,
                "prefix": one.prefix,
                "scopes": one.scopes,
                "created": moment(one.created_at),
                "expires": moment(one.expires_at),
                "last used": moment(one.last_used_at),
                "last network": one.last_network,
                "revoked": moment(one.revoked_at),
            }
            for one in rows
        ],
        "usage": [
            {
                "day": one.day.isoformat(),
                "key": one.key.prefix if one.key else None,
                "requests": one.requests,
                "units": one.units,
                "unchanged": one.unchanged,
                "refused": one.refused,
                "errors": one.errors,
            }
            for one in Usage.objects.visible_to(user).select_related("key").order_by("day", "id")
        ],
        "idempotency keys": [
            {"key": one.key, "made": one.made, "created": moment(one.created_at)}
            for one in IdempotencyKey.objects.visible_to(user).order_by("created_at", "id")
        ],
        "webhooks": [
            {
                "address": one.url,
                "description": one.description,
                "types": one.types,
                "tools": one.slugs or [one.only],
                "state": one.state,
                "created": moment(one.created_at),
                "disabled": moment(one.disabled_at),
                "reason": one.reason,
            }
            for one in WebhookEndpoint.objects.visible_to(user).order_by("created_at", "id")
        ],
    }


def _erase(user: User) -> None:
    Usage.objects.filter(user=user).delete()
    IdempotencyKey.objects.filter(account=user).delete()
    ApiKey.objects.filter(owner=user).delete()
    WebhookEndpoint.objects.filter(account=user).delete()


def _forget_keys(now: dt.datetime) -> int:
    over = Q(revoked_at__lt=now - usage.KEPT) | Q(expires_at__lt=now - usage.KEPT)
    return delete(ApiKey.objects.filter(over))


def _forget_usage(now: dt.datetime) -> int:
    return delete(Usage.objects.filter(day__lt=(now - usage.KEPT).date()))


def _forget_repeated(now: dt.datetime) -> int:
    return delete(IdempotencyKey.objects.filter(created_at__lt=now - idempotency.KEPT))


def _forget_deliveries(now: dt.datetime) -> int:
    """Delete what ended and is too old; what still waits, of a paused webhook, stays until it is sent or removed."""
    old = now - HOOKS_KEPT
    ended = WebhookDelivery.objects.filter(created_at__lt=old).exclude(state=WebhookDelivery.State.DUE)
    WebhookEndpoint.objects.filter(left_out_at__lt=old).update(left_out_from=None, left_out_to=None, left_out_at=None)
    return delete(WebhookAttempt.objects.filter(at__lt=old)) + delete(ended)
