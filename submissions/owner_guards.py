"""For which tool somebody speaks, as the pages of owners ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponseBase

from catalog.models import Tool
from submissions import speakers

View = TypeVar("View", bound=Callable[..., HttpResponseBase])
NO_TOOL = "There is no such tool, or you do not speak for it."


def spoken_for(request: HttpRequest, slug: str) -> Tool:
    """Return a listed tool that who is signed in speaks for, plans and interfaces prefetched. Raises Http404."""
    tool = Tool.objects.listed().prefetch_related("plans", "interfaces").filter(slug=slug).first()
    if tool is None or not speakers.speaks_for(request.user, tool):
        raise Http404(NO_TOOL)
    return tool


def owned(request: HttpRequest, slug: str) -> Tool:
    """Return a listed tool that who is signed in has proved to own. Raises Http404."""
    tool = Tool.objects.listed().filter(slug=slug).first()
    if tool is None or not speakers.owns(request.user, tool):
        raise Http404(NO_TOOL)
    return tool
