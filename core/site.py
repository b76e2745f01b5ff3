"""Where this site lives."""

from __future__ import annotations

from django.conf import settings


def absolute(path: str) -> str:
    """Return the public address of a path of this site: by SITE_URL, never by the Host header of a request."""
    return f"{settings.SITE_URL}{path}"
