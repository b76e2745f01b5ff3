"""The pages of the catalog: fetch, one call, render."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers

from catalog import changes, comparison, facets, jsonld, launches, limits, moved, pages, search, tool_page
from catalog.browse import PAGE_SIZE, Browse
from catalog.choices import VERIFIED
from catalog.filters import BadParameter
from catalog.machine_views import markdown_response
from catalog.models import Category, Collection, Pick, Tool, tools_by_slug
from catalog.reach.events import shows, shows_list
from catalog.records import with_record_rows
from catalog.stats import figures
from catalog.words import QueryTooLong
from core.clean import shown
from core.limited import limited, searches
from core.negotiation import wants_markdown
from core.readonly import read_only
from core.site import absolute


def _today() -> dt.date:
    return timezone.now().date()


def _browse(request: HttpRequest, **extra: Any) -> Browse:
    try:
        return Browse(request, path=request.path, **extra)
    except BadParameter as error:
        raise BadRequest(str(error)) from error
    except search.SearchTimeout as error:
        raise BadRequest(str(error)) from error


def _shows_list(request: HttpRequest, browse: Browse) -> None:
    if browse.page > 1:  # who turns pages does not filter again
        shows(request, browse.tools)
        return
    read = {one.facet: one.values for one in browse.filter.readings}
    shows_list(request, browse.tools, asked=browse.asked, read=read, q=browse.q)


@read_only
def home(request: HttpRequest) -> HttpResponse:
    """The front page."""
    tools = Tool.objects.found().for_cards()
    counts = facets.count(facets.Narrowing())
    newest = tools.exclude(launched="").newest()[:6]
    verified = tools.filter(level__gte=VERIFIED).recently_verified()[:6]
    open_source = tools.filter(source="open_source", access="free").newest()[:6]
    context = {
        "counts": counts,
        "index": pages.category_index(counts),
        "newest": newest,
        "verified": verified,
        "open_source": open_source,
        "log": changes.recent(8, timezone.now() - dt.timedelta(days=7)),
        "collections": Collection.objects.in_order().with_size()[:4],
        "linked_data": [jsonld.website()],
    }
    shows(request, newest, verified, open_source)
    return render(request, "catalog/home.html", context)


@read_only
@limited(limits.SEARCH, when=searches)
def tool_list(request: HttpRequest) -> HttpResponse:
    """All tools, narrowed by filters."""
    browse = _browse(request)
    _shows_list(request, browse)
    return render(request, "catalog/list.html", {"browse": browse, "tools": browse.tools})


@read_only
@limited(limits.SEARCH, when=searches)
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """The tools of a category or sub-category, narrowed by filters."""
    found = Category.objects.select_related("parent").filter(slug=slug).first()
    if found is None:
        return moved.category(request, slug, "catalog:category")
    browse = _browse(request, base=found)
    _shows_list(request, browse)
    context = {
        "browse": browse,
        "tools": browse.tools,
        "category": found,
        "linked_data": [jsonld.breadcrumbs(found)],
    }
    return render(request, "catalog/list.html", context)


@read_only
def categories(request: HttpRequest) -> HttpResponse:
    """All categories with their sub-categories and counts."""
    counts = facets.count(facets.Narrowing())
    return render(request, "catalog/categories.html", {"index": pages.category_index(counts), "counts": counts})


@read_only
def tool(request: HttpRequest, slug: str) -> HttpResponse:
    """One tool, as a page or, for who would rather have that, as Markdown."""
    found = with_record_rows(Tool.objects.visible_to(request.user)).filter(slug=slug).first()
    if found is None:
        return moved.tool(request, slug, "catalog:tool")
    page = tool_page.of(found, _today())
    if wants_markdown(request):
        response = markdown_response(page)
    else:
        shows(request, page.alternatives, page_of=found)
        linked_data = [jsonld.software(found), jsonld.breadcrumbs(found.category, found)]
        response = render(request, "catalog/tool.html", {**vars(page), "linked_data": linked_data})
    patch_vary_headers(response, ["Accept"])
    return response


@read_only
def alternatives(request: HttpRequest, slug: str) -> HttpResponse:
    """Tools that do the same job as this one, nearest first."""
    found = Tool.objects.visible_to(request.user).for_cards().filter(slug=slug).first()
    if found is None:
        return moved.tool(request, slug, "catalog:alternatives")
    tools = pages.related_tools(found, 12)
    shows(request, tools)
    return render(request, "catalog/alternatives.html", {"tool": found, "tools": tools})


@read_only
def new(request: HttpRequest) -> HttpResponse:
    """Newly launched tools by period, and what was added to the catalog last."""
    listed = Tool.objects.found()
    counts = launches.counts(listed, _today())
    usual = launches.liveliest(counts)
    period = request.GET.get("period") or usual
    if period not in {*launches.PERIODS, "added"}:
        raise BadRequest("“period” is one of today, week, month, year, added.")
    found = listed.recently_added() if period == "added" else launches.launched_in(period, listed, _today())
    page = pages.numbered(Paginator(found.for_cards(), PAGE_SIZE), request.GET.get("page", "1"))
    shows(request, page)
    context = {
        "period": period,
        "here": pages.address(request.path, period="" if period == usual else period, page=page.number),
        "tabs": launches.tabs(counts, period),
        "page": page,
        "empty": "" if page.paginator.count else launches.empty_sentence(period, listed),
    }
    return render(request, "catalog/new.html", context)


@read_only
def compare(request: HttpRequest) -> HttpResponse:
    """Up to five tools side by side."""
    asked = list(dict.fromkeys(filter(None, shown(",".join(request.GET.getlist("tools"))).split(","))))
    added = shown(request.GET.get("add", "")).strip()
    if added:
        found = pages.slugs_like(added) or [added.replace(",", " ")]  # the page then says what it did not find
        return redirect(pages.compare_url([*asked, *found]))
    kept = asked[: comparison.MOST]
    tools = tools_by_slug(kept, with_record_rows(Tool.objects.visible_to(request.user)))
    only = request.GET.get("only") == "differences"
    lines = comparison.lines(tools, _today())
    told = [line for line in lines if not (only and line.same)]
    context = {
        "tools": [(tool, pages.compare_url([one.slug for one in tools if one != tool])) for tool in tools],
        "slugs": ",".join(tool.slug for tool in tools),
        "here": pages.compare_url(tool.slug for tool in tools),
        "groups": comparison.grouped(lines, only_differences=only),
        "only": only,
        "unknown": [slug for slug in kept if slug not in {tool.slug for tool in tools}],
        "left_out": asked[comparison.MOST :],
        "most": comparison.MOST,
        "markdown": comparison.markdown(tools, told) if tools else "",
    }
    shows(request, [tool for tool in tools if tool.is_listed])
    return render(request, "catalog/compare.html", context)


@read_only
def collections(request: HttpRequest) -> HttpResponse:
    """All curated collections."""
    found = Collection.objects.in_order().with_size()
    return render(request, "catalog/collections.html", {"collections": found})


@read_only
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """One curated collection with the reason for each tool."""
    picks = Pick.objects.filter(tool__in=Tool.objects.listed()).select_related("tool__category").order_by("position")
    picks = picks.prefetch_related("tool__interfaces", "tool__plans")
    found = Collection.objects.prefetch_related(Prefetch("picks", picks)).filter(slug=slug).first()
    if found is None:
        raise Http404("There is no collection at this address. The list of collections names all there are.")
    context = {
        "collection": found,
        "picks": found.picks.all(),
        "linked_data": [jsonld.item_list(found, [pick.tool for pick in found.picks.all()])],
    }
    shows(request, [pick.tool for pick in found.picks.all()])
    return render(request, "catalog/collection.html", context)


@read_only
def stats(request: HttpRequest) -> HttpResponse:
    """The catalog in figures."""
    return render(request, "catalog/stats.html", {"figures": figures(_today()), "today": _today()})


@read_only
@limited(limits.SUGGEST, when=searches, as_json=True)
def suggest(request: HttpRequest) -> HttpResponse:
    """Names to offer while somebody types, as JSON; `format=opensearch` is the shape that browsers ask for."""
    text = shown(request.GET.get("q", ""))
    form = request.GET.get("format", "")
    if form not in {"", "opensearch"}:
        raise BadRequest("“format” is opensearch, or is left out.")
    try:
        tools, message = pages.suggestions(text), ""
    except (QueryTooLong, search.SearchTimeout) as error:
        tools, message, text = [], str(error), text[:200]
    status = 400 if message else 200
    if form:
        columns = [t.name for t in tools], [t.tagline for t in tools], [absolute(t.get_absolute_url()) for t in tools]
        content_type = "application/x-suggestions+json"
        return JsonResponse([text, *columns], safe=False, status=status, content_type=content_type)
    rows = [{"name": t.name, "tagline": t.tagline, "slug": t.slug, "url": t.get_absolute_url()} for t in tools]
    return JsonResponse({"q": text, "tools": rows} | ({"message": message} if message else {}), status=status)
