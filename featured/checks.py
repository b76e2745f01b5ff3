"""What `manage.py check` asks of how payments are set up (docs/payments.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from featured import gateway, prices

SECRET_KEYS = ("sk_test_", "sk_live_", "rk_test_", "rk_live_")


@register(Tags.security)
def keys_are_keys(**_options: Any) -> list[CheckMessage]:
    """Refuse what cannot be a secret key, or a webhook's secret, of Stripe. Says nothing of what it is."""
    found: list[CheckMessage] = []
    key = settings.STRIPE_SECRET_KEY
    if key and not key.startswith(SECRET_KEYS):
        hint = "It begins with sk_test_ or sk_live_ (or rk_, restricted); pk_ is the public one, which is not needed."
        found.append(Error("STRIPE_SECRET_KEY is no secret key of Stripe.", hint=hint, id="featured.E001"))
    if any(not one.startswith("whsec_") for one in settings.STRIPE_WEBHOOK_SECRETS):
        hint = "Copy the signing secret of the endpoint from Stripe's dashboard: whsec_…"
        found.append(Error("STRIPE_WEBHOOK_SECRET is no signing secret.", hint=hint, id="featured.E002"))
    return found


@register(Tags.security, deploy=True)
def payments_can_be_told_of(**_options: Any) -> list[CheckMessage]:
    """Warn of a shop that would sell without hearing of payments, in test mode, or at other prices than ours."""
    if not gateway.is_on():
        return []
    found: list[CheckMessage] = []
    if not settings.STRIPE_WEBHOOK_SECRETS:
        hint = "Make an endpoint for /featured/stripe/webhook/ and set STRIPE_WEBHOOK_SECRET (docs/payments.md)."
        said = "STRIPE_SECRET_KEY is set and STRIPE_WEBHOOK_SECRET is not: Stripe cannot tell this site of payments."
        found.append(Error(said, hint=hint, id="featured.E003"))
    if gateway.is_test() and not settings.DEBUG:
        hint = "Right for trying it out. Set the live key, and the live endpoint's secret, when you sell."
        found.append(Warning("Payments are in test mode: no money moves.", hint=hint, id="featured.W001"))
    if settings.STRIPE_WEBHOOK_SECRETS and not settings.SITE_URL.startswith("https://"):
        found.append(Warning("SITE_URL is not https: Stripe sends live events to https only.", id="featured.W002"))
    return found + _prices()


def _prices() -> list[CheckMessage]:
    """Ask Stripe, in one call, whether its prices are ours."""
    try:
        wrong = [f"{key} {state}" for key, state in prices.states().items() if state != "kept"]
    except gateway.GatewayError as error:
        return [Warning(f"The prices could not be compared: {error}.", id="featured.W004")]
    hint = "Run `manage.py featured_prices`; until then nothing is sold at these."
    said = f"Prices at Stripe are not those of FEATURED_PRICES: {', '.join(wrong)}."
    return [Warning(said, hint=hint, id="featured.W003")] if wrong else []
