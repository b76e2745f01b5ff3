"""What a booking delivered, by day: counts without people. And a pulse, from whose gaps our own outages are known."""

from __future__ import annotations

from django.db import models

from featured.models.bookings import Booking


class Delivery(models.Model):
    """The counts of a booking on one day (UTC) in one position among the cards of a page."""

    booking = models.ForeignKey(Booking, models.CASCADE, related_name="delivered")
    day = models.DateField()
    position = models.PositiveSmallIntegerField(help_text="where the card stood, 1 first")
    rendered = models.PositiveBigIntegerField(default=0, help_text="pages served with the card on them")
    viewable = models.PositiveBigIntegerField(default=0, help_text="half of the card in view for a second")
    clicks = models.PositiveBigIntegerField(default=0)
    filtered = models.PositiveBigIntegerField(default=0, help_text="clicks of programs, taken out")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["booking", "day", "position"], name="delivery_once")]

    def __str__(self) -> str:
        return f"{self.day}: {self.rendered}"


class Heartbeat(models.Model):
    """A stretch of time in which this site ran: the scheduler makes the last one longer, or begins another."""

    began_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-last_at"], name="heartbeat_last")]

    def __str__(self) -> str:
        return f"{self.began_at:%Y-%m-%d %H:%M} to {self.last_at:%Y-%m-%d %H:%M}"
