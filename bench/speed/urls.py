"""The site's addresses and a hello-world that passes the same middleware."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


def hello(_request: HttpRequest) -> HttpResponse:
    """Answer the least that a view can answer; not kept by the page cache, or it would not be a view that answers."""
    return HttpResponse("Hello, world\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


urlpatterns = [path("bench/hello", hello), *urlpatterns]
