"""Submitting by program, from a draft to a decision; bodies that are hostile; whose things are whose."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api.scopes import SCOPES
from core.clean import Unclean, clean_line, clean_text
from core.ratelimit import take
from submissions import limits, services
from submissions.models import State, Submission
from tests import make
from tests.api.client import BASE, Api, key_of
from tests.api.walking import pages
from tests.core.test_clean import ROWS, text_of
from tests.people import person
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.verification.conftest import Known, hints, known, made  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
Known_ = Callable[..., None]


@pytest.fixture
def ana() -> User:
    return person()


@pytest.fixture
def rita() -> User:
    return role("reviewer", "rita@example.com")


@pytest.fixture
def mine(ana: User) -> Api:
    """Ana's program."""
    return Api(key_of(ana))


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:  # noqa: F811
    known(made("home"))


def pointers(answer: Any) -> list[str]:
    return [one["pointer"] for one in answer.json()["errors"]]


# -- the way ----------------------------------------------------------------------------------------------------------


def test_a_program_goes_from_a_draft_to_the_queue_and_reads_the_decision(mine: Api, rita: User) -> None:
    record = rows.record(name="Lantern")
    judged = mine.post("/submissions/validate", {"record": record}).json()
    assert judged == {"valid": True, "problems": [], "listed_already": None}
    assert Submission.objects.count() == 0

    begun = mine.post("/submissions", {"record": record})
    body = begun.json()
    assert (begun.status_code, body["state"], body["name"], body["problems"]) == (201, "draft", "Lantern", [])
    path = f"/submissions/{body['key']}"
    assert begun.headers["Location"] == f"http://127.0.0.1:8000{BASE}{path}"
    assert mine.json(path) == body

    assert mine.json(f"{path}/checks")["state"] == "none"
    running = mine.post(f"{path}/checks")
    assert (running.status_code, running.json()["state"], running.json()["as_it_is"]) == (202, "running", True)
    rows.checked()
    checks = mine.json(f"{path}/checks")
    assert checks["state"] == "finished"
    assert [(one["key"], one["state"], one["verdict"]) for one in checks["steps"]] == [("home", "done", "pass")]

    assert mine.post(f"{path}/send").json()["state"] == "in_review"  # the checks of a moment ago count
    found = Submission.objects.get(key=body["key"])
    services.decide(found, action="request_changes", ground="true", sentence="Say what it costs.", by=rita)
    (decision,) = mine.json(f"{path}/decisions")["results"]
    assert (decision["action"], decision["ground"], decision["sentence"], decision["automated"]) == (
        "request_changes",
        "true",
        "Say what it costs.",
        False,
    )
    assert "rita" not in str(decision)
    changed = mine.send(
        "PATCH", path, {"record": {**record, "tagline": "A lamp that reads to you"}, "version": body["version"]}
    )
    assert (changed.status_code, changed.json()["record"]["tagline"]) == (200, "A lamp that reads to you")
    assert mine.post(f"{path}/withdraw").json()["state"] == "withdrawn"


def test_a_change_of_a_listed_tool_is_begun_by_its_slug_and_gone_on_with(mine: Api, ana: User) -> None:
    tool = make.tool(slug="one", name="One")
    begun = mine.post("/submissions", {"tool": "one"}).json()
    assert (begun["kind"], begun["tool"], begun["record"]["name"]) == ("change", "one", tool.name)
    assert mine.post("/submissions", {"tool": "one"}).json()["key"] == begun["key"]
    assert pointers(mine.post("/submissions", {"tool": "none"})) == ["/tool"]
    same = mine.post(f"/submissions/{begun['key']}/send")
    assert (same.status_code, same.json()["detail"]) == (
        409,
        "Nothing is changed yet. Change something, or withdraw this.",
    )


def test_what_is_listed_already_is_not_sent_again(mine: Api) -> None:
    make.tool(slug="one", homepage="https://one.example.com")
    record = rows.record(homepage="https://one.example.com/")
    judged = mine.post("/submissions/validate", {"record": record}).json()
    assert (judged["valid"], judged["listed_already"].startswith("It is listed already")) == (False, True)
    key = mine.post("/submissions", {"record": record}).json()["key"]
    assert mine.post(f"/submissions/{key}/send").status_code == 409
    assert Submission.objects.get().state == State.DRAFT


def test_all_that_is_wrong_is_said_at_once_with_its_place(mine: Api) -> None:
    record = rows.record(
        tagline="x",
        kind="toy",
        plans=[{"name": "Pro", "amount": "much", "currency": "USD", "period": "month", "seen": "2026-11-01"}],
        description=None,
    )
    judged = mine.post("/submissions/validate", {"record": record}).json()
    places = [one["pointer"] for one in judged["problems"]]
    assert judged["valid"] is False
    assert sorted(places) == ["/record/description", "/record/kind", "/record/plans/0/amount", "/record/tagline"]
    begun = mine.post("/submissions", {"record": record})
    assert (begun.status_code, begun.json()["problems"]) == (201, judged["problems"])
    for path in ("send", "checks"):
        refused = mine.post(f"/submissions/{begun.json()['key']}/{path}")
        assert (refused.status_code, pointers(refused)) == (422, places)


def test_a_draft_that_was_saved_elsewhere_meanwhile_is_not_written_over(mine: Api, ana: User) -> None:
    begun = mine.post("/submissions", {"record": rows.record(name="First")}).json()
    path = f"/submissions/{begun['key']}"
    row = Submission.objects.get()
    services.save_draft(row, by=ana, record=rows.record(name="In a browser"), version=row.version)
    late = mine.send("PATCH", path, {"record": rows.record(name="Late"), "version": begun["version"]})
    assert (late.status_code, mine.json(path)["name"]) == (409, "In a browser")


def test_a_draft_is_deleted_and_what_was_sent_is_not(mine: Api) -> None:
    key = mine.post("/submissions", {"record": rows.record()}).json()["key"]
    assert mine.send("DELETE", f"/submissions/{key}").status_code == 204
    assert mine.get(f"/submissions/{key}").status_code == 404
    key = mine.post("/submissions", {"record": rows.record()}).json()["key"]
    mine.post(f"/submissions/{key}/send")
    assert mine.send("DELETE", f"/submissions/{key}").status_code == 409


# -- whose it is ------------------------------------------------------------------------------------------------------

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


# -- bodies -----------------------------------------------------------------------------------------------------------

DEEP = b"[" * 100_000
BODIES: dict[str, tuple[bytes, int, str]] = {
    "huge": (b'{"record": {"name": "' + b"x" * 300_000 + b'"}}', 413, "too-large"),
    "deep": (b'{"record": ' + DEEP, 400, "bad-body"),
    "deep and closed": (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400, "bad-body"),
    "a key twice": (b'{"record": {"name": "a", "name": "b"}}', 400, "bad-body"),
    "NaN": (b'{"record": {"name": NaN}}', 400, "bad-body"),
    "Infinity": (b'{"record": {"name": -Infinity}}', 400, "bad-body"),
    "a lone surrogate": (b'{"record": {"name": "\\ud800"}}', 400, "bad-body"),
    "a NUL": (b'{"record": {"name": "a\\u0000b"}}', 400, "bad-body"),
    "a surrogate as key": (b'{"record": {"\\udfff": "x"}}', 400, "bad-body"),
    "not UTF-8": (b'{"record": {"name": "\xff"}}', 400, "bad-body"),
    "a BOM": (b"\xef\xbb\xbf{}", 400, "bad-body"),
    "a million digits": (b'{"version": ' + b"9" * 100_000 + b"}", 400, "bad-body"),
    "a list": (b"[]", 400, "bad-body"),
    "a text": (b'"record"', 400, "bad-body"),
    "no JSON": (b"record=1", 400, "bad-body"),
    "cut off": (b'{"record": {"name": "a', 400, "bad-body"),
    "nothing": (b"", 422, "invalid"),
    "an unknown field": (b'{"record": {}, "owner": 1}', 422, "invalid"),
    "a record that is a list": (b'{"record": []}', 422, "invalid"),
    "a field of a record that there is not": (b'{"record": {"price": 1}}', 422, "invalid"),
    "a number where a list has to be": (b'{"record": {"tags": 7}}', 422, "invalid"),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_body_that_cannot_be_read_is_refused_and_nothing_is_stored(mine: Api, name: str) -> None:
    data, status, kind = BODIES[name]
    headers = {"Authorization": f"Bearer {mine.key}"}
    for path in ("/submissions/validate", "/submissions"):
        answer = mine.client.generic(
            "POST", f"{BASE}{path}", data=data, content_type="application/json", headers=headers
        )
        found = json.loads(answer.content)
        if (name, path) == ("nothing", "/submissions/validate"):
            assert found["errors"][0]["pointer"] == "/record"
        assert (answer.status_code, found["type"].partition("#")[2]) == (status, kind), found
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken(mine: Api, kind: str) -> None:
    headers = {"Authorization": f"Bearer {mine.key}"}
    answer = mine.client.generic("POST", f"{BASE}/submissions", data=b"{}", content_type=kind, headers=headers)
    assert (answer.status_code, json.loads(answer.content)["title"]) == (415, "Send JSON")


FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "name": lambda text: {"name": text},
    "tagline": lambda text: {"tagline": text},
    "vendor": lambda text: {"vendor": text},
    "description": lambda text: {"description": text},
    "licence": lambda text: {"licence": text},
}


@pytest.mark.parametrize("field", FIELDS)
def test_the_corpus_of_awkward_strings_gets_its_verdicts_by_program_too(mine: Api, field: str) -> None:
    wrong = {}
    for row in ROWS:
        text = text_of(row)
        headers = {"Authorization": f"Bearer {mine.key}"}
        body = json.dumps({"record": FIELDS[field](text)})
        answer = mine.client.generic(
            "POST",
            f"{BASE}/submissions/validate",
            data=body.encode("utf-8", "surrogatepass"),
            content_type="application/json",
            headers=headers,
        )
        try:
            rule = clean_text if field == "description" else clean_line
            rule(text, max_length=3_000 if field == "description" else 500)
            taken = True
        except Unclean:
            taken = not text.strip()  # what is empty is not stated, and no problem of reading
        if answer.status_code not in {200, 400, 413, 422} or (answer.status_code == 200) != taken:
            wrong[row["id"]] = (answer.status_code, taken, answer.content[:200])
    assert wrong == {}
