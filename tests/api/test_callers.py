"""Who calls, how much is left, and what every answer has."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import RequestFactory

from accounts.models import User
from api import limits, tool_list, tool_rows
from api.callers import Caller
from tests import make
from tests.api.client import Api, key_of, left
from tests.people import person
from tests.submissions import rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def counted_anew(settings: Any) -> None:
    """The limits as they are, and nobody has spent anything."""
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex


def test_everybody_reads_what_is_public_and_is_told_what_is_left(api: Api) -> None:
    make.categories()
    response = api.get("/categories")
    assert response.json()["results"][0] == {
        "slug": "coding",
        "name": "Coding & Software Delivery",
        "parent": None,
        "path": None,
        "url": "http://127.0.0.1:8000/categories/coding/",
    }
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    told = left(response)
    assert (told.resource_type, told.remaining, told.limit, told.window_seconds) == ("api", 119, 120, 60)


def test_what_one_has_already_costs_nothing(api: Api) -> None:
    make.categories()
    first = api.get("/categories")
    again = api.get("/categories", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, left(again).remaining) == (304, b"", 119)
    key = key_of(person(), "catalog:read")
    first = Api(key).get("/categories")
    again = Api(key).get("/categories", **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, left(again).remaining) == (304, 599)


def test_a_key_raises_the_limit(api: Api) -> None:
    make.categories()
    response = Api(key_of(person(), "catalog:read")).get("/categories")
    assert left(response).limit == 600
    assert response.headers["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("header", ["Bearer nonsense", "Basic YTpi", "Bearer", "Bearer aicat_live_short", "x" * 5_000])
def test_what_is_no_key_is_refused(api: Api, header: str) -> None:
    response = api.get("/categories", Authorization=header)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="api", error=')
    assert response.json()["type"] == "http://127.0.0.1:8000/api/docs/errors/#unauthorized"


def test_who_asks_too_much_is_told_when_to_come_back(api: Api) -> None:
    for _ in range(180):  # more than 120: on a busy machine some come back meanwhile
        response = api.get("/categories")
        if response.status_code == 429:
            break
    assert (response.status_code, response.json()["violated-policies"]) == (429, ["api"])
    told = left(response)
    assert (told.resource_type, told.remaining) == ("api", 0)
    assert int(response.headers["Retry-After"]) == 1


@pytest.mark.parametrize(
    ("path", "status", "kind", "detail"),
    [
        ("/nothing", 404, "not-found", "The API has nothing at /api/v1/nothing. Look at /api/docs/."),
        ("/categories/x/y", 404, "not-found", "The API has nothing at /api/v1/categories/x/y. Look at /api/docs/."),
        ("/categories?sort=name", 400, "bad-parameter", "There is no parameter “sort” here. Those there are: none."),
        (
            "/categories?a=%00",
            400,
            "bad-parameter",
            "“a” holds a byte that is not text: broken UTF-8 or a NUL.",
        ),
    ],
)
def test_an_error_is_a_problem_that_says_what_is_wrong(
    api: Api, path: str, status: int, kind: str, detail: str
) -> None:
    response = api.get(path)
    body: dict[str, Any] = response.json()
    assert (response.status_code, response.headers["Content-Type"]) == (status, "application/problem+json")
    assert (body["type"].partition("#")[2], body["detail"]) == (kind, detail)


def test_other_methods_are_named() -> None:
    response = Api().post("/categories")
    assert (response.status_code, response.json()["detail"]) == (
        405,
        "This address does not take that method; Allow names those it takes.",
    )
    response = Api().send("OPTIONS", "/categories")
    assert (response.status_code, response.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")


def test_who_has_nothing_left_is_not_answered_by_304_either(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    make.categories()
    tag = api.get("/categories").headers["ETag"]
    while api.get("/categories").status_code == 200:
        pass
    monkeypatch.setattr("api.category_views.Categories.get", lambda *_: pytest.fail("It was made all the same."))
    assert api.get("/categories", **{"If-None-Match": tag}).status_code == 429


def test_what_costs_more_than_a_unit_is_what_the_docs_say(mine: Api, ana: User) -> None:
    key = rows.draft(ana, name="One").key
    spent = {}
    for path in ("/submissions", f"/submissions/{key}/send", f"/submissions/{key}/checks", "/submissions/validate"):
        before = left(mine.get("/me")).remaining
        spent[path.rpartition("/")[2]] = before - left(mine.post(path)).remaining
    assert spent == {"submissions": 10, "send": 10, "checks": 30, "validate": 1}
    assert {name: units for name, (units, _) in limits.COSTS.items()} == {
        "api:submissions": 10,
        "api:sending": 10,
        "api:checks": 30,
        "api:challenges": 10,
        "api:challenge_check": 10,
    }
    assert (tool_list.MOMENT, tool_rows.KEPT) == (1.0, 10_000)


def test_people_who_let_the_same_app_in_do_not_share_its_minute() -> None:
    request = RequestFactory().get("/api/v1/me")
    asked = [
        [one.key for one in limits.asks(request, Caller("token", person(f"{name}@example.com"), "app robot"), 1)]
        for name in ("ana", "ben")
    ]
    assert asked[0][0] != asked[1][0]
    assert [keys[0].rpartition(" account")[0] for keys in asked] == ["app robot", "app robot"]
