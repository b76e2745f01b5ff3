"""The five things that a step can say."""

from __future__ import annotations

from django.db import models


class Verdict(models.TextChoices):
    """What a step found. Only `fail` ever counts against a tool, and a soft fail only when it is seen again."""

    PASS = "pass", "Pass"
    WARN = "warn", "Warning"
    FAIL = "fail", "Fail"
    INCONCLUSIVE = "inconclusive", "Inconclusive"
    SKIPPED = "skipped", "Skipped"
