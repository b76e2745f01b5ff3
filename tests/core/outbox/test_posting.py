"""What goes into the outbox, when, and as which bytes."""

from __future__ import annotations

import email
import email.message
import re
from email import policy
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from accounts.models import User
from core import outbox
from core.models import LeftList, OutgoingMail, RefusingAddress
from core.outbox import lists

pytestmark = pytest.mark.django_db
State = OutgoingMail.State


def post(key: str = "event-1", to: str = "ana@example.com", **more: Any) -> OutgoingMail:
    given = {"template": "test", "context": {"subject": "Hello", "text": "See https://example.com/a?b=1&c=2."}} | more
    return outbox.post(to=to, kind="test.one", key=key, **given)


def parsed(row: OutgoingMail) -> email.message.EmailMessage:
    found = email.message_from_bytes(bytes(row.message), policy=policy.default)
    assert isinstance(found, email.message.EmailMessage)
    return found


def test_one_event_is_one_mail() -> None:
    first, second = post(), post(context={"subject": "Other", "text": "Other"})
    assert (first.pk, first.state, OutgoingMail.objects.count()) == (second.pk, State.QUEUED, 1)
    assert [one.subject for one in mail.outbox] == ["Hello"]


@pytest.mark.django_db(transaction=True)
def test_a_mail_is_there_when_the_transaction_commits_and_only_then() -> None:
    with transaction.atomic():
        post()
        transaction.set_rollback(True)
    assert OutgoingMail.objects.count() == 0
    with transaction.atomic():
        post()
    assert OutgoingMail.objects.count() == 1


@override_settings(SITE_URL="https://catalog.example", DEFAULT_FROM_EMAIL="AI Apps <site@catalog.example>")
def test_a_mail_has_the_headers_of_a_machines_mail_and_nothing_of_a_list() -> None:
    row = post()
    message = parsed(row)
    assert {name: str(message[name]) for name in sorted(message.keys()) if name != "Date"} == {
        "Auto-Submitted": "auto-generated",
        "Content-Type": message["Content-Type"],
        "From": "AI Apps <site@catalog.example>",
        "MIME-Version": "1.0",
        "Message-ID": f"<{row.token}@catalog.example>",
        "Subject": "Hello",
        "To": "ana@example.com",
    }
    assert message["Date"].datetime is not None
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "text/html",
    ]  # fmt: skip


@override_settings(SITE_URL="https://catalog.example")
def test_the_html_is_made_of_the_text_escaped_and_only_written_out_addresses_are_links() -> None:
    message = parsed(post(context={"subject": "<b>", "text": 'fal.ai & <img src=x> https://example.com/a?b=1&c="2".'}))
    html = message.get_body(("html",))
    assert html is not None
    body = re.sub(r"\s+", " ", html.get_content().partition("<body")[2].partition(">")[2])
    assert body == (
        " <p>fal.ai &amp; &lt;img src=x&gt; "
        '<a href="https://example.com/a?b=1&amp;c=">https://example.com/a?b=1&amp;c=</a>&quot;2&quot;.</p> '
        '<p>AI Apps<br><a href="https://catalog.example/">https://catalog.example/</a></p> </body> </html> '
    )


def test_a_subject_is_one_line_whatever_is_in_it() -> None:
    row = post(context={"subject": "Hi\r\nBcc: all@example.com\x00\u2028x", "text": "x"})
    assert (row.subject, parsed(row)["Bcc"]) == ("Hi Bcc: all@example.com x", None)
    assert post("event-2", context={"subject": "ä" * 300, "text": "x"}).subject == f"{'ä' * 199}…"


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("a@example.com\r\nBcc: b@example.com", "The address holds a line break."),
        ("a\x00b@example.com", "The address holds a line break."),
        ("a@ex\ud800ample.com", "The domain is not a name that can exist."),
        ("nobody", "The part before the @ is not one that mail can be sent to."),
        ("jörg@example.com", "The part before the @ is not one that mail can be sent to."),
        (f"{'a' * 65}@example.com", "The part before the @ is not one that mail can be sent to."),
        ("a@-.example", "The domain is not a name that can exist."),
        ("a@intranet", "The domain is not a name that can exist."),
        (f"{'a' * 64}@{'.'.join(['b' * 60] * 4)}.com", "The address is longer than 254 characters."),
    ],
)
def test_what_no_mail_can_be_sent_to_is_a_row_that_failed(to: str, said: str) -> None:
    row = post(to=to)
    assert (row.state, row.reason, bytes(row.message), mail.outbox) == (State.FAILED, said, b"", [])


def test_a_domain_in_unicode_goes_out_as_its_ascii_name() -> None:
    row = post(to="ana@Bücher.example")
    assert (row.to, parsed(row)["To"]) == ("ana@Bücher.example", "ana@xn--bcher-kva.example")


@override_settings(SITE_URL="https://catalog.example")
def test_a_mail_of_a_list_says_how_to_leave_it() -> None:
    user = User.objects.create_user("ana@example.com")
    message = parsed(post(user=user, list_name="digest"))
    link = lists.leave_link("digest", "ana@example.com", user.pk)
    assert {name: str(message[name]).strip() for name in set(message.keys()) if name.startswith("List-")} == {
        "List-Id": "<digest.catalog.example>",
        "List-Unsubscribe": f"<{link}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert body.get_content().count(link) == (1 if kind == "plain" else 2)


def test_nothing_is_written_for_who_left_or_takes_no_mail() -> None:
    user = User.objects.create_user("ana@example.com")
    lists.leave("digest", "Ana@Example.com", user.pk)
    left = post(user=user, list_name="digest")
    moved = post(user=user, list_name="digest", to="new@example.com")
    RefusingAddress.objects.create(address="bob@example.com", reason="550 5.1.1")
    refusing = post(to="bob@example.com", list_name="digest")
    assert {(str(one.pk), one.state) for one in (left, moved, refusing)} == {("None", State.DROPPED)}
    assert (OutgoingMail.objects.count(), mail.outbox) == (0, [])
    assert post(to="bob@example.com").state == State.QUEUED  # what is no list is still tried
    lists.join("digest", "ana@example.com", user.pk)
    assert (post("event-2", user=user, list_name="digest").state, LeftList.objects.count()) == (State.QUEUED, 0)


def test_a_list_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"^There is no list 'news': add it to MAIL_LISTS in config/settings\.py\.$"):
        post(list_name="news")


def test_djangos_mails_are_rows_one_for_each_address() -> None:
    made = mail.EmailMessage("Hi", "Words", to=["a@example.com", "B <b@example.com>"], bcc=["c@example.com"])
    made.extra_headers = {"Reply-To": "help@example.com", "Message-ID": "<forged@example.com>"}
    assert made.send() == 1
    rows = OutgoingMail.objects.order_by("pk")
    assert [row.to for row in rows] == ["a@example.com", "B <b@example.com>", "c@example.com"]
    messages = [parsed(row) for row in rows]
    assert [str(one["To"]) for one in messages] == ["a@example.com", "b@example.com", "c@example.com"]
    assert [(one["Cc"], one["Bcc"], one["Reply-To"]) for one in messages] == [(None, None, "help@example.com")] * 3
    assert len({one["Message-ID"] for one in messages} | {"<forged@example.com>"}) == 4
    assert made.to == ["a@example.com", "B <b@example.com>"]


@override_settings(ADMINS=[("Ops", "ops@example.com")])
def test_mails_to_the_admins_are_rows_too() -> None:
    mail.mail_admins("Broken", "Trace")
    assert [(row.to, row.kind, row.subject) for row in OutgoingMail.objects.all()] == [
        ("ops@example.com", "site.mail", "[Django] Broken")
    ]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ("state = 'sending'", "outbox_lease_while_sending"),
        ("lease_until = now()", "outbox_lease_while_sending"),
        ("state = 'failed'", "outbox_ended_when_final"),
        ("ended_at = now()", "outbox_ended_when_final"),
        ("state = 'sent', ended_at = now()", "outbox_no_body_once_sent"),
        ("state = 'dropped', ended_at = now()", "outbox_no_body_once_sent"),
    ],
)
def test_the_table_refuses_what_cannot_be(changes: str, rule: str) -> None:
    post()
    with pytest.raises(IntegrityError, match=rule), connection.cursor() as cursor:
        cursor.execute(f"UPDATE core_outgoingmail SET {changes}")
