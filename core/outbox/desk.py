"""The outbox at the operators' desk: to look at, and to try failed mails again. The words of mails are not shown:
they hold codes and links that let people in."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from core.outbox.models import OutgoingMail, RefusingAddress
from core.outbox.retrying import try_again


class Written(admin.ModelAdmin):
    """Rows that are not written by hand."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Mails are written by what they tell of."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was said to whom stays as it is."""
        return False


@admin.register(OutgoingMail)
class OutgoingMailAdmin(Written):
    """Where each mail is, and why."""

    list_display = ("created_at", "kind", "to", "state", "attempts", "due_at", "bounced_at", "reason")
    list_filter = ("state", "kind", ("bounced_at", admin.EmptyFieldListFilter))
    search_fields = ("to", "kind", "=token", "=key")
    search_help_text = "An address, a kind (account.login_code), or the left part of a Message-ID."
    ordering = ("-pk",)
    fields = (
        "kind", "to", "user", "subject", "list_name", "state", "reason", "attempts", "created_at", "due_at",
        "gives_up_at", "lease_until", "ended_at", "bounced_at", "key", "token",
    )  # fmt: skip
    show_full_result_count = False
    list_per_page = 100
    actions = ("send_again",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Rows go by themselves after 90 days."""
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Who may change mails may let them be tried again."""
        return bool(request.user.has_perm("core.change_outgoingmail"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[OutgoingMail]:
        """Leave the words where they are."""
        return super().get_queryset(request).defer("message")

    @admin.action(description="Try the chosen mails again", permissions=["retry"])
    def send_again(self, request: HttpRequest, chosen: QuerySet[OutgoingMail]) -> None:
        """Queue those that failed and still have their words."""
        pks = list(chosen.values_list("pk", flat=True))
        done = len(try_again(pks, actor=request.user))
        left = len(pks) - done
        said = f"Queued again: {done}." + (f" Left as they are: {left} (not failed, or emptied since)." if left else "")
        self.message_user(request, said, messages.WARNING if left else messages.SUCCESS)


@admin.register(RefusingAddress)
class RefusingAddressAdmin(Written):
    """Delete a row to let lists be sent to the address again."""

    list_display = ("address", "at", "reason")
    search_fields = ("address",)
    ordering = ("-at",)
    show_full_result_count = False
