"""What `manage.py check --deploy` asks of an installation beside Django's own questions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from core.outbox.addresses import BadAddress, envelope


@register(Tags.security, deploy=True)
def limits_are_shared(**_options: Any) -> list[CheckMessage]:
    """Warn when nothing counts for all processes together."""
    if settings.LIMITS_STORE:
        return []
    said = "No Valkey is known that could count requests: each web process counts for itself, so a limit is as many"
    hint = "Set REDIS_URL; with CELERY_BROKER_URL beside it, only the limits use it (docs/limits.md)."
    return [Warning(f"{said} times as high as there are processes.", hint=hint, id="core.W001")]


@register(Tags.compatibility)
def senders_can_be_written_to(**_options: Any) -> list[CheckMessage]:
    """Refuse a sender, or an address for bounces, that no mail could come from."""
    found: list[CheckMessage] = []
    for name, value in (("EMAIL_FROM", settings.DEFAULT_FROM_EMAIL), ("EMAIL_BOUNCES", settings.EMAIL_BOUNCES)):
        try:
            plain = envelope(value) if value or name == "EMAIL_FROM" else ""
        except BadAddress as error:
            hint = 'Use an address such as no-reply@catalog.example, or "AI Apps <no-reply@catalog.example>".'
            found.append(Error(f"{name} is {value!r}: {error}", hint=hint, id="core.E001"))
            continue
        if name == "EMAIL_BOUNCES" and len(plain.partition("@")[0]) > 31:  # "+" and the mark make it 64
            said = "The part before the @ is longer than 31 characters: the mark of a mail does not fit behind it."
            found.append(Error(f"{name} is {value!r}: {said}", id="core.E001"))
    return found


@register(Tags.security, deploy=True)
def mails_have_a_sender(**_options: Any) -> list[CheckMessage]:
    """Warn when mails go out from an address that nobody can answer or judge."""
    if not settings.MAIL or not envelope(settings.DEFAULT_FROM_EMAIL).endswith("@localhost"):
        return []
    hint = "Set EMAIL_FROM to an address of a domain whose SPF and DKIM allow your mail server (docs/mail.md)."
    return [Warning("EMAIL_FROM is not set: most mail servers refuse mails from localhost.", hint=hint, id="core.W002")]
