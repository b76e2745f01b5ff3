"""What the parts of the operators' desk share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

MOST_AT_ONCE = 50  # runs that one click may begin: they go before scheduled ones, and no daily budget holds them


class Shown(admin.ModelAdmin):
    """Rows whose list posts, with each action, what it showed of them: a decision is about that and nothing newer."""

    def seen(self, row: Any) -> str:
        """Return what names the state of a row as it is shown."""
        raise NotImplementedError

    def action_checkbox(self, obj: Any) -> SafeString:
        """Return the box of a row with a hidden field for what is shown in it."""
        hidden = format_html('<input type="hidden" name="seen-{}" value="{}">', obj.pk, self.seen(obj))
        return super().action_checkbox(obj) + hidden

    def seen_by(self, request: HttpRequest, row: Any) -> str:
        """Return what the page that was answered showed of a row, "" for one that was not on it."""
        return request.POST.get(f"seen-{row.pk}", "")
