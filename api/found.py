"""The tool that an address of the API names: a listed one, whoever asks; an older slug leads on."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from rest_framework.request import Request

from catalog import moved
from catalog.models import Tool
from catalog.models.tool import ToolQuerySet


class Moved(Exception):
    """The tool has another slug now; `response` leads there."""

    def __init__(self, response: HttpResponseBase) -> None:
        super().__init__()
        self.response = response


def listed_tool(request: Request, slug: str, rows: ToolQuerySet | None = None, **rest: Any) -> Tool:
    """Return a listed tool, from `rows` if they are given. Raises Moved; Http404 with a sentence.

    Drafts are never found here, not even one's own: a key without the scope for submissions must not read them.
    """
    found = (Tool.objects.all() if rows is None else rows).listed().filter(slug=slug).first()
    if found is None:
        match = request._request.resolver_match
        assert match is not None
        raise Moved(moved.tool(request._request, slug, match.view_name, **rest))
    return found
