"""Erasing an account: asked for, taken back, and done when its time has come. Each step may be killed and done again.

    asked ──▶ (ERASURE_DAYS) ──▶ started: closed, in the ledger, signed out ──▶ each part ──▶ done: nobody's row
      └─────▶ taken back

What is left is the row of the account without a name: its opaque public_id is what the audit log calls it.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from accounts import rights, roles
from accounts.models import User
from accounts.privacy import ledger, mails, registry
from accounts.privacy.models import Erasure
from core import audit

log = logging.getLogger(__name__)
BATCH = 100


class LastAdministrator(ValueError):
    """Nobody else could give roles any more."""


@transaction.atomic
def ask(*, user: User, actor: User | str | None = None, at: dt.datetime | None = None) -> Erasure:
    """Begin the time after which `user` is erased; return the wish that waits, the old one when there is one.

    `actor`: who notes it down, if not the person (audit.SITE). Raises LastAdministrator.
    """
    at = at or timezone.now()
    User.objects.select_for_update(no_key=True).get(pk=user.pk)  # two requests make one wish
    waiting = Erasure.objects.open().filter(user=user).first()
    if waiting:
        return waiting
    if is_last_administrator(user):
        raise LastAdministrator
    wish = Erasure.objects.create(user=user, asked_at=at, due_at=at + dt.timedelta(days=settings.ERASURE_DAYS))
    mails.send(user, "erasure_asked", key=f"erasure-asked:{wish.pk}", due=wish.due_at)
    audit.record(actor=actor or user, action="account.erasure_asked", obj=user)
    return wish


@transaction.atomic
def cancel(*, user: User, at: dt.datetime | None = None) -> bool:
    """Take the wish back; False when there is none that could be."""
    at = at or timezone.now()
    waiting = Erasure.objects.open().filter(user=user, started_at=None)
    if not waiting.update(cancelled_at=at):
        return False
    mails.send(user, "erasure_cancelled", key=f"erasure-cancelled:{user.pk}:{at.isoformat()}")
    audit.record(actor=user, action="account.erasure_cancelled", obj=user)
    return True


def is_last_administrator(user: User) -> bool:
    """Say whether nobody could give roles once `user` is gone; who has asked to be erased counts as gone."""
    leaving = Erasure.objects.open().values("user")
    return not _others(user).exclude(pk__in=leaving).exists() if _administers(user) else False


def _administers(user: User) -> bool:
    return user.is_superuser or user.groups.filter(name=roles.ADMINISTRATOR).exists()


def _others(user: User) -> models.QuerySet[User]:
    """Return the accounts that can do what this administrator does: only a superuser can make superusers.

    They must be let into the desk, and be able to sign in: by a confirmed address, to which a code can be sent.
    """
    may = Q(is_superuser=True) if user.is_superuser else Q(is_superuser=True) | Q(groups__name=roles.ADMINISTRATOR)
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    able = User.objects.filter(may, Exists(confirmed), is_active=True, is_staff=True, erased_at=None)
    return able.exclude(pk=user.pk)


def remind(*, at: dt.datetime | None = None) -> int:
    """Tell those whose erasure is near, once; return how many."""
    at = at or timezone.now()
    near = at + dt.timedelta(days=settings.ERASURE_REMINDER_DAYS)
    due = Erasure.objects.open().filter(due_at__lte=near, due_at__gt=at, reminded_at=None, started_at=None)
    told = 0
    for wish in due.select_related("user").order_by("due_at", "pk")[:BATCH]:
        with transaction.atomic():
            if due.filter(pk=wish.pk).update(reminded_at=at):
                mails.send(wish.user, "erasure_near", key=f"erasure-near:{wish.pk}", due=wish.due_at)
                told += 1
    return told


def erase_due(*, at: dt.datetime | None = None) -> int:
    """Erase those whose time has come, and go on with what was begun; return how many are done.

    One that fails does not keep the others, and is tried again the next time; what went wrong is raised in the end, as
    an ExceptionGroup.
    """
    at = at or timezone.now()
    done, failed = 0, []
    for wish in Erasure.objects.open().filter(due_at__lte=at).order_by("due_at", "pk")[:BATCH]:
        try:
            if wish.started_at or _start(wish.pk, at):
                _finish(wish.user_id, at)
                done += 1
        except Exception as error:  # of any part of any app; raised below
            error.add_note(f"It was erasure {wish.pk}.")
            failed.append(error)
    if failed:
        raise ExceptionGroup("Erasures did not succeed; they are tried again", failed)
    return done


@transaction.atomic
def _start(pk: int, at: dt.datetime) -> bool:
    """Close an account and put it into the ledger; from here on there is no way back. False when it may not be now."""
    # in one order, so that of two last administrators one sees the other gone
    administrators = Q(is_superuser=True) | Q(pk__in=User.objects.filter(groups__name=roles.ADMINISTRATOR).values("pk"))
    list(User.objects.select_for_update(no_key=True).filter(administrators).order_by("pk").values_list("pk"))
    wish = Erasure.objects.open().select_for_update(of=("self",), skip_locked=True).filter(pk=pk).first()
    if wish is None or wish.started_at:
        return wish is not None
    user = User.objects.select_for_update(no_key=True).get(pk=wish.user_id)
    if _administers(user) and not _others(user).exists():
        if wish.held_at is None:
            Erasure.objects.filter(pk=pk).update(held_at=at)
            mails.send(user, "erasure_waits", key=f"erasure-waits:{pk}")
        log.warning("Erasure %d waits: it is the last administrator's. Make another account a superuser.", pk)
        return False
    ledger.append({user.public_id: wish.asked_at}, "begun")  # before the commit, so that none is without a line
    Erasure.objects.filter(pk=pk).update(started_at=at)
    _close(user, at)
    return True


def _close(user: User, at: dt.datetime) -> None:
    """Let nobody sign in with an account any more, and note it in the ledger."""
    user.is_active = False
    user.save(update_fields=["is_active"])  # others listen to this: what its proofs carried ends (verification)
    ledger.note(user.public_id, at)


def _finish(pk: int, at: dt.datetime, *, again: bool = False) -> None:
    """Take away what every part knows, then what the account itself says. Does what is left when it was done half."""
    user = User.objects.get(pk=pk)
    address = user.email
    for part in registry.parts():
        part.erase(user)
    if again:
        mails.drop_waiting(user)
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=pk)
        if user.erased_at is None:
            _empty(user, at)
            if not again:
                mails.send(user, "erasure_done", key=f"erasure-done:{user.public_id}", to=address)
            audit.record(
                actor=None, action="account.erased", obj=user, detail={"after_a_restore": True} if again else {}
            )
        Erasure.objects.filter(user=user, done_at=None, cancelled_at=None, started_at=None).update(started_at=at)
        Erasure.objects.filter(user=user, done_at=None, cancelled_at=None).update(done_at=at)


def _empty(user: User, at: dt.datetime) -> None:
    """Take everything out of an account's row but its key and its public_id."""
    before = rights.stored(User, user.pk)
    user.groups.clear()
    user.user_permissions.clear()
    # one statement without the signals of `save`: whoever listens for closed accounts heard of it in `_close`
    User.objects.filter(pk=user.pk).update(
        email=f"{user.public_id}@erased.invalid", name="", password=make_password(None), last_login=None,
        is_active=False, is_staff=False, is_superuser=False, erased_at=at,
    )  # fmt: skip
    rights.record(user, before, actor=None)


def apply(*, at: dt.datetime | None = None) -> int:
    """Erase again whoever of the ledger came back, with a restored backup; return how many.

    Cheap when nobody did: the file is read, and the accounts are asked for by their ids.
    """
    at = at or timezone.now()
    back = 0
    erased, begun = ledger.reconcile()
    started = Erasure.objects.open().filter(user=OuterRef("pk")).exclude(started_at=None)
    for some in _chunks([*erased, *_unknown(begun)]):
        there = User.objects.filter(public_id__in=some, erased_at=None).order_by("pk")
        # one that is started was not restored: erase_due goes on with it
        for pk in there.filter(~Exists(started)).values_list("pk", flat=True):
            with transaction.atomic():
                _close(User.objects.select_for_update(no_key=True).get(pk=pk), at)
            _finish(pk, at, again=True)
            back += 1
    return back


def _unknown(begun: ledger.Entries) -> list[uuid.UUID]:
    """Return the accounts of whose wish, that was begun, the database knows nothing: it is one from before.

    Where the wish is open, it waits for erase_due or to be taken back. Where it was taken back, its beginning was never
    committed; that is written down, as the wish itself is forgotten some day (keeping.forget_wishes).
    """
    unknown, kept = [], {}
    for key, asked in begun.items():
        wishes = Erasure.objects.filter(user__public_id=key)
        if wishes.filter(asked_at=asked).exclude(cancelled_at=None).exists():
            kept[key] = asked
        elif not wishes.open().exists():
            unknown.append(key)
    if kept:
        ledger.append(kept, "kept")
    return unknown


def reapply() -> str:
    """Do what `apply` does, and say it in words. Raises OSError when the ledger cannot be read."""
    back = apply()
    if not back:
        return "nobody came back"
    return f"{back} {'account' if back == 1 else 'accounts'} that came back with the database erased again"


def _chunks(found: list[uuid.UUID], size: int = 1_000) -> Iterable[list[uuid.UUID]]:
    return (found[start : start + size] for start in range(0, len(found), size))
