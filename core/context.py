"""What every page knows about the site."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, str | bool]:
    """Return the site's name and public address for templates, and whether payments are for trying out only."""
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SITE_URL": settings.SITE_URL,
        "TEST_PAYMENTS": bool(settings.STRIPE_API_BASE),
    }
