"""Lists and saved tools by the API: one's own to change, shared ones to read, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from catalog import services
from catalog.models import ListItem, Saved, Tool, ToolList
from catalog.personal import keeping
from tests import make
from tests.api.client import BASE, Api, key_of
from tests.api.walking import pages
from tests.people import person

pytestmark = pytest.mark.django_db


@pytest.fixture
def other() -> Api:
    """The program of somebody else."""
    return Api(key_of(person("other@example.com")))


@pytest.fixture
def tool() -> Tool:
    return make.tool(slug="one", name="One")


def test_a_program_makes_a_list_fills_it_changes_it_and_deletes_it(mine: Api, ana: User, tool: Tool) -> None:
    made = mine.post("/lists", {"title": "  To try ", "description": "This week.\r\nOr next."})
    body = made.json()
    assert (made.status_code, made.headers["Location"]) == (201, f"http://127.0.0.1:8000{BASE}/lists/{body['key']}")
    assert {name: body[name] for name in ("title", "description", "shared", "size", "tools")} == {
        "title": "To try",
        "description": "This week.\nOr next.",
        "shared": False,
        "size": 0,
        "tools": [],
    }
    path = f"/lists/{body['key']}"
    item = mine.send("PUT", f"{path}/tools/one", {"note": "Fast"}).json()
    assert {name: item[name] for name in ("slug", "name", "listed", "note", "homepage")} == {
        "slug": "one",
        "name": "One",
        "listed": True,
        "note": "Fast",
        "homepage": tool.homepage,
    }
    assert mine.json(path)["tools"] == [item]
    changed = mine.send("PATCH", path, {"shared": True}).json()
    assert (changed["shared"], changed["title"], changed["description"]) == (True, "To try", "This week.\nOr next.")
    assert [(row["key"], row["size"]) for row in mine.json("/lists")["results"]] == [(body["key"], 1)]
    assert mine.send("DELETE", path).status_code == 204
    assert (mine.get(path).status_code, ToolList.objects.count()) == (404, 0)


def test_putting_and_removing_twice_is_putting_and_removing_once(mine: Api, ana: User, tool: Tool) -> None:
    into = keeping.create_list(user=ana, title="Mine")
    for path, rows in ((f"/lists/{into.key}/tools/one", ListItem), ("/saved/one", Saved)):
        first = mine.send("PUT", path, {"note": "Once"}).json()
        assert mine.send("PUT", path, {}).json() == first
        assert mine.send("PUT", path).json() == first  # no body at all
        assert list(rows.objects.values_list("note", flat=True)) == ["Once"]
        assert mine.send("PUT", path, {"note": ""}).json() == {**first, "note": None}
        assert [mine.send("DELETE", path).status_code for _ in range(2)] == [204, 204]
        assert rows.objects.count() == 0


def test_a_shared_list_is_read_by_everybody_and_kept_by_no_cache(api: Api, other: Api, ana: User, tool: Tool) -> None:
    shared = keeping.create_list(user=ana, title="Shared", shared=True)
    keeping.add(to=shared, tool=tool)
    path = f"/lists/{shared.key}"
    answer = api.get(path)
    assert [row["slug"] for row in answer.json()["tools"]] == ["one"]
    assert (answer.headers["Cache-Control"], other.json(path)) == ("no-store", answer.json())
    assert ana.email not in answer.content.decode()
    keeping.change_list(changed=shared, title="Shared", description="", shared=False)
    assert (api.get(path).status_code, other.get(path).status_code) == (404, 404)


def test_a_private_list_needs_its_owner_and_the_scope(api: Api, other: Api, mine: Api, ana: User) -> None:
    path = f"/lists/{keeping.create_list(user=ana, title='Private').key}"
    without = Api(key_of(ana, "lists:write", "catalog:read"))
    cookie = Client()
    cookie.force_login(ana)
    assert (mine.get(path).status_code, cookie.get(f"{BASE}{path}").status_code) == (200, 404)
    assert [one.get(path).status_code for one in (api, other, without)] == [404, 404, 404]


def test_nobody_changes_what_is_somebody_elses_shared_or_not(other: Api, api: Api, ana: User, tool: Tool) -> None:
    for shared in (True, False):
        theirs = keeping.create_list(user=ana, title="Theirs", shared=shared)
        keeping.add(to=theirs, tool=tool)
        path = f"/lists/{theirs.key}"
        for method, where in (
            ("PATCH", path),
            ("DELETE", path),
            ("PUT", f"{path}/tools/one"),
            ("DELETE", f"{path}/tools/one"),
        ):
            assert (method, other.send(method, where, {}).status_code) == (method, 404)
            assert (method, api.send(method, where, {}).status_code) == (method, 401)
        assert mine_is_untouched(theirs)
    keeping.save(user=ana, tool=tool)
    assert other.send("DELETE", "/saved/one").status_code == 204
    assert (Saved.objects.count(), other.json("/saved")["results"], other.json("/lists")["results"]) == (1, [], [])


def mine_is_untouched(row: ToolList) -> bool:
    found = ToolList.objects.get(pk=row.pk)
    return (found.title, found.shared, found.items.count()) == (row.title, row.shared, 1)


def test_what_is_no_longer_listed_is_told_by_its_name_and_can_be_removed(mine: Api, ana: User, tool: Tool) -> None:
    into = keeping.create_list(user=ana, title="Mine")
    keeping.add(to=into, tool=tool)
    keeping.save(user=ana, tool=tool)
    services.delist_tools([tool])
    for rows in (mine.json(f"/lists/{into.key}")["tools"], mine.json("/saved")["results"]):
        (row,) = rows
        assert {name: row[name] for name in ("slug", "name", "listed", "tagline", "homepage", "url")} == {
            "slug": "one",
            "name": "One",
            "listed": False,
            "tagline": None,
            "homepage": None,
            "url": None,
        }
    assert mine.send("PUT", "/saved/one", {}).status_code == 404
    assert mine.send("DELETE", "/saved/one").status_code == 204
    assert mine.send("DELETE", f"/lists/{into.key}/tools/one").status_code == 204
    assert (Saved.objects.count(), ListItem.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/title"]),
        ({"title": " "}, ["/title"]),
        ({"title": "x" * 81, "description": "x" * 2_001}, ["/title", "/description"]),
        ({"title": "a\u202eb", "shared": "perhaps"}, ["/title", "/shared"]),
        ({"title": "Mine", "owner": 1}, ["/owner"]),
        ({"title": ["Mine"]}, ["/title"]),
        ({"title": 0, "description": 1}, ["/title", "/description"]),
    ],
)
def test_what_cannot_be_in_a_list_is_named_and_nothing_is_made(mine: Api, body: object, pointers: list[str]) -> None:
    answer = mine.post("/lists", body)
    assert (answer.status_code, sorted(one["pointer"] for one in answer.json()["errors"])) == (422, sorted(pointers))
    assert ToolList.objects.count() == 0


def test_what_is_full_says_so(mine: Api, ana: User, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    into = keeping.create_list(user=ana, title="Mine")
    for name in ("MOST_LISTS", "MOST_ITEMS", "MOST_SAVED"):
        monkeypatch.setattr(keeping, name, 0)
    for answer in (
        mine.post("/lists", {"title": "More"}),
        mine.send("PUT", f"/lists/{into.key}/tools/one", {}),
        mine.send("PUT", "/saved/one", {}),
    ):
        assert (answer.status_code, answer.json()["type"].partition("#")[2]) == (409, "conflict")


def test_saved_tools_have_pages(mine: Api, ana: User) -> None:
    for number in range(5):
        keeping.save(user=ana, tool=make.tool(slug=f"tool-{number}"))
    found = [row["slug"] for body in pages(mine, "/saved?limit=2") for row in body["results"]]
    assert found == [f"tool-{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("path", "statements"), [("/lists", 2), ("/lists/{key}", 6), ("/saved", 5)])
def test_lists_take_as_many_statements_whatever_is_in_them(
    ana: User, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lists = [keeping.create_list(user=ana, title=f"List {number}") for number in range(count)]
    for _ in range(count):
        tool = make.tool(interfaces=[{"kind": "rest", "base_url": "https://one.example.com/v1"}])
        keeping.add(to=lists[0], tool=tool)
        keeping.save(user=ana, tool=tool)
    mine = Api(key_of(ana))
    mine.json("/lists")  # the first use of a key is written down
    with django_assert_num_queries(statements):
        mine.json(path.format(key=lists[0].key))
