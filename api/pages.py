"""Pages of the API for people."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from api.problems import KINDS
from core.readonly import read_only


@read_only
def errors(request: HttpRequest) -> HttpResponse:
    """Show what each kind of error means; its address is the `type` of a problem."""
    return render(request, "api/errors.html", {"kinds": KINDS})
