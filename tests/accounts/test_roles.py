"""Roles are groups; the group "editors" of earlier versions becomes "editor" with its people and rights."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db.models import CASCADE

from accounts import roles
from accounts.models import User

pytestmark = pytest.mark.django_db
migration = import_module("accounts.migrations.0002_roles_and_sign_in")


def test_the_four_groups_are_there() -> None:
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(roles.ROLES)


def test_editors_becomes_editor_with_people_and_rights() -> None:
    Group.objects.all().delete()
    old = Group.objects.create(name="editors")
    old.permissions.add(Permission.objects.get(codename="change_tool"))
    old.user_set.add(User.objects.create_user("ed@example.com"))
    migration.make_roles(apps, None)
    migration.make_roles(apps, None)  # a second time changes nothing
    group = Group.objects.get(name="editor")
    assert (group.pk, group.permissions.count(), group.user_set.count()) == (old.pk, 1, 1)
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(roles.ROLES)


def test_staff_of_earlier_versions_can_sign_in_without_a_mail() -> None:
    User.objects.create_user("staff@example.com", is_staff=True)
    User.objects.filter().update(email="Staff@Example.com")
    User.objects.create_user("other@example.com")
    migration.trust_addresses(apps, None)
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("staff@example.com", True, True)]


def given(role: str) -> set[str]:
    return User.objects.create_user(f"{role}@example.org").get_group_permissions() | {
        f"{one.content_type.app_label}.{one.codename}"
        for one in Permission.objects.filter(group__name=role).select_related("content_type")
    }


@pytest.mark.parametrize("role", roles.ROLES)
def test_migrations_give_each_role_its_rights_and_nothing_else(role: str) -> None:
    assert given(role) == roles.rights(role)


def test_rights_that_are_not_in_the_table_go_and_missing_ones_come() -> None:
    group, other = Group.objects.get(name=roles.REVIEWER), Group.objects.create(name="friends")
    everything = Permission.objects.get(codename="delete_user")
    group.permissions.add(everything)
    group.permissions.remove(Permission.objects.get(codename="view_tool"))
    other.permissions.add(everything)
    assert roles.ensure() == "reviewer"
    assert (given(roles.REVIEWER), given("friends")) == (roles.rights(roles.REVIEWER), {"accounts.delete_user"})
    assert roles.ensure() == "unchanged"


def test_what_no_role_may_do() -> None:
    """Least privilege, from the other side: these rights are a superuser's alone."""
    every = {name for role in roles.ROLES for name in roles.rights(role)}
    verbs = {name.split(".")[1].split("_")[0] for name in every}
    assert verbs == {"view", "add", "change"}  # nothing is deleted but by a superuser
    assert {name for name in every if "group" in name or "permission" in name} == {"auth.view_group"}
    seen_by = {role: roles.rights(role) & {f"{one.split('.')[0]}.view_{one.split('.')[1]}" for one in roles.OF_PEOPLE}
               for role in roles.ROLES}  # fmt: skip
    assert {role: len(found) for role, found in seen_by.items()} == {
        "reviewer": 0, "editor": 3, "billing": 0, "administrator": 0,
    }  # fmt: skip


def test_rows_that_go_with_an_account_are_in_no_every_model_of_an_app() -> None:
    """What is deleted with an account is that person's own, and so is what hangs on it."""
    own: set[Any] = {User}
    models = [one for one in apps.get_models() if one._meta.app_label in {"catalog", "verification"}]
    before = 0
    while before != len(own):
        before = len(own)
        own |= {
            one
            for one in models
            for field in one._meta.concrete_fields
            if field.related_model in own and getattr(field.remote_field, "on_delete", None) is CASCADE
        }
    labels = {one._meta.label_lower for one in own - {User}}
    assert labels >= {"catalog.saved", "catalog.toollist", "catalog.follow", "catalog.newsletter"}
    assert labels - roles.OF_PEOPLE == set()


def test_who_works_here() -> None:
    nobody, staff = User.objects.create_user("a@example.com"), User.objects.create_user("b@example.com", is_staff=True)
    member, other = User.objects.create_user("c@example.com"), User.objects.create_user("d@example.com")
    member.groups.add(Group.objects.get(name=roles.BILLING))
    other.groups.add(Group.objects.create(name="friends"))
    people = (AnonymousUser(), nobody, staff, member, other)
    assert [roles.works_here(one) for one in people] == [False, False, True, True, False]


def test_who_may_run_createsuperuser_needs_no_mail() -> None:
    root = User.objects.create_superuser("Root@Example.com", "x")
    assert root.email == "root@example.com"
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [("root@example.com", True, True)]
