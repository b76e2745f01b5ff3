"""Pages without a session: ETag, 304, a copy for a short time, and nothing kept of anybody."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.filters import PARAMETERS
from core import pagecache
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still; its only item is the time."""
    clock = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    return clock


def queries(client: Client, path: str, **headers: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        client.get(path, headers=headers)
    return len(asked)


def test_a_page_is_made_once_and_served_again_until_it_is_too_old(client: Client, now: list[float]) -> None:
    tool = make.tool(name="Before")
    first = client.get(tool.get_absolute_url())
    type(tool).objects.filter(pk=tool.pk).update(name="After")
    with CaptureQueriesContext(connection) as asked:
        second = client.get(tool.get_absolute_url())
    assert (len(asked), second.content, second.headers["ETag"]) == (0, first.content, first.headers["ETag"])
    now[0] += 30
    third = client.get(tool.get_absolute_url())
    assert ("After" in third.content.decode(), third.headers["ETag"] == first.headers["ETag"]) == (True, False)


def test_a_page_says_how_long_it_may_be_kept_and_that_cookies_matter(client: Client) -> None:
    for _ in range(2):  # made, and from memory
        response = client.get("/categories/")
        assert response.headers["Cache-Control"] == "public, max-age=30"
        assert {"Cookie", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))


def test_who_has_the_page_gets_304_without_a_body(client: Client) -> None:
    first = client.get("/categories/")
    for etag in (first.headers["ETag"], f'"x", {first.headers["ETag"]}', "*"):
        again = client.get("/categories/", headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
        assert again.headers["Cache-Control"] == "public, max-age=30"
        assert again.headers["Content-Security-Policy"] == first.headers["Content-Security-Policy"]
    assert client.get("/categories/", headers={"If-None-Match": 'W/"other"'}).content == first.content


def test_compressed_and_plain_are_kept_apart_and_are_the_same_page(client: Client) -> None:
    plain = client.get("/categories/")
    zipped = client.get("/categories/", headers={"Accept-Encoding": "gzip, br"})
    assert (plain.has_header("Content-Encoding"), zipped.headers["Content-Encoding"]) == (False, "gzip")
    assert gzip.decompress(zipped.content) == plain.content
    assert client.get("/categories/").content == plain.content
    assert client.get("/categories/", headers={"Accept-Encoding": "gzip"}).content == zipped.content


def test_markdown_and_html_of_one_address_are_kept_apart(client: Client, now: list[float]) -> None:
    path = make.tool(name="Speech maker").get_absolute_url()
    asked = ("text/html", "text/markdown", "text/markdown;q=0.1, text/html", "text/markdown, text/html;q=0.1")
    found = [client.get(path, headers={"Accept": accept}).headers["Content-Type"] for accept in asked]
    assert [one.partition(";")[0] for one in found] == ["text/html", "text/markdown", "text/html", "text/markdown"]


@pytest.mark.parametrize(
    "path", ["/", "/tools/?q=speech&pricing=free&page=1", "/categories/", "/new/", "/collections/", "/suggest?q=spe"]
)
def test_every_page_of_the_catalog_answers_304(client: Client, path: str) -> None:
    make.tool(name="Speech maker")
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")


def test_only_listed_parameters_make_keys(client: Client, now: list[float]) -> None:
    assert queries(client, "/categories/?page=1") > 0
    assert queries(client, "/categories/?page=1") == 0
    for _ in range(2):
        assert queries(client, "/categories/?utm_source=x") > 0
        assert queries(client, f"/categories/?q={'x' * 2_000}") > 0


def test_the_list_of_parameters_holds_what_lists_take(settings: Any) -> None:
    assert set(PARAMETERS) <= settings.PAGE_PARAMETERS


def test_nothing_is_kept_for_a_request_with_a_session(now: list[float]) -> None:
    client = Client()
    client.force_login(User.objects.create_user("a@example.com", "correct horse battery"))
    for _ in range(2):
        assert queries(client, "/categories/") > 0
    response = client.get("/categories/")
    assert (response.headers["Cache-Control"], response.has_header("ETag")) == ("private, no-cache", False)


def test_a_page_kept_for_nobody_is_not_given_to_somebody(client: Client, now: list[float]) -> None:
    assert queries(client, "/categories/") > 0
    assert queries(client, "/categories/") == 0
    assert queries(client, "/categories/", Authorization="Bearer x") > 0
    client.force_login(User.objects.create_user("a@example.com", "correct horse battery"))
    assert queries(client, "/categories/") > 0


def test_head_is_answered_from_a_kept_page_and_keeps_none(client: Client, now: list[float]) -> None:
    head = client.head("/categories/")
    assert (head.status_code, head.content) == (200, b"")
    first = client.get("/categories/")
    assert len(first.content) > 1_000
    again = client.head("/categories/")
    assert (again.content, again.headers["ETag"]) == (b"", first.headers["ETag"])


def test_an_unknown_host_is_refused_for_kept_pages_too(client: Client, settings: Any) -> None:
    client.get("/categories/")
    assert client.get("/categories/", headers={"Host": "evil.example"}).status_code == 400


def test_errors_redirects_and_health_are_not_kept(client: Client, now: list[float]) -> None:
    for path in ("/no/such/page/", "/tools/?page=0", "/compare/?add=chatgpt", "/healthz"):
        response = client.get(path)
        assert response.has_header("ETag") is False
        assert "no-store" in response.headers["Cache-Control"]


def test_a_page_made_anew_and_compressed_anew_keeps_its_etag(client: Client, now: list[float]) -> None:
    """GZipMiddleware pads with random bytes, and each process has its own copy."""
    zipped = {"Accept-Encoding": "gzip"}
    first = client.get("/categories/", headers=zipped)
    assert client.get("/categories/").headers["ETag"] == first.headers["ETag"]
    now[0] += 30
    again = client.get("/categories/", headers=zipped)
    assert (again.headers["ETag"], again.content == first.content) == (first.headers["ETag"], False)
    other = Client().get("/categories/", headers=zipped | {"If-None-Match": first.headers["ETag"]})
    assert (other.status_code, other.content) == (304, b"")


def test_a_page_with_its_own_lifetime_is_private_with_a_session(client: Client) -> None:
    path = f"/tools/{make.tool().slug}/card.png"
    assert client.get(path).headers["Cache-Control"] == "public, max-age=30"
    client.force_login(User.objects.create_user("a@example.com", "correct horse battery"))
    assert client.get(path).headers["Cache-Control"] == "private, no-cache"


def answer(make_response: Callable[[], HttpResponse], times: int) -> int:
    """Ask `times` times for a view's answer; return how often the view was called."""
    calls = []

    def view(request: HttpRequest) -> HttpResponse:
        calls.append(1)
        return make_response()

    middleware = pagecache.anonymous_pages(pagecache.etags(view))
    for _ in range(times):
        middleware(RequestFactory().get("/x/"))
    return len(calls)


def with_header(name: str, value: str) -> Callable[[], HttpResponse]:
    return lambda: HttpResponse("x", headers={name: value})


def with_cookie() -> HttpResponse:
    response = HttpResponse("x")
    response.set_cookie("a", "b")
    return response


@pytest.mark.parametrize(
    ("make_response", "calls"),
    [
        (lambda: HttpResponse("x"), 1),
        (with_header("Vary", "Accept, Cookie"), 1),
        (with_header("Vary", "Accept-Language"), 3),
        (with_header("Cache-Control", "no-store"), 3),
        (with_header("Cache-Control", "private"), 3),
        (with_cookie, 3),
        (lambda: HttpResponse("x", status=404), 3),
        (lambda: HttpResponse("x", status=500), 3),
        (lambda: StreamingHttpResponse(["x"]), 3),
    ],
)
def test_only_answers_that_everybody_may_get_are_kept(make_response: Callable[[], HttpResponse], calls: int) -> None:
    assert answer(make_response, 3) == calls


def test_the_longest_unused_page_makes_room() -> None:
    pages = pagecache.Pages(most_bytes=2 * (pagecache.OVERHEAD + 11))

    def key(name: str) -> pagecache.Key:
        return (name, "", False, False)

    for name in "abc":
        pages.put(key(name), pagecache.Page(200, (), b"x" * 10, until=9.0))
        pages.get(key("a"), 1.0)
    assert [name for name in "abc" if pages.get(key(name), 1.0)] == ["a", "c"]
    assert pages.get(key("a"), 9.0) is None
    assert pages.bytes == pagecache.OVERHEAD + 11
