"""At the desk: addresses whose answer depends on what is asked for, made-up keys, and who may give which rights."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client

from accounts import roles
from accounts.models import User
from catalog.models import Alias, Collection, Tool
from core import audit
from tests import make
from tests.core.test_audit import events, last
from tests.matrix.expected import WHO
from tests.matrix.people import LISTED, Askers, fill
from tests.people import WORD, app_code, by_app, has_confirmed, person, with_app

pytestmark = pytest.mark.django_db
OUTSIDE = {"visitor": "login", "member": "login"}
USERS = "/admin/accounts/user/"


def answers(askers: Askers, path: str, method: str = "GET", form: dict[str, Any] | None = None) -> dict[str, str]:
    return {who: askers.answer(who, method, path, form) for who in WHO}


def staff(common: str, **others: str) -> dict[str, str]:
    return OUTSIDE | dict.fromkeys(roles.ROLES, common) | others


def test_the_index_of_an_app_shows_itself_to_who_may_look_at_something_of_it(askers: Askers) -> None:
    assert answers(askers, "/admin/catalog/") == staff("200", billing="404")
    assert answers(askers, "/admin/verification/") == staff("200", billing="404")
    for app in ("accounts", "auth", "core"):
        assert answers(askers, f"/admin/{app}/") == staff("404", administrator="200"), app


def test_choices_are_offered_to_who_may_look_at_them(askers: Askers) -> None:
    found = "/admin/autocomplete/?app_label=catalog&model_name=alias&field_name={}&term=x"
    assert answers(askers, found.format("tool")) == staff("200", billing="403")
    for made_up in ("slug", "nothing", "tool__id", "", "tool%20or%201=1"):
        assert answers(askers, found.format(made_up)) == staff("403"), made_up
    assert answers(askers, found.format("tool"), "POST") == staff("405")


def test_the_way_to_the_public_page_leads_to_public_pages_only(askers: Askers) -> None:
    fill()
    kinds = {kind: ContentType.objects.get_for_model(kind).pk for kind in (Tool, User)}
    tool = Tool.objects.get(slug=LISTED)
    assert answers(askers, f"/admin/r/{kinds[Tool]}/{tool.pk}/") == staff("302")
    assert answers(askers, f"/admin/r/{kinds[User]}/{askers.users['member'].pk}/") == staff("404")


def test_passwords_are_set_by_administrators_and_never_a_superusers(askers: Askers) -> None:
    boss = User.objects.create_superuser("boss@example.com", WORD)
    for method in ("GET", "POST"):
        member = f"{USERS}{askers.users['member'].pk}/password/"
        assert answers(askers, member, method) == staff("403", administrator="200")
        assert answers(askers, f"{USERS}{boss.pk}/password/", method) == staff("403")


def test_nobody_signs_in_at_the_desk_itself(askers: Askers) -> None:
    """Django's own form would take a password without limit and without the second step."""
    boss = with_app(person("boss@example.com", is_staff=True, is_superuser=True))
    for who in ("reviewer", "visitor"):
        client = askers.client(who)
        client.post("/admin/login/", {"username": boss.email, "password": WORD, "next": "/admin/"})
        assert client.session.get("_auth_user_id") != str(boss.pk)


# -- made-up keys -----------------------------------------------------------------------------------------------------

MADE_UP = ["x", "1 or 1=1", "-", "1.5", "١x", "1,2"]  # noqa: RUF001


@pytest.mark.parametrize("key", MADE_UP)
def test_a_made_up_key_in_a_form_is_refused(askers: Askers, key: str) -> None:
    pick = {"slug": "x", "title": "A title", "summary": "s", "position": 1, "updated_on": "2026-01-01",
            "picks-TOTAL_FORMS": 1, "picks-INITIAL_FORMS": 0, "picks-0-tool": key, "picks-0-position": 1}  # fmt: skip
    assert askers.answer("editor", "POST", "/admin/catalog/alias/add/", {"slug": "x", "tool": key}) == "400"
    assert askers.answer("editor", "POST", "/admin/catalog/collection/add/", pick) == "400"
    assert (Alias.objects.count(), Collection.objects.count()) == (0, 0)


@pytest.mark.parametrize("key", MADE_UP)
def test_a_made_up_key_of_an_action_is_refused(askers: Askers, key: str) -> None:
    chosen = {"action": "delist", "_selected_action": [key]}
    assert askers.answer("editor", "POST", "/admin/catalog/tool/", chosen) == "400"


def test_a_key_of_no_row_is_told_in_the_form(askers: Askers) -> None:
    for key in ("0", "999999", "9" * 30):
        assert askers.answer("editor", "POST", "/admin/catalog/alias/add/", {"slug": "x", "tool": key}) == "200", key


# -- rights -----------------------------------------------------------------------------------------------------------


def form_of(user: User, **rights: Any) -> dict[str, Any]:
    return {"email": user.email, "name": "", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00",
            "is_active": "on", **rights}  # fmt: skip


def signed_in(user: User, *, confirmed: bool = True) -> Client:
    client = Client()
    by_app(client, user)
    if confirmed:
        has_confirmed(client, user)
    return client


@pytest.fixture
def administrator(askers: Askers) -> User:
    return askers.users["administrator"]


@pytest.fixture
def member(askers: Askers) -> User:
    return askers.users["member"]


def test_granting_and_removing_a_role_asks_who_is_there_and_is_recorded(administrator: User, member: User) -> None:
    path = f"{USERS}{member.pk}/change/"
    editor = Group.objects.get(name=roles.EDITOR)
    grant = form_of(member, is_staff="on", groups=[editor.pk])
    client = signed_in(administrator, confirmed=False)
    before = last()
    for method in (client.get, client.post):
        asked = method(path, grant)
        assert asked.headers["Location"].startswith("/account/confirm/code/?next=%2Fadmin%2Faccounts%2Fuser%2F")
    assert (list(member.groups.all()), events(before)) == ([], [])
    done = client.post("/account/confirm/code/", {"code": app_code(), "next": path})
    assert done.headers["Location"] == path
    assert client.post(path, grant).status_code == 302
    assert list(member.groups.all()) == [editor]
    assert client.post(path, form_of(member)).status_code == 302
    assert list(member.groups.all()) == []
    actor, about = str(administrator.public_id), str(member.public_id)
    changes = [
        (who, obj, detail) for who, action, _, obj, detail in events(before) if action == "account.rights_changed"
    ]
    assert changes == [
        (actor, about, {"flags": {"added": ["is_staff"]}, "groups": {"added": ["editor"]}}),
        (actor, about, {"flags": {"removed": ["is_staff"]}, "groups": {"removed": ["editor"]}}),
    ]


def test_groups_are_deleted_one_by_one_and_it_is_recorded() -> None:
    boss = with_app(person("boss@example.com", is_staff=True, is_superuser=True))
    friends = Group.objects.create(name="friends")
    path, about = "/admin/auth/group/", audit.ref(friends)
    client = signed_in(boss)
    assert "delete_selected" not in client.get(path).content.decode()
    client.post(path, {"action": "delete_selected", "_selected_action": [friends.pk], "post": "yes"})
    assert Group.objects.filter(pk=friends.pk).exists()
    before = last()
    assert client.post(f"{path}{friends.pk}/delete/", {"post": "yes"}).status_code == 302
    assert events(before) == [(str(boss.public_id), "admin.deleted", about.type, about.id, {})]


def test_no_account_is_deleted_at_the_desk_where_no_ledger_would_learn_of_it(member: User) -> None:
    client = signed_in(with_app(person("boss@example.com", is_staff=True, is_superuser=True)))
    before = last()
    chosen = {"action": "delete_selected", "_selected_action": [member.pk], "post": "yes"}
    assert "delete_selected" not in client.get(USERS).content.decode()
    client.post(USERS, chosen)
    assert client.get(f"{USERS}{member.pk}/delete/").status_code == 403
    assert client.post(f"{USERS}{member.pk}/delete/", {"post": "yes"}).status_code == 403
    assert "deletelink" not in client.get(f"{USERS}{member.pk}/change/").content.decode()
    assert (User.objects.filter(pk=member.pk).exists(), events(before)) == (True, [])


@pytest.mark.parametrize("page", ["add/", "{pk}/change/", "{pk}/delete/", "{pk}/password/"])
def test_every_page_that_changes_accounts_asks_who_is_there(member: User, page: str) -> None:
    boss = with_app(person("boss@example.com", is_staff=True, is_superuser=True))
    path = USERS + page.format(pk=member.pk)
    client = signed_in(boss, confirmed=False)
    for method in (client.get, client.post):
        assert method(path, {"post": "yes"}).headers["Location"].startswith("/account/confirm/code/?next="), page


def test_an_administrator_gives_roles_and_no_other_rights(administrator: User, member: User) -> None:
    friends, right = Group.objects.create(name="friends"), Permission.objects.get(codename="delete_tool")
    client, path = signed_in(administrator), f"{USERS}{member.pk}/change/"
    client.post(path, form_of(member, is_superuser="on", user_permissions=[right.pk]))
    client.post(path, form_of(member, groups=[friends.pk]))
    member.refresh_from_db()
    assert (member.is_superuser, member.get_all_permissions(), list(member.groups.all())) == (False, set(), [])
    member.groups.add(friends)  # by a superuser: such groups stay when somebody else saves the account
    client.post(path, form_of(member, name="Ana", groups=[friends.pk]))
    assert list(member.groups.all()) == [friends]


def test_nobody_but_a_superuser_changes_their_own_rights(administrator: User) -> None:
    own = f"{USERS}{administrator.pk}/change/"
    everything = [group.pk for group in Group.objects.all()]
    assert signed_in(administrator).post(own, form_of(administrator, name="A", groups=everything)).status_code == 302
    administrator.refresh_from_db()
    assert (administrator.name, administrator.is_staff) == ("A", True)
    assert [group.name for group in administrator.groups.all()] == ["administrator"]


def test_an_administrator_does_not_touch_a_superuser_or_a_role(administrator: User) -> None:
    boss = User.objects.create_superuser("boss@example.com", WORD)
    client = signed_in(administrator)
    assert client.post(f"{USERS}{boss.pk}/change/", form_of(boss)).status_code == 403
    assert client.post(f"{USERS}{boss.pk}/delete/", {"post": "yes"}).status_code == 403
    role = Group.objects.get(name=roles.EDITOR)
    for who in (administrator, with_app(person("root@example.com", is_staff=True, is_superuser=True))):
        for page in ("change", "delete"):
            path = f"/admin/auth/group/{role.pk}/{page}/"
            assert signed_in(who).post(path, {"post": "yes", "name": "editor"}).status_code == 403
    assert roles.ensure() == "unchanged"


def test_a_right_that_is_taken_away_is_gone_at_once(askers: Askers) -> None:
    tool = make.tool()
    path = f"/admin/catalog/tool/{tool.pk}/change/"
    assert askers.answer("editor", "GET", path) == "200"
    askers.users["editor"].groups.clear()
    assert askers.answer("editor", "GET", path) == "403"
    User.objects.filter(email="editor@example.com").update(is_active=False)
    assert askers.answer("editor", "GET", path) == "login"
