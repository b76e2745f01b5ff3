"""The address of a list at the desk narrows it by what its page offers: hidden columns stay hidden."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import User
from tests.people import has_confirmed

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client) -> Client:
    boss = User.objects.create_superuser("boss@example.com", "a long enough word")
    client.force_login(boss)
    has_confirmed(client, boss)
    return client


@pytest.mark.parametrize(
    "asked",
    [
        "core/outgoingmail/?message__contains=61", "core/outgoingmail/?message__gt=a", "core/outgoingmail/?message=a",
        "core/auditevent/?actor__regex=((", "core/auditevent/?at__year=99999999", "core/auditevent/?hash__startswith=a",
        "accounts/user/?password__startswith=argon2", "accounts/user/?groups__name__contains=a",
        "accounts/user/?is_staff__regex=((", "verification/ownershipchallenge/?token_hash__startswith=a",
    ],
)  # fmt: skip
def test_what_no_page_offers_is_refused(desk: Client, asked: str) -> None:
    assert desk.get(f"/admin/{asked}").status_code == 400


def test_every_list_refuses_every_column_that_it_does_not_offer(desk: Client) -> None:
    taken = []
    for model, desk_of in admin.site._registry.items():
        request = type("Request", (), {"user": User.objects.get()})()
        offered = {desk_of.date_hierarchy}
        for one in desk_of.list_filter:
            first = one[0] if isinstance(one, tuple | list) else one
            offered.add(first if isinstance(first, str) else first.parameter_name)
        for field in model._meta.get_fields():
            for how in ("", "__startswith", "__contains", "__gt", "__regex"):
                allowed = desk_of.lookup_allowed(f"{field.name}{how}", "a", request)  # type: ignore[arg-type]
                if allowed and (how or field.name not in offered):
                    taken.append(f"{model._meta.label} {field.name}{how}")
    assert taken == []


def test_what_a_page_offers_narrows_it(desk: Client) -> None:
    for asked in ("accounts/user/?is_staff__exact=1", "core/outgoingmail/?state__exact=failed&bounced_at__isempty=1"):
        assert desk.get(f"/admin/{asked}").status_code == 200
