"""Addresses of the whole site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from core import views as core_views

admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", core_views.readyz, name="readyz"),
    path("favicon.ico", core_views.favicon),
    path("admin/", admin.site.urls),
    # the admin's own lets only those out who may work there
    path("sign-out/", LogoutView.as_view(next_page="catalog:home"), name="sign_out"),
    path("", include("verification.urls")),
    path("", include("catalog.urls")),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"
