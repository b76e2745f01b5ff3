"""Addresses of the catalog's pages; stable (DESIGN section 5)."""

from __future__ import annotations

from django.urls import include, path, register_converter

from catalog import machine_views, views

app_name = "catalog"


class FeedForm:
    """The format of a feed: the ending of its address."""

    regex = "atom|json"

    def to_python(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


class LogoKey:
    """The beginning of a logo's hash."""

    regex = "[0-9a-f]{12}"

    def to_python(self, value: str) -> str:
        """Return it as it stands in the address."""
        return value

    def to_url(self, value: str) -> str:
        """Return it as it is."""
        return value


register_converter(FeedForm, "form")
register_converter(LogoKey, "logo")

urlpatterns = [
    path("", views.home, name="home"),
    path("tools/", views.tool_list, name="tools"),
    path("tools/<slug:slug>/", views.tool, name="tool"),
    path("tools/<slug:slug>/alternatives/", views.alternatives, name="alternatives"),
    path("categories/", views.categories, name="categories"),
    path("categories/<slug:slug>/", views.category, name="category"),
    path("new/", views.new, name="new"),
    path("compare/", views.compare, name="compare"),
    path("collections/", views.collections, name="collections"),
    path("collections/<slug:slug>/", views.collection, name="collection"),
    path("stats/", views.stats, name="stats"),
    path("suggest", views.suggest, name="suggest"),
    path("", include("catalog.personal.urls")),
    # for programs
    path("tools/<slug:slug>.md", machine_views.tool_as_markdown, name="tool_markdown"),
    path("tools/<slug:slug>/card.png", machine_views.tool_card, name="tool_card"),
    path("tools/<slug:slug>/logo-<logo:logo>.png", machine_views.tool_logo, name="tool_logo"),
    path("tools/<slug:slug>/logo-<logo:logo>-256.png", machine_views.tool_logo_large, name="tool_logo_large"),
    path("card.png", machine_views.site_card, name="site_card"),
    path("feeds/", machine_views.feed_list, name="feeds"),
    path("feeds/new.<form:form>", machine_views.feed_new, name="feed_new"),
    path("feeds/added.<form:form>", machine_views.feed_added, name="feed_added"),
    path("feeds/categories/<slug:slug>.<form:form>", machine_views.feed_category, name="feed_category"),
    path("feeds/tools/<slug:slug>.<form:form>", machine_views.feed_tool, name="feed_tool"),
    path("llms.txt", machine_views.llms_txt, name="llms"),
    path("opensearch.xml", machine_views.opensearch, name="opensearch"),
    path("robots.txt", machine_views.robots, name="robots"),
    path("sitemap.xml", machine_views.sitemap_index, name="sitemap"),
    path("sitemaps/<slug:name>.xml", machine_views.sitemap_section, name="sitemap_section"),
]
