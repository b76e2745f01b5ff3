"""The digest by e-mail: when it comes, what is in it, how it is left, and that there is one for a period."""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import re
from email.message import EmailMessage
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import services, tasks
from catalog.models import Category, Newsletter, Tool
from catalog.personal import digest, follows, searches
from catalog.search import SearchTimeout
from core.outbox import bounces, lists
from core.outbox.models import OutgoingMail
from tests import make

UTC = dt.UTC


@pytest.fixture
def coding(ana: User) -> Category:
    """A category that she follows, with a daily digest."""
    found = Category.objects.get(slug="coding")
    follows.follow_category(user=ana, category=found)
    digest.choose(user=ana, period="daily")
    return found


def falls_due(user: User) -> int:
    Newsletter.objects.filter(user=user).update(next_due_at=timezone.now() - dt.timedelta(minutes=1))
    return Newsletter.objects.get(user=user).pk


def mails() -> list[EmailMessage]:
    rows = OutgoingMail.objects.filter(kind="catalog.digest").order_by("pk")
    found = [email.message_from_bytes(bytes(row.message), policy=email.policy.default) for row in rows]
    assert all(isinstance(one, EmailMessage) for one in found)
    return found


def text(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part
    return str(part.get_content()).replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("period", "after", "due"),
    [
        ("daily", dt.datetime(2026, 11, 26, 6, 59, tzinfo=UTC), dt.datetime(2026, 11, 26, 7, tzinfo=UTC)),
        ("daily", dt.datetime(2026, 11, 26, 7, 0, tzinfo=UTC), dt.datetime(2026, 11, 27, 7, tzinfo=UTC)),
        ("weekly", dt.datetime(2026, 11, 26, 6, 0, tzinfo=UTC), dt.datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("weekly", dt.datetime(2026, 11, 30, 6, 0, tzinfo=UTC), dt.datetime(2026, 11, 30, 7, tzinfo=UTC)),
        ("weekly", dt.datetime(2026, 11, 30, 7, 0, tzinfo=UTC), dt.datetime(2026, 12, 7, 7, tzinfo=UTC)),
        ("off", dt.datetime(2026, 11, 30, 7, 0, tzinfo=UTC), None),
    ],
)
def test_digests_are_due_at_seven_and_weekly_ones_on_monday(period: str, after: dt.datetime, due: Any) -> None:
    assert digest.next_due(period, after) == due


def test_a_digest_is_chosen_without_script_and_off_until_then(as_ana: Client, ana: User) -> None:
    assert 'value="off" checked' in as_ana.get("/following/").content.decode()
    answer = as_ana.post("/following/digest/", {"period": "weekly"})
    assert answer["Location"] == "/following/#digest"
    page = as_ana.get("/following/").content.decode()
    assert 'value="weekly" checked' in page
    assert "The digest comes on Mondays, when there is news." in page
    row = Newsletter.objects.get(user=ana)
    assert row.next_due_at == digest.next_due("weekly", timezone.now())
    assert as_ana.post("/following/digest/", {"period": "hourly"}).status_code == 400
    as_ana.post("/following/digest/", {"period": "off"})
    row.refresh_from_db()
    assert (row.period, row.next_due_at) == ("off", None)


def test_a_mail_tells_what_is_new_once_and_can_be_left_with_one_click(ana: User, coding: Category) -> None:
    for name in ("First", "Second <b>"):
        make.tool(name=name)
    key = falls_due(ana)
    assert digest.make(key) is True
    (mail,) = mails()
    assert (mail["To"], mail["Subject"]) == ("ana@example.com", f"New in {coding.name}: Second <b>, and 1 more")
    assert mail["List-Unsubscribe"].strip().startswith("<http://127.0.0.1:8000/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    slugs = [Tool.objects.get(name=name).slug for name in ("Second <b>", "First")]
    today = f"{timezone.now():%-d %b}"
    assert text(mail).startswith(
        "What happened to what you follow at AI Apps, the latest first:\n\n"
        f"{today}  New in {coding.name}: Second <b>\nhttp://127.0.0.1:8000/tools/{slugs[0]}/\n\n"
        f"{today}  New in {coding.name}: First\nhttp://127.0.0.1:8000/tools/{slugs[1]}/\n\n"
        "What you follow, and how often this mail comes (now every day):\nhttp://127.0.0.1:8000/following/\n"
    )
    assert "Second &lt;b&gt;" in text(mail, "html")
    row = Newsletter.objects.get(pk=key)
    assert row.next_due_at == digest.next_due("daily", timezone.now())
    assert digest.make(key) is False
    falls_due(ana)
    assert digest.make(key) is False
    assert len(mails()) == 1


def test_there_is_no_mail_without_news(ana: User, coding: Category) -> None:
    assert digest.make(falls_due(ana)) is False
    make.tool(category="audio-voice/text-to-speech")
    assert digest.make(falls_due(ana)) is False
    assert mails() == []


def test_what_happened_before_the_digest_was_wanted_is_not_told(ana: User) -> None:
    follows.follow_category(user=ana, category=Category.objects.get(slug="coding"))
    make.tool(name="Before")
    digest.choose(user=ana, period="daily")
    assert digest.make(falls_due(ana)) is False
    make.tool(name="After")
    digest.choose(user=ana, period="weekly")  # still wanted: nothing is lost between the two
    assert digest.make(falls_due(ana)) is True
    assert "Before" not in text(mails()[0])


def test_a_day_on_which_nobody_worked_is_told_with_the_next_mail(ana: User, coding: Category) -> None:
    make.tool(name="Old news")
    key = falls_due(ana)
    Newsletter.objects.update(next_due_at=timezone.now() - dt.timedelta(days=3))
    assert digest.make(key) is True
    assert Newsletter.objects.get(pk=key).next_due_at == digest.next_due("daily", timezone.now())
    assert len(mails()) == 1


def test_one_period_has_one_mail_even_if_the_row_is_set_back(ana: User, coding: Category) -> None:
    make.tool(name="Twice")
    key = falls_due(ana)
    before = Newsletter.objects.filter(pk=key).values()[0]
    digest.make(key)
    Newsletter.objects.filter(pk=key).update(**before)
    digest.make(key)
    assert len(mails()) == 1


def test_a_digest_that_fails_half_way_is_made_again(
    ana: User, coding: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.tool(name="Kept")
    key = falls_due(ana)
    before = Newsletter.objects.filter(pk=key).values()[0]

    def slow(*_: object) -> None:
        raise SearchTimeout

    with monkeypatch.context() as broken:
        broken.setattr(digest, "next_due", slow)  # the mail is written by then
        with pytest.raises(SearchTimeout):
            digest.make(key)
    assert Newsletter.objects.filter(pk=key).values()[0] == before
    assert mails() == []
    assert digest.make(key) is True
    assert len(mails()) == 1


def test_a_search_that_takes_too_long_keeps_no_other_news_back(
    ana: User, coding: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    follows.follow_search(user=ana, query="q=anything")

    def slow(_query: str) -> None:
        raise SearchTimeout

    monkeypatch.setattr(searches, "read", slow)
    make.tool(name="Kept")
    assert digest.make(falls_due(ana)) is True
    assert len(mails()) == 1


def test_who_left_by_the_link_of_a_mail_gets_none_and_is_told_so(as_ana: Client, ana: User, coding: Category) -> None:
    lists.leave("digest", ana.email, ana.pk)
    body = as_ana.get("/following/").content.decode()
    assert 'value="off" checked' in body
    assert "You left the digest, by the link of a mail or under Mail." in body
    make.tool(name="Not told")
    assert digest.make(falls_due(ana)) is False
    as_ana.post("/following/digest/", {"period": "daily"})
    assert not lists.has_left("digest", ana.email, ana.pk)
    assert digest.make(falls_due(ana)) is False  # what was missed stays missed
    make.tool(name="Told")
    assert digest.make(falls_due(ana)) is True
    assert "Not told" not in text(mails()[0])


def test_a_closed_account_gets_no_mail(ana: User, coding: Category) -> None:
    make.tool()
    ana.is_active = False
    ana.save()
    assert digest.make(falls_due(ana)) is False
    assert mails() == []


def test_a_long_digest_is_cut_and_says_how_much_more_there_is(ana: User, coding: Category) -> None:
    services.create_tools([make.record(name=f"Number {n}") for n in range(45)], categories=make.categories())
    digest.make(falls_due(ana))
    (mail,) = mails()
    assert text(mail).count("New in ") == 40
    assert "\nAnd 5 more: " in text(mail)


def test_due_digests_are_claimed_once_oldest_first(ana: User, ben: User) -> None:
    keys = []
    for user, hours in ((ana, 1), (ben, 2)):
        digest.choose(user=user, period="daily")
        keys.append(falls_due(user))
        Newsletter.objects.filter(user=user).update(next_due_at=timezone.now() - dt.timedelta(hours=hours))
    assert digest.claim() == [keys[1], keys[0]]
    assert digest.claim() == []
    Newsletter.objects.filter(user=ana).update(leased_until=timezone.now() - dt.timedelta(seconds=1))
    assert digest.claim() == [keys[0]]


def test_the_sweep_sends_a_task_for_each(ana: User, coding: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    key = falls_due(ana)
    sent: list[int] = []
    monkeypatch.setattr(tasks.digest, "delay", sent.append)
    assert tasks.due_digests() == 1
    assert sent == [key]
    make.tool()
    assert tasks.digest(key) is True


def test_the_database_keeps_due_and_wanted_together(ana: User) -> None:
    for period, due in (("off", timezone.now()), ("daily", None), ("hourly", timezone.now())):
        with pytest.raises(IntegrityError, match="newsletter_is_due_when_wanted"), transaction.atomic():
            Newsletter.objects.create(user=ana, period=period, next_due_at=due)


def test_a_tool_is_told_by_its_name_as_it_is_now(ana: User) -> None:
    tool = make.tool(name="Before")
    follows.follow_tool(user=ana, tool=tool)
    digest.choose(user=ana, period="daily")
    services.update_tool(tool, make.record(slug=tool.slug, name="After"), categories=make.categories())
    digest.make(falls_due(ana))
    assert Tool.objects.get(pk=tool.pk).name == "After"
    assert mails()[0]["Subject"].startswith("After: ")


def test_the_account_says_how_often_as_the_page_of_what_is_followed_does(as_ana: Client, ana: User) -> None:
    def said() -> list[tuple[str, str]]:
        page = as_ana.get("/account/mail/").content.decode()
        return re.findall(r'How often: <strong>([^<]+)</strong>. <a href="([^"]+)">Change it under Following</a>', page)

    assert said() == [("Never", "/following/")]
    for period, words in (("daily", "Every day"), ("weekly", "Every week"), ("off", "Never"), ("daily", "Every day")):
        as_ana.post("/following/digest/", {"period": period})
        assert said() == [(words, "/following/")]
    lists.leave("digest", ana.email, ana.pk)
    assert said() == [("Never", "/following/")]


def test_who_gets_no_mail_is_told_where_the_digest_is_set(as_ana: Client, ana: User) -> None:
    assert "came back" not in as_ana.get("/following/").content.decode()
    bounces.refuses(ana.email, "It came back: 5.1.1 <b>no</b>")
    page = as_ana.get("/following/").content.decode()
    assert (f"A mail to {ana.email} came back on" in page, "5.1.1 &lt;b&gt;no" in page) == (True, True)
    assert '<button class="btn" name="works" value="1">The address works again</button>' in page
    as_ana.post("/account/mail/", {"works": "1"})
    assert "came back" not in as_ana.get("/following/").content.decode()
