"""Pages for visitors without a session: ETag, Cache-Control, 304, and a short-lived copy in memory.

The copy lives in the process, so there is no cache server that could be down, and for PAGE_CACHE_SECONDS at most;
with the same time in browsers and proxies, a change is visible everywhere within twice that.
"""

from __future__ import annotations

import hashlib
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control, patch_vary_headers

from core.negotiation import wants_lines, wants_markdown

GetResponse = Callable[[HttpRequest], HttpResponse]

MOST_BYTES = 32 * 1024 * 1024  # of pages in memory, per process, with their addresses and headers
OVERHEAD = 2_000  # bytes that keeping a page takes besides its parts (measured: 1,300 to 1,800)
MOST_KEY = 2_000  # characters; longer addresses are not kept
# what an answer may depend on besides its address: the cache's key holds the first two, a cookie prevents keeping
VARIES = {"accept", "accept-encoding", "cookie"}
GZIP = re.compile(r"\bgzip\b")

Key = tuple[str, str, bool, bool]


@dataclass(frozen=True)
class Page:
    """A finished answer and until when it is served again (time.monotonic)."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    until: float
    shown: object = None  # what the view noted on the request as `shown`, for who counts it (catalog/reach)


class Pages:
    """Answers by key, the longest unused thrown away first. Safe for threads."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.bytes = most_bytes, 0
        self.pages: OrderedDict[Key, Page] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: Key, now: float) -> Page | None:
        """Return the answer kept under this key unless it is too old."""
        with self.lock:
            page = self.pages.get(key)
            if page is None:
                return None
            if page.until <= now:
                self._drop(key)
                return None
            self.pages.move_to_end(key)
            return page

    def put(self, key: Key, page: Page) -> None:
        """Keep an answer; make room if there is too much."""
        with self.lock:
            if key in self.pages:
                self._drop(key)
            self.pages[key] = page
            self.bytes += size(key, page)
            while self.bytes > self.most_bytes:
                self._drop(next(iter(self.pages)))

    def _drop(self, key: Key) -> None:
        self.bytes -= size(key, self.pages.pop(key))


def size(key: Key, page: Page) -> int:
    """Return about how many bytes of memory a kept page takes."""
    texts = [*key[:2], *(part for pair in page.headers for part in pair)]
    return len(page.body) + sum(map(len, texts)) + OVERHEAD


def anonymous_pages(get_response: GetResponse) -> GetResponse:
    """Answer visitors without a session from memory where that is possible, and with 304 where they have the page.

    With PAGE_CACHE_SECONDS 0, as in debug, nothing is kept: who changes a template wants to see it.
    """
    pages = Pages()

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return get_response(request)
        if _is_somebody(request):
            return _private(get_response(request))
        kept: int = settings.PAGE_CACHE_SECONDS
        key = key_of(request) if kept else None
        page = pages.get(key, time.monotonic()) if key else None
        if page is None:
            response = get_response(request)
            if not _is_public(response):
                return _not_kept(response)
            _describe(response, kept)
            if key and request.method == "GET" and response.status_code == 200:
                shown, until = getattr(request, "shown", None), time.monotonic() + kept
                pages.put(key, Page(200, tuple(response.items()), response.content, until, shown))
        else:
            request.shown = page.shown  # type: ignore[attr-defined]
            response = HttpResponse(page.body, status=page.status, headers=dict(page.headers))
        answer = get_conditional_response(request, etag=response.headers.get("ETag"), response=response)
        assert isinstance(answer, HttpResponse)
        return _without_body(answer) if request.method == "HEAD" else answer

    return middleware


def _without_body(response: HttpResponse) -> HttpResponse:
    """Leave the body out, as HEAD wants it; the length stays."""
    length = len(response.content)
    response.content = b""
    if response.status_code == 200:
        response.headers["Content-Length"] = str(length)
    return response


def key_of(request: HttpRequest) -> Key | None:
    """Return what the answer may depend on; None if it depends on more, so that it must not be kept.

    Only parameters of the fixed list settings.PAGE_PARAMETERS make keys: a page with any other is made anew.
    """
    request.get_host()  # raises DisallowedHost, as the page itself would
    query = request.META.get("QUERY_STRING", "")
    if query and not set(request.GET) <= settings.PAGE_PARAMETERS:
        return None
    if len(request.path) + len(query) > MOST_KEY or wants_lines(request):
        return None
    zipped = GZIP.search(request.headers.get("Accept-Encoding", "")) is not None
    return request.path, query, wants_markdown(request), zipped


def _is_somebody(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers


def _private(response: HttpResponse) -> HttpResponse:
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, private=True, no_cache=True)
    return response


def _is_public(response: HttpResponse) -> bool:
    """Say whether everybody may get this very answer."""
    if response.streaming or response.cookies or response.status_code not in {200, 301, 304}:
        return False
    control = response.headers.get("Cache-Control", "")
    varies = {name.strip().lower() for name in response.headers.get("Vary", "").split(",") if name.strip()}
    return "no-store" not in control and "private" not in control and varies <= VARIES


def _not_kept(response: HttpResponse) -> HttpResponse:
    if not response.has_header("Cache-Control"):
        patch_cache_control(response, no_store=True)
    return response


def _describe(response: HttpResponse, kept: int) -> None:
    if not response.has_header("Cache-Control"):
        if kept:
            patch_cache_control(response, public=True, max_age=kept)
        else:
            patch_cache_control(response, no_cache=True)
    patch_vary_headers(response, ["Cookie"])


def etags(get_response: GetResponse) -> GetResponse:
    """Give every answer that everybody may get an ETag. Stands inside GZipMiddleware, which adds random bytes.

    Weak: it is the same page, whether compressed or not.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        wanted = request.method in {"GET", "HEAD"} and not _is_somebody(request) and _is_public(response)
        if wanted and not response.has_header("ETag"):
            response.headers["ETag"] = f'W/"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return response

    return middleware
