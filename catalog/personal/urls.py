"""Addresses of what people keep; part of the catalog's names."""

from __future__ import annotations

from django.urls import path

from catalog.personal import follow_views, list_views, views

urlpatterns = [
    path("saved/", views.saved, name="saved"),
    path("lists/", views.lists, name="lists"),
    path("lists/add/", views.add_to_list, name="list_add"),
    path("lists/<slug:slug>/", list_views.page, name="list"),
    path("lists/<slug:slug>/edit/", views.edit_list, name="list_edit"),
    path("lists/<slug:slug>/items/", views.change_items, name="list_items"),
    path("lists/<slug:slug>/embed/", list_views.embed, name="list_embed"),
    path("lists/<slug:slug>.json", list_views.as_json, name="list_json"),
    path("lists/<slug:slug>.md", list_views.as_markdown, name="list_markdown"),
    path("lists/<slug:slug>/feed.<form:form>", list_views.as_feed, name="list_feed"),
    path("following/", follow_views.following, name="following"),
    path("following/digest/", follow_views.choose_digest, name="digest"),
    path("following/feed/", follow_views.renew_feed, name="feed_renew"),
    path("feeds/personal/<str:token>.xml", follow_views.personal_feed, name="feed_personal"),
]
