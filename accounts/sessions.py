"""How long a session lasts: without a request, and at most (settings.SESSION_LIMITS)."""

from __future__ import annotations

import contextlib
import time

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY, record_authentication
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.http import HttpRequest
from django.utils import timezone

from accounts import roles
from accounts.models import User
from accounts.sessionstore import SessionStore

BEGAN, SEEN = "began", "seen"
NOTED = 60  # seconds: being seen is written down at most so often


def begin(sender: type[User], request: HttpRequest, user: User, **kwargs: object) -> None:
    """Note when somebody signed in (a receiver of Django's user_logged_in)."""
    request.session[BEGAN] = request.session[SEEN] = time.time()


def note_second_step(
    sender: type[Authenticator], request: HttpRequest, authenticator: Authenticator, **_: object
) -> None:
    """Note that this session has shown the second step that was just set up in it (a receiver of allauth's signal).

    Others of the account, of somebody who knows its password, have not: where they said that a short while ago, they
    are asked again, as it would be enough to remove the second step.
    """
    if authenticator.type not in {Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN}:
        return
    record_authentication(request, authenticator.user, "mfa", id=authenticator.pk, type=authenticator.type)
    others = UserSession.objects.filter(user=authenticator.user).exclude(session_key=request.session.session_key)
    for key in others.values_list("session_key", flat=True):
        session = SessionStore(key)
        said = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
        if said:
            session[AUTHENTICATION_METHODS_SESSION_KEY] = [
                {**one, "reauthenticated": one.get("method") == "mfa" and one.get("reauthenticated", False)}
                for one in said
            ]
            with contextlib.suppress(UpdateError):  # it ended meanwhile
                session.save()


def has_shown_second_step(request: HttpRequest) -> bool:
    """Say whether a second step, or a passkey, was shown in this session."""
    return any(one.get("method") == "mfa" for one in get_authentication_records(request, request.user))


def is_over(request: HttpRequest) -> bool:
    """Say whether the session of a signed-in person has ended; note that it was seen when it has not.

    One that does not say when it began was made before there were limits, and is over.
    """
    now, session = time.time(), request.session
    seen = session.get(SEEN, 0)
    idle, whole = settings.SESSION_LIMITS["staff" if roles.works_here(request.user) else "others"]
    if now - seen > idle or now - session.get(BEGAN, 0) > whole:
        return True
    if now - seen >= NOTED:
        session[SEEN] = now
        UserSession.objects.filter(session_key=session.session_key).update(
            last_seen_at=timezone.now(), ip=get_adapter().get_client_ip(request)
        )
    return False


PROGRAMS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser(user_agent: str) -> str:
    """Return what a person calls their browser: "Firefox on Linux"; the beginning of what it says when unknown."""
    program = next((name for mark, name in PROGRAMS if mark in user_agent), "")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    if not program:
        return user_agent[:60] or "Not known"
    return f"{program} on {system}" if system else program
