"""Pages of editors: what waits for them, merging two listings, editing many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from catalog import edits, merging, wording
from catalog.filters import BadParameter
from catalog.models import Fact, Tool
from catalog.pages import number_of, numbered
from catalog.reach import report as reach
from catalog.records import FACTS, record_of, with_record_rows
from catalog.search import SearchTimeout
from core.signed_in import View
from submissions.curation import bulk, queue
from submissions.curation.conflicts import own
from submissions.guards import portal
from submissions.models import BulkEdit

PAGE_SIZE = 50
SHOWN = 100  # rows of a preview
PARTS = [("submissions:curation", "What waits"), ("submissions:merge", "Merge two"), ("submissions:bulk", "Edit many")]


def editing(*methods: str) -> Callable[[View], View]:
    """Let editors pass, by these methods (HEAD comes with GET). Visitors are led to the sign-in, others get 403."""
    return portal(*methods, right="catalog.change_tool", why="Listings are edited by people with the role “editor”.")


@editing("GET")
def work(request: HttpRequest) -> HttpResponse:
    """What waits: one tab for each kind of work."""
    show = request.GET.get("show", "old")
    if show not in queue.TABS:
        raise BadRequest(f"“show” is one of {', '.join(queue.TABS)}.")
    sizes = queue.sizes()
    tabs = [(name, f"{title} ({sizes[name]:,})" if name in sizes else title) for name, title in queue.TABS.items()]
    context: dict[str, Any] = {"parts": PARTS, "tabs": tabs, "show": show}
    if show == "unknown":
        context["rows"] = queue.unknown(reach.filters(unknown=False))
    else:
        page: Any = numbered(Paginator(queue.ROWS[show](timezone.now()), PAGE_SIZE), request.GET.get("page", "1"))
        context |= {"page": page, "rows": [(row, queue.others(row)) for row in page] if show == "duplicates" else page}
    return render(request, "submissions/curation/work.html", context)


@editing("POST")
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that a fact was looked at today and is so."""
    facts = Fact.objects.filter(tool__in=Tool.objects.visible_to(request.user)).select_related("tool")
    fact = facts.filter(pk=number_of(request.POST.get("fact", ""))).first()
    if fact is None:
        raise Http404("There is no such fact. The listing may have been changed since the page was made.")
    if why := own(request.user, fact.tool):
        raise PermissionDenied(why)
    edits.confirm_fact(fact, by=request.user)
    messages.success(request, f"{fact.tool.name}: {fact.field} was looked at today.")
    return redirect(f"{request.path.removesuffix('confirm/')}?show=old")


def _listed(slug: str) -> Tool | None:
    """Return a listed tool by its address or its name's address; None of none."""
    slug = slug.strip().rstrip("/").rpartition("/")[2]
    if not slug or "\x00" in slug:
        return None
    found: Tool | None = with_record_rows(Tool.objects.listed()).filter(slug=slug.lower()).first()
    return found


@editing("GET", "POST")
def merge(request: HttpRequest) -> HttpResponse:
    """Two listings side by side; a POST makes them one."""
    data = request.POST if request.method == "POST" else request.GET
    typed = {name: data.get(name, "")[:300] for name in ("keep", "gone")}
    kept, gone = _listed(typed["keep"]), _listed(typed["gone"])
    error = ""
    if kept and gone and request.method == "POST":
        try:
            if why := own(request.user, kept, gone):
                raise merging.NotMergeable(why)
            merging.merge(kept, gone, by=request.user, take=request.POST.getlist("take"))
        except merging.NotMergeable as reason:
            error = str(reason)
        else:
            messages.success(request, f"{gone.name} is merged into {kept.name}. Its address leads there.")
            return redirect(kept)
    for name, tool in (("keep", kept), ("gone", gone)):
        if typed[name] and tool is None and not error:
            error = f"No tool is listed as “{typed[name]}”."
    if kept and gone and kept.pk == gone.pk and not error:
        error = "That is one listing already."
    context: dict[str, Any] = {"parts": PARTS, "typed": typed, "error": error, "kept": kept, "gone": gone}
    if kept and gone and not error:
        mine, theirs = record_of(kept), record_of(gone)
        gains = merging.gains(mine, theirs)
        context["gains"] = [(name, wording.label(name), bulk.in_words(name, value)) for name, value in gains.items()]
        context["fields"] = [
            (wording.label(name), bulk.in_words(name, mine.get(name)), bulk.in_words(name, theirs.get(name)))
            for name in FACTS
        ]
    return render(request, "submissions/curation/merge.html", context, status=400 if error else 200)


@editing("GET", "POST")
def bulk_new(request: HttpRequest) -> HttpResponse:
    """Choose tools and what is done to them; see what it would do; a POST does exactly that."""
    data = request.POST if request.method == "POST" else request.GET
    typed = {name: data.get(name, "")[:1_000].replace("\x00", "") for name in ("query", "operation", "value")}
    operation = bulk.OPERATIONS.get(typed["operation"])
    context: dict[str, Any] = {
        "parts": PARTS, "typed": typed, "operations": bulk.OPERATIONS, "operation": operation, "most": bulk.MOST,
        "shown": SHOWN,
        "values": list(operation.values()) if operation and operation.values else None,
        "edits": BulkEdit.objects.select_related("by")[:10],
    }  # fmt: skip
    status = 200
    try:
        if request.method == "POST":
            made = bulk.apply(**typed, digest=request.POST.get("digest", ""), by=request.user)
            messages.success(request, f"{len(made.rows)} tools were changed. You can undo it here.")
            return redirect(made)
        if typed["query"] and operation and typed["value"]:
            context["preview"] = bulk.preview(**typed, by=request.user)
    except (bulk.NotPossible, BadParameter, SearchTimeout) as reason:
        context["error"], status = str(reason), 400
    return render(request, "submissions/curation/bulk.html", context, status=status)


@editing("GET", "POST")
def bulk_edit(request: HttpRequest, key: str) -> HttpResponse:
    """One edit of many tools; a POST takes it back."""
    found = BulkEdit.objects.select_related("by", "undone_by").filter(key=key).first()
    if found is None:
        raise Http404("There is no such edit.")
    if request.method == "POST":
        try:
            found = bulk.undo(found, by=request.user)
        except bulk.NotPossible as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, f"Taken back, but for {len(found.kept)} that somebody changed since.")
        return redirect(found)
    title = bulk.OPERATIONS[found.operation].title if found.operation in bulk.OPERATIONS else found.operation
    rows = [
        {
            **row,
            "before": bulk.in_words(row["field"], row["before"]),
            "after": bulk.in_words(row["field"], row["after"]),
        }
        for row in found.rows
    ]
    context = {"parts": PARTS, "edit": found, "rows": rows, "title": title}
    return render(request, "submissions/curation/bulk_edit.html", context)
