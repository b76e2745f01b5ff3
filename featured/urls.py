"""Addresses of featured listings."""

from __future__ import annotations

from featured.routes import billing, money, portal, public

app_name = "featured"
urlpatterns = [*public.urlpatterns, *portal.urlpatterns, *money.urlpatterns, *billing.urlpatterns]
