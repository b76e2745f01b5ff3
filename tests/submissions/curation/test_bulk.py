"""Edits of many listings: exactly what was shown is written, and it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import Change, Tool
from catalog.records import record_of, with_record_rows
from submissions.curation import bulk
from submissions.models import BulkEdit
from tests import make
from tests.submissions.conftest import role

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith() -> User:
    """An editor."""
    return role("editor", "edith@example.com")


def record(slug: str) -> dict[str, Any]:
    return record_of(with_record_rows(Tool.objects.all()).get(slug=slug))


def edit(by: User, **what: str) -> BulkEdit:
    shown = bulk.preview(**what, by=by)
    return bulk.apply(**what, digest=shown.digest, by=by)


@pytest.mark.parametrize(
    ("operation", "value", "field", "after"),
    [
        ("tag", "four", "tags", ["one", "two", "three", "four"]),
        ("platform", "macos", "platforms", ["web", "macos"]),
        ("kind", "api", "kind", "api"),
        ("licence", "Apache-2.0", "licence", "Apache-2.0"),
        ("status", "watch", "status", "watch"),
        ("access", "trial", "pricing", {"access": "trial", "model": [], "source": "open_source", "said_by": "editor"}),
    ],
)
def test_an_edit_is_previewed_written_and_taken_back(
    edith: User, operation: str, value: str, field: str, after: Any
) -> None:
    for slug in ("a", "b"):
        make.tool(slug=slug)
    make.tool(slug="c", tags=["other", "two", "three"])
    before = [record(slug) for slug in ("a", "b", "c")]
    made = edit(edith, query="tool=a&tool=b", operation=operation, value=value)
    assert [record(slug).get(field) for slug in ("a", "b")] == [after, after]
    assert (record("c"), len(made.rows)) == (before[2], 2)
    assert list(Change.objects.filter(actor=edith).values_list("slug", flat=True)) == ["a", "b"]
    bulk.undo(made, by=edith)
    assert [record(slug) for slug in ("a", "b", "c")] == before
    with pytest.raises(bulk.NotPossible, match="undone already"):
        bulk.undo(made, by=edith)


def test_taking_back_leaves_what_somebody_changed_since(edith: User) -> None:
    tools = {slug: make.tool(slug=slug) for slug in ("a", "b")}
    made = edit(edith, query="tool=a&tool=b", operation="licence", value="MIT")
    services.update_tool(tools["b"], {**record("b"), "licence": "BSD-3-Clause"}, categories=make.categories())
    made = bulk.undo(made, by=edith)
    assert (record("a").get("licence"), record("b")["licence"]) == (None, "BSD-3-Clause")
    assert [row["slug"] for row in made.kept] == ["b"]


def test_what_would_break_a_record_is_left_out_with_the_reason(edith: User) -> None:
    make.tool(slug="a")
    make.tool(slug="full", tags=["1", "2", "3", "4", "5", "6"])
    shown = bulk.preview(query="tool=a&tool=full", operation="tag", value="seven", by=edith)
    assert [(row.slug, row.problem) for row in shown.rows] == [
        ("a", ""), ("full", "tags: has 7 entries; write 3 to 6"),
    ]  # fmt: skip
    made = bulk.apply(query="tool=a&tool=full", operation="tag", value="seven", digest=shown.digest, by=edith)
    assert ([row["slug"] for row in made.rows], [row["slug"] for row in made.skipped]) == (["a"], ["full"])


def test_nothing_else_is_written_than_what_was_shown(edith: User) -> None:
    tool = make.tool(slug="a")
    shown = bulk.preview(query="tool=a", operation="tag", value="four", by=edith)
    services.update_tool(tool, {**record("a"), "tags": ["x", "y", "z"]}, categories=make.categories())
    with pytest.raises(bulk.NotPossible, match="changed meanwhile"):
        bulk.apply(query="tool=a", operation="tag", value="four", digest=shown.digest, by=edith)
    assert record("a")["tags"] == ["x", "y", "z"]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ({"query": "tool=none"}, "find no tool"),
        ({"operation": "drop"}, "Choose what is to be done"),
        ({"operation": "kind", "value": "spoon"}, "Choose one of the values"),
        ({"value": ""}, "Say what it is to be"),
    ],
)
def test_what_cannot_be_done_is_said(what: dict[str, str], why: str, edith: User) -> None:
    make.tool(slug="a")
    with pytest.raises(bulk.NotPossible, match=why):
        bulk.preview(**{"query": "tool=a", "operation": "tag", "value": "x", **what}, by=edith)


def test_filters_of_the_list_choose_tools_and_too_many_are_refused(
    edith: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        make.tool(slug=f"t{number}", kind="api")
    make.tool(slug="other")
    assert [tool.slug for tool in bulk.chosen("?kind=api")] == ["t0", "t1", "t2"]
    monkeypatch.setattr(bulk, "MOST", 2)
    with pytest.raises(bulk.NotPossible, match="more than 2 tools"):
        bulk.chosen("kind=api")


def test_the_pages_preview_write_and_take_back(client: Client, edith: User) -> None:
    client.force_login(edith)
    make.tool(slug="a", name="<i>A</i>")
    what = {"query": "tool=a", "operation": "tag", "value": "four"}
    page = client.get("/review/catalog/bulk/", what).content.decode()
    assert ("&lt;i&gt;A&lt;/i&gt;" in page, "<i>A</i>" in page, "Change 1 tool" in page) == (True, False, True)
    digest = bulk.preview(**what, by=edith).digest
    answer = client.post("/review/catalog/bulk/", {**what, "digest": digest})
    made = BulkEdit.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, made.get_absolute_url())
    assert "Take" in client.get(made.get_absolute_url()).content.decode()
    assert client.post(made.get_absolute_url()).status_code == 302
    assert "Taken back" in client.get(made.get_absolute_url()).content.decode()
    assert record("a")["tags"] == ["one", "two", "three"]
    bad = client.get("/review/catalog/bulk/", {**what, "query": "pricing=spoon"})
    assert (bad.status_code, "“pricing” cannot be used" in bad.content.decode()) == (400, True)
