"""Addresses of featured listings."""

from __future__ import annotations

from featured.routes import money, portal, public

app_name = "featured"
urlpatterns = [*public.urlpatterns, *portal.urlpatterns, *money.urlpatterns]
