"""JSON as it is sent: UTF-8, no float where an amount is meant (amounts are strings already)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import orjson
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """Writes answers with orjson. `Accept` may also name problem+json: errors are sent as that."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """Return the bytes of an answer; None is no body."""
        return b"" if data is None else dumps(data)


def dumps(data: Any) -> bytes:
    """Return data as JSON. Times have seconds and a Z; lazy texts of Django become texts."""
    return orjson.dumps(data, default=str, option=orjson.OPT_UTC_Z)


def moment(value: dt.datetime | None) -> str | None:
    """Return a time as the API writes it: UTC, whole seconds, RFC 3339."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if value else None


def day(value: dt.date | None) -> str | None:
    """Return a day as the API writes it."""
    return value.isoformat() if value else None
