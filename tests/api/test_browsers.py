"""Programs in browsers, on pages of other sites: what they may ask, and that they see every answer to it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests import make
from tests.api.client import Api

pytestmark = pytest.mark.django_db
EXPOSED = "ETag, Last-Modified, Link, Location, RateLimit, RateLimit-Policy, Retry-After"
ORIGIN = {"Origin": "https://other.example"}
ASKS = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization,if-none-match"}


@pytest.fixture(autouse=True)
def counted_anew(settings: Any) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex


def cors(response: Any) -> dict[str, str]:
    return {
        name.removeprefix("Access-Control-"): value
        for name, value in response.headers.items()
        if name.startswith("Access-Control-")
    }


@pytest.mark.parametrize(
    "path", ["/tools?limit=1", "/tools?q=a&kind=app", "/changes?since=5", "/incidents?open=1", "/tools/x"]
)
def test_the_question_before_a_read_is_answered_whatever_it_asks_for(api: Api, path: str) -> None:
    response = api.send("OPTIONS", path, **ORIGIN, **ASKS)
    assert (response.status_code, response.content, cors(response)) == (
        204,
        b"",
        {
            "Allow-Origin": "*",
            "Allow-Methods": "GET, HEAD, OPTIONS",
            "Allow-Headers": "Authorization, Content-Type, If-None-Match, If-Modified-Since",
            "Max-Age": "86400",
            "Expose-Headers": EXPOSED,
        },
    )


def test_a_read_and_every_refusal_of_it_can_be_seen(api: Api, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    make.tool(slug="one")
    seen = [
        found := api.get("/tools/one", **ORIGIN),
        api.get("/tools/one", **ORIGIN, **{"If-None-Match": found.headers["ETag"]}),
        api.get("/tools/one", **ORIGIN, Authorization="Bearer x"),
        api.get("/tools/one?nothing=1", **ORIGIN),
        api.get("/tools?kind=%00", **ORIGIN),
        api.get("/tools/two", **ORIGIN),
        api.get("/tools/one", **ORIGIN, **{"If-Match": '"another"'}),
        api.get("/tools/one", **ORIGIN, Accept="text/html"),
    ]
    while seen[-1].status_code != 429:
        seen.append(api.get("/tools/one", **ORIGIN))
    assert [one.status_code for one in seen[:8]] == [200, 304, 401, 400, 400, 404, 412, 406]
    assert {(cors(one)["Allow-Origin"], cors(one)["Expose-Headers"]) for one in seen} == {("*", EXPOSED)}
    assert seen[0].headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert [seen[0].headers[name] for name in ("Cache-Control", "Vary")] == [
        "public, max-age=30, stale-while-revalidate=60, stale-if-error=86400",
        "Accept, Accept-Encoding, Cookie",
    ]


@pytest.mark.parametrize("path", ["/me", "/keys", "/submissions", "/saved"])
def test_what_is_private_is_for_no_page_of_another_site(api: Api, mine: Api, path: str) -> None:
    for asker in (api, mine):
        assert "Allow-Origin" not in cors(asker.get(path, **ORIGIN))
    assert "Allow-Origin" not in cors(api.send("OPTIONS", path, **ORIGIN, **ASKS))


def test_accept_is_heeded_whatever_is_kept_in_memory(api: Api, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 30
    make.categories()
    for _ in range(2):
        assert api.get("/categories").status_code == 200
        assert api.get("/categories", Accept="application/xml").status_code == 406
    assert api.get("/categories", Accept="application/problem+json, text/html;q=0.5").status_code == 200


@pytest.mark.parametrize("name", ["a", "limit"])
def test_more_parameters_than_anybody_needs_are_refused_as_a_problem(api: Api, name: str) -> None:
    response = api.get("/tools?" + "&".join([name] * 1_001))
    assert (response.status_code, response.json()["detail"]) == (400, "An address has 1,000 parameters at most.")


@pytest.mark.parametrize("value", ["%ff", "a%00b", "%ED%A0%80", "%c3"])
def test_the_parameter_that_is_no_text_is_named(api: Api, value: str) -> None:
    response = api.get(f"/tools?kind=app&q={value}")
    assert (response.status_code, response.json()["errors"]) == (
        400,
        [{"parameter": "q", "detail": "“q” holds a byte that is not text: broken UTF-8 or a NUL."}],
    )


def test_all_parameters_that_are_not_there_are_named_at_once(api: Api) -> None:
    response = api.get("/tools?foo=1&kind=&bar=2&limit=1&limit=2")
    assert [one["parameter"] for one in response.json()["errors"]] == ["foo", "kind", "bar", "limit"]
    assert response.json()["detail"] == "4 parameters cannot be used; errors says which."
