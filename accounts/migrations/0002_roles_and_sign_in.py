"""Roles by their names, addresses in small letters and confirmed for who works here."""

from typing import Any

from django.db import migrations
from django.db.models.functions import Lower

ROLES = ("reviewer", "editor", "billing", "administrator")


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Make the groups; "editors" of earlier versions becomes "editor" and keeps its people and rights."""
    groups = apps.get_model("auth", "Group").objects
    if not groups.filter(name="editor").exists():
        groups.filter(name="editors").update(name="editor")
    for name in ROLES:
        groups.get_or_create(name=name)


def trust_addresses(apps: Any, schema_editor: Any) -> None:
    """Accounts of staff were made by the operator: without this they could not sign in where no mail is sent yet."""
    users = apps.get_model("accounts", "User").objects
    users.update(email=Lower("email"))
    addresses = apps.get_model("account", "EmailAddress").objects
    for user in users.filter(is_staff=True):
        addresses.get_or_create(user=user, email=user.email, defaults={"verified": True, "primary": True})


def nothing(apps: Any, schema_editor: Any) -> None:
    """Going back leaves groups and addresses as they are."""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RunPython(make_roles, nothing),
        migrations.RunPython(trust_addresses, nothing),
    ]
