"""Pages of the API for people."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from api import document
from api import reference as drawn
from api.examples import tasks
from api.limits import dear, told
from api.snippets import CONSUMERS
from api.told import kinds
from core.readonly import read_only


@read_only
def docs(request: HttpRequest) -> HttpResponse:
    """Show how to begin: tasks, each as programs that can be copied, and what there is beyond reading."""
    return render(
        request, "api/docs.html", {"tasks": tasks(), "limits": told(), "dear": dear(), "consumers": CONSUMERS}
    )


@read_only
def errors(request: HttpRequest) -> HttpResponse:
    """Show what each kind of error means; its address is the `type` of a problem."""
    return render(request, "api/errors.html", {"kinds": kinds()})


@read_only
def reference(request: HttpRequest) -> HttpResponse:
    """Show all operations."""
    return render(request, "api/reference.html", {"groups": drawn.groups(document.committed())})


@read_only
def operation(request: HttpRequest, operation: str) -> HttpResponse:
    """Show one operation, with a form that calls it."""
    found = drawn.operation(document.committed(), operation)
    if found is None:
        raise Http404(f"The API has no operation {operation[:60]}.")
    return render(request, "api/operation.html", {"it": found, "groups": drawn.groups(document.committed())})


@read_only
def go(request: HttpRequest, operation: str) -> HttpResponse:
    """Lead the form of an operation to its address, for browsers without script: a form cannot fill in a path."""
    found = drawn.operation(document.committed(), operation)
    if found is None or found.method != "GET":
        raise Http404("Only what is read has such an address.")
    found = drawn.filled(found, request.GET)
    if any(one.wrong for one in found.parameters):
        context = {"it": found, "groups": drawn.groups(document.committed())}
        return render(request, "api/operation.html", context, status=422)
    return HttpResponseRedirect(drawn.address(found))
