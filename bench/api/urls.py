"""The site's addresses, the hello-world and the peer: all behind the same middleware, in the same processes."""

from __future__ import annotations

from django.urls import path

from bench.api.peer import Grouped, Tools
from bench.speed.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("bench/peer/tools", Tools.as_view()), path("bench/peer/grouped", Grouped.as_view()), *urlpatterns]
