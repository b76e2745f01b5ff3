"""Who asks: keys, what they used, OAuth."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
