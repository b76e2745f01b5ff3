"""Pages with a form whose answer leads to Stripe: browsers ask their policy whether it may."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponse

from core.middleware import csp
from featured import gateway


def pays(response: HttpResponse) -> HttpResponse:
    """Let forms of a page be redirected to Stripe's pages (in debug: to the stand-in's), and nowhere else."""
    response.headers["Content-Security-Policy"] = csp(origins())
    return response


def origins() -> list[str]:
    """Return where buyers are led to."""
    base = urlsplit(settings.STRIPE_API_BASE)
    return [gateway.CHECKOUT, gateway.PORTAL, *([f"{base.scheme}://{base.netloc}"] if base.netloc else [])]
