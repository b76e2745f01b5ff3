"""The site's Celery application for the benchmark's workers: as in production, but that probes may go to loopback."""

from __future__ import annotations

import django
from django.conf import settings

from config.celery import app

django.setup()
settings.DEBUG = False  # the PROBE_ settings need debug mode, which would keep every statement in memory

__all__ = ["app"]
