"""The tamper drill: nobody gets past the triggers, and who switches them off is found."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client

from core import audit, audit_chain
from core.models import AuditEvent
from tests.core.test_audit import last

TRIGGERS = {"core_auditevent": ("core_audit_chain", "core_audit_is_append_only"),
            "core_audithead": ("core_audit_is_append_only",)}  # fmt: skip
own_database = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")), reason="needs the superuser's door"
)


def sql(text: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values or None)


@pytest.fixture
def begun(db: None) -> int:
    """A log of six events more; returns the serial of the first."""
    first = last() + 1
    for number in range(6):
        audit.record(actor=None, action="made.up", obj=audit.Ref("x.y", str(number)), detail={"number": number})
    return first


@pytest.fixture
def without_triggers(begun: int) -> int:
    """The same log, for somebody who has switched its triggers off; rolled back after the test."""
    for table in TRIGGERS:
        sql(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
    return begun


def verify(*options: str) -> tuple[int, str]:
    """Run `manage.py audit verify`; return its exit code and what it said."""
    out = StringIO()
    try:
        call_command("audit", "verify", *options, stdout=out, stderr=StringIO())
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


# -- refused ----------------------------------------------------------------------------------------------------------


ATTEMPTS = [
    "UPDATE core_auditevent SET detail = '{}'",
    "UPDATE core_auditevent SET actor = 'x' WHERE serial = -1",
    "DELETE FROM core_auditevent",
    "DELETE FROM core_auditevent WHERE serial = (SELECT max(serial) FROM core_auditevent)",
    "TRUNCATE core_auditevent",
    "TRUNCATE core_auditevent CASCADE",
    "INSERT INTO core_auditevent (serial, actor, action) VALUES (1, 'site', 'a.b')"
    " ON CONFLICT (serial) DO UPDATE SET detail = '{}'",
    "MERGE INTO core_auditevent e USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "UPDATE core_audithead SET hash = ''",
    "DELETE FROM core_audithead",
    "TRUNCATE core_audithead",
]


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize("replica", [False, True])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_sites_own_role_is_refused(attempt: str, replica: bool) -> None:
    audit.publish_head()
    before = list(AuditEvent.objects.order_by("serial").values())
    if replica:  # switches ordinary triggers off; these are always on
        sql("SET LOCAL session_replication_role = replica")
    with pytest.raises(DatabaseError, match="the audit log is append-only"), transaction.atomic():
        sql(attempt)
    assert list(AuditEvent.objects.order_by("serial").values()) == before


def test_django_cannot_change_it_either(begun: int) -> None:
    event = AuditEvent.objects.get(serial=begun)
    event.detail = '{"number":7}'
    for attempt in (event.save, event.delete, AuditEvent.objects.all().delete):
        with pytest.raises(DatabaseError, match="the audit log is append-only"), transaction.atomic():
            attempt()
    assert AuditEvent.objects.get(serial=begun).data == {"number": 0}


def test_flushing_the_database_leaves_the_log(begun: int) -> None:
    tables = connection.introspection.django_table_names(only_existing=True)
    assert {"core_auditevent", "core_audithead"} & set(tables) == set()
    assert "accounts_user" in tables


# -- a role that does not own the tables (docs/audit.md) --------------------------------------------------------------


@contextmanager
def superuser() -> Iterator[psycopg.Connection[Any]]:
    given = connection.settings_dict
    login = {"host": given["HOST"], "port": given["PORT"] or "5432", "user": "postgres", "dbname": given["NAME"]}
    with psycopg.connect(**login) as door:
        yield door
        door.rollback()


def recipe() -> str:
    """Return the statements that the documentation gives."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")
    return text.split("```sql\n")[1].split("```")[0]


@own_database
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "attempt",
    [
        *ATTEMPTS,
        "INSERT INTO core_auditevent (serial, actor, action) VALUES (5, 'site', 'a.b')",
        "INSERT INTO core_auditevent (actor, action, hash) VALUES ('site', 'a.b', 'f')",
        "ALTER TABLE core_auditevent DISABLE TRIGGER ALL",
        "DROP TRIGGER core_audit_is_append_only ON core_auditevent",
        "CREATE OR REPLACE FUNCTION core_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql"
        " AS 'BEGIN RETURN NEW; END'",
        "DROP TABLE core_auditevent",
        "SET session_replication_role = replica",
    ],
)
def test_a_role_that_only_writes_cannot_switch_anything_off(attempt: str) -> None:
    before = last()
    insert = "INSERT INTO core_auditevent (actor, action) VALUES ('site', 'made.up') RETURNING serial"
    with superuser() as door:
        door.execute("CREATE ROLE web NOLOGIN")
        door.execute("CREATE ROLE audit_owner NOLOGIN")
        door.execute(recipe())
        door.execute("SET LOCAL ROLE web")
        assert door.execute(insert).fetchone() == (before + 1,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            door.execute(attempt)


# -- found ------------------------------------------------------------------------------------------------------------


def test_an_untouched_log_is_intact(begun: int) -> None:
    audit.publish_head()
    code, said = verify()
    end = AuditEvent.objects.get(serial=begun + 5)
    assert (code, said.splitlines()[1]) == (0, f"Its head: {end.hash}:{end.serial}")
    assert said.startswith(f"The audit log is intact: events 1 to {end.serial:,}, ")


def test_an_edited_event_is_found(without_triggers: int) -> None:
    second = without_triggers + 1
    sql("UPDATE core_auditevent SET detail = '{\"number\":9}' WHERE serial = %s", second)
    at = AuditEvent.objects.get(serial=second).at
    assert verify() == (
        1,
        f"Event {second} is not as it was written: its hash does not fit “made.up” about x.y 1 by site,"
        f" {at:%Y-%m-%d %H:%M:%S} UTC.\nThe audit log was tampered with: 1 thing is wrong.",
    )


@pytest.mark.parametrize("column", ["at", "actor", "action", "object_type", "object_id", "detail", "prev", "hash"])
def test_an_edit_of_any_column_is_found(without_triggers: int, column: str) -> None:
    value = {"at": "at + interval '1 microsecond'", "detail": "'{ \"number\":1}'"}.get(column, f"{column} || 'x'")
    if column in {"prev", "hash"}:
        value = f"reverse({column})"
    sql(f"UPDATE core_auditevent SET {column} = {value} WHERE serial = %s", without_triggers + 1)
    assert audit_chain.check_stored().wrong >= 1


def test_an_edit_with_a_hash_that_fits_is_found_by_the_next_event(without_triggers: int) -> None:
    second = without_triggers + 1
    row = next(audit_chain.stored(second))._replace(detail="{}")
    sql("UPDATE core_auditevent SET detail = '{}', hash = %s WHERE serial = %s", audit_chain.digest(row), second)
    assert audit_chain.check_stored().sentences == [
        f"Event {second + 1} does not continue event {second}: one of the two was replaced, put in or moved there."
    ]


def test_a_deleted_event_is_found(without_triggers: int) -> None:
    first = without_triggers
    sql("DELETE FROM core_auditevent WHERE serial = %s", first + 1)
    sql("DELETE FROM core_auditevent WHERE serial IN (%s, %s)", first + 3, first + 4)
    assert audit_chain.check_stored().sentences == [
        f"Event {first + 1} is missing: after event {first} comes event {first + 2}.",
        f"Events {first + 3} to {first + 4} are missing: after event {first + 2} comes event {first + 5}.",
    ]


def test_an_inserted_event_is_found(without_triggers: int) -> None:
    # the later ones make room; the new one is given a hash that fits
    after = without_triggers + 2
    sql("UPDATE core_auditevent SET serial = -serial WHERE serial > %s", after)
    sql("UPDATE core_auditevent SET serial = -serial + 1 WHERE serial < 0")
    row = next(audit_chain.stored(after))
    new = row._replace(serial=after + 1, prev=row.hash, object_id="forged")
    sql(
        "INSERT INTO core_auditevent VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        *new._replace(hash=audit_chain.digest(new)),
    )
    report = audit_chain.check_stored()
    assert report.sentences[0] == (
        f"Event {after + 2} does not continue event {after + 1}: one of the two was replaced, put in or moved there."
    )
    assert report.wrong == 4  # and none of the three that were moved fits its hash any more


def test_events_in_another_order_are_found(without_triggers: int) -> None:
    one, two = without_triggers + 1, without_triggers + 2
    for old, new in ((one, -1), (two, one), (-1, two)):
        sql("UPDATE core_auditevent SET serial = %s WHERE serial = %s", new, old)
    sentences = audit_chain.check_stored().sentences
    assert [sentence.split(":")[0] for sentence in sentences] == [
        f"Event {one} does not continue event {one - 1}",
        f"Event {one} is not as it was written",
        f"Event {two} does not continue event {one}",
        f"Event {two} is not as it was written",
        f"Event {two + 1} does not continue event {two}",
    ]


def test_a_cut_end_is_found_by_the_published_head(client: Client, without_triggers: int, tmp_path: Path) -> None:
    audit.publish_head()
    noted = tmp_path / "audit.json"
    noted.write_bytes(client.get("/trust/audit.json").content)
    head = AuditEvent.objects.get(serial=without_triggers + 5)
    cut = f"Events {head.serial - 1} to {head.serial} are missing."
    sql("DELETE FROM core_auditevent WHERE serial >= %s", head.serial - 1)
    assert audit_chain.check_stored().sentences[0].endswith(cut)  # by the site's own list
    sql("DELETE FROM core_audithead")  # who cuts the log takes that along
    code, said = verify()
    assert (code, said.splitlines()[-1][:25]) == (0, "No head was compared, so ")
    for options in (("--head", f"{head.hash}:{head.serial}"), ("--heads", str(noted))):
        code, said = verify(*options)
        assert (code, said.splitlines()[-2].endswith(cut)) == (1, True)


def test_a_log_written_anew_is_found_by_the_published_head(without_triggers: int) -> None:
    second = without_triggers + 1
    old = AuditEvent.objects.get(serial=without_triggers + 5)
    prev = AuditEvent.objects.get(serial=without_triggers).hash
    for row in list(audit_chain.stored(second)):
        new = row._replace(prev=prev, object_id="forged" if row.serial == second else row.object_id)
        prev = audit_chain.digest(new)
        sql("UPDATE core_auditevent SET object_id = %s, prev = %s, hash = %s WHERE serial = %s",
            new.object_id, new.prev, prev, row.serial)  # fmt: skip
    assert audit_chain.check_stored().wrong == 0  # the chain alone cannot tell
    report = audit_chain.check_stored([audit_chain.Head(old.serial, old.hash, "you gave")])
    assert report.sentences == [
        f"Event {old.serial} has the hash {prev[:12]}…, but the head you gave says {old.hash[:12]}…:"
        f" events up to {old.serial} were written anew."
    ]


@own_database
@pytest.mark.django_db(transaction=True)
def test_a_superuser_who_switches_the_triggers_off_is_found() -> None:
    with transaction.atomic():
        serial = audit.record(actor=None, action="made.up", detail={"number": 1})
    intact = verify()
    with superuser() as door:
        door.execute("ALTER TABLE core_auditevent DISABLE TRIGGER ALL")
        door.execute("UPDATE core_auditevent SET detail = '{\"number\":2}' WHERE serial = %s", [serial])
        door.commit()
        try:
            code, said = verify("--from", str(serial))
        finally:
            door.execute("UPDATE core_auditevent SET detail = '{\"number\":1}' WHERE serial = %s", [serial])
            for name in TRIGGERS["core_auditevent"]:
                door.execute(f"ALTER TABLE core_auditevent ENABLE ALWAYS TRIGGER {name}")
            door.commit()
    assert (code, said.startswith(f"Event {serial} is not as it was written")) == (1, True)
    assert verify() == intact


# -- the command ------------------------------------------------------------------------------------------------------


def test_it_can_begin_later_and_then_compares_what_it_can(begun: int) -> None:
    head = AuditEvent.objects.get(serial=begun + 3)
    code, said = verify("--from", str(begun + 4), "--head", f"{head.hash}:{head.serial}")
    assert (code, said.splitlines()[0]) == (
        0, f"The audit log is intact: events {begun + 4:,} to {begun + 5:,}, 1 published heads agree.",
    )  # fmt: skip


@pytest.mark.usefixtures("begun")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--from", "0"), "Events are counted from 1."),
        (("--from", "999999999"), "There is no event 999999998 to begin after."),
        (("--head", "abc:1"), "'abc:1' is no head. Write its hash, a colon and its number."),
        (("--head", "f" * 64), f"'{'f' * 64}' is no head. Write its hash, a colon and its number."),
        (("--heads", "/no/such/file"), "/no/such/file cannot be read: No such file or directory."),
    ],
)
def test_wrong_use_is_told_from_a_broken_log(options: tuple[str, ...], sentence: str) -> None:
    assert verify(*options) == (2, sentence)


def test_a_file_of_heads_has_one_in_a_line(tmp_path: Path) -> None:
    file = tmp_path / "heads.txt"
    file.write_text(f"# noted by hand\n\n{'a' * 64}:12\n{'b' * 64}:7\n")
    found = audit_chain.read_heads(file.read_text(), "heads.txt")
    assert [(one.serial, one.hash[0], one.source) for one in found] == [
        (12, "a", "in heads.txt"), (7, "b", "in heads.txt"),
    ]  # fmt: skip
    with pytest.raises(ValueError, match=r"is not what /trust/audit\.json gives"):
        audit_chain.read_heads('{"heads": [{"serial": 1}]}', "x.json")


def test_only_the_first_sentences_of_many_are_kept_and_all_are_counted(without_triggers: int) -> None:
    sql("INSERT INTO core_auditevent SELECT %s + n, now(), 'site', 'a.b', '', '', '{}', 'p', 'h'"
        " FROM generate_series(1, 40) n", without_triggers + 5)  # fmt: skip
    code, said = verify()
    assert (code, said.splitlines()[-1]) == (
        1, "The audit log was tampered with: 80 things are wrong. The first 50 stand above; 30 more follow.",
    )  # fmt: skip
