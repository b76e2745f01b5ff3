"""Addresses of the whole site."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, reverse_lazy
from django.views.generic import RedirectView

from accounts import views as accounts_views
from accounts.privacy import views as privacy_views
from core import audit_views
from core import views as core_views
from core.outbox import views as mail_views

# the admin has no sign-in of its own, for nobody: ours has limits and the second step
admin.site.login = accounts_views.desk_sign_in  # type: ignore[method-assign]
admin.site.site_header = admin.site.site_title = settings.SITE_NAME

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", core_views.healthz, name="healthz"),
    path("readyz", core_views.readyz, name="readyz"),
    path("favicon.ico", core_views.favicon),
    # nor a form for passwords of its own: ours asks who is there first
    path("admin/password_change/", RedirectView.as_view(url=reverse_lazy("account_change_password"))),
    path("admin/", admin.site.urls),
    path("account/", include("accounts.urls")),
    path("privacy/", privacy_views.page, name="privacy"),
    path("privacy/personal-data.schema.json", privacy_views.schema, name="personal_data_schema"),
    path("mail/", mail_views.written, name="mail_written"),  # in debug mode only
    path("mail/<str:token>/", mail_views.written_one, name="mail_written_one"),
    path("mail/leave/<str:token>/", mail_views.leave, name="mail_leave"),
    path("trust/audit/", audit_views.page, name="audit"),
    path("trust/audit.json", audit_views.as_json, name="audit_json"),
    path("", include("api.urls")),
    path("", include("submissions.urls")),
    path("", include("featured.urls")),
    path("", include("verification.urls")),
    path("", include("catalog.urls")),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"
