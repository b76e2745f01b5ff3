"""Addresses of the portal."""

from __future__ import annotations

from submissions.routes import curation, owners, public, review, submit

app_name = "submissions"
urlpatterns = [
    *submit.urlpatterns,
    *owners.urlpatterns,
    *public.urlpatterns,
    *review.urlpatterns,
    *curation.urlpatterns,
]
