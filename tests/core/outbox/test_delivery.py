"""From the outbox to a mail server: what each answer means, how often, how long, and by how many at once."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.utils import timezone

from config import env
from core import mailfiles
from core.models import OutgoingMail, RefusingAddress
from core.outbox import bounces, delivery, lists, retention
from core.tasks import deliver_mail, forget_mail
from tests.core.outbox.postbox import Box, postbox
from tests.core.outbox.test_posting import post

pytestmark = pytest.mark.django_db
State = OutgoingMail.State
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def box(settings: Any) -> Iterator[Box]:
    """A mail server, and the settings that lead to it."""
    with postbox() as box:
        settings.MAIL = env.Mail("127.0.0.1", box.port)
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", box.port, 1
        settings.DEFAULT_FROM_EMAIL = "AI Apps <site@catalog.example>"
        yield box


def now_again(**changes: Any) -> OutgoingMail:
    """Let the time come for the next try of the one mail."""
    OutgoingMail.objects.update(due_at=Now(), server_down_at=None, **changes)
    delivery.deliver()
    return OutgoingMail.objects.get()


def test_a_mail_goes_out_as_it_was_written_and_its_words_are_forgotten(box: Box) -> None:
    row = post()
    done = delivery.deliver()
    ((taken),) = box.taken
    assert (taken.sender, taken.to, taken.data) == ("site@catalog.example", "ana@example.com", bytes(row.message))
    row.refresh_from_db()
    assert (done.sent, row.state, bytes(row.message), row.reason, row.attempts) == (1, State.SENT, b"", "", 1)
    assert (delivery.deliver().sent, len(box.taken)) == (0, 1)


def test_many_mails_go_over_one_connection(box: Box) -> None:
    for number in range(20):
        post(f"event-{number}", f"a{number}@example.com")
    assert (delivery.deliver().sent, box.connections) == (20, 1)
    assert [one.to for one in box.taken] == [f"a{number}@example.com" for number in range(20)]


@pytest.mark.parametrize(
    ("name", "state", "reason", "refusing"),
    [
        ("greylisted", "queued", "RCPT was answered by 450 4.7.1 Come back later", False),
        ("closing", "queued", "RCPT was answered by 421 4.3.2 Going down", False),
        ("later", "queued", "DATA was answered by 451 4.3.0 Try again", False),
        ("dropped", "queued", "The mail server broke off: Connection unexpectedly closed", False),
        ("hanging", "queued", "The mail server broke off: Connection unexpectedly closed: timed out", False),
        ("nobody", "failed", "RCPT was answered by 550 5.1.1 No such user", True),
        ("nobody-plain", "failed", "RCPT was answered by 550 no such user here", True),
        ("moved", "failed", "RCPT was answered by 551 User not local", True),
        ("late-nobody", "failed", "DATA was answered by 550 5.1.1 No mailbox", True),
        ("policy", "failed", "RCPT was answered by 550 5.7.1 We do not like your network", False),
        ("full", "failed", "RCPT was answered by 552 5.2.2 Mailbox full", False),
        ("content", "failed", "DATA was answered by 554 5.7.1 Looks like spam", False),
        ("odd", "sent", "", False),
    ],
)
def test_what_each_answer_means(box: Box, name: str, state: str, reason: str, refusing: bool) -> None:
    post(to=f"{name}@example.com")
    delivery.deliver()
    row = OutgoingMail.objects.get()
    refused = list(RefusingAddress.objects.values_list("address", "reason"))
    assert (row.state, row.reason, refused) == (state, reason, [(f"{name}@example.com", reason)] if refusing else [])
    later = (row.due_at - timezone.now()).total_seconds()
    assert (row.due_at > timezone.now(), round(later, -1)) == ((True, 60.0) if state == "queued" else (False, 0.0))
    assert (bool(row.message), row.bounced_at is not None) == (state != "sent", state == "failed")


def test_a_mail_that_cannot_be_sent_holds_up_no_other(box: Box) -> None:
    for name in ("nobody", "greylisted", "content", "ana"):
        post(name, f"{name}@example.com")
    done = delivery.deliver()
    assert (done.sent, done.failed, done.put_off, [one.to for one in box.taken]) == (1, 2, 1, ["ana@example.com"])
    assert box.connections == 1


def test_a_sender_that_is_refused_is_tried_again(box: Box, settings: Any) -> None:
    settings.DEFAULT_FROM_EMAIL = "banned@catalog.example"
    post()
    delivery.deliver()
    assert OutgoingMail.objects.get().reason == "MAIL was answered by 550 5.7.1 Not you"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DEFAULT_FROM_EMAIL", "no address", "EMAIL_FROM or EMAIL_BOUNCES cannot be used: "),
        ("EMAIL_HOST_USER", "us\u00e9r", "The mail server cannot be used: 'ascii' codec can't encode character"),
    ],
)
def test_a_setting_that_cannot_be_used_puts_the_mail_off(
    box: Box, settings: Any, name: str, value: str, said: str
) -> None:
    post()
    setattr(settings, name, value)
    assert delivery.deliver().put_off == 1
    row = OutgoingMail.objects.get()
    assert (row.state, row.reason[: len(said)], box.taken) == (State.QUEUED, said, [])


def test_bounces_go_to_the_alias_with_the_mark_of_the_mail(box: Box, settings: Any) -> None:
    settings.EMAIL_BOUNCES = "bounces@catalog.example"
    row = post()
    delivery.deliver()
    assert box.taken[0].sender == f"bounces+{row.token}@catalog.example"


def test_a_user_and_a_password_are_said_once_for_a_connection(box: Box, settings: Any) -> None:
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "user", "secret"
    post("1")
    post("2")
    assert (delivery.deliver().sent, box.logins) == (2, 1)


def test_without_tls_nothing_is_said_to_a_server_that_should_have_it(box: Box, settings: Any) -> None:
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = True, "user", "secret"
    post()
    delivery.deliver()
    row = OutgoingMail.objects.get()
    said = "The mail server cannot be used: STARTTLS extension not supported by server."
    assert (row.state, row.reason, box.logins, box.taken) == (State.QUEUED, said, 0, [])


def test_the_same_bytes_at_each_try(box: Box) -> None:
    first = bytes(post(to="later@example.com").message)
    delivery.deliver()
    assert bytes(now_again().message) == first


def test_pauses_grow_and_after_two_days_it_has_failed(box: Box) -> None:
    post(to="greylisted@example.com")
    pauses = []
    for _ in range(10):
        row = now_again()
        pauses.append(round((row.due_at - timezone.now()).total_seconds(), -1))
    assert pauses == [60, 120, 300, 900, 1_800, 3_600, 7_200, 14_400, 14_400, 14_400]
    end = timezone.now() + HOUR
    assert now_again(gives_up_at=end).due_at == end  # the last try is at the very end
    row = now_again(gives_up_at=Now())
    assert (row.state, row.reason, row.attempts) == (State.FAILED, "RCPT was answered by 450 4.7.1 Come back later", 12)
    assert row.can_be_tried_again


def test_what_is_too_late_is_not_sent(box: Box) -> None:
    post()
    row = now_again(gives_up_at=timezone.now() - dt.timedelta(minutes=11))
    assert (row.state, row.reason, box.taken) == (State.FAILED, delivery.TOO_LATE, [])


def test_a_server_that_is_not_there_is_left_alone_for_half_a_minute(settings: Any, free_port: int) -> None:
    settings.MAIL = env.Mail("127.0.0.1", free_port)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port
    for number in range(5):
        post(f"event-{number}")
    done = delivery.deliver()
    rows = list(OutgoingMail.objects.order_by("pk"))
    assert (done.put_off, [row.attempts for row in rows]) == (1, [1, 0, 0, 0, 0])
    assert rows[0].reason == "The mail server cannot be used: [Errno 111] Connection refused"
    assert (delivery.deliver(), OutgoingMail.objects.filter(attempts=1).count()) == (delivery.Round(), 1)
    OutgoingMail.objects.filter(attempts=1).update(server_down_at=timezone.now() - dt.timedelta(seconds=31))
    assert (delivery.deliver().put_off, OutgoingMail.objects.filter(attempts=1).count()) == (1, 2)


def test_what_somebody_waits_for_goes_before_lists(box: Box) -> None:
    post("digest", "list@example.com", list_name="digest")
    post("code", "code@example.com")
    delivery.deliver()
    assert [one.to for one in box.taken] == ["code@example.com", "list@example.com"]


def test_who_leaves_before_it_is_sent_gets_nothing_more(box: Box) -> None:
    post("one", "ana@example.com", list_name="digest")
    post("two", "bob@example.com", list_name="digest")
    lists.leave("digest", "ana@example.com", None)
    bounces.refuses("bob@example.com", "550 5.1.1")
    done = delivery.deliver()
    rows = OutgoingMail.objects.values_list("state", "message", "reason")
    assert (done.dropped, box.taken, {(state, bytes(message)) for state, message, _ in rows}) == (
        2, [], {("dropped", b"")},
    )  # fmt: skip


def test_a_worker_that_was_thought_dead_changes_nothing(box: Box) -> None:
    post()
    slow = delivery.claim()
    assert slow is not None
    assert delivery.claim() is None  # it is taken
    OutgoingMail.objects.update(lease_until=timezone.now() - HOUR)
    assert delivery.deliver().lost == 1
    done = delivery.Round()
    delivery._put_off(slow, "late")
    delivery._end(slow, State.FAILED, "late")
    row = OutgoingMail.objects.get()
    assert (row.state, row.reason, row.attempts, done.sent, len(box.taken)) == (State.SENT, "", 2, 0, 1)


def test_the_next_of_a_long_digest_is_found_without_sorting_it() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {delivery.CLAIM}", [1])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert ("outbox_due" in plan, "Sort" in plan) == (True, False), plan


@pytest.mark.django_db(transaction=True)
def test_many_workers_send_each_mail_once(box: Box) -> None:
    for number in range(120):
        post(f"event-{number}", f"a{number}@example.com")
    done: list[int] = []

    def work() -> None:
        done.append(delivery.deliver().sent)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(done), sorted(one.to for one in box.taken)) == (
        120, sorted(f"a{number}@example.com" for number in range(120)),
    )  # fmt: skip
    assert set(OutgoingMail.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_without_a_mail_server_mails_are_files(settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    row = post()
    assert deliver_mail() == {"sent": 1, "put_off": 0, "failed": 0, "dropped": 0, "lost": 0, "more": False}
    found = mailfiles.Folder(settings.EMAIL_FILE_PATH).find(row.token)
    assert found is not None
    assert found.read_bytes() == bytes(row.message)


def test_files_of_a_person_go_with_what_is_erased(
    settings: Any, tmp_path: Any, django_capture_on_commit_callbacks: Any
) -> None:
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    post("mine", "ana@example.com")
    other = post("other", "bob@example.com")
    delivery.deliver()
    with django_capture_on_commit_callbacks(execute=True):
        retention.erase(user=None, addresses=["ana@example.com"])
    left = [file.stem.rpartition("-")[2] for file in mailfiles.Folder(settings.EMAIL_FILE_PATH).files()]
    assert left == [other.token]


def test_what_is_forgotten_when(box: Box) -> None:
    kept = {name: post(name, f"{name}@example.com") for name in ("ana", "nobody", "content", "greylisted")}
    delivery.deliver()
    ended = {"ana": 91, "nobody": 2, "content": 0.9, "greylisted": None}
    for name, days in ended.items():
        at = timezone.now() - dt.timedelta(days=days) if days else None
        OutgoingMail.objects.filter(pk=kept[name].pk).update(ended_at=at)
    RefusingAddress.objects.update(at=timezone.now() - dt.timedelta(days=366))
    assert forget_mail() == {"emptied": 1, "mails": 1, "refusals": 1, "files": 0}
    rows = {row.to.partition("@")[0]: bool(row.message) for row in OutgoingMail.objects.all()}
    assert rows == {"nobody": False, "content": True, "greylisted": True}


def test_what_is_known_of_a_person_can_be_erased_but_what_waits_still_goes(box: Box) -> None:
    post("old", "ANA@example.com")
    delivery.deliver()
    lists.leave("digest", "Ana@example.com", None)
    bounces.refuses("ana@example.com", "550 5.1.1")
    post("bye", "ana@example.com")
    post("other", "bob@example.com")
    assert retention.erase(user=None, addresses=["Ana@example.com"]) == 2 + 1
    assert sorted(OutgoingMail.objects.values_list("key", flat=True)) == ["bye", "other"]
