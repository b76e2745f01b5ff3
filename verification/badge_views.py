"""The badges of tools, as other people's pages embed them: never broken, never cached for long, nothing to run."""

from __future__ import annotations

import hashlib
import json

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import condition

from catalog.models import Tool
from core.readonly import read_only
from verification import badges

CSP = "default-src 'none'; style-src 'unsafe-inline'"
TYPES = {"svg": "image/svg+xml; charset=utf-8", "json": "application/json"}


@read_only
def badge(request: HttpRequest, slug: str, ext: str) -> HttpResponse:
    """The badge of a tool; a grey one where there is nothing to say, as a picture must not break."""
    try:
        found = _badge(slug)
    except DatabaseError:
        found = badges.not_available()
    body = badges.as_svg(found) if ext == "svg" else json.dumps(badges.as_json(found)) + "\n"
    return _answer(request, body, ext)


def _badge(slug: str) -> badges.Badge:
    tools = Tool.objects.listed()
    tool = tools.filter(slug=slug).first() or tools.filter(aliases__slug=slug).first()
    return badges.of_tool(tool) if tool else badges.not_listed()


def _answer(request: HttpRequest, body: str, form: str) -> HttpResponse:
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:32]}"'

    @condition(etag_func=lambda _request: etag)
    def answer(_request: HttpRequest) -> HttpResponse:
        return HttpResponse(body, content_type=TYPES[form])

    response = answer(request)  # a 304 has to say the same, or it takes the five minutes away
    response.headers["Cache-Control"] = f"public, max-age={badges.CACHE_SECONDS}"
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Content-Security-Policy"] = CSP
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"  # it is made for other people's pages
    return response
