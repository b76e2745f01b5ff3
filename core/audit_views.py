"""What everybody may see of the audit log: its heads, and nothing of what stands in it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from core import audit
from core.readonly import read_only

ON_PAGE, IN_JSON = 50, 1_000


@read_only
def page(request: HttpRequest) -> HttpResponse:
    """The latest heads, and what they are good for."""
    return render(request, "audit/heads.html", {"heads": list(audit.heads()[:ON_PAGE]), "most": IN_JSON})


@read_only
def as_json(request: HttpRequest) -> HttpResponse:
    """The latest heads for programs; `manage.py audit verify --heads` reads it."""
    heads = [{"serial": one.serial, "hash": one.hash, "at": one.at.isoformat()} for one in audit.heads()[:IN_JSON]]
    response = JsonResponse({"algorithm": "sha256", "format": 1, "heads": heads})
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
