"""Pages that only show something: every other method gets 405 and the methods that there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from django.http import HttpResponseBase
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def read_only(view: View) -> View:
    """Let GET and HEAD through; answer 405 with Allow to all others. Marks the view, so that others can ask for it.

    Without the exemption Django would ask a POST for its form's token first and answer 403. It opens nothing: the
    view never runs for a method that could change something.
    """
    shown = csrf_exempt(require_safe(view))
    shown.only_shows = True  # type: ignore[attr-defined]
    return shown


def only_shows(path: str) -> bool:
    """Say whether a path is that of a page which only shows something, as pages for everybody do."""
    try:
        return getattr(resolve(path).func, "only_shows", False)
    except Resolver404:
        return False
