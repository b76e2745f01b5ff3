"""What both parts of the operators' desk share."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

MOST_AT_ONCE = 50  # runs that one click may begin: they go before scheduled ones, and no daily budget holds them


class ReadOnly(admin.ModelAdmin):
    """Rows that only the engine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are written by the engine only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was seen stays as it was seen."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Evidence is not taken away by hand."""
        return False
