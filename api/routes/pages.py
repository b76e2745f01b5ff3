"""Pages of the API in the portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import key_views

urlpatterns: list[URLPattern] = [
    path("portal/keys/", key_views.listed, name="keys"),
    path("portal/keys/new/", key_views.make, name="key_new"),
    path("portal/keys/<slug:prefix>/rotate/", key_views.rotate, name="key_rotate"),
    path("portal/keys/<slug:prefix>/revoke/", key_views.revoke, name="key_revoke"),
    path("portal/usage/", key_views.used, name="usage"),
]
