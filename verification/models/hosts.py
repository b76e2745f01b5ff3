"""What we know of the hosts we ask: whose turn it is, who does not want us, what their robots.txt says."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class HostBudget(models.Model):
    """When the next request to a registrable domain or an address may go out."""

    key = models.CharField(max_length=260, primary_key=True)  # "example.com", "ip:192.0.2.1"
    next_at = models.DateTimeField(db_default=Now())
    day = models.DateField()
    used = models.PositiveIntegerField(default=0, help_text="requests on that day")
    daily = models.PositiveIntegerField(null=True, blank=True, help_text="allowed in a day, where not the default")

    def __str__(self) -> str:
        return self.key


class OptOut(models.Model):
    """A registrable domain that asked us not to make requests to it."""

    domain = models.CharField(max_length=255, unique=True)
    since = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=300, blank=True, help_text="for us; not shown")

    def __str__(self) -> str:
        return self.domain


class RobotsFile(models.Model):
    """The robots.txt of an origin as it was read; asked again after a day."""

    origin = models.CharField(max_length=300, primary_key=True)
    rule = models.CharField(max_length=10)
    text = models.TextField(blank=True)
    why = models.CharField(max_length=300, blank=True)
    fetched_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.origin
