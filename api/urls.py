"""Addresses of the API (DESIGN section 5) and of its pages for people."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path, re_path

from api import document_views, export_views, manifest_views, pages
from api.oauth import routes as oauth
from api.root_views import Missing
from api.routes import account, catalog, document, hooks, portal, verification
from api.routes import pages as portal_pages

app_name = "api"
v1: list[URLPattern] = [
    *catalog.urlpatterns,
    *verification.urlpatterns,
    *account.urlpatterns,
    *portal.urlpatterns,
    *hooks.urlpatterns,
    *document.urlpatterns,
    re_path(r"^(?P<rest>.*)$", Missing.as_view(), name="missing"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1", document_views.Root.as_view(), name="root"),
    path("api/v1/", include(v1)),
    *portal_pages.urlpatterns,
    *hooks.portal,
    *oauth.urlpatterns,
    path(".well-known/api-catalog", document_views.api_catalog, name="catalog"),
    path("schemas/manifest/2026-12-01.json", manifest_views.manifest_schema, name="manifest_schema"),
    path("exports/", export_views.listed, name="exports_for_people"),
    path("exports/latest", export_views.latest, name="export_latest"),
    path("exports/latest/<str:name>", export_views.latest, name="export_latest_file"),
    path("exports/<str:day>/<str:name>", export_views.export_file, name="export_file"),
    path("api/docs/", pages.docs, name="docs"),
    path("api/docs/errors/", pages.errors, name="errors"),
    path("api/docs/reference/", pages.reference, name="reference"),
    path("api/docs/reference/<str:operation>/", pages.operation, name="operation"),
    path("api/docs/reference/<str:operation>/go/", pages.go, name="go"),
]
