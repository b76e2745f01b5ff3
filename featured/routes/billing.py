"""Addresses: pages of people who look after money."""

from __future__ import annotations

from django.urls import URLPattern, path

from featured.billing import views

urlpatterns: list[URLPattern] = [
    path("portal/billing/", views.index, name="billing_index"),
    path("portal/billing/grant/", views.grant, name="billing_grant"),
    path("portal/billing/bookings/<slug:booking>/", views.booking, name="billing_booking"),
    path("portal/billing/bookings/<slug:booking>/stop/", views.stop, name="billing_stop"),
    path("portal/billing/orders/<slug:order>/", views.order, name="billing_order"),
    path("portal/billing/orders/<slug:order>/refund/", views.give_back, name="billing_give_back"),
    path("portal/billing/refunds/<slug:refund>/", views.refund, name="billing_refund"),
    path("portal/billing/disputes/<int:dispute>/", views.dispute, name="billing_dispute"),
]
