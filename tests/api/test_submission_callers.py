"""Whose submissions are whose, by which scope and how often; how many statements their lists take."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.scopes import SCOPES
from core.ratelimit import take
from submissions import limits, services
from submissions.models import Submission
from tests.api.client import Api, key_of
from tests.api.walking import pages
from tests.people import person
from tests.submissions import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]


NONE = "There is no such submission, or it is not yours."
MOVES = [
    ("GET", ""),
    ("PATCH", ""),
    ("DELETE", ""),
    ("GET", "/checks"),
    ("POST", "/checks"),
    ("POST", "/send"),
    ("POST", "/withdraw"),
    ("GET", "/decisions"),
]


@pytest.mark.parametrize(("method", "path"), MOVES)
def test_nobody_reaches_what_somebody_else_writes_not_even_reviewers(
    ana: User, rita: User, method: str, path: str
) -> None:
    theirs = rows.in_review(person("ben@example.com"))
    before = Submission.objects.values().get()
    for user in (ana, rita):
        body = None if method == "GET" else {"record": {}, "version": 0} if method == "PATCH" else {}
        answer = Api(key_of(user)).send(method, f"/submissions/{theirs.key}{path}", body)
        assert (answer.status_code, answer.json()["detail"]) == (
            404,
            "There is no such submission, or it is not yours.",
        )
        assert theirs.key not in str(Api(key_of(user)).json("/submissions"))
    assert Submission.objects.values().get() == before


@pytest.mark.parametrize(("method", "path"), [*MOVES, ("POST", None), ("GET", None)])
def test_every_method_needs_its_scope(ana: User, method: str, path: str | None) -> None:
    draft = rows.draft(ana)
    needed = "submissions:read" if method == "GET" else "submissions:write"
    api = Api(key_of(ana, *(scope for scope in SCOPES if scope != needed)))
    where = "/submissions" if path is None else f"/submissions/{draft.key}{path}"
    answer = api.send(method, where, None if method == "GET" else {})
    assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (403, "missing-scope")
    assert f'scope="{needed}"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [("", 2), ("/{key}/decisions", 3), ("/{key}/checks", 10)])
def test_lists_take_as_many_statements_whatever_stands_in_them(
    ana: User, rita: User, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count):
        sent = rows.in_review(ana)
    for _ in range(count - 1):
        services.decide(sent, action="request_changes", ground="true", sentence="More.", by=rita)
        sent.refresh_from_db()
        sent = services.send(sent, by=ana)
        rows.checked()
        sent.refresh_from_db()
    services.decide(sent, action="request_changes", ground="true", sentence="More.", by=rita)
    api = Api(key_of(ana))
    where = f"/submissions{path.format(key=sent.key)}"
    api.json(where)
    with django_assert_num_queries(statements):
        found = api.json(where)
    if path != "/{key}/checks":
        assert len(found["results"]) == count
        assert sum(len(body["results"]) for body in pages(api, f"{where}?limit=2")) == count


def test_pages_and_programs_share_the_limits_of_the_portal(mine: Api, ana: User, settings: Any) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, uuid.uuid4().hex  # counted anew
    key = mine.post("/submissions", {"record": rows.record()}).json()["key"]
    for _ in range(limits.CHECK.most):
        take(limits.CHECK, f"account {ana.pk}")
    answer = mine.post(f"/submissions/{key}/checks")
    assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (429, "too-many")
    assert int(answer.headers["Retry-After"]) >= 1
