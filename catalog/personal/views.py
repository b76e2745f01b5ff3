"""Pages of what a person keeps: saved tools, and lists with everything that is done to them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from catalog.browse import PAGE_SIZE
from catalog.models import ListItem, Saved, Tool, ToolList
from catalog.pages import number_of, numbered
from catalog.personal import keeping
from catalog.personal.forms import ListForm, NoteForm
from catalog.personal.guards import on, personal, refused
from core.clean import Unclean, clean_line

NO_TOOL = "There is no such tool. It may have been removed since the page was made."
NO_LIST = "There is no list at this address, or its owner does not share it."


def tool_of(request: HttpRequest, slug: str) -> Tool:
    """Return the tool that a form names. Raises Http404."""
    if "\x00" in slug:  # no database holds it
        raise Http404(NO_TOOL)
    found = Tool.objects.visible_to(request.user).filter(slug=slug).first()
    if found is None:
        raise Http404(NO_TOOL)
    return found


def own_list(request: HttpRequest, key: str) -> ToolList:
    """Return a list that belongs to who is signed in. Raises Http404, also when it is somebody else's."""
    if "\x00" in key:
        raise Http404(NO_LIST)
    found: ToolList | None = ToolList.objects.owned_by(request.user).filter(key=key).first()
    if found is None:
        raise Http404(NO_LIST)
    return found


# -- saved tools -----------------------------------------------------------------------------------------------------


@personal("GET", "POST")
def saved(request: HttpRequest) -> HttpResponse:
    """Show the saved tools; a POST saves a tool, removes one, or sets a note."""
    if request.method == "POST":
        return _change_saved(request)
    rows: Any = Saved.objects.visible_to(request.user).latest_first()
    page: Any = numbered(Paginator(rows, PAGE_SIZE), request.GET.get("page", "1"))
    lists = ToolList.objects.owned_by(request.user).in_order()
    context = {"page": page, "entries": keeping.entries(page.object_list), "lists": lists, "most": keeping.MOST_SAVED}
    return render(request, "catalog/personal/saved.html", context)


def _change_saved(request: HttpRequest) -> HttpResponse:
    if "save" in request.POST:
        try:
            tool = tool_of(request, request.POST["save"])
            keeping.save(user=request.user, tool=tool)
        except keeping.Full as full:
            return refused(request, full, "catalog:saved")
        return on(request, "/saved/", f"{tool} was saved. Your saved tools are under Account.", saved=True)
    if "remove" in request.POST:
        tool = tool_of(request, request.POST["remove"])
        keeping.unsave(user=request.user, tool=tool)
        return on(request, "/saved/", f"{tool} was taken out of your saved tools.", saved=False)
    rows = Saved.objects.visible_to(request.user)
    if "drop" in request.POST:
        rows.filter(pk=number_of(request.POST["drop"])).delete()
        return redirect("catalog:saved")
    if "noted" in request.POST:
        return _note(request, get_object_or_404(rows, pk=number_of(request.POST["noted"])), "/saved/")
    raise BadRequest("The form says neither which tool to save nor which to remove.")


def _note(request: HttpRequest, row: Saved | ListItem, page: str) -> HttpResponse:
    """Set the note of a row, or say why it cannot be taken."""
    form = NoteForm(request.POST)
    if form.is_valid():
        keeping.annotate(row=row, note=form.cleaned_data["note"])
    else:
        messages.error(request, f"The note on {row} was not changed: {form.errors['note'][0]}")
    return redirect(f"{page}#item-{row.pk}")


# -- lists -----------------------------------------------------------------------------------------------------------


@personal("GET", "POST")
def lists(request: HttpRequest) -> HttpResponse:
    """Show a person's lists; a POST makes one."""
    form = ListForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(keeping.create_list(user=request.user, **form.cleaned_data))
        except keeping.Full as full:
            return refused(request, full, "catalog:lists")
    found = ToolList.objects.owned_by(request.user).with_size().in_order()
    context = {"lists": found, "form": form, "most": keeping.MOST_LISTS}
    return render(request, "catalog/personal/lists.html", context, status=400 if form.errors else 200)


@personal("GET", "POST")
def add_to_list(request: HttpRequest) -> HttpResponse:
    """Put a tool into a list, which is made when the form names none. A GET, as after a sign-in, shows the lists."""
    if request.method != "POST":
        return redirect("catalog:lists")
    tool, key = tool_of(request, request.POST.get("tool", "")), request.POST.get("list", "")
    try:
        if key:
            chosen = own_list(request, key)
        else:
            chosen = keeping.create_list(user=request.user, title=clean_line(request.POST.get("title", "")))
        added = keeping.add(to=chosen, tool=tool)
    except keeping.Full as full:
        return refused(request, full, "catalog:lists")
    except Unclean as wrong:
        return refused(request, ValueError(f"No list was made: its title {wrong}."), "catalog:lists")
    said = f"{tool} was put into “{chosen.title}”." if added else f"{tool} is in “{chosen.title}” already."
    return on(request, chosen.get_absolute_url(), said, list=chosen.title)


@personal("GET", "POST")
def edit_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Change title, description and who may read a list, or delete it."""
    found = own_list(request, slug)
    if "delete" in request.POST:
        found.delete()
        messages.success(request, f"“{found.title}” was deleted.")
        return redirect("catalog:lists")
    form = ListForm(request.POST if request.method == "POST" else None, instance=found)
    if request.method == "POST" and form.is_valid():
        keeping.change_list(changed=found, **form.cleaned_data)
        return redirect(found)
    context = {"list": ToolList.objects.get(pk=found.pk), "form": form}
    return render(request, "catalog/personal/edit_list.html", context, status=400 if form.errors else 200)


@personal("POST")
def change_items(request: HttpRequest, slug: str) -> HttpResponse:
    """Move a tool of a list up or down, take it out, or set its note."""
    found = own_list(request, slug)
    names = ("up", "down", "drop", "noted")
    asked = next((name for name in names if name in request.POST), None)
    if asked is None:
        raise BadRequest("The form does not say what to do with which tool.")
    item = get_object_or_404(found.items.select_related("list"), pk=number_of(request.POST[asked]))
    if asked == "noted":
        return _note(request, item, found.get_absolute_url())
    if asked == "drop":
        keeping.remove(item=item)
        return redirect(found)
    keeping.move(item=item, up=asked == "up")
    return redirect(f"{found.get_absolute_url()}#item-{item.pk}")
