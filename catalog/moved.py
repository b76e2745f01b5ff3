"""Addresses that things had before: they answer 301, with the query of the request."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.urls import reverse

from catalog.choices import Status
from catalog.models import Alias, Tool


def tool(request: HttpRequest, slug: str, view: str, **rest: Any) -> HttpResponsePermanentRedirect:
    """Return the move from an old slug of a tool to what `view` shows now. Raises Http404 when it is none."""
    if slug != slug.lower() and Tool.objects.visible_to(request.user).filter(slug=slug.lower()).exists():
        return _moved(request, reverse(view, kwargs={"slug": slug.lower(), **rest}))
    alias = Alias.objects.select_related("tool").filter(slug=slug.lower(), tool__isnull=False).first()
    if alias is None or alias.tool is None:
        if Tool.objects.filter(slug=slug, status=Status.DELISTED).exists():  # why is nobody's business here
            raise Http404("This tool is not listed at the moment. It may come back; the search shows what is listed.")
        raise Http404(f"No tool is listed as “{slug}”. It may have been removed, or the address mistyped.")
    return _moved(request, reverse(view, kwargs={"slug": alias.tool.slug, **rest}))


def category(request: HttpRequest, slug: str, view: str, **rest: Any) -> HttpResponsePermanentRedirect:
    """Return the move from an old slug of a category. Raises Http404 when it is none."""
    alias = Alias.objects.select_related("category").filter(slug=slug, category__isnull=False).first()
    if alias is None or alias.category is None:
        raise Http404("There is no category at this address.")
    return _moved(request, reverse(view, kwargs={"slug": alias.category.slug, **rest}))


def _moved(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)
