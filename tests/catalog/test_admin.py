"""Editors work in the admin: what they save gets provenance, a line in the change log, a fresh index."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.choices import SaidBy
from catalog.models import Alias, Category, Change, Fact, Interface, Tool, ToolIndex
from tests import make


@pytest.fixture
def editor(client: Client) -> User:
    user = User.objects.create_user("editor@example.com", "x", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(content_type__app_label="catalog"))
    client.force_login(user)
    return user


def form_of(tool: Tool | None, **changes: Any) -> dict[str, Any]:
    """Return what the browser would post: the tool's own values, empty inlines, then `changes`."""
    names = [field.name for field in Tool._meta.concrete_fields if field.editable and field.name != "id"]
    values: dict[str, Any] = {}
    for name in names:
        value = getattr(tool, name) if tool else ""
        values[name] = getattr(value, "pk", None) or (",".join(value) if name == "tags" and value else value)
    values.pop("changed_at", None)
    for prefix in ("alsoin_set", "plans", "interfaces", "facts"):
        values |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return {name: "" if value is None else value for name, value in (values | changes).items()}


def errors(response: Any) -> Any:
    return response.context and {**response.context["adminform"].form.errors}


def test_a_change_writes_provenance_log_and_index(client: Client, editor: User) -> None:
    tool = make.tool(name="Before")
    start = Change.objects.order_by("-serial")[0].serial
    Fact.objects.filter(tool=tool).update(said_by="list", said_on="2020-01-01")
    response = client.post(
        f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, name="After", licence="MIT", access="free_tier")
    )
    assert response.status_code == 302, errors(response)
    change = Change.objects.since(start).get()
    assert (change.slug, change.action, change.actor) == (tool.slug, "updated", editor)
    assert change.fields["name"] == ["Before", "After"]
    assert set(change.fields) == {"name", "licence", "pricing"}
    facts = Fact.objects.filter(tool=tool).by_field()
    assert {name: facts[name].said_by for name in ("licence", "pricing", "kind")} == {
        "licence": "editor",
        "pricing": "editor",
        "kind": "list",
    }
    row = ToolIndex.objects.get(tool=tool)
    assert row.name_key == "after"
    assert {"licence:MIT", "pricing:free-tier"} <= set(row.facets)


def test_saving_without_a_change_logs_nothing(client: Client, editor: User) -> None:
    tool = make.tool()
    start = Change.objects.order_by("-serial")[0].serial
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool))
    assert response.status_code == 302, errors(response)
    assert list(Change.objects.since(start)) == []


def test_what_the_seed_format_would_refuse_is_saved_and_said(client: Client, editor: User) -> None:
    tool = make.tool()
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, tagline="Short."), follow=True)
    said = [str(message) for message in response.context["messages"]]
    assert said[0] == "Saved, but load_catalog would refuse it: tagline: has 6 characters; write 20 to 90."
    assert Tool.objects.get(pk=tool.pk).tagline == "Short."


def test_a_new_slug_keeps_the_old_address(client: Client, editor: User) -> None:
    tool = make.tool(slug="first-name")
    client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, slug="second-name"))
    assert client.get("/tools/first-name/")["Location"] == "/tools/second-name/"
    refused = client.post("/admin/catalog/tool/add/", form_of(make.tool(), slug="first-name"))
    assert "is an old address of" in str(errors(refused)["slug"])


def test_what_was_saved_meanwhile_is_not_overwritten(client: Client, editor: User) -> None:
    tool = make.tool(vendor="First")
    url = f"/admin/catalog/tool/{tool.pk}/change/"
    opened = client.get(url).context["adminform"].form.initial["opened_at"]
    saved = client.post(url, form_of(tool, vendor="Tab A", opened_at=opened))
    assert saved.status_code == 302
    refused = client.post(url, form_of(tool, note="Tab B", opened_at=opened))
    assert "Somebody changed this tool after you opened it" in str(errors(refused)["__all__"])
    assert Tool.objects.get(pk=tool.pk).vendor == "Tab A"


def test_an_address_has_the_form_of_the_seed_files(client: Client, editor: User) -> None:
    tool = make.tool()
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, slug="Foo_Bar"))
    assert "lower-case letters, digits and single hyphens" in str(errors(response)["slug"])


def test_a_slug_can_go_back_and_forth(client: Client, editor: User) -> None:
    tool = make.tool(slug="aaa")
    for slug in ("bbb", "aaa", "bbb"):
        tool.refresh_from_db()
        response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, slug=slug))
        assert response.status_code == 302, errors(response)
    assert list(Alias.objects.filter(tool=tool).values_list("slug", flat=True)) == ["aaa"]


def test_a_tool_is_added_with_interfaces(client: Client, editor: User) -> None:
    values = form_of(make.tool(), slug="by-hand", name="By Hand", launched="2026-03", note="")
    values |= {
        "interfaces-TOTAL_FORMS": 1,
        "interfaces-0-kind": "rest",
        "interfaces-0-position": 0,
        "interfaces-0-base_url": "https://api.example.com",
        "interfaces-0-said_by": "editor",
    }
    response = client.post("/admin/catalog/tool/add/", values)
    assert response.status_code == 302, errors(response)
    tool = Tool.objects.get(slug="by-hand")
    assert (str(tool.launched_on), str(tool.launched_until)) == ("2026-03-01", "2026-03-31")
    assert Interface.objects.get(tool=tool).base_url == "https://api.example.com"
    assert "has_api:yes" in ToolIndex.objects.get(tool=tool).facets
    assert Change.objects.order_by("-serial")[0].action == "created"
    facts = Fact.objects.filter(tool=tool).by_field()
    assert {fact.said_by for fact in facts.values()} == {"editor"}
    assert set(facts) == {
        "homepage",
        "kind",
        "category",
        "pricing",
        "launched",
        "platforms",
        "modality",
    }


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"launched": "2026-02-30"}, "launched", "no date of the calendar"),
        ({"launched": "soon"}, "launched", "no date of the calendar"),
        ({"category": "coding"}, "category", "sub-category"),
        ({"homepage": "javascript:alert(1)"}, "homepage", "Enter a valid URL"),
        ({"vendor": "AKIAB2CDE3FGHI4JKLMN"}, "vendor", "This looks like a secret key"),
    ],
)
def test_what_the_database_would_refuse_is_said_in_words(
    client: Client, editor: User, changes: dict[str, str], field: str, said: str
) -> None:
    tool = make.tool()
    if "category" in changes:
        changes = {"category": str(Category.objects.get(slug=changes["category"]).pk)}
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, **changes))
    assert said in str(errors(response)[field])


def test_a_secret_in_an_interface_is_refused_too(client: Client, editor: User) -> None:
    values = form_of(make.tool(), slug="by-hand", name="By Hand") | {
        "interfaces-TOTAL_FORMS": 1, "interfaces-0-kind": "rest", "interfaces-0-position": 0,
        "interfaces-0-base_url": "https://api.example.com/?key=AKIAB2CDE3FGHI4JKLMN", "interfaces-0-said_by": "editor",
    }  # fmt: skip
    response = client.post("/admin/catalog/tool/add/", values)
    assert (response.status_code, b"This looks like a secret key" in response.content) == (200, True)
    assert not Tool.objects.filter(slug="by-hand").exists()


def test_delisting_leaves_rows_and_a_tombstone(client: Client, editor: User) -> None:
    tool = make.tool()
    client.post("/admin/catalog/tool/", {"action": "delist", "_selected_action": [tool.pk]})
    tool.refresh_from_db()
    assert tool.status == "delisted"
    last = Change.objects.order_by("-serial")[0]
    assert (last.slug, last.action, last.actor) == (tool.slug, "removed", editor)
    assert "delete_selected" not in client.get("/admin/catalog/tool/").content.decode()


def test_a_renamed_category_reaches_search_and_old_addresses(client: Client, editor: User) -> None:
    category = Category.objects.get(slug="text-to-speech")
    tools = Tool.objects.in_category(category).count()
    response = client.post(
        f"/admin/catalog/category/{category.pk}/change/",
        {"slug": "synthetic-voices", "name": "Zorblevoices", "parent": category.parent_id, "position": 1},
    )
    assert response.status_code == 302, errors(response)
    assert client.get("/categories/text-to-speech/")["Location"] == "/categories/synthetic-voices/"
    assert client.get("/tools/?q=zorblevoices").context["browse"].total == tools
    assert client.get("/categories/synthetic-voices/").context["browse"].total == tools


def test_a_category_with_another_address_is_a_change_of_every_tool_within(client: Client, editor: User) -> None:
    category = Category.objects.get(slug="text-to-speech")
    tools = set(Tool.objects.in_category(category).values_list("slug", flat=True))
    last = Change.objects.order_by("-serial")[0].serial
    values = {"slug": category.slug, "name": "Voices", "parent": category.parent_id, "position": category.position}
    address = f"/admin/catalog/category/{category.pk}/change/"
    assert client.post(address, values).status_code == 302
    assert not Change.objects.since(last).exists()  # no record says what a category is called
    assert client.post(address, values | {"slug": "voices"}).status_code == 302
    found = list(Change.objects.since(last))
    assert (len(found), {row.slug for row in found}) == (len(tools), tools)
    assert {(row.action, row.actor) for row in found} == {("updated", editor)}
    assert ["audio-voice/text-to-speech", "audio-voice/voices"] in [row.fields.get("category") for row in found]


def test_a_third_level_of_categories_is_refused(client: Client, editor: User) -> None:
    sub = Category.objects.get(slug="text-to-speech")
    response = client.post("/admin/catalog/category/add/", {"slug": "x", "name": "X", "parent": sub.pk, "position": 1})
    assert "two levels" in str(errors(response)["parent"])


def test_the_change_log_is_read_only(client: Client, editor: User) -> None:
    change = Change.objects.order_by("-serial")[0]
    assert client.get(f"/admin/catalog/change/{change.pk}/change/").status_code == 200
    assert client.post(f"/admin/catalog/change/{change.pk}/change/", {"slug": "x"}).status_code == 403
    assert client.get("/admin/catalog/change/add/").status_code == 403
    assert client.get(f"/admin/catalog/change/{change.pk}/delete/").status_code == 403


def test_visitors_have_no_desk(client: Client) -> None:
    assert client.get("/admin/catalog/tool/").status_code == 302
    client.force_login(User.objects.create_user("nobody@example.com", "x"))
    assert client.get("/admin/catalog/tool/").status_code == 302


def test_positions_can_be_swapped(client: Client, editor: User) -> None:
    kinds = ["rest", "graphql"]
    tool = make.tool(interfaces=[{"kind": kind, "base_url": "https://api.example.com"} for kind in kinds])
    rows = list(tool.interfaces.order_by("position"))
    values: dict[str, Any] = {"interfaces-TOTAL_FORMS": 2, "interfaces-INITIAL_FORMS": 2}
    for i, row in enumerate(rows):
        values |= {
            f"interfaces-{i}-id": row.pk,
            f"interfaces-{i}-tool": tool.pk,
            f"interfaces-{i}-kind": row.kind,
            f"interfaces-{i}-base_url": row.base_url,
            f"interfaces-{i}-said_by": "list",
            f"interfaces-{i}-position": 1 - i,
        }
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, **values))
    assert response.status_code == 302, response.context["errors"]
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert [(row.kind, row.said_by) for row in tool.interfaces.order_by("position")] == [
        ("graphql", "list"),
        ("rest", "list"),
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"base_url": "https://api2.example.com"}, "editor"),  # who changed it says it
        ({"base_url": "https://api2.example.com", "said_by": "docs"}, "docs"),  # unless they name somebody else
        ({"said_by": "owner"}, "owner"),
        ({}, "list"),
    ],
)
def test_what_an_editor_changes_of_an_interface_is_said_by_the_editors(
    client: Client, editor: User, changes: dict[str, str], said: str
) -> None:
    tool = make.tool(interfaces=[{"kind": "rest", "base_url": "https://api.example.com"}])
    row = tool.interfaces.get()
    values: dict[str, Any] = {"kind": "rest", "position": 0, "base_url": row.base_url, "said_by": "list"} | changes
    values = {f"interfaces-0-{name}": value for name, value in values.items()}
    values |= {"interfaces-0-id": row.pk, "interfaces-0-tool": tool.pk}
    values |= {"interfaces-TOTAL_FORMS": 1, "interfaces-INITIAL_FORMS": 1}
    response = client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, **values))
    assert response.status_code == 302, response.context["errors"]
    assert tool.interfaces.get().said_by == said


def test_a_user_who_edited_can_be_deleted_and_the_log_stays(client: Client, editor: User) -> None:
    tool = make.tool()
    client.post(f"/admin/catalog/tool/{tool.pk}/change/", form_of(tool, vendor="By Ed"))
    serial = Change.objects.order_by("-serial")[0].serial
    editor.delete()
    assert Change.objects.get(serial=serial).slug == tool.slug


def test_a_tool_and_a_category_may_have_had_the_same_slug(client: Client, editor: User) -> None:
    tool = make.tool(slug="travel-tool")
    Alias.objects.create(slug="travel", tool=tool)
    category = Category.objects.get(slug="travel")
    values = {"slug": "journeys", "name": category.name, "parent": category.parent_id, "position": category.position}
    assert client.post(f"/admin/catalog/category/{category.pk}/change/", values).status_code == 302
    assert client.get("/categories/travel/")["Location"] == "/categories/journeys/"
    assert client.get("/tools/travel/")["Location"] == "/tools/travel-tool/"


@pytest.mark.parametrize(
    ("slug", "parent", "said"),
    [("coding", "writing", "sub-categories of its own"), ("text-to-speech", "", "Tools are filed under it")],
)
def test_categories_keep_two_levels(client: Client, editor: User, slug: str, parent: str, said: str) -> None:
    category = Category.objects.get(slug=slug)
    pk = Category.objects.get(slug=parent).pk if parent else ""
    values = {"slug": slug, "name": category.name, "parent": pk, "position": 0}
    response = client.post(f"/admin/catalog/category/{category.pk}/change/", values)
    assert said in str(errors(response)["parent"])


def test_a_save_waits_for_its_turn(client: Client, editor: User) -> None:
    """A load and a save take turns: whoever comes second waits instead of overwriting or deadlocking."""
    response = client.post("/admin/catalog/tool/add/", {})  # refused, but its turn lasts as long as this transaction
    assert response.status_code == 200
    parameters = connection.get_connection_params()
    parameters = {k: v for k, v in parameters.items() if k not in {"cursor_factory", "context", "prepare_threshold"}}
    with psycopg.connect(**parameters) as other:
        other.execute("SET LOCAL lock_timeout = '200ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_change'))")


def test_the_desk_neither_lists_nor_changes_nor_makes_drafts_of_the_portal(client: Client, editor: User) -> None:
    listed = make.tool(name="Zebra on the list")
    draft = services.write_draft(
        None, make.record(name="Zebra not on it"), categories=make.categories(), said=SaidBy.SUBMITTER, by=editor
    )
    page = client.get("/admin/catalog/tool/", {"q": "Zebra"}).content.decode()
    assert (">Zebra on the list<" in page, ">Zebra not on it<" in page) == (True, False)
    assert client.get(f"/admin/catalog/tool/{draft.pk}/change/").headers["Location"] == "/admin/"  # no such row
    form = client.get(f"/admin/catalog/tool/{listed.pk}/change/").content.decode()
    assert ('<option value="watch"' in form, '<option value="draft"' in form) == (True, False)
    refused = client.post(f"/admin/catalog/tool/{listed.pk}/change/", form_of(listed, status="draft"))
    assert "Select a valid choice" in str(errors(refused)["status"])
