"""The operators' desk of the portal: what owners say in public, and taking it down."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from core.desk import ReadOnly
from submissions import replying
from submissions.models import Reply
from submissions.services import Refused


@admin.register(Reply)
class ReplyAdmin(ReadOnly):
    """Public replies of owners, those that ended too."""

    actions = ("take_down",)
    list_display = ("at", "tool", "text", "by", "ended_at")
    list_select_related = ("tool", "by")
    search_fields = ("tool__slug", "tool__name", "text")
    ordering = ("-at", "-id")

    def has_take_down_permission(self, request: HttpRequest) -> bool:
        """Whoever may change replies may take them down; nobody may write in them."""
        return request.user.has_perm("submissions.change_reply")

    @admin.action(description="Take down: show it no more", permissions=["take_down"])
    def take_down(self, request: HttpRequest, queryset: Any) -> None:
        """End the chosen replies."""
        ended = 0
        for row in queryset.select_related("tool").order_by("pk"):
            try:
                replying.take_down(row, by=request.user)
            except Refused:
                continue  # it had ended already
            ended += 1
        self.message_user(request, f"Taken down: {ended}.", messages.SUCCESS if ended else messages.WARNING)
