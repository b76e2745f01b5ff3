"""The outbox at the operators' desk, and trying again."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.models import User
from core.models import OutgoingMail, RefusingAddress
from core.outbox import bounces, delivery
from tests.core.outbox.postbox import Box
from tests.core.outbox.test_delivery import box
from tests.core.outbox.test_posting import post
from tests.core.test_audit import events, last

__all__ = ["box"]
pytestmark = pytest.mark.django_db
MAILS, REFUSING = "/admin/core/outgoingmail/", "/admin/core/refusingaddress/"


@pytest.fixture
def boss(client: Client) -> User:
    user = User.objects.create_superuser("boss@example.com", "a long enough word")
    client.force_login(user)
    return user


def failed(name: str = "content") -> OutgoingMail:
    row = post(name, f"{name}@example.com", context={"subject": "Code", "text": "SECRET-WORDS"})
    delivery.deliver()
    row.refresh_from_db()
    return row


def send_again(client: Client, *rows: OutgoingMail) -> Any:
    chosen = {"action": "send_again", "_selected_action": [row.pk for row in rows]}
    return client.post(MAILS, chosen, follow=True)


def test_the_desk_shows_where_mails_are_and_never_their_words(client: Client, boss: User, box: Box) -> None:
    row = failed()
    for path in (MAILS, f"{MAILS}{row.pk}/change/", f"{MAILS}?state=failed", f"{MAILS}?q=content@example.com"):
        page = client.get(path).content.decode()
        assert ("content@example.com" in page, "SECRET" in page, "Content-Type" in page) == (True, False, False), path
    answers = [client.get(f"{MAILS}add/"), client.post(f"{MAILS}{row.pk}/change/", {"to": "me@example.com"})]
    answers += [client.post(f"{MAILS}{row.pk}/delete/", {"post": "yes"})]
    assert [answer.status_code for answer in answers] == [403, 403, 403]


def test_failed_mails_are_tried_again_and_that_is_recorded(client: Client, boss: User, box: Box) -> None:
    row, sent, emptied = failed(), failed("ana"), failed("nobody")
    OutgoingMail.objects.filter(pk=emptied.pk).update(message=b"")
    before = last()
    page = send_again(client, row, sent, emptied).content.decode()
    assert "Queued again: 1. Left as they are: 2 (not failed, or emptied since)." in page
    assert events(before) == [
        (str(boss.public_id), "mail.tried_again", "core.outgoingmail", "", {"ids": [row.pk]}),
    ]  # fmt: skip
    row.refresh_from_db()
    left = (row.gives_up_at - timezone.now()) / dt.timedelta(hours=1)
    assert (row.state, row.attempts, row.ended_at, round(left)) == ("queued", 0, None, 48)
    assert delivery.deliver().failed == 1


@pytest.mark.parametrize(
    ("codenames", "status", "queued"), [(["view"], 200, 0), (["view", "change"], 200, 1), ([], 403, 0)]
)
def test_who_may_do_that(client: Client, box: Box, codenames: list[str], status: int, queued: int) -> None:
    row, user = failed(), User.objects.create_user("ed@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=[f"{one}_outgoingmail" for one in codenames]))
    client.force_login(user)
    assert (send_again(client, row).status_code, OutgoingMail.objects.filter(state="queued").count()) == (
        status,
        queued,
    )


def test_an_address_that_works_again_is_taken_off_the_list(client: Client, boss: User) -> None:
    bounces.refuses("Ana@example.com", "550 5.1.1")
    row, before = RefusingAddress.objects.get(), last()
    assert "ana@example.com" in client.get(REFUSING).content.decode()
    client.post(f"{REFUSING}{row.pk}/delete/", {"post": "yes"})
    assert (RefusingAddress.objects.count(), [event[1] for event in events(before)]) == (0, ["admin.deleted"])


def test_the_command_tries_again_too(box: Box) -> None:
    row, other = failed(), failed("policy")
    before, out = last(), io.StringIO()
    call_command("mail", "retry", str(row.pk), stdout=out)
    call_command("mail", "retry", "--all", stdout=out)
    assert out.getvalue() == f"Queued again: {row.pk}.\nQueued again: {other.pk}.\n"
    assert [event[:2] for event in events(before)] == [("site", "mail.tried_again")] * 2
    with pytest.raises(CommandError, match=rf"^Not failed, or emptied since: {row.pk}, 999999\.$"):
        call_command("mail", "retry", str(row.pk), "999999", stdout=out)
