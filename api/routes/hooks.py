"""Webhooks: by program, and their pages in the portal."""

from __future__ import annotations

from django.urls import URLPattern, path

from api.hooks import pages, views

urlpatterns: list[URLPattern] = [
    path("webhooks", views.Webhooks.as_view(), name="my_webhooks"),
    path("webhooks/<slug:hook>", views.OneWebhook.as_view(), name="my_webhook"),
    path("webhooks/<slug:hook>/test", views.WebhookTest.as_view(), name="webhook_testing"),
    path("webhooks/<slug:hook>/rotate", views.WebhookRotation.as_view(), name="webhook_rotation"),
    path("webhooks/<slug:hook>/deliveries", views.WebhookDeliveries.as_view(), name="webhook_deliveries"),
    path(
        "webhooks/<slug:hook>/deliveries/<slug:event>/redeliver", views.WebhookRedelivery.as_view(),
        name="webhook_redelivery",
    ),
]  # fmt: skip
portal: list[URLPattern] = [
    path("portal/webhooks/", pages.listed, name="webhooks"),
    path("portal/webhooks/new/", pages.make, name="webhook_new"),
    path("portal/webhooks/<slug:key>/", pages.one, name="webhook"),
    path("portal/webhooks/<slug:key>/edit/", pages.edit, name="webhook_edit"),
    path("portal/webhooks/<slug:key>/rotate/", pages.rotate, name="webhook_rotate"),
    path("portal/webhooks/<slug:key>/remove/", pages.remove, name="webhook_remove"),
    path("portal/webhooks/<slug:key>/pause/", pages.pause, name="webhook_pause"),
    path("portal/webhooks/<slug:key>/resume/", pages.resume, name="webhook_resume"),
    path("portal/webhooks/<slug:key>/test/", pages.test, name="webhook_test"),
    path("portal/webhooks/<slug:key>/deliveries/<slug:id>/again/", pages.redeliver, name="webhook_again"),
]
