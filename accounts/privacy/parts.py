"""What accounts and core know of a person, for the registry: shown by `export`, taken away by `erase`."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.admin.models import LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from accounts.models import User
from accounts.privacy.models import DataExport, Erasure
from accounts.privacy.registry import personal, pseudonymous, stays
from accounts.sessions import browser
from core import audit
from core.clients import coarse
from core.models import AuditEvent
from core.outbox import retention as mail_retention
from core.outbox.addresses import folded
from core.outbox.models import LeftList, OutgoingMail, RefusingAddress


def register() -> None:
    """Say what the two apps know."""
    personal(
        "account", export=_account, erase=_nothing, told="your address, your shown name, your password and your roles",
        covers=["accounts.user.email", "accounts.user.name", "accounts.user.groups", "accounts.user.user_permissions"],
    )  # fmt: skip
    personal(  # before the addresses, by which it finds them
        "mails", export=_mails, erase=_erase_mails, told="mails that we sent you, and lists that you left",
        covers=[
            *("core.outgoingmail.user", "core.outgoingmail.to", "core.leftlist.user", "core.leftlist.address"),
            "core.refusingaddress.address",
        ],
    )  # fmt: skip
    personal(  # before the addresses, too
        "sessions", export=_sessions, erase=_erase_sessions, told="every session, with its browser and network",
        covers=["usersessions.usersession.user", "usersessions.usersession.ip", "usersessions.usersession.user_agent"],
    )  # fmt: skip
    personal(
        "addresses", export=_addresses, erase=_erase_addresses, told="all e-mail addresses of the account",
        covers=["account.emailaddress.user", "account.emailaddress.email"],
    )  # fmt: skip
    personal(
        "second_steps", export=_second_steps, erase=_erase_second_steps, covers=["mfa.authenticator.user"],
        told="passkeys, the authenticator app and the recovery codes",
    )  # fmt: skip
    personal(
        "requests", export=_requests, erase=_erase_requests, told="copies of your data that were made",
        covers=["accounts.dataexport.user", "accounts.erasure.user"],
    )  # fmt: skip
    personal(
        "desk_history", export=_desk_history, erase=erase_desk_history, covers=["admin.logentry.user"],
        told="your name in the history of the desk, where somebody worked on your account",
    )  # fmt: skip
    personal(
        "audit_events", export=_audit_events, erase=_nothing,
        covers=["core.auditevent.actor"], told="",
    )  # fmt: skip
    personal("work", export=_work, erase=_nothing, covers=[], told="")
    pseudonymous("admin.logentry.user", "the history of the desk says that the same person did several things")
    pseudonymous(
        "core.auditevent.actor", "the audit log must not be changed by anybody; it holds a random number, no name"
    )


def _nothing(user: User) -> None:
    """Left to what empties the row of the account, or to stay as it is: it says nothing about a person."""


def _account(user: User) -> dict[str, Any]:
    return {
        "id": str(user.public_id),
        "email": user.email,
        "name": user.name,
        "joined": _iso(user.date_joined),
        "last_sign_in": _iso(user.last_login),
        "is_active": user.is_active,
        "has_password": user.has_usable_password(),
        "roles": list(user.groups.order_by("name").values_list("name", flat=True)),
        "is_staff": user.is_staff,
        "is_superuser": user.is_superuser,
        "permissions": sorted(
            f"{app}.{code}" for app, code in user.user_permissions.values_list("content_type__app_label", "codename")
        ),
    }


def _own_addresses(user: User) -> list[str]:
    """Return the addresses that are known to be this person's: what was only typed may be anybody's."""
    own = list(EmailAddress.objects.filter(user=user, verified=True).values_list("email", flat=True))
    others = EmailAddress.objects.filter(email__iexact=user.email, verified=True).exclude(user=user)
    return own if others.exists() else [*own, user.email]


def _mails(user: User) -> dict[str, Any]:
    """What was sent, without its words: they are not kept."""
    addresses = _own_addresses(user)
    small = [folded(one) for one in addresses]
    sent = OutgoingMail.objects.filter(Q(user=user) | Q(to__in=addresses, user=None)).order_by("created_at", "pk")
    left = LeftList.objects.filter(Q(user=user) | Q(address__in=small, user=None)).order_by("at", "pk")
    return {
        "sent": [
            {"at": _iso(one.created_at), "to": one.to, "kind": one.kind, "subject": one.subject, "state": one.state}
            for one in sent
        ],
        "lists_left": [{"list": one.list_name, "at": _iso(one.at)} for one in left],
        "refused": list(RefusingAddress.objects.filter(address__in=small).values_list("address", flat=True)),
    }


def _erase_mails(user: User) -> None:
    """Delete what is out; what still waits goes out first, and is deleted then (mails.forget_erased)."""
    addresses = _own_addresses(user)
    OutgoingMail.objects.filter(to__in=addresses, user=None, ended_at=None).update(user=user)
    mail_retention.erase(user=user, addresses=addresses)


def _addresses(user: User) -> list[dict[str, Any]]:
    rows = EmailAddress.objects.filter(user=user).order_by("pk")
    return [{"email": one.email, "confirmed": one.verified, "primary": one.primary} for one in rows]


def _erase_addresses(user: User) -> None:
    EmailAddress.objects.filter(user=user).delete()


def _sessions(user: User) -> list[dict[str, Any]]:
    rows = UserSession.objects.filter(user=user).order_by("created_at", "pk")
    return [
        {
            "began": _iso(one.created_at),
            "last_seen": _iso(one.last_seen_at),
            "network": coarse(one.ip),
            "browser": browser(one.user_agent),
            "browser_said": one.user_agent,
        }
        for one in rows
    ]


@transaction.atomic
def _erase_sessions(user: User) -> None:
    mine = UserSession.objects.filter(user=user)
    Session.objects.filter(session_key__in=mine.values("session_key")).delete()
    mine.delete()
    _erase_sessions_on_the_way(user)


def _erase_sessions_on_the_way(user: User) -> None:
    """Delete sessions in which this person, or somebody who typed their address, began to sign in or up.

    Whose they are stands in their data alone. They last a day (accounts.sessionstore), so there are few.
    """
    keys = {"user_pk": user_pk_to_url_str(user), "user_id": str(user.pk), SESSION_KEY: str(user.pk)}
    any_of = "|".join(re.escape(one) for one in _own_addresses(user))
    address = re.compile(rf"(?<![\w.+-])(?:{any_of})(?![\w-]|\.\w)", re.IGNORECASE)
    listed = UserSession.objects.filter(session_key=OuterRef("session_key"))
    nobodys = Session.objects.filter(~Exists(listed))
    gone = [
        one.pk
        for one in nobodys.iterator()
        if any(value == keys.get(name) or address.search(value) for name, value in _texts(one.get_decoded()))
    ]
    Session.objects.filter(pk__in=gone).delete()


def _texts(data: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield the texts that the data of a session holds, at whatever depth, each with what it is called."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _texts(value, key)
    elif isinstance(data, list):
        for value in data:
            yield from _texts(value, name)
    elif isinstance(data, str):
        yield name, data


def _second_steps(user: User) -> list[dict[str, Any]]:
    rows = Authenticator.objects.filter(user=user).order_by("pk")
    return [
        {
            "kind": one.get_type_display(),
            "name": one.data.get("name", "") if one.type == Authenticator.Type.WEBAUTHN else "",
            "added": _iso(one.created_at),
            "last_used": _iso(one.last_used_at),
        }
        for one in rows
    ]


def _erase_second_steps(user: User) -> None:
    Authenticator.objects.filter(user=user).delete()


def _requests(user: User) -> dict[str, Any]:
    copies = DataExport.objects.filter(user=user)
    wishes = Erasure.objects.filter(user=user).order_by("asked_at")
    dates = ("asked_at", "due_at", "reminded_at", "cancelled_at")
    return {
        "copies": [{"asked_at": _iso(one.asked_at), "made_at": _iso(one.made_at)} for one in copies],
        "erasures": [{name: _iso(getattr(one, name)) for name in dates} for one in wishes],
    }


def _erase_requests(user: User) -> None:
    DataExport.objects.filter(user=user).delete()  # wishes hold dates only, and the last is still being done


def _desk_history(user: User) -> list[dict[str, Any]]:
    kind = ContentType.objects.get_for_model(User)
    rows = LogEntry.objects.filter(Q(user=user) | _about(user)).select_related("content_type").order_by("pk")
    return [
        {
            "at": _iso(one.action_time),
            "by_you": one.user_id == user.pk,
            "did": one.get_action_flag_display(),
            "type": ".".join(one.content_type.natural_key()) if one.content_type else "",
            "id": one.object_id or "",
            "called": one.object_repr
            if one.content_type != kind or one.object_id == str(user.pk)
            else "",  # not others
        }
        for one in rows
    ]


def _about(user: User) -> Q:
    return Q(content_type=ContentType.objects.get_for_model(User), object_id=str(user.pk))


def erase_desk_history(user: User) -> None:
    """Take the name out of what others did with the account; what the person did stays by a row without a name."""
    LogEntry.objects.filter(_about(user)).update(object_repr=str(user.public_id), change_message="")


def _audit_events(user: User) -> list[dict[str, Any]]:
    """Events by and about the person; who else did something is told by kind, not by account."""
    me, about = str(user.public_id), audit.ref(user)
    mine = Q(actor=me) | Q(object_type=about.type, object_id=about.id)
    others = {audit.SITE: "the site", audit.VISITOR: "a visitor", me: "you"}
    return [
        {
            "serial": one.serial,
            "at": _iso(one.at),
            "by": others.get(one.actor, "staff"),
            "action": one.action,
            "type": one.object_type,
            "id": one.object_id,
            "detail": one.data,
        }
        for one in AuditEvent.objects.filter(mine).order_by("serial")
    ]


def _work(user: User) -> list[dict[str, Any]]:
    """Rows of all apps that say the person did something here, as far as no part of their own shows them."""
    found = []
    for one in stays():
        app, model, field = one.field.split(".")
        kind = apps.get_model(app, model)
        if not kind._meta.get_field(field).is_relation or kind is LogEntry:
            continue
        keys = kind._default_manager.filter(**{field: user.pk}).order_by("pk").values_list("pk", flat=True)
        found += [{"type": f"{app}.{model}", "as": field, "id": str(key)} for key in keys]
    return found


def _iso(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else None
