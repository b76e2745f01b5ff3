"""Somebody of whom the site knows something in every place."""

from __future__ import annotations

import datetime as dt

from allauth.mfa.models import Authenticator
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.privacy import mails
from catalog.models import Change, Saved, Tool
from catalog.personal import digest, follows, keeping
from core import audit, tasks
from featured import weeks
from featured.models import Booking, Waiting
from tests import make
from tests.featured import care_rows
from tests.people import person, sign_in, with_app
from verification.models import OwnershipChallenge, OwnershipClaim, Run

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"


def known_everywhere(email: str = "ana@example.com", *, superuser: bool = False) -> tuple[User, Client]:
    """Return an account that signed in, works here, proved a host and changed a listing; and its browser."""
    roles.ensure()
    user = person(email, name="Ana Alvarez", is_superuser=superuser)
    client = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="203.0.113.77")
    sign_in(client, email)
    with_app(user)
    data = {"name": "blue key", "credential": {"secret": "SECRET"}}
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
    user.groups.add(Group.objects.get(name=roles.REVIEWER))
    proved(user)
    buys(user)
    tool = make.tool()
    Change.objects.create(tool_id=tool.pk, slug=tool.slug, action=Change.Action.UPDATED, fields={}, actor=user)
    soon = timezone.now() + dt.timedelta(hours=1)
    Run.objects.create(
        tool=tool, trigger=Run.Trigger.STAFF, requested_by=user, fingerprint="0" * 64, checker="1", deadline=soon
    )
    keeps(user, tool)
    desk_line(by=user, about=user)
    with transaction.atomic():
        audit.record(actor=user, action="verification.reviewed", obj=tool)
    return user, client


def keeps(user: User, tool: Tool) -> None:
    """Let somebody save a tool, put it into a list under their name, follow it, and want a digest."""
    keeping.save(user=user, tool=tool)
    keeping.annotate(row=Saved.objects.get(user=user), note="for Ana Alvarez")
    mine = keeping.create_list(user=user, title="Ana Alvarez likes", description="By Ana Alvarez.", shared=True)
    keeping.add(to=mine, tool=tool)
    follows.follow_tool(user=user, tool=tool)
    follows.follow_search(user=user, query="q=Alvarez")
    digest.choose(user=user, period="weekly")


def buys(user: User) -> None:
    """Let somebody have bought a slot of the next week, and wait for another."""
    position = Booking.objects.count() + 1  # each has one of the three
    tool = make.tool(homepage=f"https://bought-{position}.com")
    care_rows.booked(tool, first=weeks.upcoming(2)[1], of=care_rows.order(by=user), position=position)
    week = weeks.upcoming(3)[2].date()
    Waiting.objects.create(user=user, tool=make.tool(), surface="home", place="home", week=week)


def proved(user: User, name: str = "www.acme.example") -> OwnershipClaim:
    """Let somebody have asked to prove a host by a link that was mailed."""
    claim = OwnershipClaim.objects.create(account=user, scope="host", name=name, method="email", state="pending")
    now = timezone.now()
    OwnershipChallenge.objects.create(
        claim=claim, token_id=f"{user.pk:016x}", token_hash="0" * 64, address="webmaster@acme.example",
        created_at=now, expires_at=now + dt.timedelta(days=1),
    )  # fmt: skip
    return claim


def desk_line(*, by: User, about: User) -> LogEntry:
    """Write a line of the desk's own history: somebody changed an account there."""
    kind = ContentType.objects.get_for_model(User)
    return LogEntry.objects.create(
        user=by, content_type=kind, object_id=str(about.pk), object_repr=str(about), action_flag=CHANGE,
        change_message='[{"changed": {"fields": ["Shown name"]}}]',
    )  # fmt: skip


def traces(word: str) -> list[str]:
    """Return the tables and columns of the whole database that hold a word, whatever its type."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns c JOIN information_schema.tables t"
            " USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " ORDER BY table_name, column_name"
        )
        for table, column in cursor.fetchall():
            cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{word}%"])
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
    return found


def mails_are_out() -> int:
    """Send what waits, as the worker does, and forget mails to erased accounts; return how many those were."""
    tasks.deliver_mail()
    return mails.forget_erased()


def stored_sessions(user: User) -> int:
    """Return how many stored sessions sign somebody in."""
    return sum(str(one.get_decoded().get("_auth_user_id")) == str(user.pk) for one in Session.objects.all())
