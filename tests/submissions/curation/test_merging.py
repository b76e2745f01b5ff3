"""Two listings become one: nothing that people kept is lost, and old addresses lead to what is kept."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User
from catalog import merging
from catalog.models import Alias, Change, Collection, Follow, ListItem, Pick, Saved, Tool, ToolList
from catalog.models.reach import ToolDay, ToolSearch
from catalog.records import record_of
from tests import make
from tests.people import person
from tests.submissions.conftest import role

pytestmark = pytest.mark.django_db


@pytest.fixture
def edith() -> User:
    """An editor."""
    return role("editor", "edith@example.com")


def test_what_people_kept_goes_along_and_the_old_addresses_lead_to_what_is_kept(client: Client, edith: User) -> None:
    kept, gone = make.tool(slug="kept"), make.tool(slug="gone", name="Gone")
    Alias.objects.create(slug="older", tool=gone)
    ana, bob = person("ana@example.com"), person("bob@example.com")
    for user, tool in ((ana, gone), (bob, gone), (bob, kept)):
        Saved.objects.create(user=user, tool=tool, slug=tool.slug, name=tool.name)
        Follow.objects.create(user=user, tool=tool, serial=0)
    mine = ToolList.objects.create(user=ana, title="Mine")
    for position, tool in enumerate((gone, kept)):
        ListItem.objects.create(list=mine, tool=tool, slug=tool.slug, name=tool.name, position=position)
    picked = Collection.objects.create(slug="c", title="C", summary="S", position=1, updated_on="2026-01-01")
    Pick.objects.create(collection=picked, tool=gone, position=1, reason="Good.")
    for tool in (gone, kept):
        ToolDay.objects.create(tool=tool, day="2026-11-01", channel="site", impressions=5, views=2, visits=1)
    ToolSearch.objects.create(tool=gone, day="2026-11-01", text="tts", count=3)
    merging.merge(kept, gone, by=edith)
    assert list(ToolDay.objects.values_list("tool__slug", "impressions", "views", "visits")) == [("kept", 10, 4, 2)]
    assert list(ToolSearch.objects.values_list("tool__slug", "text", "count")) == [("kept", "tts", 3)]
    assert sorted(Saved.objects.values_list("user__email", "tool__slug", "slug")) == [
        ("ana@example.com", "kept", "kept"), ("bob@example.com", "kept", "kept"),
    ]  # fmt: skip
    assert sorted(Follow.objects.values_list("user__email", "tool__slug")) == [
        ("ana@example.com", "kept"), ("bob@example.com", "kept"),
    ]  # fmt: skip
    assert list(ListItem.objects.values_list("tool__slug", flat=True)) == ["kept"]
    assert list(Pick.objects.values_list("tool__slug", flat=True)) == ["kept"]
    for old in ("gone", "older"):
        answer = client.get(f"/tools/{old}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/tools/kept/")
    assert list(Change.objects.order_by("serial").values_list("slug", "action"))[-1] == ("gone", "removed")
    assert Tool.objects.get(slug="gone").status == "delisted"


def test_only_what_is_asked_for_is_taken_over(edith: User) -> None:
    rest = {"kind": "rest", "base_url": "https://api.example.com", "auth": "apiKey"}
    docs = {"kind": "sdk", "registry": "pypi", "package": "x"}
    kept = make.tool(interfaces=[rest], links={"docs": "https://a.example.com/docs"})
    gone = make.tool(
        licence="MIT", interfaces=[rest, docs], links={"docs": "https://b.example.com", "repo": "https://r.example.com"}
    )
    found = merging.gains(record_of(kept), record_of(gone))
    assert found == {"licence": "MIT", "interfaces": [docs], "links": {"repo": "https://r.example.com"}}
    merging.merge(kept, gone, by=edith, take=["interfaces", "links", "name"])
    kept = Tool.objects.get(pk=kept.pk)
    record = record_of(kept)
    assert (record["interfaces"], record["links"], "licence" in record) == (
        [rest, docs], {"docs": "https://a.example.com/docs", "repo": "https://r.example.com"}, False,
    )  # fmt: skip


def test_a_tool_is_not_merged_with_itself_nor_with_one_that_is_gone(edith: User) -> None:
    kept, gone = make.tool(), make.tool()
    with pytest.raises(merging.NotMergeable, match="one listing already"):
        merging.merge(kept, kept, by=edith)
    merging.merge(kept, gone, by=edith)
    with pytest.raises(merging.NotMergeable, match="Both have to be listed"):
        merging.merge(kept, gone, by=edith)


def test_the_page_shows_both_and_merges(client: Client, edith: User) -> None:
    client.force_login(edith)
    kept, gone = make.tool(slug="kept", name="Kept"), make.tool(slug="gone", name="<b>Gone</b>", licence="MIT")
    page = client.get("/review/catalog/merge/", {"keep": "http://x/tools/kept/", "gone": "gone"}).content.decode()
    assert ("&lt;b&gt;Gone&lt;/b&gt;" in page, "<b>Gone</b>" in page) == (True, False)
    wrong = client.get("/review/catalog/merge/", {"keep": "kept", "gone": "nothing"})
    assert (wrong.status_code, "No tool is listed as “nothing”." in wrong.content.decode()) == (400, True)
    answer = client.post("/review/catalog/merge/", {"keep": kept.slug, "gone": gone.slug, "take": ["licence"]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/tools/kept/")
    assert Tool.objects.get(slug="kept").licence == "MIT"
