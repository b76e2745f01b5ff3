"""Keys: made once, kept as hashes, replaced, revoked; and what they used."""

from __future__ import annotations

import datetime as dt
import re
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from api import keys, usage
from api.models import ApiKey, Usage
from api.scopes import SCOPES
from catalog.reach.counting import reach
from core.models import AuditEvent
from tests import make
from tests.api.client import Api, key_of
from tests.api.walking import pages
from tests.people import person

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def row_of(key: str) -> ApiKey:
    return ApiKey.objects.get(digest=keys.digest_of(key))


# -- what a key is ----------------------------------------------------------------------------------------------------


def test_a_key_can_be_told_from_all_else_without_a_query(ana: User, django_assert_num_queries: Any) -> None:
    key = key_of(ana)
    assert re.fullmatch(r"aicat_live_[0-9A-Za-z]{36}", key)
    assert keys.well_formed(key)
    last = "1" if key[-1] == "0" else "0"
    for wrong in (key[:-1] + last, key[:-1], key + "0", key.replace("live", "test"), key.swapcase(), "", "x"):
        assert not keys.well_formed(wrong)
        with django_assert_num_queries(0):
            assert keys.recognise(wrong) is None


def test_the_checksum_is_the_crc_of_the_random_part() -> None:
    assert keys.checksum("") == "000000"
    # CRC-32 of "123456789" is 0xCBF43926 (the check value of the standard), in base 62
    number, text = 0xCBF43926, ""
    while number:
        number, digit = divmod(number, 62)
        text = keys.LETTERS[digit] + text
    assert keys.checksum("123456789") == text.rjust(6, "0")


def test_nothing_of_a_key_is_kept_but_its_beginning_and_a_hash(ana: User) -> None:
    key = key_of(ana)
    kept = "".join(str(value) for value in ApiKey.objects.values_list().get())
    assert key not in kept
    assert key.removeprefix("aicat_live_")[8:] not in kept
    assert row_of(key).prefix == key.removeprefix("aicat_live_")[:8]


def test_making_one_is_told_by_mail_and_in_the_audit_log(ana: User) -> None:
    key = key_of(ana, "catalog:read")
    assert mail.outbox[-1].to == [ana.email]
    assert row_of(key).prefix in mail.outbox[-1].body
    assert key not in mail.outbox[-1].body
    event = AuditEvent.objects.latest("serial")
    assert (event.action, event.actor, event.detail) == (
        "api.key_made",
        str(ana.public_id),
        '{"scopes":["catalog:read"]}',
    )


# -- who it lets in ---------------------------------------------------------------------------------------------------


def status(key: str) -> int:
    return int(Api(key).get("/categories").status_code)


def test_a_key_that_ended_lets_nobody_in(ana: User) -> None:
    key = key_of(ana)
    assert status(key) == 200
    ApiKey.objects.update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert status(key) == 401
    ApiKey.objects.update(expires_at=None)
    assert keys.revoke(row_of(key), by=ana) is True
    assert (status(key), keys.revoke(row_of(key), by=ana)) == (401, False)


def test_a_closed_account_closes_its_keys(ana: User) -> None:
    key = key_of(ana)
    User.objects.update(is_active=False)
    assert status(key) == 401


def test_its_use_is_noted_once_a_minute_without_the_address(ana: User) -> None:
    key = key_of(ana)
    api = Api(key)
    api.client.get("/api/v1/categories", headers={"Authorization": f"Bearer {key}"}, REMOTE_ADDR="192.0.2.77")
    first = row_of(key)
    assert first.last_used_at is not None
    assert first.last_network == "192.0.2.0/24"
    status(key)
    assert row_of(key).last_used_at == first.last_used_at
    ApiKey.objects.update(last_used_at=timezone.now() - dt.timedelta(seconds=61))
    status(key)
    assert row_of(key).last_used_at != first.last_used_at


def test_noting_it_waits_for_nobody(ana: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    key = key_of(ana)
    status(key)
    with django_assert_num_queries(2):  # the key and its owner; the categories
        status(key)


# -- replacing --------------------------------------------------------------------------------------------------------


def test_two_keys_work_until_the_old_one_ends(ana: User) -> None:
    old = key_of(ana, "lists:read")
    row, new = keys.rotate(row_of(old), ends_in=7 * DAY)
    assert (status(old), status(new)) == (200, 200)
    assert (row.scopes, row.replaced) == (["lists:read"], row_of(old))
    ends = row_of(old).expires_at
    assert ends is not None
    assert abs(ends - timezone.now() - 7 * DAY) < dt.timedelta(minutes=1)
    with pytest.raises(keys.NotLive):
        keys.rotate(row_of(old), ends_in=DAY)


def test_a_rotation_never_lengthens_the_old_key(ana: User) -> None:
    old = keys.create(owner=ana, name="short", scopes=["catalog:read"], expires_at=timezone.now() + DAY)[0]
    new, _ = keys.rotate(old, ends_in=400 * DAY)
    before = old.expires_at
    old.refresh_from_db()
    assert old.expires_at == before
    assert new.expires_at is not None
    assert abs(new.expires_at - timezone.now() - DAY) < dt.timedelta(minutes=1)


def test_what_takes_a_keys_place_is_replaced_only_when_that_has_ended(ana: User) -> None:
    first, _ = keys.create(owner=ana, name="mine", scopes=["catalog:read"])
    second, _ = keys.rotate(first, ends_in=7 * DAY)
    with pytest.raises(keys.NotLive, match="Two work at a time"):
        keys.rotate(second, ends_in=DAY)
    keys.revoke(first, by=ana)
    third, _ = keys.rotate(second, ends_in=DAY)
    assert third.replaced_id == second.pk


def test_a_key_ends_none_that_may_do_more_than_itself(ana: User) -> None:
    row, _ = keys.create(owner=ana, name="reads", scopes=["catalog:read"])
    poor, rich = Api(key_of(ana, "keys:write")), Api(key_of(ana, "keys:write", "catalog:read"))
    refused = poor.send("DELETE", f"/keys/{row.prefix}")
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "That key has scopes which the caller does not have.",
    )
    assert rich.send("DELETE", f"/keys/{row.prefix}").status_code == 204


def test_a_key_that_is_found_while_its_account_is_closed_stays_ended(ana: User) -> None:
    key = key_of(ana, "account:read")
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert Api().post("/keys/leaks", {"key": key}).json() == {"revoked": True}
    User.objects.filter(pk=ana.pk).update(is_active=True)
    assert Api(key).get("/me").status_code == 401


def test_a_replacement_that_is_asked_for_again_is_not_made_twice(ana: User) -> None:
    key = key_of(ana)
    prefix = row_of(key).prefix
    made = Api(key).post(f"/keys/{prefix}/rotate", {"overlap_hours": 1}, **{"Idempotency-Key": "one"})
    again = Api(key).post(f"/keys/{prefix}/rotate", {"overlap_hours": 1}, **{"Idempotency-Key": "one"})
    assert (made.status_code, again.status_code, made.json()["prefix"] in again.json()["detail"]) == (201, 409, True)


def test_an_account_has_twenty_keys_at_most(ana: User) -> None:
    for _ in range(keys.MOST):
        key = key_of(ana)
    with pytest.raises(keys.TooMany):
        key_of(ana)
    keys.rotate(row_of(key), ends_in=DAY)  # the one that takes its place may be one over
    keys.revoke(row_of(key), by=ana)
    keys.revoke(ApiKey.objects.live(timezone.now()).first() or row_of(key), by=ana)
    key_of(ana)


# -- by the API -------------------------------------------------------------------------------------------------------


def test_me_is_who_the_key_belongs_to(ana: User) -> None:
    key = key_of(ana, "account:read", "lists:read")
    assert Api(key).json("/me") == {
        "id": str(ana.public_id),
        "email": ana.email,
        "name": ana.name or None,
        "by": "key",
        "scopes": ["account:read", "lists:read"],
        "key": row_of(key).prefix,
    }


def test_a_key_makes_no_more_than_it_is_itself(ana: User) -> None:
    until = timezone.now() + DAY
    _, key = keys.create(owner=ana, name="small", scopes=["keys:write", "lists:read"], expires_at=until)
    api = Api(key)
    refused = api.post("/keys", {"name": "big", "scopes": ["lists:read", "lists:write"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/scopes")
    made = api.post("/keys", {"name": "one", "scopes": ["lists:read"], "lasts_days": 90})
    body = made.json()
    assert (made.status_code, body["scopes"], body["works"]) == (201, ["lists:read"], True)
    assert made.headers["Location"] == f"http://127.0.0.1:8000/api/v1/keys/{body['prefix']}"
    assert row_of(body["key"]).expires_at == until
    other = keys.create(owner=ana, name="wide", scopes=list(SCOPES))[0]
    assert api.post(f"/keys/{other.prefix}/rotate").json()["detail"].startswith("That key has scopes")


def test_a_key_that_ends_makes_none_that_outlives_it(ana: User) -> None:
    until = timezone.now() + DAY
    short, key = keys.create(owner=ana, name="short", scopes=["keys:write"], expires_at=until)
    endless, _ = keys.create(owner=ana, name="endless", scopes=["keys:write"])
    for prefix in (endless.prefix, short.prefix):
        made = Api(key).post(f"/keys/{prefix}/rotate", {"overlap_hours": 1}).json()
        assert row_of(made["key"]).expires_at == until


def test_an_operator_ends_any_key(ana: User) -> None:
    key = key_of(ana)
    call_command("revoke_key", row_of(key).prefix, stdout=StringIO())
    assert status(key) == 401
    for prefix, told in ((row_of(key).prefix, "had ended already"), ("nothing0", "There is no key")):
        with pytest.raises(CommandError, match=told):
            call_command("revoke_key", prefix, stdout=StringIO())


def test_a_key_replaces_and_ends_itself(ana: User) -> None:
    key = key_of(ana)
    prefix = row_of(key).prefix
    new = Api(key).post(f"/keys/{prefix}/rotate", {"overlap_hours": 0}).json()
    assert (status(key), status(new["key"]), new["replaces"]) == (401, 200, prefix)
    assert Api(new["key"]).send("DELETE", f"/keys/{new['prefix']}").status_code == 204
    assert status(new["key"]) == 401


def test_keys_of_others_are_not_there(ana: User) -> None:
    theirs = row_of(key_of(person("ben@example.com")))
    api = Api(key_of(ana))
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/rotate")):
        assert api.send(method, f"/keys/{theirs.prefix}{path}", {}).status_code == 404
    assert theirs.prefix not in str(api.json("/keys"))
    theirs.refresh_from_db()
    assert theirs.revoked_at is None


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/name", "/scopes"]),
        ({"name": "", "scopes": []}, ["/name", "/scopes"]),
        ({"name": "x", "scopes": ["everything"]}, ["/scopes/0"]),
        ({"name": "x\u202ey", "scopes": ["lists:read"]}, ["/name"]),
        ({"name": "x", "scopes": ["lists:read"], "lasts_days": 0}, ["/lasts_days"]),
        ({"name": "x", "scopes": ["lists:read"], "admin": True}, ["/admin"]),
        ({"name": ["x"], "scopes": "lists:read"}, ["/name", "/scopes"]),
    ],
)
def test_every_wrong_place_of_a_body_is_named(ana: User, body: Any, pointers: list[str]) -> None:
    answer = Api(key_of(ana)).post("/keys", body)
    assert (answer.status_code, sorted(one["pointer"] for one in answer.json()["errors"])) == (422, pointers)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_as_many_statements_whatever_stands_in_it(
    ana: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(count - 1):
        key_of(ana)
    api = Api(key_of(ana))
    api.json("/keys")
    with django_assert_num_queries(2):
        found = api.json("/keys")
    assert len(found["results"]) == count
    assert sum(len(body["results"]) for body in pages(api, "/keys?limit=2")) == count


def test_whoever_finds_a_key_ends_it(ana: User) -> None:
    key = key_of(ana)
    assert Api().post("/keys/leaks", {"key": f" {key}\n"}).json() == {"revoked": True}
    assert status(key) == 401
    assert mail.outbox[-1].subject.endswith("a key of yours was found in the open")
    assert Api().post("/keys/leaks", {"key": key}).json() == {"revoked": False}
    assert Api().post("/keys/leaks", {"key": "nothing"}).json() == {"revoked": False}


# -- what is used -----------------------------------------------------------------------------------------------------


def test_what_a_key_uses_is_counted_by_day(ana: User) -> None:
    make.categories()
    reach.write()
    key = key_of(ana)
    api = Api(key)
    first = api.get("/categories")
    api.get("/categories", **{"If-None-Match": first.headers["ETag"]})
    api.get("/nothing")
    Api().get("/categories")  # nobody in particular: not counted
    reach.write()
    row = Usage.objects.get()
    assert (row.user, row.key, row.day) == (ana, row_of(key), timezone.now().date())
    assert (row.requests, row.units, row.unchanged, row.refused, row.errors) == (3, 2, 1, 0, 1)
    api.get("/categories")
    reach.write()
    assert api.json("/me/usage")["total"] == {
        "requests": 4,
        "units": 3,
        "unchanged": 1,
        "refused": 0,
        "errors": 1,
    }
    assert usage.of(ana.pk, timezone.now().date()).days[-1][1].requests == 4
