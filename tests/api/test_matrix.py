"""The matrix of the API: every address answers every caller by every method as tests/api/expected.py says."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from api import keys
from api.models import ApiKey
from api.scopes import SCOPES
from tests.api.expected import METHODS, PUBLIC, Row, rows
from tests.api.filling import address, fill_api
from tests.matrix.routes import every_api_route
from tests.people import person

pytestmark = pytest.mark.django_db
MISSING = "/api/v1/<rest>"
OTHER = {"GET": "HEAD"}


@dataclass(frozen=True)
class Asker:
    """How somebody shows who it is: by an Authorization header, by a cookie, or not at all."""

    name: str
    key: str = ""
    cookie: str = ""
    scopes: frozenset[str] = frozenset()

    def send(self, method: str, path: str) -> tuple[str, Any]:
        """Send a request with an empty body; what it did is undone. Returns the status and the answer."""
        client = Client(raise_request_exception=False)
        if self.cookie:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookie
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        body = {} if method in {"GET", "HEAD", "OPTIONS"} else {"data": b"{}", "content_type": "application/json"}
        with transaction.atomic():
            answer = client.generic(method, path, headers=headers, **body)  # type: ignore[arg-type]
            transaction.set_rollback(True)
        return str(answer.status_code), answer


@dataclass(frozen=True)
class Cast:
    """Whose things the addresses name, and everybody else."""

    owner: User
    stranger: User
    values: dict[str, object]

    def key(self, user: User, scopes: Any = tuple(SCOPES), **changes: Any) -> str:
        row, key = keys.create(owner=user, name="of the matrix", scopes=scopes)
        ApiKey.objects.filter(pk=row.pk).update(**changes)
        return key


@pytest.fixture
def everybody() -> Cast:
    owner, values = fill_api()
    return Cast(owner, person("stranger@example.com"), values)


def no_good(everybody: Cast) -> list[Asker]:
    """Return those whose key is not valid."""
    past = timezone.now() - dt.timedelta(minutes=1)
    gone = person("gone@example.com")
    closed = everybody.key(gone)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    return [
        Asker("revoked", everybody.key(everybody.owner, revoked_at=past)),
        Asker("expired", everybody.key(everybody.owner, expires_at=past)),
        Asker("closed account", closed),
        Asker("mistyped", "aicat_live_" + "0" * 36),
        Asker("a token that is none", "x" * 40),
    ]


def askers(everybody: Cast, row: Row) -> list[tuple[Asker, str]]:
    """Return who asks for an address, and what each gets."""
    cookie = Client()
    cookie.force_login(everybody.owner)
    session = cookie.cookies[settings.SESSION_COOKIE_NAME].value
    public = row.scope == PUBLIC
    without = [scope for scope in SCOPES if scope != row.scope]
    only = list(SCOPES) if public else [row.scope]
    return [
        (Asker("nobody"), row.stranger if public else "401"),
        (Asker("cookie", cookie=session), row.stranger if public else "401"),
        (Asker("owner", everybody.key(everybody.owner, only)), row.owner),
        (Asker("stranger", everybody.key(everybody.stranger)), row.stranger),
        (Asker("without the scope", everybody.key(everybody.owner, without)), row.owner if public else "403"),
    ]


def path_of(row: Row, everybody: Cast) -> str:
    return address(row.route, everybody.values)


def test_every_address_stands_in_the_table_and_nothing_else_does() -> None:
    listed = {row.route for row in rows()}
    assert sorted(listed | {MISSING}) == every_api_route()
    assert len({(row.method, row.route) for row in rows()}) == len(rows())


def test_every_scope_is_asked_for_by_some_address_and_every_row_names_one() -> None:
    assert {row.scope for row in rows()} - {PUBLIC} <= set(SCOPES)


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.method} {row.route}")
def test_every_method_answers_every_caller_as_the_table_says(everybody: Cast, row: Row) -> None:
    path, wrong = path_of(row, everybody), {}
    wanted = askers(everybody, row) + [(one, "401") for one in no_good(everybody)]
    for asker, status in wanted:
        got, answer = asker.send(row.method, path)
        if got != status:
            wrong[asker.name] = f"{got}, not {status}: {answer.content[:200]!r}"
        if row.method == "GET":
            head, bare = asker.send("HEAD", path)
            if (head, bare.content) != (got, b""):
                wrong[f"{asker.name} HEAD"] = f"{head}, {len(bare.content)} bytes"
    assert wrong == {}


@pytest.mark.parametrize("route", sorted({row.route for row in rows()}))
def test_other_methods_are_refused_and_options_names_those_there_are(everybody: Cast, route: str) -> None:
    there = {row.method for row in rows() if row.route == route}
    path = address(route, everybody.values)
    nobody, owner = Asker("nobody"), Asker("owner", everybody.key(everybody.owner))
    allowed = there | {"OPTIONS"} | ({"HEAD"} if "GET" in there else set())
    for asker in (nobody, owner):
        for method in METHODS:
            if method not in there:
                status, answer = asker.send(method, path)
                assert (method, status) == (method, "405"), answer.content
                assert set(answer.headers["Allow"].split(", ")) == allowed
        status, answer = asker.send("OPTIONS", path)
        assert (status, answer.content) == ("204", b"")
        assert set(answer.headers["Allow"].split(", ")) == allowed


def test_an_address_that_there_is_not_is_a_problem_by_every_method(everybody: Cast) -> None:
    for method in METHODS:
        status, answer = Asker("nobody").send(method, "/api/v1/nothing/here")
        assert (status, orjson.loads(answer.content)["title"]) == ("404", "Not found")
