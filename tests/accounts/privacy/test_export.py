"""A copy of what the site knows of a person: whole, without secrets, for that person only, and for a week."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import re
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import tasks
from accounts.models import User
from accounts.privacy import exporting, registry
from accounts.privacy.models import DataExport
from core import audit
from tests.accounts.privacy.somebody import desk_line, known_everywhere
from tests.core.test_audit import events, last
from tests.people import SECRET, has_confirmed, person
from verification.models import OwnershipClaim

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def asked(client: Client, user: User) -> DataExport:
    """Ask as a person does."""
    client.force_login(user)
    has_confirmed(client, user)
    assert client.post("/account/data/").headers["Location"] == "/account/data/"
    return DataExport.objects.get(user=user)


def fetched(client: Client, row: DataExport) -> Any:
    return client.get(f"/account/data/{row.pk}/")


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_the_document_is_what_its_schema_says_and_holds_every_part() -> None:
    user, _ = known_everywhere()
    found = json.loads(json.dumps(exporting.document(user, timezone.now())))
    assert found["schema"] == "http://127.0.0.1:8000/privacy/personal-data.schema.json"
    schema = Client().get("/privacy/personal-data.schema.json").json()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(found, schema, format_checker=jsonschema.FormatChecker())
    assert set(found) == {part.name for part in registry.parts()} | {"format", "site", "made_at", "schema"}
    assert set(found) == set(schema["required"])
    empty = [name for name, value in found.items() if value in ([], {}, "")]
    assert empty == []


def test_it_says_what_the_site_knows() -> None:
    user, _ = known_everywhere()
    found = exporting.document(user, timezone.now())
    assert found["account"]["id"] == str(user.public_id)
    assert (found["account"]["email"], found["account"]["name"]) == ("ana@example.com", "Ana Alvarez")
    assert found["account"]["roles"] == ["reviewer"]
    assert found["addresses"] == [{"email": "ana@example.com", "confirmed": True, "primary": True}]
    assert [(one["network"], one["browser"]) for one in found["sessions"]] == [("203.0.113.0/24", "Firefox on Linux")]
    assert [one["name"] for one in found["second_steps"]] == ["", "blue key"]
    assert found["ownership"][0]["challenges"][0]["address"] == "webmaster@acme.example"
    assert [one["by"] for one in found["audit_events"]] == ["you"]
    assert [(one["type"], one["as"]) for one in found["work"]] == [
        ("catalog.change", "actor"),
        ("verification.run", "requested_by"),
        ("featured.order", "buyer"),
        ("featured.booking", "buyer"),
    ]


def test_it_holds_no_secret() -> None:
    user, _ = known_everywhere()
    RecoveryCodes.activate(user)
    text = json.dumps(exporting.document(user, timezone.now()))
    claim = OwnershipClaim.objects.get()
    secrets = [user.password, SECRET, "SECRET", "seed", "session_key", claim.challenges.get().token_hash]
    assert [one for one in secrets if one in text] == []


def test_it_holds_nothing_of_others() -> None:
    user, _ = known_everywhere()
    other, _ = known_everywhere("ben@example.com")
    desk_line(by=user, about=other)
    desk_line(by=other, about=user)
    with transaction.atomic():
        audit.record(actor=other, action="account.rights_changed", obj=user)
    found = exporting.document(user, timezone.now())
    text = json.dumps(found)
    assert [one for one in ("ben@example.com", str(other.public_id)) if one in text] == []
    assert [one["by"] for one in found["audit_events"]] == ["you", "staff"]
    assert [(one["by_you"], one["called"]) for one in found["desk_history"]] == [
        (True, "ana@example.com"),
        (True, ""),
        (False, "ana@example.com"),
    ]


def test_everybody_reads_the_schema_and_programs_of_other_sites_too(client: Client) -> None:
    answer = client.get("/privacy/personal-data.schema.json")
    told = {name: answer.headers.get(name) for name in ("Content-Type", "Access-Control-Allow-Origin", "Cache-Control")}
    assert told == {
        "Content-Type": "application/schema+json",
        "Access-Control-Allow-Origin": "*",
        "Cache-Control": "public, max-age=86400",
    }
    again = client.get("/privacy/personal-data.schema.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


# -- how one gets it --------------------------------------------------------------------------------------------------


def test_from_the_button_to_the_file(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    user, before = person(), last()
    client.force_login(user)
    assert client.get("/account/data/").headers["Location"] == "/account/confirm/?next=%2Faccount%2Fdata%2F"
    assert client.post("/account/data/").status_code == 302
    assert not DataExport.objects.exists()
    row = asked(client, user)
    assert "Your copy is being made" in client.get("/account/data/").content.decode()
    assert tasks.copies() == 1
    said = str(mail.outbox[-1].body)
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("The copy of your data is ready", ["ana@example.com"])
    link = re.findall(r"http://127\.0\.0\.1:8000(/account/data/\S+)", said)
    assert link == [f"/account/data/{row.pk}/"]
    answer = client.get(link[0])
    assert answer.headers["Content-Type"] == "application/json"
    assert "no-store" in answer.headers["Cache-Control"]
    assert re.fullmatch(
        r'attachment; filename="personal-data-\d{4}-\d\d-\d\d\.json"', answer.headers["Content-Disposition"]
    )
    assert json.loads(answer.content)["account"]["email"] == "ana@example.com"
    assert [event[1] for event in events(before)] == ["account.data_asked", "account.data_fetched"]
    assert f"/account/data/{row.pk}/" in client.get("/account/data/").content.decode()


def test_it_is_for_that_person_only_and_asks_who_is_there(client: Client) -> None:
    user, other = person(), person("ben@example.com")
    row = asked(client, user)
    exporting.make_waiting()
    visitor, thief, later = Client(), Client(), Client()
    thief.force_login(other)
    has_confirmed(thief, other)
    later.force_login(user)
    assert fetched(visitor, row).headers["Location"].startswith("/account/sign-in/?next=")
    assert fetched(thief, row).headers["Location"] == "/account/data/"
    assert "That copy is not there" in thief.get("/account/data/").content.decode()
    assert fetched(later, row).headers["Location"].startswith("/account/confirm/?next=")
    assert fetched(client, row).status_code == 200


def test_the_link_ends_after_a_week(client: Client) -> None:
    user = person()
    row = asked(client, user)
    exporting.make(row.pk, at=timezone.now() - 7 * DAY + dt.timedelta(minutes=1))
    assert fetched(client, row).status_code == 200
    DataExport.objects.update(made_at=timezone.now() - 7 * DAY)
    assert fetched(client, row).headers["Location"] == "/account/data/"
    text = client.get("/account/data/").content.decode()
    assert ("Download the copy" in text, "Make a copy" in text) == (False, True)


def test_one_at_a_time_and_a_new_one_takes_the_place_of_the_old(client: Client) -> None:
    user = person()
    row = asked(client, user)
    assert asked(client, user).pk == row.pk
    exporting.make(row.pk)
    new = asked(client, user)
    assert (new.pk != row.pk, DataExport.objects.count()) == (True, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        DataExport.objects.create(user=user, asked_at=timezone.now())


def test_asking_is_limited(client: Client, settings: Any) -> None:
    settings.LIMITS_SCALE = 1
    user = person()
    client.force_login(user)
    has_confirmed(client, user)
    assert [client.post("/account/data/").status_code for _ in range(4)] == [302, 302, 302, 429]


def test_it_is_made_once_however_often_a_worker_is_told(client: Client) -> None:
    row = asked(client, person())
    done = [tasks.make_export(str(row.pk)), tasks.make_export(str(row.pk)), exporting.make_waiting()]
    assert (done, len(mail.outbox)) == ([True, False, 0], 1)
    DataExport.objects.all().delete()
    assert exporting.make(row.pk) is False


def test_without_a_broker_it_is_asked_for_all_the_same(
    client: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any, caplog: Any
) -> None:
    def down(*args: Any, **options: Any) -> None:
        raise OSError("nobody listens")

    monkeypatch.setattr(tasks.make_export, "apply_async", down)
    with django_capture_on_commit_callbacks(execute=True):
        asked(client, person())
    assert caplog.messages == ["The broker took no hint (nobody listens); the next sweep makes the copy."]
    assert exporting.make_waiting() == 1


def test_it_is_stored_packed_and_both_or_neither_of_date_and_content(client: Client) -> None:
    row = asked(client, person())
    exporting.make(row.pk)
    row.refresh_from_db()
    assert row.content is not None
    assert json.loads(gzip.decompress(bytes(row.content))) == json.loads(exporting.read(row))
    with pytest.raises(IntegrityError, match="data_export_made_agrees"), transaction.atomic():
        DataExport.objects.update(content=None)


def test_a_copy_that_fails_does_not_keep_the_others(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = person(), person("ben@example.com")
    rows = [asked(Client(), one) for one in (first, second)]
    part = registry.parts()[0]

    def export(user: User) -> Any:
        if user == first:
            raise ValueError("a part that is wrong")
        return part.export(user)

    monkeypatch.setitem(registry._parts, part.name, replace(part, export=export))
    with pytest.raises(ExceptionGroup, match="Copies of personal data could not be made") as told:
        exporting.make_waiting()
    assert [str(error) for error in told.value.exceptions] == ["a part that is wrong"]
    made = DataExport.objects.exclude(made_at=None)
    assert (list(made), [one.to for one in mail.outbox]) == ([rows[1]], [["ben@example.com"]])
