"""If-Match: what was changed meanwhile is not written over, by nobody, also when two come at once."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from catalog.models import ListItem, Tool, ToolList
from catalog.personal import keeping
from submissions import services
from submissions.models import Submission
from tests import make
from tests.api.at_once import together
from tests.api.client import BASE, Api, key_of
from tests.people import person
from tests.submissions import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]


@pytest.fixture
def draft(ana: User) -> Submission:
    return rows.draft(ana, name="First")


@pytest.fixture
def kept(ana: User) -> ToolList:
    return keeping.create_list(user=ana, title="First")


def kind(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("type", "").partition("#")[2]


def test_a_submission_and_a_list_have_strong_etags_of_their_bytes(mine: Api, draft: Submission, kept: ToolList) -> None:
    for path in (f"/submissions/{draft.key}", f"/lists/{kept.key}"):
        answer = mine.get(path)
        assert answer.headers["ETag"] == f'"{hashlib.sha256(answer.content).hexdigest()[:32]}"'
        again = mine.get(path, **{"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


def test_a_change_goes_on_from_the_etag_that_the_last_one_answered(mine: Api, kept: ToolList) -> None:
    made = mine.post("/submissions", {"record": rows.record(name="One")})
    path = f"/submissions/{made.json()['key']}"
    record = made.json()["record"]
    tag, version = made.headers["ETag"], made.json()["version"]
    for name in ("Two", "Three"):
        body = {"record": {**record, "name": name}, "version": version}
        answer = mine.send("PATCH", path, body, **{"If-Match": tag})
        assert (answer.status_code, answer.json()["name"]) == (200, name)
        tag, version = answer.headers["ETag"], answer.json()["version"]
    assert mine.get(path).headers["ETag"] == tag
    sent = mine.send("POST", f"{path}/send", None, **{"If-Match": tag})
    assert (sent.status_code, sent.headers["ETag"]) == (200, mine.get(path).headers["ETag"])
    made = mine.post("/lists", {"title": "Two"})
    path = f"/lists/{made.json()['key']}"
    changed = mine.send("PATCH", path, {"title": "Three"}, **{"If-Match": made.headers["ETag"]})
    assert (changed.status_code, changed.headers["ETag"]) == (200, mine.get(path).headers["ETag"])


@pytest.mark.parametrize(("method", "path"), [("PATCH", ""), ("DELETE", ""), ("POST", "/send"), ("POST", "/withdraw")])
def test_a_submission_that_was_changed_meanwhile_stays_as_it_is(
    mine: Api, ana: User, draft: Submission, method: str, path: str
) -> None:
    where = f"/submissions/{draft.key}"
    tag = mine.get(where).headers["ETag"]
    services.save_draft(draft, by=ana, record=rows.record(name="In a browser"), version=draft.version)
    before = Submission.objects.values().get()
    body = {"record": rows.record(name="Late"), "version": before["version"]} if method == "PATCH" else None
    answer = mine.send(method, f"{where}{path}", body, **{"If-Match": tag})
    assert kind(answer) == (412, "precondition-failed")
    assert Submission.objects.values().get() == before
    tag = mine.get(where).headers["ETag"]
    assert mine.send(method, f"{where}{path}", body, **{"If-Match": tag}).status_code in {200, 204}


LISTS = [("PATCH", "", {"title": "Late"}), ("DELETE", "", None), ("PUT", "/tools/one", {"note": "Late"}),
         ("DELETE", "/tools/one", None)]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body"), LISTS)
def test_a_list_that_was_changed_meanwhile_stays_as_it_is(
    mine: Api, kept: ToolList, method: str, path: str, body: Any
) -> None:
    tool = make.tool(slug="one")
    where = f"/lists/{kept.key}"
    tag = mine.get(where).headers["ETag"]
    keeping.add(to=kept, tool=tool)
    before = ToolList.objects.values().get(), list(ListItem.objects.values())
    answer = mine.send(method, f"{where}{path}", body, **{"If-Match": tag})
    assert kind(answer) == (412, "precondition-failed")
    assert (ToolList.objects.values().get(), list(ListItem.objects.values())) == before
    tag = mine.get(where).headers["ETag"]
    assert mine.send(method, f"{where}{path}", body, **{"If-Match": tag}).status_code in {200, 204}


def test_a_list_is_another_when_a_note_or_the_name_of_a_tool_is(mine: Api, kept: ToolList) -> None:
    tool = make.tool(slug="one", name="One")
    keeping.add(to=kept, tool=tool)
    path, tags = f"/lists/{kept.key}", []
    tags.append(mine.get(path).headers["ETag"])
    keeping.annotate(row=ListItem.objects.get(), note="Fast")
    tags.append(mine.get(path).headers["ETag"])
    Tool.objects.filter(pk=tool.pk).update(name="Two")
    tags.append(mine.get(path).headers["ETag"])
    assert len(set(tags)) == 3


OTHERS = ["", '""', '"x"', "x", 'W/"x"', '"x", "y"', "**", '*, "x"', '"' + "x" * 9_000 + '"', '"é"']


@pytest.mark.parametrize("header", OTHERS)
def test_what_names_nothing_that_there_is_changes_nothing(mine: Api, draft: Submission, header: str) -> None:
    answer = mine.send("DELETE", f"/submissions/{draft.key}", None, **{"If-Match": header})
    assert kind(answer) == (412, "precondition-failed")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize("header", ["*", " * ", "{tag}", "W/{tag}", '"x", {tag}', '"x",W/{tag} , "y"'])
def test_what_names_it_among_others_or_as_it_came_packed_does(mine: Api, draft: Submission, header: str) -> None:
    path = f"/submissions/{draft.key}"
    asked = {"Authorization": f"Bearer {mine.key}", "Accept-Encoding": "gzip"}
    packed = mine.client.get(f"{BASE}{path}", headers=asked).headers
    tag = mine.get(path).headers["ETag"]
    assert (packed["Content-Encoding"], packed["ETag"]) == ("gzip", f"W/{tag}")
    answer = mine.send("DELETE", path, None, **{"If-Match": header.format(tag=tag)})
    assert answer.status_code == 204


def test_a_star_makes_nothing_and_tells_nobody_what_there_is(draft: Submission, kept: ToolList) -> None:
    other = Api(key_of(person("ben@example.com")))
    for path in (f"/submissions/{draft.key}", f"/lists/{kept.key}", "/lists/none"):
        assert kind(other.send("DELETE", path, None, **{"If-Match": "*"})) == (404, "not-found")
    assert (Submission.objects.count(), ToolList.objects.count()) == (1, 1)


def test_of_some_programs_with_the_same_etag_one_wins(ana: User, draft: Submission, kept: ToolList) -> None:
    """Each has read what there is; the row that they wait for is free only when all wait."""
    key, names = key_of(ana), ["One", "Two", "Three"]

    def changes(path: str, bodies: list[dict[str, Any]]) -> list[Callable[[], int]]:
        tag = Api(key).get(path).headers["ETag"]

        def change(body: dict[str, Any]) -> int:
            status: int = Api(key).send("PATCH", path, body, **{"If-Match": tag}).status_code
            return status

        return [functools.partial(change, body) for body in bodies]

    records = [{"record": rows.record(name=name), "version": draft.version} for name in names]
    found = together(changes(f"/submissions/{draft.key}", records), Submission.objects.all())
    draft.refresh_from_db()
    assert (sorted(found), draft.version) == ([200, 412, 412], 1)

    titles = [{"title": name} for name in names]
    found = together(changes(f"/lists/{kept.key}", titles), ToolList.objects.all())
    kept.refresh_from_db()
    assert (sorted(found), kept.title in names) == ([200, 412, 412], True)


@pytest.mark.parametrize("seconds", [0, 30])
def test_a_read_that_names_another_tag_is_told_so_as_a_problem(settings: Any, seconds: int) -> None:
    settings.PAGE_CACHE_SECONDS = seconds
    for _ in range(2):
        response = Api().get("/categories", **{"If-Match": '"another"'})
        assert kind(response) == (412, "precondition-failed")
        assert response.json()["detail"] == "What is there now is not what If-Match or If-Unmodified-Since names."
