"""The ledger of erasures: a table and a file that make each other whole, whatever was lost of either."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import threading
import uuid
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.privacy import erasing, ledger
from accounts.privacy.models import ErasedAccount, Erasure
from core.outbox.models import OutgoingMail
from tests.core.test_audit import events, last
from tests.people import person

AT = dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def file(settings: Any, tmp_path: Path) -> Path:
    """The file of the ledger, in a folder that does not exist yet."""
    path = tmp_path / "kept" / "erasures.jsonl"
    settings.ERASURE_LEDGER = path
    return path


def test_a_line_holds_a_number_and_a_date_and_nothing_else(file: Path) -> None:
    one = uuid.uuid4()
    assert ledger.append({one: AT})
    assert json.loads(file.read_text()) == {"account": str(one), "at": "2026-11-26T12:00:00+00:00"}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert ledger.read() == {one: AT}


def test_a_line_is_on_the_disk_before_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def noted(file: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(file).st_mode))
        real(file)

    monkeypatch.setattr(os, "fsync", noted)
    ledger.append({uuid.uuid4(): AT})
    assert synced == [False, True]  # the file, then its name in the folder


def test_a_line_that_was_cut_short_spoils_neither_the_next_nor_the_one_before(file: Path, caplog: Any) -> None:
    first, second = uuid.uuid4(), uuid.uuid4()
    ledger.append({first: AT})
    with file.open("a") as out:
        out.write('{"account": "5a3c')
    ledger.append({second: AT})
    with file.open("ab") as out:
        out.write(b'\n[]\n{"account": 7, "at": "x"}\n{"account": "' + b"\xff" * 4 + b'"}\n')
    assert ledger.read() == {first: AT, second: AT}
    assert [message.split(" of ")[0] for message in caplog.messages] == ["Line 2", "Line 5", "Line 6", "Line 7"]


def test_many_writers_lose_no_line() -> None:
    keys = [uuid.uuid4() for _ in range(64)]
    threads = [threading.Thread(target=ledger.append, args=({key: AT},)) for key in keys]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert ledger.read() == dict.fromkeys(keys, AT)


@pytest.mark.django_db
def test_what_one_of_them_lost_the_other_gives_back(file: Path) -> None:
    filed, stored = uuid.uuid4(), uuid.uuid4()
    ledger.append({filed: AT})
    ErasedAccount.objects.create(public_id=stored, at=AT)
    for _ in range(2):
        assert set(ledger.reconcile().erased) == {filed, stored}
        assert ledger.read() == {filed: AT, stored: AT}
        assert dict(ErasedAccount.objects.values_list("public_id", "at")) == {filed: AT, stored: AT}
    assert len(file.read_text().splitlines()) == 2
    file.unlink()
    ledger.reconcile()
    assert set(ledger.read()) == {filed, stored}


@pytest.mark.django_db
def test_a_file_that_cannot_be_written_stops_no_erasure_and_is_told(settings: Any, tmp_path: Path, caplog: Any) -> None:
    (tmp_path / "no-folder").write_text("")
    settings.ERASURE_LEDGER = tmp_path / "no-folder" / "erasures.jsonl"
    wish = erasing.ask(user=person())
    assert erasing.erase_due(at=wish.due_at) == 1
    assert [message.split(",")[0] for message in caplog.messages] == ["The ledger of erasures cannot be written"]
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    erasing.apply()
    assert list(ledger.read()) == list(ErasedAccount.objects.values_list("public_id", flat=True))


def test_a_beginning_counts_until_that_wish_was_kept_or_the_end_is_written(file: Path) -> None:
    one, two, three = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    ledger.append(dict.fromkeys((one, two, three), AT), "begun")
    assert json.loads(file.read_text().splitlines()[0]) == {"account": str(one), "begun": "2026-11-26T12:00:00+00:00"}
    later = AT + dt.timedelta(days=20)
    ledger.append({one: AT, two: later}, "kept")
    ledger.append({three: later})
    assert ledger.held() == ({three: later}, {two: AT})
    ledger.append({one: later, three: later}, "begun")  # asked again; erased once is erased for ever
    assert ledger.held() == ({three: later}, {one: later, two: AT})
    assert ledger.read() == {three: later}


# -- applying it ------------------------------------------------------------------------------------------------------


def apply() -> str:
    out = StringIO()
    call_command("erasures", "apply", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_who_is_in_the_ledger_is_erased_and_nobody_else() -> None:
    back, stays = person(), person("ben@example.com")
    wish = erasing.ask(user=back)  # the backup was made while it waited
    ledger.append({back.public_id: AT, uuid.uuid4(): AT})
    before = last()
    assert OutgoingMail.objects.filter(state="queued").count() == 1
    assert apply() == "erasures: 1 account that came back with the database erased again\n"
    assert OutgoingMail.objects.count() == 0  # it was sent once, before the restore
    back.refresh_from_db()
    stays.refresh_from_db()
    assert (back.email, back.erased_at is None, stays.erased_at) == (f"{back.public_id}@erased.invalid", False, None)
    assert [(event[1], event[4]) for event in events(before) if event[1] == "account.erased"] == [
        ("account.erased", {"after_a_restore": True})
    ]
    assert Erasure.objects.get(pk=wish.pk).done_at is not None
    assert apply() == "erasures: nobody came back\n"


@pytest.mark.django_db
def test_wishes_that_wait_and_erasures_that_are_done_are_listed_and_nothing_is_changed(file: Path) -> None:
    def listed(*words: str) -> list[str]:
        out = StringIO()
        call_command("erasures", *words, stdout=out)
        return out.getvalue().splitlines()

    assert listed() == ["erasures: none waits, none is done"]
    ana, ben = person(), person("ben@example.com")
    erasing.ask(user=ana, at=AT)
    filed = uuid.UUID(int=1)
    ledger.append({filed: AT - dt.timedelta(days=1)})
    ErasedAccount.objects.create(public_id=ben.public_id, at=AT)
    before = file.read_text()
    wanted = [
        f"waits until 2026-12-10 12:00 UTC  {ana.public_id}  asked 2026-11-26 12:00 UTC",
        f"erased      2026-11-25 12:00 UTC  {filed}",
        f"erased      2026-11-26 12:00 UTC  {ben.public_id}",
    ]
    assert (listed("list"), listed()) == (wanted, wanted)
    assert (file.read_text(), ErasedAccount.objects.count()) == (before, 1)


@pytest.mark.django_db
def test_it_costs_two_statements_when_nobody_came_back(django_assert_num_queries: Any) -> None:
    ledger.append({uuid.uuid4(): AT for _ in range(500)})
    erasing.apply()
    with django_assert_num_queries(2):
        assert erasing.apply() == 0


@pytest.mark.django_db
def test_one_that_cannot_be_read_stops_the_command_with_a_sentence(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(CommandError, match="The ledger of erasures cannot be read"):
        apply()


@pytest.mark.django_db
def test_an_erasure_that_is_under_way_is_left_to_its_job() -> None:
    user = person()
    wish = erasing.ask(user=user)
    assert erasing._start(wish.pk, wish.due_at)
    assert (erasing.apply(), User.objects.get(pk=user.pk).erased_at) == (0, None)
    assert erasing.erase_due(at=timezone.now() + dt.timedelta(days=15)) == 1


@pytest.mark.django_db
def test_who_took_back_a_wish_that_was_begun_and_not_committed_stays_for_ever(file: Path) -> None:
    user = person()
    wish = erasing.ask(user=user)
    ledger.append({user.public_id: wish.asked_at}, "begun")
    assert (erasing.apply(), len(file.read_text().splitlines())) == (0, 1)  # the wish waits: not for this to decide
    erasing.cancel(user=user)
    assert [erasing.apply(), erasing.apply()] == [0, 0]
    assert [list(json.loads(line))[1] for line in file.read_text().splitlines()] == ["begun", "kept"]
    Erasure.objects.all().delete()  # as 90 days later
    assert (erasing.apply(), User.objects.get(pk=user.pk).erased_at) == (0, None)


@pytest.mark.django_db
def test_who_took_back_an_earlier_wish_only_is_erased_when_a_backup_from_before_the_later_one_comes_back() -> None:
    user = person()
    wish = erasing.ask(user=user)
    erasing.cancel(user=user)
    ledger.append({user.public_id: wish.asked_at + dt.timedelta(days=20)}, "begun")
    assert (erasing.apply(), User.objects.get(pk=user.pk).is_active) == (1, False)


@pytest.mark.django_db
def test_who_was_killed_before_the_second_line_and_came_back_with_a_backup_that_knows_no_wish_is_erased() -> None:
    user = person()
    ledger.append({user.public_id: AT}, "begun")
    assert (erasing.apply(), ErasedAccount.objects.get().public_id) == (1, user.public_id)
    assert erasing.apply() == 0


@pytest.mark.django_db
def test_an_operator_begins_the_erasure_of_somebody_who_wrote() -> None:
    user, before, out = person(), last(), StringIO()
    call_command("erasures", "ask", " Ana@Example.com", stdout=out)
    wish = Erasure.objects.get(user=user)
    assert out.getvalue() == f"erasures: {user.public_id} is erased after {wish.due_at:%Y-%m-%d %H:%M} UTC\n"
    assert wish.due_at - wish.asked_at == dt.timedelta(days=14)
    assert [(who, what) for who, what, *_ in events(before)] == [("site", "account.erasure_asked")]
    assert OutgoingMail.objects.get().to == "ana@example.com"
    boss = person("boss@example.com", is_staff=True, is_superuser=True)
    for address, said in ((boss.email, "the last administrator"), ("no@example.com", "No account"), ("", "No account")):
        with pytest.raises(CommandError, match=said):
            call_command("erasures", "ask", address)
    assert Erasure.objects.count() == 1
