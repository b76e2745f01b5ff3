"""The address of a list at the desk narrows it by what its page offers: hidden columns stay hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import User
from core.desk import NARROWS
from tests.people import has_confirmed

pytestmark = pytest.mark.django_db
SECRETS = {"message", "password", "token_hash"}  # columns by which somebody is let in
ODD = ("a%00", "9" * 30)


@pytest.fixture
def desk(client: Client) -> Client:
    boss = User.objects.create_superuser("boss@example.com", "a long enough word")
    client.force_login(boss)
    has_confirmed(client, boss)
    return client


def offered_by(desk_of: Any) -> set[str]:
    found = {desk_of.date_hierarchy} if desk_of.date_hierarchy else set()
    for one in desk_of.list_filter:
        first = one[0] if isinstance(one, tuple | list) else one
        found.add(first if isinstance(first, str) else first.parameter_name)
    return found


def list_of(model: Any) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/"


@pytest.mark.parametrize(
    "asked",
    [
        "core/outgoingmail/?message__contains=61", "core/outgoingmail/?message__gt=a", "core/outgoingmail/?message=a",
        "core/auditevent/?actor__regex=((", "core/auditevent/?at__year=99999999", "core/auditevent/?hash__startswith=a",
        "accounts/user/?password__startswith=argon2", "accounts/user/?groups__name__contains=a",
        "accounts/user/?is_staff__regex=((", "verification/ownershipchallenge/?token_hash__startswith=a",
        "core/outgoingmail/?bounced_at__year=99999999", "core/outgoingmail/?bounced_at__day=1",
        "core/outgoingmail/?user__password__startswith=a", "accounts/user/?_to_field=password",
    ],
)  # fmt: skip
def test_what_no_page_offers_is_refused(desk: Client, asked: str) -> None:
    assert desk.get(f"/admin/{asked}").status_code == 400


def test_every_list_refuses_every_column_that_it_does_not_offer(desk: Client) -> None:
    taken = []
    for model, desk_of in admin.site._registry.items():
        request = type("Request", (), {"user": User.objects.get()})()
        offered = offered_by(desk_of)
        for field in model._meta.get_fields():
            for how in ("", "__startswith", "__contains", "__gt", "__regex"):
                allowed = desk_of.lookup_allowed(f"{field.name}{how}", "a", request)
                if allowed and (how or field.name not in offered):
                    taken.append(f"{model._meta.label} {field.name}{how}")
    assert taken == []


def test_no_list_fails_at_an_odd_value_of_what_it_offers(desk: Client) -> None:
    asked = [
        f"{list_of(model)}?{name}{how}={value}"
        for model, desk_of in admin.site._registry.items()
        for name in offered_by(desk_of)
        for how in NARROWS
        for value in ODD
    ]
    assert len(asked) > 300
    assert [one for one in asked if desk.get(one).status_code not in {200, 302, 400}] == []


def test_no_list_shows_searches_or_orders_by_a_secret(desk: Client) -> None:
    """`?o=` orders by the columns that are shown, `?q=` searches in the fields that are named."""
    columns = {name for model in admin.site._registry for name in (one.name for one in model._meta.get_fields())}
    assert columns >= SECRETS
    found = []
    for model, desk_of in admin.site._registry.items():
        ordered = [getattr(getattr(desk_of, str(one), None), "admin_order_field", "") for one in desk_of.list_display]
        for named in (*desk_of.list_display, *desk_of.search_fields, *(desk_of.ordering or ()), *ordered):
            found += [
                f"{model._meta.label} {named}" for word in str(named).lstrip("=^@-").split("__") if word in SECRETS
            ]
    assert found == []


def test_no_page_of_a_row_shows_a_hash(desk: Client) -> None:
    ana = User.objects.create_user("ana@example.com", "another long enough word")
    page = desk.get(f"/admin/accounts/user/{ana.pk}/change/").content.decode()
    assert ("ana@example.com" in page, ana.password.split("$")[-1] in page) == (True, False)


def test_what_a_page_offers_narrows_it(desk: Client) -> None:
    for asked in ("accounts/user/?is_staff__exact=1", "core/outgoingmail/?state__exact=failed&bounced_at__isempty=1"):
        assert desk.get(f"/admin/{asked}").status_code == 200
