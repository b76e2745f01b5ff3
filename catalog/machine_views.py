"""What programs read: feeds, site map, robots.txt, OpenSearch, llms.txt, Markdown, pictures for shared links."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag

from catalog import card_image, feeds, llms, moved, sitemap, tool_markdown, tool_page
from catalog.choices import Away, Status
from catalog.models import Category, Logo, Tool
from catalog.records import with_record_rows
from catalog.tool_page import ToolPage
from core.readonly import read_only
from core.site import absolute

YEAR = 31_536_000  # seconds


def _open(response: HttpResponse) -> HttpResponse:
    """Let scripts of other sites read it: it is public and says the same to everybody."""
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


# -- feeds -----------------------------------------------------------------------------------------------------------


def _feed(feed: feeds.Feed, form: str) -> HttpResponse:
    write, content_type = feeds.WRITERS[form]
    return _open(HttpResponse(write(feed), content_type=content_type))


@read_only
def feed_new(request: HttpRequest, form: str) -> HttpResponse:
    """Newly launched tools."""
    return _feed(feeds.newly_launched(), form)


@read_only
def feed_added(request: HttpRequest, form: str) -> HttpResponse:
    """Recently added tools."""
    return _feed(feeds.recently_added(), form)


@read_only
def feed_category(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """Tools recently added to a category of either level."""
    found = Category.objects.filter(slug=slug).first()
    if found is None:
        return moved.category(request, slug, "catalog:feed_category", form=form)
    return _feed(feeds.of_category(found), form)


@read_only
def feed_tool(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """What changed in the listing of a tool."""
    found = Tool.objects.listed().filter(slug=slug).first()
    if found is None:
        return moved.tool(request, slug, "catalog:feed_tool", form=form)
    return _feed(feeds.of_tool(found), form)


@read_only
def feed_list(request: HttpRequest) -> HttpResponse:
    """The page that names the feeds and what else programs read."""
    return render(request, "catalog/feeds.html", {"categories": Category.objects.top().in_order()})


# -- for crawlers and browsers ---------------------------------------------------------------------------------------


@read_only
def sitemap_index(request: HttpRequest) -> HttpResponse:
    """The parts of the site map."""
    text = sitemap.xml("sitemapindex", "sitemap", sitemap.index())
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


@read_only
def sitemap_section(request: HttpRequest, name: str) -> HttpResponse:
    """One part of the site map."""
    entries = sitemap.section(name)
    if not entries:
        raise Http404("The site map has no such part, or nothing is in it. /sitemap.xml names all there are.")
    return HttpResponse(sitemap.xml("urlset", "url", entries), content_type="application/xml; charset=utf-8")


@read_only
def robots(request: HttpRequest) -> HttpResponse:
    """Let crawlers read pages, feeds and Markdown, not the endless combinations of filters (RFC 9309)."""
    rules = [
        "User-agent: *",
        "Disallow: /account/",
        "Disallow: /admin/",
        "Disallow: /suggest",
        "Disallow: /compare/?*",
        # The longer rule wins: a whole list may be read page by page. Without the star at the end, Python's own
        # parser would drop the question mark and shut out every tool.
        "Disallow: /tools/?*",
        "Allow: /tools/?page=",
        "Disallow: /categories/*?*",
        "Allow: /categories/*?page=",
        "",
        f"Sitemap: {absolute(reverse('catalog:sitemap'))}",
    ]
    return HttpResponse("\n".join(rules) + "\n", content_type="text/plain; charset=utf-8")


@read_only
def opensearch(request: HttpRequest) -> HttpResponse:
    """How a browser searches here (OpenSearch 1.1; a short name has at most 16 characters)."""
    context = {"short_name": settings.SITE_NAME[:16].strip(), "search": "{searchTerms}"}
    content_type = "application/opensearchdescription+xml; charset=utf-8"
    return render(request, "catalog/opensearch.xml", context, content_type=content_type)


@read_only
def llms_txt(request: HttpRequest) -> HttpResponse:
    """What this site is and how a language model reads it (llmstxt.org)."""
    return _open(HttpResponse(llms.document(), content_type="text/plain; charset=utf-8"))


# -- a tool ----------------------------------------------------------------------------------------------------------


def markdown_response(page: ToolPage) -> HttpResponse:
    """Return a tool's page as Markdown; search engines are told that the page itself is the original."""
    response = HttpResponse(tool_markdown.document(page), content_type="text/markdown; charset=utf-8")
    response["Link"] = f'<{absolute(page.tool.get_absolute_url())}>; rel="canonical"'
    response["Content-Location"] = reverse("catalog:tool_markdown", args=[page.tool.slug])
    if page.tool.away == Away.ARCHIVED:
        response["X-Robots-Tag"] = "noindex"
    return _open(response)


@read_only
def tool_as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """One tool as Markdown."""
    found = with_record_rows(Tool.objects.visible_to(request.user)).filter(slug=slug).first()
    if found is None:
        return moved.tool(request, slug, "catalog:tool_markdown")
    return markdown_response(tool_page.of(found, timezone.now().date()))


@read_only
def tool_card(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture of a tool for shared links."""
    found = Tool.objects.listed().select_related("category").prefetch_related("plans").filter(slug=slug).first()
    if found is None:
        return moved.tool(request, slug, "catalog:tool_card")
    logo = bytes(Logo.objects.values_list("small", flat=True).get(pk=found.pk)) if found.logo_key else b""
    return _card(request, card_image.of_tool(found, logo))


@read_only
def tool_logo(request: HttpRequest, slug: str, logo: str) -> HttpResponse:
    """The logo of a tool, 128 pixels wide."""
    return _logo(request, slug, logo, "small", "catalog:tool_logo")


@read_only
def tool_logo_large(request: HttpRequest, slug: str, logo: str) -> HttpResponse:
    """The logo of a tool, 256 pixels wide."""
    return _logo(request, slug, logo, "large", "catalog:tool_logo_large")


def _logo(request: HttpRequest, slug: str, key: str, size: str, view: str) -> HttpResponse:
    """Serve a logo for ever under the address that has its hash; an older address leads to the logo of today."""
    found = Tool.objects.visible_to(request.user).filter(slug=slug).values_list("pk", "logo_key", "status").first()
    if found is None:
        return moved.tool(request, slug, view, logo=key)
    pk, now, status = found
    if not now:
        raise Http404("This tool has no logo.")
    if now != key:
        response: HttpResponse = HttpResponseRedirect(reverse(view, args=[slug, now]))
        response["Cache-Control"] = "no-store"
        return response
    data = bytes(Logo.objects.values_list(size, flat=True).get(pk=pk))
    response = HttpResponse(data, content_type="image/png")
    seen_by = "public" if status != Status.DELISTED else "private"
    response["Cache-Control"] = f"{seen_by}, max-age={YEAR}, immutable"
    response["ETag"] = f'"{key}"'
    response["Content-Security-Policy"] = "default-src 'none'"
    response["X-Content-Type-Options"] = "nosniff"
    return _open(response)


@read_only
def site_card(request: HttpRequest) -> HttpResponse:
    """The picture of the site for shared links."""
    return _card(request, card_image.of_site(Tool.objects.listed().count()))


def _card(request: HttpRequest, card: card_image.Card) -> HttpResponse:
    """Draw a card, unless the client has it already."""
    etag = quote_etag(card.etag)
    kept: Any = get_conditional_response(request, etag=etag)
    response = kept or HttpResponse(card_image.png(card), content_type="image/png")
    response["ETag"] = etag
    return _open(response)
