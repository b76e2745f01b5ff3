"""Writing the audit log: in the caller's transaction, loudly, in one chain."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from core import audit, audit_chain, tasks
from core.models import AuditEvent, AuditHead

pytestmark = pytest.mark.datalayer


def events(after: int = 0) -> list[tuple[str, str, str, str, dict[str, Any]]]:
    """Return what is recorded after a serial, without what the database adds."""
    rows = AuditEvent.objects.filter(serial__gt=after).order_by("serial")
    return [(row.actor, row.action, row.object_type, row.object_id, row.data) for row in rows]


def last() -> int:
    """Return the last serial; the log outlives tests that commit."""
    return AuditEvent.objects.order_by("-serial").values_list("serial", flat=True).first() or 0


# -- recording --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_event_says_who_did_what_to_what(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user, before = User.objects.create_user("ana@example.com"), last()
    with django_assert_num_queries(1):
        serial = audit.record(actor=user, action="made.up", obj=user, detail={"b": [1, "ä"], "a": None})
    assert serial == before + 1
    assert events(before) == [
        (str(user.public_id), "made.up", "accounts.user", str(user.public_id), {"a": None, "b": [1, "ä"]})
    ]
    row = AuditEvent.objects.get(serial=serial)
    assert row.detail == '{"a":null,"b":[1,"ä"]}'
    assert abs(dt.datetime.now(dt.UTC) - row.at) < dt.timedelta(minutes=1)


@pytest.mark.django_db
def test_python_computes_the_same_hash_as_the_database() -> None:
    first = last() + 1
    for detail in ({}, {"text": "日本語 🤖 \u0000".replace("\u0000", ""), "quote": "a,b:\"'\\\n"}, {"n": 1.5e300}):
        audit.record(actor=None, action="made.up", obj=audit.Ref("x.ÿ", "1:2,3"), detail=detail)
    rows = list(audit_chain.stored(first))
    assert [row.hash for row in rows] == [audit_chain.digest(row) for row in rows]
    assert [row.prev for row in rows[1:]] == [row.hash for row in rows[:-1]]


@pytest.mark.django_db
def test_rows_of_one_statement_are_chained_too() -> None:
    first = last() + 1
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_auditevent (actor, action) SELECT 'site', 'made.up' FROM generate_series(1, 5)"
        )
    assert audit_chain.check_stored(first=first).wrong == 0
    assert last() == first + 4


@pytest.mark.django_db
def test_what_a_writer_says_of_serial_time_and_hashes_is_not_believed() -> None:
    before = last()
    AuditEvent.objects.create(serial=10**9, at="1999-01-01T00:00Z", actor="site", action="made.up", detail="{}",
                              prev="f" * 64, hash="e" * 64)  # fmt: skip
    assert last() == before + 1
    assert audit_chain.check_stored(first=before + 1).wrong == 0


@pytest.mark.django_db
def test_a_temporary_table_cannot_stand_in_for_the_log() -> None:
    audit.record(actor=None, action="made.up")
    before = last()
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE core_auditevent (serial bigint, at timestamptz, hash text)")
        cursor.execute("INSERT INTO public.core_auditevent (actor, action) VALUES ('site', 'made.up')")
        cursor.execute("DROP TABLE pg_temp.core_auditevent")
    assert last() == before + 1
    assert audit_chain.check_stored(first=before).wrong == 0


@pytest.mark.django_db
def test_an_actor_is_an_account_the_site_or_a_visitor() -> None:
    user = User.objects.create_user("ana@example.com")
    assert [audit.actor_id(one) for one in (user, None, audit.SITE, AnonymousUser(), audit.VISITOR)] == [
        str(user.public_id), "site", "site", "visitor", "visitor",
    ]  # fmt: skip
    for wrong in (user.pk, "ana@example.com", object()):
        with pytest.raises(TypeError, match="is no account"):
            audit.actor_id(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"detail": {"typed": "ana@example.com"}}, audit.PersonalData),
        ({"detail": {"n": float("nan")}}, ValueError),
        ({"detail": {"n": object()}}, TypeError),
        ({"detail": {"n": "x" * 17_000}}, IntegrityError),
        ({"detail": {"n": "\x00"}}, DatabaseError),
        ({"action": "made"}, IntegrityError),
        ({"action": "Made.Up"}, IntegrityError),
        ({"obj": audit.Ref("x" * 101, "1")}, DatabaseError),
    ],
)
def test_what_cannot_be_recorded_fails_loudly(bad: dict[str, Any], error: type[Exception]) -> None:
    before = last()
    with pytest.raises(error), transaction.atomic():
        audit.record(**{"actor": None, "action": "made.up"} | bad)
    assert last() == before


@pytest.mark.django_db(transaction=True)
def test_an_event_is_stored_with_what_it_tells_of_or_not_at_all() -> None:
    before = last()
    with pytest.raises(audit.NotInTransaction):
        audit.record(actor=None, action="made.up")
    with transaction.atomic():
        audit.record(actor=None, action="made.up")
        transaction.set_rollback(True)
    assert last() == before
    with transaction.atomic():
        audit.record(actor=None, action="made.up")
    assert last() == before + 1


@pytest.mark.django_db(transaction=True)
def test_eight_writers_at_once_make_one_unbroken_chain() -> None:
    before, failures = last(), []

    def write(number: int) -> None:
        try:
            for count in range(50):
                with transaction.atomic():
                    audit.record(actor=None, action="made.up", detail={"writer": number, "count": count})
                    if count % 10 == 9:
                        transaction.set_rollback(True)  # leaves no gap
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    report = audit_chain.check_stored()
    assert (failures, report.sentences, report.last) == ([], [], before + 8 * 45)
    order = [(data["writer"], data["count"]) for *_, data in events(before)]
    assert sorted(order) == [(number, count) for number in range(8) for count in range(50) if count % 10 != 9]
    times = list(AuditEvent.objects.order_by("serial").values_list("at", flat=True))
    assert times == sorted(times)


# -- accounts ---------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_erasing_an_account_leaves_the_chain_whole() -> None:
    user, before = User.objects.create_user("ana@example.com"), last()
    audit.record(actor=user, action="made.up", obj=user)
    name = str(user.public_id)
    user.delete()
    assert events(before) == [(name, "made.up", "accounts.user", name, {})]
    assert audit_chain.check_stored().wrong == 0


@pytest.mark.django_db
def test_every_account_has_an_id_of_its_own_that_stays() -> None:
    one, two = User.objects.create_user("ana@example.com"), User.objects.create_user("bo@example.com")
    assert isinstance(one.public_id, uuid.UUID)
    assert one.public_id != two.public_id
    assert User.objects.get(pk=one.pk).public_id == one.public_id
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=two.pk).update(public_id=one.public_id)


# -- heads ------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_head_is_published_when_there_is_something_new() -> None:
    serial = audit.record(actor=None, action="made.up")
    assert tasks.audit_head() == serial
    assert tasks.audit_head() is None
    head = AuditHead.objects.get(serial=serial)
    assert head.hash == AuditEvent.objects.get(serial=serial).hash


@pytest.mark.django_db
def test_everybody_can_read_the_heads_and_nothing_else(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(60):
        audit.record(actor=None, action="made.secret")
        audit.publish_head()
    with django_assert_num_queries(1):
        page = client.get("/trust/audit/").content.decode()
    heads = list(AuditHead.objects.order_by("-serial"))
    assert page.count('class="addr"') == 50
    assert [page.count(head.hash) for head in heads[:50]] == [1] * 50
    assert page.count("made.secret") == 0
    with django_assert_num_queries(1):
        found = client.get("/trust/audit.json").json()
    assert found == {
        "algorithm": "sha256",
        "format": 1,
        "heads": [{"serial": one.serial, "hash": one.hash, "at": one.at.isoformat()} for one in heads],
    }
    assert client.get("/trust/").content.decode().count('href="/trust/audit/"') == 1
    assert client.post("/trust/audit/").status_code == 405
