"""Pages with a form whose answer leads to Stripe: browsers ask their policy whether it may."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpResponseBase

from core.middleware import csp
from featured import gateway

View = Callable[..., HttpResponseBase]


def leads_to_stripe(view: View) -> View:
    """Let forms of a page be redirected to Stripe's pages (in debug: to the stand-in's), and nowhere else."""

    @functools.wraps(view)
    def wrapped(*args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(*args, **kwargs)
        response.headers["Content-Security-Policy"] = csp(origins())
        return response

    return wrapped


def origins() -> list[str]:
    """Return where buyers are led to."""
    base = urlsplit(settings.STRIPE_API_BASE)
    return [gateway.CHECKOUT, gateway.PORTAL, *([f"{base.scheme}://{base.netloc}"] if base.netloc else [])]
