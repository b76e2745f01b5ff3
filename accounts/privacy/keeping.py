"""How long what accounts and core store is kept: rows for core.retention."""

from __future__ import annotations

import datetime as dt

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef

from accounts import roles
from accounts.models import User
from accounts.privacy.models import DataExport, Erasure
from core.outbox.models import OutgoingMail
from core.retention import Kept, delete, keep

UNCONFIRMED = dt.timedelta(days=30)
WISHES = dt.timedelta(days=90)
HISTORY = dt.timedelta(days=365)
FORGET_MAIL = "core.forget_mail, every hour"


def register() -> None:
    """Add the rows."""
    for row in (*_of_people(), *_of_the_site()):
        keep(row)


def _of_people() -> list[Kept]:
    return [
        Kept(
            "accounts", "Accounts: address, shown name, password (as a hash), roles, second steps",
            "until you erase the account, and 14 days more", "you sign in with them", by="your wish: /account/erase/",
        ),
        Kept(
            "sessions", "Sessions: when you signed in, with which browser and from which network",
            "until you sign out, at most 30 days; a day where nobody signed in",
            "to keep you signed in, and to let you see where", forget_sessions,
        ),
        Kept(
            "unconfirmed", "Sign-ups whose address was never confirmed", "30 days", "the link may be opened late",
            forget_unconfirmed,
        ),
        Kept("exports", "Copies of personal data that were asked for", "7 days", "to be downloaded", forget_exports),
        Kept(
            "wishes", "Wishes to be erased, as dates", "90 days after they were done or taken back",
            "to answer questions about them", forget_wishes,
        ),
        Kept(
            "erasures", "The ledger of erasures: a random number and a date", "for ever",
            "a restored backup must not bring somebody back; it names nobody", by="nobody",
        ),
    ]  # fmt: skip


def _of_the_site() -> list[Kept]:
    return [
        Kept(
            "audit", "The audit log: what people with rights did, by random numbers instead of names", "for ever",
            "a log that can be shortened proves nothing; after an erasure the number leads to nobody", by="nobody",
        ),
        Kept(
            "desk-history", "The history of the desk: which member of the staff changed what", "a year",
            "to ask them why", forget_desk_history,
        ),
        Kept(
            "limits", "Counts of searches, visits, sign-ins and forms, by a keyed digest", "at most a day",
            "so that one visitor does not take all", by="Valkey, at the time that each count carries",
        ),
        Kept(
            "mails", "Mails: to whom, when, the subject, whether they came back", "90 days after they were sent",
            "to answer “I got no mail”", by=FORGET_MAIL,
        ),
        Kept(
            "mail-words", "The words of a mail, with its links and codes",
            "until it is sent, or a day after it could not be", "to send it", by=FORGET_MAIL,
        ),
        Kept(
            "mail-refused", "Addresses that take no mail", "a year after the last time", "not to write to them again",
            by=FORGET_MAIL,
        ),
        Kept(
            "mail-left", "Lists of mails that an address has left", "until you join again, or erase the account",
            "so that you get no more of them", by="your wish",
        ),
    ]  # fmt: skip


def forget_sessions(at: dt.datetime) -> int:
    """Delete sessions that have ended, and what their owners were shown of them."""
    gone = delete(Session.objects.filter(expire_date__lt=at))
    there = Session.objects.filter(session_key=OuterRef("session_key"))
    new = at - dt.timedelta(minutes=5)  # a session that is just being made has its two rows at two moments
    return gone + delete(UserSession.objects.filter(~Exists(there), created_at__lt=new))


def forget_unconfirmed(at: dt.datetime) -> int:
    """Delete accounts that never confirmed an address and were never used.

    Not those that got a mail since: one that was made at the desk long ago is asked to confirm at its first sign-in.
    """
    asked = EmailAddress.objects.filter(user=OuterRef("pk"))
    old = User.objects.filter(Exists(asked), ~Exists(asked.filter(verified=True)), date_joined__lt=at - UNCONFIRMED)
    never = old.filter(last_login=None, erased_at=None, is_staff=False, is_superuser=False)
    mailed = OutgoingMail.objects.filter(user=OuterRef("pk"), created_at__gte=at - UNCONFIRMED)
    return delete(never.filter(~Exists(mailed)).exclude(groups__name__in=roles.ROLES))


def forget_exports(at: dt.datetime) -> int:
    """Delete copies whose link has ended; one that was never made counts from when it was asked for."""
    old = at - dt.timedelta(days=settings.DATA_EXPORT_DAYS)
    return delete(DataExport.objects.filter(made_at__lt=old)) + delete(
        DataExport.objects.filter(made_at=None, asked_at__lt=old)
    )


def forget_wishes(at: dt.datetime) -> int:
    """Delete wishes that are over."""
    return delete(Erasure.objects.filter(done_at__lt=at - WISHES)) + delete(
        Erasure.objects.filter(cancelled_at__lt=at - WISHES)
    )


def forget_desk_history(at: dt.datetime) -> int:
    """Delete old lines of the admin's own history."""
    return delete(LogEntry.objects.filter(action_time__lt=at - HISTORY))
