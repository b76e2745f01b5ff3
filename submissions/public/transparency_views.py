"""The transparency page, as a page and for programs."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from catalog.pages import numbered
from core.readonly import read_only
from submissions.public import transparency as facts

PAGE_SIZE = 50


@read_only
def transparency(request: HttpRequest) -> HttpResponse:
    """What was decided: numbers per month, reasons, times, and the log."""
    rows: Any = facts.logged()
    page: Any = numbered(Paginator(rows, PAGE_SIZE), request.GET.get("page", "1"))
    context = {"found": facts.transparency(), "page": page, "entries": [facts.entry(one) for one in page]}
    return render(request, "submissions/public/transparency.html", context)


@read_only
def transparency_as_json(request: HttpRequest) -> HttpResponse:
    """The same for programs, with the latest 200 decisions."""
    entries = [facts.entry(one) for one in facts.logged()[:200]]
    response = JsonResponse(facts.as_json(facts.transparency(), entries), json_dumps_params={"ensure_ascii": False})
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
