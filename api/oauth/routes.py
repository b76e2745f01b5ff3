"""Addresses of OAuth."""

from __future__ import annotations

from allauth.idp.oidc import views as library
from django.urls import URLPattern, path

from api.oauth import app_views, consent, device_views, endpoints
from core.readonly import read_only

urlpatterns: list[URLPattern] = [
    path(".well-known/oauth-authorization-server", endpoints.metadata, name="oauth_metadata"),
    path(".well-known/openid-configuration", endpoints.metadata, name="openid_configuration"),
    path(".well-known/jwks.json", read_only(library.jwks), name="oauth_jwks"),
    path("oauth/authorize/", consent.authorize, name="oauth_authorize"),
    path("oauth/token", endpoints.token, name="oauth_token"),
    path("oauth/device/", device_views.page, name="oauth_device"),
    path("oauth/device/code", device_views.codes, name="oauth_device_codes"),
    path("oauth/revoke", endpoints.revoke, name="oauth_revoke"),
    path("oauth/userinfo", endpoints.userinfo, name="oauth_userinfo"),
    path("portal/apps/", app_views.listed, name="apps"),
    path("portal/apps/new/", app_views.register, name="app_new"),
    path("portal/apps/<slug:client>/remove/", app_views.remove, name="app_remove"),
    path("portal/apps/<slug:client>/shut-out/", app_views.shut_out, name="app_shut_out"),
]
