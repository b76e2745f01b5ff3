"""What the API says of webhooks and deliveries."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from api import bodies
from api.hooks import events, services
from api.models import WebhookDelivery, WebhookEndpoint
from api.rendering import moment

TYPES = list(events.TYPES)


class WebhookShape(serializers.Serializer[Any]):
    """A webhook, without its secret."""

    key = serializers.CharField(help_text="names it")
    url = serializers.URLField()
    description = serializers.CharField(allow_null=True)
    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES))
    only = serializers.ChoiceField(
        choices=WebhookEndpoint.Only.values, help_text="kept: tools that you saved or put on a list; tools: see slugs"
    )
    slugs = serializers.ListField(child=serializers.SlugField())
    state = serializers.ChoiceField(choices=WebhookEndpoint.State.values)
    reason = serializers.CharField(allow_null=True, help_text="why it is disabled")
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(allow_null=True, help_text="nothing was taken since")
    previous_secret_until = serializers.DateTimeField(allow_null=True, help_text="so long the last secret signs too")
    position = serializers.IntegerField(help_text="the last serial of the change log that it was looked through for")
    created_at = serializers.DateTimeField()


class NewWebhookShape(WebhookShape):
    """A webhook with its secret, which is shown this once."""

    secret = serializers.CharField()


class MakeWebhookBody(serializers.Serializer[Any]):
    """What a new webhook is to be."""

    url = bodies.Line(max_length=2_048, help_text="https of a public name")
    description = bodies.Line(max_length=200, allow_blank=True, required=False, default="")
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), min_length=1, required=False, help_text="left out: all of them"
    )
    only = serializers.ChoiceField(choices=WebhookEndpoint.Only.values, required=False, default="all")
    slugs = serializers.ListField(
        child=serializers.SlugField(max_length=80), max_length=services.MOST_SLUGS, required=False,
        help_text="of listed tools, with only=tools",
    )  # fmt: skip


class WebhookBody(serializers.Serializer[Any]):
    """What of a webhook shall be different; what is left out stays."""

    url = bodies.Line(max_length=2_048, required=False)
    description = bodies.Line(max_length=200, allow_blank=True, required=False)
    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES), min_length=1, required=False)
    only = serializers.ChoiceField(choices=WebhookEndpoint.Only.values, required=False)
    slugs = serializers.ListField(
        child=serializers.SlugField(max_length=80), max_length=services.MOST_SLUGS, required=False
    )
    state = serializers.ChoiceField(choices=["active", "paused"], required=False)


class DeliveryShape(serializers.Serializer[Any]):
    """An event for a webhook, and how it went."""

    id = serializers.CharField(help_text="the webhook-id, and the event's id")
    type = serializers.ChoiceField(choices=[*TYPES, events.TEST])
    serial = serializers.IntegerField(allow_null=True, help_text="of the change; null for a test")
    state = serializers.ChoiceField(choices=WebhookDelivery.State.values)
    attempts = serializers.IntegerField(help_text="since it was made, or sent again by hand")
    due_at = serializers.DateTimeField(allow_null=True, help_text="when it is tried next")
    status = serializers.IntegerField(allow_null=True, help_text="of the last answer")
    error = serializers.CharField(allow_null=True, help_text="what went wrong last")
    took_ms = serializers.IntegerField(allow_null=True)
    created_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


def webhook(row: WebhookEndpoint) -> dict[str, Any]:
    """Return a webhook."""
    return {
        "key": row.key,
        "url": row.url,
        "description": row.description or None,
        "types": row.types,
        "only": row.only,
        "slugs": row.slugs,
        "state": row.state,
        "reason": row.reason or None,
        "disabled_at": moment(row.disabled_at),
        "failing_since": moment(row.failing_since),
        "previous_secret_until": moment(row.previous_until),
        "position": row.position,
        "created_at": moment(row.created_at),
    }


def delivery(row: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery."""
    return {
        "id": row.event_id,
        "type": row.type,
        "serial": row.serial,
        "state": row.state,
        "attempts": row.attempts,
        "due_at": moment(row.due_at) if row.state == WebhookDelivery.State.DUE else None,
        "status": row.status,
        "error": row.error or None,
        "took_ms": row.took_ms,
        "created_at": moment(row.created_at),
        "ended_at": moment(row.ended_at),
    }
