"""A list as others see it: its page, the same for other pages to embed, as Markdown, JSON and feeds."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.clickjacking import xframe_options_exempt

from catalog import feeds, pricing
from catalog.markdown import escape, line, link, paragraphs
from catalog.models import ToolList
from catalog.personal import keeping
from catalog.personal.keeping import Entry
from catalog.personal.views import NO_LIST
from catalog.text import printable
from core.readonly import read_only
from core.site import absolute

# The one page that others may put in a frame: no script, no form, nothing of other hosts.
EMBED_CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *"


def _found(slug: str, user: Any) -> tuple[ToolList, list[Entry]]:
    """Return a list that this user may see, and its tools in order. Raises Http404, also when it is somebody's own."""
    found = ToolList.objects.visible_to(user).filter(key=slug).first()
    if found is None:
        raise Http404(NO_LIST)
    return found, keeping.entries(list(found.items.order_by("position", "pk")))


def _link_only(response: HttpResponse) -> HttpResponse:
    """Keep it out of search engines, and out of caches: a list that is no longer shared is gone at once."""
    response["X-Robots-Tag"] = "noindex"
    add_never_cache_headers(response)
    return response


@read_only
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """A list; for its owner with the buttons that change it."""
    found, entries = _found(slug, request.user)
    context = {
        "list": found,
        "entries": entries,
        "own": found.user_id == request.user.pk,
        "most": keeping.MOST_ITEMS,
        "link": absolute(found.get_absolute_url()),
        "embed": absolute(reverse("catalog:list_embed", args=[found.key])),
    }
    return _link_only(render(request, "catalog/personal/list.html", context))


@read_only
@xframe_options_exempt
def embed(request: HttpRequest, slug: str) -> HttpResponse:
    """A shared list for frames in other pages: the same for everybody, whoever is signed in."""
    try:
        found, entries = _found(slug, AnonymousUser())
        context, status = {"list": found, "entries": entries}, 200
    except Http404:
        context, status = {}, 404
    context |= {"SITE_NAME": settings.SITE_NAME, "SITE_URL": settings.SITE_URL}
    response = render(None, "catalog/personal/embed.html", context, status=status)
    response["Content-Security-Policy"] = EMBED_CSP
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return _link_only(response)


@read_only
def as_json(request: HttpRequest, slug: str) -> HttpResponse:
    """A list as JSON."""
    found, entries = _found(slug, request.user)
    told = {
        "title": found.title,
        "description": found.description,
        "url": absolute(found.get_absolute_url()),
        "changed_at": found.changed_at.isoformat(),
        "tools": [_told(entry) for entry in entries],
    }
    return _link_only(JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1}))


def _told(entry: Entry) -> dict[str, Any]:
    tool = entry.tool
    if tool is None:
        return {"name": entry.row.name, "listed": False, "note": entry.row.note}
    return {
        "slug": tool.slug,
        "name": tool.name,
        "listed": True,
        "note": entry.row.note,
        "tagline": tool.tagline,
        "price": pricing.text(tool),
        "url": absolute(tool.get_absolute_url()),
        "homepage": tool.homepage,
    }


@read_only
def as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """A list as Markdown."""
    found, entries = _found(slug, request.user)
    rows = "\n".join(f"{number}. {_row(entry)}" for number, entry in enumerate(entries, 1))
    parts = [f"# {line(found.title)}", *paragraphs(found.description), *([rows] if rows else [])]
    parts.append(f"Page: <{absolute(found.get_absolute_url())}>")
    text = "\n\n".join(parts) + "\n"
    return _link_only(HttpResponse(text, content_type="text/markdown; charset=utf-8"))


def _row(entry: Entry) -> str:
    if entry.tool is None:
        return f"{escape(entry.row.name)} (no longer listed)"
    words = entry.row.note or entry.tool.tagline
    return f"{link(entry.tool.name, absolute(entry.tool.get_absolute_url()))}: {escape(words)}"


@read_only
def as_feed(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The tools of a list as a feed, in the order in which they were added, the latest first."""
    found, entries = _found(slug, request.user)
    latest = sorted(entries, key=lambda entry: (entry.row.added_at, entry.row.pk), reverse=True)
    feed = feeds.Feed(
        title=f"{printable(found.title)} · {settings.SITE_NAME}",
        subtitle=f"Tools added to the list “{printable(found.title)}”, the latest first.",
        page=found.get_absolute_url(),
        view="catalog:list_feed",
        slug=found.key,
        items=[_item(entry) for entry in latest if entry.tool][: feeds.MOST],
    )
    write, content_type = feeds.WRITERS[form]
    return _link_only(HttpResponse(write(feed), content_type=content_type))


def _item(entry: Entry) -> feeds.Item:
    assert entry.tool is not None
    return feeds.Item(
        id=feeds.tag(f"list-items/{entry.row.pk}"),
        path=entry.tool.get_absolute_url(),
        title=printable(entry.tool.name),
        text=printable(entry.row.note or entry.tool.tagline),
        published=entry.row.added_at,
        updated=entry.row.added_at,
    )
