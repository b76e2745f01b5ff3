"""Every field that leads to a person is known to export and erasure, or stays for a reason."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import models

from accounts.models import User
from accounts.privacy import registry

# Fields whose name or type says that they hold something about a person, and that do not.
NO_PERSON = {
    "accounts.erasedaccount.public_id": "the ledger is what remembers an erasure; the number is all there is",
    "accounts.user.public_id": "a random number, which the audit log needs",
    "accounts.user.password": "emptied with the row of the account",
    "verification.ownershipevent.claim": "goes with its claim",
}
HINTS = re.compile(r"e?mail|^ip$|_ip$|user_?agent|phone|^address$|^to$|^actor$|public_id")
SECRET = "password"


def label(field: Any) -> str:
    return f"{field.model._meta.label_lower}.{field.name}"


def leads_to_a_person(field: Any) -> bool:
    if field.is_relation:
        return field.related_model is User
    kinds = (models.EmailField, models.GenericIPAddressField)
    return isinstance(field, kinds) or bool(HINTS.search(field.name)) or field.name == SECRET


def fields() -> list[str]:
    """Return every field of every model, the tables between included, that leads to a person."""
    found = {
        label(field)
        for model in apps.get_models(include_auto_created=True)
        for field in (*model._meta.local_fields, *model._meta.local_many_to_many)
        if leads_to_a_person(field)
    }
    between = {"accounts.user_groups.user", "accounts.user_user_permissions.user"}  # of fields of the user
    assert between <= found
    return sorted(found - between)


def test_every_field_that_leads_to_a_person_is_in_a_part_or_stays_for_a_reason() -> None:
    covered = {name for part in registry.parts() for name in part.covers}
    reasons = {one.field: one.why for one in registry.stays()} | NO_PERSON
    assert [name for name in fields() if name not in covered and name not in reasons] == []
    assert [why for why in reasons.values() if len(why) < 15] == []


def test_what_parts_and_reasons_name_exists() -> None:
    named = {name for part in registry.parts() for name in part.covers} | {one.field for one in registry.stays()}
    for name in named | set(NO_PERSON):
        app, model, field = name.split(".")
        assert apps.get_model(app, model)._meta.get_field(field)


def test_a_reference_that_nobody_names_would_be_found() -> None:
    class Forgotten(models.Model):
        who = models.ForeignKey(User, models.CASCADE, related_name="+")
        contact_email = models.CharField(max_length=10)
        colour = models.CharField(max_length=10)

        class Meta:
            app_label = "accounts_made_up"
            managed = False

        def __str__(self) -> str:
            return ""

    found = [field.name for field in Forgotten._meta.local_fields if leads_to_a_person(field)]
    del apps.all_models["accounts_made_up"]
    apps.clear_cache()
    assert found == ["who", "contact_email"]
    assert not leads_to_a_person(Group._meta.get_field("name"))


def test_a_name_is_taken_once() -> None:
    part = registry.parts()[0]
    registry.personal(part.name, export=part.export, erase=part.erase, covers=list(part.covers), told=part.told)
    with pytest.raises(ValueError, match="Two parts of personal data are called account"):
        registry.personal("account", export=part.export, erase=part.erase, covers=[], told="other")
