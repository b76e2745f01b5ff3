"""What the API says of webhooks and deliveries."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework import serializers

from api import bodies
from api.hooks import events, services, signing
from api.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from api.rendering import moment

TYPES = list(events.TYPES)
MOST_TRIES = 20  # of a delivery that are shown
LATEST = "latest_tries"


class LeftOutShape(serializers.Serializer[Any]):
    """What of the change log a webhook was not told of: read it with GET /changes?since= `since`."""

    since = serializers.IntegerField(help_text="the serial before it")
    to = serializers.IntegerField(help_text="its last serial")
    at = serializers.DateTimeField(help_text="when it was passed over last")


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
    secret_readable = serializers.BooleanField(
        help_text="false when the site lost the key that it is sealed by: nothing is sent until it is rotated"
    )
    left_out = LeftOutShape(
        allow_null=True, help_text="what was passed over, as the webhook was disabled or too far behind"
    )
    created_at = serializers.DateTimeField()


class NewWebhookShape(WebhookShape):
    """A webhook with its secret, which is shown this once."""

    secret = serializers.CharField()


class Address(bodies.Line):
    """Where a webhook may go. Checked with the other fields, so that all that is wrong is told at once."""

    def to_internal_value(self, data: Any) -> str:
        """Return the address in one spelling. Raises ValidationError."""
        try:
            return services.checked_url(super().to_internal_value(data))
        except services.Wrong as error:
            raise serializers.ValidationError(str(error)) from None


class Slugs(serializers.ListField):
    """Listed tools; checked with the other fields too."""

    child = serializers.SlugField(max_length=80)

    def to_internal_value(self, data: Any) -> list[str]:
        """Return the slugs. Raises ValidationError."""
        try:
            return services.known(super().to_internal_value(data))
        except services.Wrong as error:
            raise serializers.ValidationError(str(error)) from None


class MakeWebhookBody(serializers.Serializer[Any]):
    """What a new webhook is to be."""

    url = Address(max_length=2_048, help_text="https of a public name")
    description = bodies.Line(max_length=200, allow_blank=True, required=False, default="")
    types = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), min_length=1, required=False, help_text="left out: all of them"
    )
    only = serializers.ChoiceField(choices=WebhookEndpoint.Only.values, required=False, default="all")
    slugs = Slugs(max_length=services.MOST_SLUGS, required=False, help_text="of listed tools, with only=tools")


class WebhookBody(serializers.Serializer[Any]):
    """What of a webhook shall be different; what is left out stays."""

    url = Address(max_length=2_048, required=False)
    description = bodies.Line(max_length=200, allow_blank=True, required=False)
    types = serializers.ListField(child=serializers.ChoiceField(choices=TYPES), min_length=1, required=False)
    only = serializers.ChoiceField(choices=WebhookEndpoint.Only.values, required=False)
    slugs = serializers.ListField(  # judged by the change: those that stand there may be listed no more
        child=serializers.SlugField(max_length=80), max_length=services.MOST_SLUGS, required=False
    )
    state = serializers.ChoiceField(choices=["active", "paused"], required=False)


class TryShape(serializers.Serializer[Any]):
    """One try to send an event. Without an end it is being made, or its worker was stopped."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_null=True)
    took_ms = serializers.IntegerField(allow_null=True)


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
    tries = TryShape(many=True, help_text=f"the last {MOST_TRIES}, the latest first")


def webhook(row: WebhookEndpoint) -> dict[str, Any]:
    """Return a webhook."""
    left_out = None
    if row.left_out_at is not None:
        left_out = {"since": row.left_out_from, "to": row.left_out_to, "at": moment(row.left_out_at)}
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
        "secret_readable": signing.readable(row),
        "left_out": left_out,
        "created_at": moment(row.created_at),
    }


def delivery(row: WebhookDelivery) -> dict[str, Any]:
    """Return a delivery that with_tries fetched."""
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
        "tries": [_try(one) for one in getattr(row, LATEST)],
    }


def _try(row: WebhookAttempt) -> dict[str, Any]:
    return {
        "number": row.number,
        "at": moment(row.at),
        "ended_at": moment(row.ended_at),
        "status": row.status,
        "error": row.error or None,
        "took_ms": row.took_ms,
    }


def with_tries(rows: QuerySet[WebhookDelivery]) -> QuerySet[WebhookDelivery]:
    """Fetch deliveries without their bodies, and the last tries of each in one statement more."""
    tries = WebhookAttempt.objects.order_by("-number")[:MOST_TRIES]
    return rows.defer("body").prefetch_related(Prefetch("tries", tries, to_attr=LATEST))
