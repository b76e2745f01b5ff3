"""Background work of the API: thin tasks, one service call each, safe to run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from api.exports import stored
from api.hooks import delivery, services
from api.manifests import keeping


@shared_task(name="api.manifests", soft_time_limit=280, time_limit=300)
def manifests() -> int:
    """Make manifests of what listings say since; return how many."""
    return keeping.sweep()


@shared_task(name="api.exports", soft_time_limit=540, time_limit=570)
def exports() -> bool:
    """Write the export of the day; return whether it was not there yet. One that was killed leaves nothing behind."""
    keeping.sweep()
    return stored.make(timezone.now().date())


@shared_task(name="api.webhooks", soft_time_limit=100, time_limit=120)
def webhooks() -> dict[str, int]:
    """Write what webhooks are to be told and send what is due, for about 30 seconds."""
    return vars(delivery.deliver())


@shared_task(name="api.renew_secrets", soft_time_limit=280, time_limit=300)
def renew_secrets() -> int:
    """Seal secrets of webhooks by the present SECRET_KEY; return of how many."""
    return services.renew_secrets()
