"""What `manage.py check --deploy` says about sign-in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def sign_in(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Find mails that go nowhere, and a second step that was switched off."""
    found: list[CheckMessage] = []
    if not settings.MAIL:
        found.append(
            Warning(
                "EMAIL_URL is not set: mails are written to files, so nobody can confirm an address.",
                hint="Set EMAIL_URL=smtp://user:password@host:587 (docs/settings.md).",
                id="accounts.W001",
            )
        )
    if not settings.SECOND_STEP_REQUIRED:
        found.append(Error("SECOND_STEP_REQUIRED is off: a password alone opens the admin.", id="accounts.E001"))
    return found
