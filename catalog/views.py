"""The pages of the catalog: fetch, one call, render."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog import changes, comparison, facets, facts, launches, pages, search, snippets
from catalog.browse import PAGE_SIZE, Browse
from catalog.filters import BadParameter
from catalog.models import Alias, Category, Change, Collection, Pick, Tool, tools_by_slug
from catalog.records import with_record_rows
from catalog.stats import figures
from catalog.words import QueryTooLong


def _today() -> dt.date:
    return timezone.now().date()


def _browse(request: HttpRequest, **extra: Any) -> Browse:
    try:
        return Browse(request, path=request.path, **extra)
    except BadParameter as error:
        raise BadRequest(str(error)) from error
    except search.SearchTimeout as error:
        raise BadRequest(str(error)) from error


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    tools = Tool.objects.listed().for_cards()
    counts = facets.count(facets.Narrowing())
    context = {
        "counts": counts,
        "index": pages.category_index(counts),
        "newest": tools.exclude(launched="").newest()[:6],
        "open_source": tools.filter(source="open_source", access="free").newest()[:6],
        "log": changes.recent(8, timezone.now() - dt.timedelta(days=7)),
        "collections": Collection.objects.in_order().with_size()[:4],
    }
    return render(request, "catalog/home.html", context)


@require_safe
def tool_list(request: HttpRequest) -> HttpResponse:
    """All tools, narrowed by filters."""
    browse = _browse(request)
    return render(request, "catalog/list.html", {"browse": browse, "tools": browse.tools})


@require_safe
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The tools of a category or sub-category, narrowed by filters."""
    found = Category.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        alias = Alias.objects.select_related("category").filter(slug=slug, category__isnull=False).first()
        if alias is None or alias.category is None:
            raise Http404("There is no category at this address.")
        return _moved(request, alias.category.get_absolute_url())
    browse = _browse(request, base=found)
    return render(request, "catalog/list.html", {"browse": browse, "tools": browse.tools, "category": found})


@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """All categories with their sub-categories and counts."""
    counts = facets.count(facets.Narrowing())
    return render(request, "catalog/categories.html", {"index": pages.category_index(counts), "counts": counts})


@require_safe
def tool(request: HttpRequest, slug: str) -> HttpResponse:
    """One tool."""
    found = with_record_rows(Tool.objects.visible_to(request.user)).filter(slug=slug).first()
    if found is None:
        return _old_tool_address(request, slug, "catalog:tool")
    context = {
        "tool": found,
        "facts": facts.rows(found, _today()),
        "reach": [(row, snippets.snippet(found, row)) for row in found.interfaces.all()],
        "alternatives": pages.related_tools(found, 4),
        "collections": Collection.objects.filter(picks__tool=found).in_order(),
        "log": changes.of_tool(Change.objects.filter(tool_id=found.pk).order_by("-serial")[:8]),
    }
    return render(request, "catalog/tool.html", context)


@require_safe
def alternatives(request: HttpRequest, slug: str) -> HttpResponse:
    """Tools that do the same job as this one, nearest first."""
    found = Tool.objects.visible_to(request.user).for_cards().filter(slug=slug).first()
    if found is None:
        return _old_tool_address(request, slug, "catalog:alternatives")
    return render(request, "catalog/alternatives.html", {"tool": found, "tools": pages.related_tools(found, 12)})


def _old_tool_address(request: HttpRequest, slug: str, name: str) -> HttpResponse:
    if slug != slug.lower() and Tool.objects.visible_to(request.user).filter(slug=slug.lower()).exists():
        return _moved(request, reverse(name, args=[slug.lower()]))
    alias = Alias.objects.select_related("tool").filter(slug=slug, tool__isnull=False).first()
    if alias is None or alias.tool is None:
        raise Http404(f"No tool is listed as “{slug}”. It may have been removed, or the address mistyped.")
    return _moved(request, reverse(name, args=[alias.tool.slug]))


def _moved(request: HttpRequest, path: str) -> HttpResponsePermanentRedirect:
    query = request.META.get("QUERY_STRING", "")
    return HttpResponsePermanentRedirect(f"{path}?{query}" if query else path)


@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Newly launched tools by period, and what was added to the catalog last."""
    period = request.GET.get("period") or launches.liveliest(Tool.objects.listed(), _today())
    if period not in {*launches.PERIODS, "added"}:
        raise BadRequest("“period” is one of today, week, month, year, added.")
    listed = Tool.objects.listed()
    found = listed.recently_added() if period == "added" else launches.launched_in(period, listed, _today())
    page = pages.numbered(Paginator(found.for_cards(), PAGE_SIZE), request.GET.get("page", "1"))
    context = {
        "period": period,
        "tabs": launches.tabs(listed, period, _today()),
        "page": page,
        "empty": "" if page.paginator.count else launches.empty_sentence(period, listed),
    }
    return render(request, "catalog/new.html", context)


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Up to five tools side by side."""
    asked = list(dict.fromkeys(filter(None, ",".join(request.GET.getlist("tools")).split(","))))
    added = request.GET.get("add", "").strip()
    if added:
        found = pages.slugs_like(added) or [added.replace(",", " ")]  # the page then says what it did not find
        return redirect(pages.compare_url([*asked, *found]))
    kept = asked[: comparison.MOST]
    tools = tools_by_slug(kept, with_record_rows(Tool.objects.visible_to(request.user)))
    only = request.GET.get("only") == "differences"
    lines = comparison.lines(tools, _today())
    shown = [line for line in lines if not (only and line.same)]
    context = {
        "tools": [(tool, pages.compare_url([one.slug for one in tools if one != tool])) for tool in tools],
        "slugs": ",".join(tool.slug for tool in tools),
        "groups": comparison.grouped(lines, only_differences=only),
        "only": only,
        "unknown": [slug for slug in kept if slug not in {tool.slug for tool in tools}],
        "left_out": asked[comparison.MOST :],
        "most": comparison.MOST,
        "markdown": comparison.markdown(tools, shown) if tools else "",
    }
    return render(request, "catalog/compare.html", context)


@require_safe
def collections(request: HttpRequest) -> HttpResponse:
    """All curated collections."""
    found = Collection.objects.in_order().with_size()
    return render(request, "catalog/collections.html", {"collections": found})


@require_safe
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """One curated collection with the reason for each tool."""
    picks = Pick.objects.filter(tool__in=Tool.objects.listed()).select_related("tool__category").order_by("position")
    picks = picks.prefetch_related("tool__interfaces", "tool__plans")
    found = Collection.objects.prefetch_related(Prefetch("picks", picks)).filter(slug=slug).first()
    if found is None:
        raise Http404("There is no collection at this address. The list of collections names all there are.")
    return render(request, "catalog/collection.html", {"collection": found, "picks": found.picks.all()})


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    """The catalog in figures."""
    return render(request, "catalog/stats.html", {"figures": figures(_today()), "today": _today()})


@require_safe
def suggest(request: HttpRequest) -> HttpResponse:
    """Names to offer while somebody types, as JSON."""
    text = request.GET.get("q", "")
    try:
        tools = pages.suggestions(text)
    except (QueryTooLong, search.SearchTimeout) as error:
        return JsonResponse({"q": text[:200], "tools": [], "message": str(error)}, status=400)
    rows = [{"name": t.name, "tagline": t.tagline, "slug": t.slug, "url": t.get_absolute_url()} for t in tools]
    return JsonResponse({"q": text, "tools": rows})
