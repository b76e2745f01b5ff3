"""Mails as rows; the lists that people left; the addresses that take no mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

IS_OF_A_LIST = models.ExpressionWrapper(~Q(list_name=""), output_field=models.BooleanField())


class OutgoingMail(models.Model):
    """One mail to one address. Written by `core.outbox.post` and moved on by `core.outbox.delivery` only.

    `message` is the whole mail as it goes out. It may hold codes and links that let people in, so it is emptied
    once it is sent, and a day after it could not be.
    """

    class State(models.TextChoices):
        """Where a mail is; the last three are final."""

        QUEUED = "queued", "waiting"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        DROPPED = "dropped", "not sent"  # who it was for left the list, or takes no mail

    key = models.CharField(max_length=200, unique=True)  # names the event: one mail for each
    kind = models.CharField(max_length=60)  # words joined by full stops: "account.login_code"
    list_name = models.CharField(max_length=40, blank=True)  # set: a mail that one can leave
    to = models.CharField(max_length=320)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    subject = models.CharField(max_length=250)
    token = models.CharField(max_length=40, unique=True)  # left part of the Message-ID, by which bounces are known
    message = models.BinaryField(default=b"", editable=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=400, blank=True)  # what went wrong last, or why it was not sent
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    due_at = models.DateTimeField(db_default=Now())
    gives_up_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # sent, failed or dropped
    server_down_at = models.DateTimeField(null=True, blank=True)  # the last try found no mail server
    bounced_at = models.DateTimeField(null=True, blank=True)  # sent, and came back

    class Meta:
        verbose_name = "outgoing mail"
        indexes = [
            # as delivery.CLAIM orders: a long digest must not be sorted anew for each mail
            models.Index(IS_OF_A_LIST, "due_at", "id", name="outbox_due", condition=Q(state="queued")),
            models.Index("server_down_at", name="outbox_server_down", condition=Q(server_down_at__isnull=False)),
            models.Index("lease_until", name="outbox_leases", condition=Q(state="sending")),
            models.Index("created_at", name="outbox_created"),
            models.Index("to", name="outbox_to"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="sending", lease_until__isnull=False)
                | (~Q(state="sending") & Q(lease_until__isnull=True)),
                name="outbox_lease_while_sending",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("queued", "sending"), ended_at__isnull=True)
                | Q(state__in=("sent", "failed", "dropped"), ended_at__isnull=False),
                name="outbox_ended_when_final",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("sent", "dropped")) | Q(message=b""), name="outbox_no_body_once_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def can_be_tried_again(self) -> bool:
        """Whether it failed and its words are still there."""
        return self.state == self.State.FAILED and bool(self.message)


class LeftList(models.Model):
    """Somebody wants no more mails of a list: an address, and the account that had it then."""

    list_name = models.CharField(max_length=40)
    address = models.CharField(max_length=320)  # in small letters
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = "list that was left"
        verbose_name_plural = "lists that were left"
        constraints = [models.UniqueConstraint("list_name", "address", name="outbox_left_once")]

    def __str__(self) -> str:
        return self.list_name


class RefusingAddress(models.Model):
    """An address that a mail server said takes no mail: no list is sent there until it is known to work again."""

    address = models.CharField(max_length=320, unique=True)  # in small letters
    reason = models.CharField(max_length=400)
    at = models.DateTimeField(db_default=Now())  # the last time

    class Meta:
        verbose_name = "address that takes no mail"
        verbose_name_plural = "addresses that take no mail"

    def __str__(self) -> str:
        return f"address {self.pk}"  # Django's history of the desk keeps this when the row is gone
