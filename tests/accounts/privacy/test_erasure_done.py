"""Erasures in transactions that commit: what is left, killed at any point and run again, refused, two at once."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.db import DatabaseError, connection, connections
from django.utils import timezone

from accounts.models import User
from accounts.privacy import erasing, ledger, mails, registry
from accounts.privacy.models import ErasedAccount, Erasure
from catalog.models import Change
from core import audit_chain, mailfiles, outbox
from core.outbox import delivery
from tests.accounts.privacy.somebody import desk_line, known_everywhere, mails_are_out, stored_sessions, traces
from tests.core.test_audit import events, last
from tests.people import is_signed_in, person
from verification.models import OwnershipClaim, Run

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
# Kills itself in part N, before or after it did its work; in "ledger" between the first line in the file and
# the commit, in "done" between the commit and the second line, in "empty" at the end.
KILLED = """
import datetime as dt
import os, signal, sys
import django
django.setup()
from dataclasses import replace
from django.utils import timezone
from accounts.privacy import erasing, ledger, registry
where, when = sys.argv[1:]
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
def dying(work):
    def wrapped(*args, **kwargs):
        if when == "before":
            die()
        work(*args, **kwargs)
        die()
    return wrapped
if where == "ledger":
    ledger.append = dying(ledger.append)
elif where == "done":
    ledger.done = dying(ledger.done)
elif where == "empty":
    erasing._empty = dying(erasing._empty)
else:
    part = registry._parts[where]
    registry._parts[where] = replace(part, erase=dying(part.erase))
erasing.erase_due(at=timezone.now() + dt.timedelta(days=15))
"""


@pytest.fixture(autouse=True)
def _own_ledger(settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    ContentType.objects.clear_cache()  # earlier tests of this kind empty the tables


def later() -> Any:
    return timezone.now() + dt.timedelta(days=15)


def killed(settings: Any, where: str, when: str) -> int:
    """Run the job in a process that kills itself there; return how it ended."""
    given = settings.DATABASES["default"]
    address = f"postgresql://{given['USER']}:{given['PASSWORD']}@/{given['NAME']}?host={given['HOST']}"
    env = {
        **os.environ,
        "DATABASE_URL": address + (f"&port={given['PORT']}" if given["PORT"] else ""),
        "ERASURE_LEDGER": str(settings.ERASURE_LEDGER),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    env.pop("DATABASE_URL_FILE", None)
    done = subprocess.run(
        [sys.executable, "-c", KILLED, where, when], env=env, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode


def test_after_it_the_database_holds_no_trace_and_everything_that_refers_to_the_account_is_whole() -> None:
    user, client = known_everywhere()
    boss = person("boss@example.com", is_superuser=True, is_staff=True)
    desk_line(by=boss, about=user)
    public, before = user.public_id, last()
    assert {"accounts_user.email", "account_emailaddress.email", "django_admin_log.object_repr"} <= set(
        traces("ana@example.com")
    )
    wish = erasing.ask(user=user)
    assert erasing.erase_due(at=wish.due_at) == 1
    assert set(traces("ana@example.com")) == {"core_outgoingmail.to"}  # that it is done has to be told yet
    assert mails_are_out() == 2
    for word in ("ana@example.com", "Ana Alvarez", "203.0.113", "Firefox/140", "blue key", "webmaster@acme"):
        assert (word, traces(word)) == (word, [])
    user.refresh_from_db()
    assert (user.email, user.name, user.public_id) == (f"{public}@erased.invalid", "", public)
    assert (user.is_active, user.has_usable_password(), user.last_login, user.erased_at) == (
        False,
        False,
        None,
        wish.due_at,
    )
    kinds = (EmailAddress, Authenticator, UserSession)
    assert [model._default_manager.filter(user=user).count() for model in kinds] == [0, 0, 0]
    assert OwnershipClaim.objects.count() == 0
    assert (list(user.groups.all()), stored_sessions(user), is_signed_in(client)) == ([], 0, False)
    assert (Change.objects.latest("serial").actor, Run.objects.get().requested_by) == (user, user)
    assert {line.object_repr for line in LogEntry.objects.all()} == {str(public)}
    assert sorted(event[1] for event in events(before)) == [
        "account.erased",
        "account.erasure_asked",
        "account.rights_changed",
    ]
    assert audit_chain.check_stored([]).wrong == 0
    assert (mail.outbox[-1].subject, mail.outbox[-1].to) == ("Your account is erased", ["ana@example.com"])
    wish.refresh_from_db()
    assert (wish.done_at, ErasedAccount.objects.get().public_id, list(ledger.read())) == (wish.due_at, public, [public])


POINTS = [
    ("ledger", "after"),
    ("done", "before"),
    ("empty", "after"),
    *(("addresses", when) for when in ("before", "after")),
    ("ownership", "after"),
]


@pytest.mark.parametrize(("where", "when"), POINTS)
def test_killed_at_any_point_it_goes_on_where_it_was(settings: Any, where: str, when: str) -> None:
    user, _ = known_everywhere()
    erasing.ask(user=user)
    before = last()
    assert killed(settings, where, when) == -9
    user.refresh_from_db()
    erased, begun = ledger.held()
    assert (user.erased_at, [*erased, *begun]) == (None, [user.public_id])
    assert (list(begun) != []) == (where in {"ledger", "done"})  # the second line follows the commit
    assert user.is_active == (where == "ledger")  # from the commit of the beginning on nobody signs in
    assert (erasing.apply(), erasing.erase_due(at=later())) == (0, 1)  # as the sweep does
    assert mails_are_out() == 2
    for word in ("ana@example.com", "Ana Alvarez", "203.0.113", "webmaster@acme"):
        assert (word, traces(word)) == (word, [])
    assert (Erasure.objects.open().count(), ErasedAccount.objects.count(), len(ledger.read())) == (0, 1, 1)
    assert [event[1] for event in events(before)].count("account.erased") == 1
    assert [one.subject for one in mail.outbox].count("Your account is erased") == 1
    assert audit_chain.check_stored([]).wrong == 0


def refusing(table: str, when: str) -> tuple[str, str]:
    """Return statements that let a table refuse, and that let it do so no more."""
    return (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;"
        f"CREATE TRIGGER refuse BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()",
        f"DROP TRIGGER refuse ON {table}; DROP FUNCTION refuse()",
    )


@pytest.mark.parametrize("end", ["failed", "killed"])
def test_who_takes_the_wish_back_after_a_beginning_that_was_not_committed_is_never_erased(
    settings: Any, end: str
) -> None:
    user = person()
    wish = erasing.ask(user=user)
    if end == "killed":
        assert killed(settings, "ledger", "after") == -9
    else:
        begin, stop = refusing("accounts_erasedaccount", "INSERT")
        with connection.cursor() as cursor:
            cursor.execute(begin)
        try:
            with pytest.raises(ExceptionGroup, match="Erasures did not succeed"):
                erasing.erase_due(at=later())
        finally:
            with connection.cursor() as cursor:
                cursor.execute(stop)
    assert ledger.held() == ({}, {user.public_id: wish.asked_at})
    assert erasing.cancel(user=user)
    assert [erasing.apply(), erasing.erase_due(at=later()), erasing.apply()] == [0, 0, 0]
    user.refresh_from_db()
    assert (user.email, user.is_active, ErasedAccount.objects.count()) == ("ana@example.com", True, 0)
    assert ledger.held() == ({}, {})
    again = erasing.ask(user=user)  # and may still be erased, by a wish of its own
    assert (erasing.erase_due(at=again.due_at), list(ledger.read())) == (1, [user.public_id])


def test_one_erasure_that_fails_does_not_keep_the_others() -> None:
    first, second = person(), person("ben@example.com")
    wishes = [erasing.ask(user=one) for one in (first, second)]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$BEGIN IF OLD.user_id = {first.pk} THEN RAISE EXCEPTION 'no'; END IF; RETURN OLD; END$$;"
            "CREATE TRIGGER refuse BEFORE DELETE ON account_emailaddress FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        with pytest.raises(ExceptionGroup, match="Erasures did not succeed") as told:
            erasing.erase_due(at=later())
        assert [error.__notes__ for error in told.value.exceptions] == [[f"It was erasure {wishes[0].pk}."]]
        assert [one.erased_at is None for one in User.objects.order_by("pk")] == [True, False]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TRIGGER refuse ON account_emailaddress; DROP FUNCTION refuse()")
    assert erasing.erase_due(at=later()) == 1


def test_two_jobs_at_once_erase_once() -> None:
    user, _ = known_everywhere()
    erasing.ask(user=user)
    before, at = last(), later()
    start, failed = threading.Barrier(4), []

    def job() -> None:
        start.wait()
        try:
            erasing.erase_due(at=at)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connections.close_all()

    jobs = [threading.Thread(target=job) for _ in range(4)]
    for one in jobs:
        one.start()
    for one in jobs:
        one.join()
    erasing.erase_due(at=at)  # what one left to another
    assert failed == []
    assert [event[1] for event in events(before)].count("account.erased") == 1
    assert [one.subject for one in mail.outbox].count("Your account is erased") == 1
    assert mails_are_out() == 2
    assert (traces("ana@example.com"), len(ledger.read())) == ([], 1)


def test_two_last_administrators_whose_time_comes_at_once_leave_one() -> None:
    pair = [person(f"{name}@example.com", is_superuser=True, is_staff=True) for name in ("one", "two")]
    for one in pair:
        Erasure.objects.create(user=one, asked_at=timezone.now(), due_at=timezone.now() + dt.timedelta(seconds=1))
    start = threading.Barrier(2)

    def job() -> None:
        start.wait()
        erasing.erase_due(at=later())
        connections.close_all()

    jobs = [threading.Thread(target=job) for _ in pair]
    for job_ in jobs:
        job_.start()
    for job_ in jobs:
        job_.join()
    assert User.objects.filter(is_superuser=True, is_active=True, erased_at=None).count() == 1


def test_every_part_may_be_run_again() -> None:
    user, _ = known_everywhere()
    for part in registry.parts():
        part.erase(user)
        part.erase(user)
    assert traces("webmaster@acme") == []


def test_no_file_of_a_mail_outlives_the_account(settings: Any) -> None:
    ana, ben = person(), person("ben@example.com")
    for one in (ana, ben):
        outbox.post_message(mail.EmailMessage("Hello", "Words."), to=one.email, kind="account.hello", user=one)
    delivery.deliver()
    folder = mailfiles.Folder(settings.EMAIL_FILE_PATH)
    assert len(folder.files()) == 2
    erasing.ask(user=ana)
    erasing.erase_due(at=later())
    delivery.deliver()  # what was asked and what was done is told by mails, too
    assert {b"ana@example.com" in file.read_bytes() for file in folder.files()} == {True, False}
    assert mails.forget_erased() > 0
    assert [b"To: ben@example.com" in file.read_bytes() for file in folder.files()] == [True]
