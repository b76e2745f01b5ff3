"""Addresses of the portal."""

from __future__ import annotations

from submissions.routes import curation, owners, public, review, submit

app_name = "submissions"
urlpatterns = [
    *submit.urlpatterns,
    *owners.urlpatterns,
    *public.urlpatterns,
    *curation.urlpatterns,  # before those of the review, where anything after /review/ is a submission's key
    *review.urlpatterns,
]
