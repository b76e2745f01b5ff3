"""The Celery application: `celery -A config.celery worker`."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery
from celery.signals import beat_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("config")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def make_manifests(**_said: Any) -> None:
    """Ask for manifests as the site starts: what was just loaded can be locked at once, not after the first minute."""
    app.send_task("api.manifests", expires=60)
