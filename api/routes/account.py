"""Who asks: the account, its keys, what they used."""

from __future__ import annotations

from django.urls import URLPattern, path

from api import account_views as views

urlpatterns: list[URLPattern] = [
    path("me", views.Me.as_view(), name="me"),
    path("me/usage", views.MyUsage.as_view(), name="my_usage"),
    path("keys", views.Keys.as_view(), name="my_keys"),
    path("keys/leaks", views.Leaks.as_view(), name="leaks"),
    path("keys/<slug:prefix>", views.OneKey.as_view(), name="my_key"),
    path("keys/<slug:prefix>/rotate", views.Rotation.as_view(), name="rotation"),
]
