"""Mails that one can leave: which lists there are, who left, and the link that does it without a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core import signing
from django.db.models import Q, QuerySet
from django.urls import reverse

from core.outbox.addresses import folded
from core.outbox.models import LeftList, RefusingAddress
from core.site import absolute

SALT = "core.outbox.leave"


@dataclass(frozen=True)
class Elsewhere:
    """A list whose own page chooses more than on or off; the account's page about mail says what and links there."""

    said: Callable[[Any], str]  # of an account, how often it gets these mails, in words
    page: str  # name of the view
    title: str  # what people call that page


ELSEWHERE: dict[str, Elsewhere] = {}  # by name of the list; apps that core does not know fill it


class BadToken(ValueError):
    """This is no link of ours."""


def title(name: str) -> str:
    """Return what people call a list. Raises ValueError for one that is not in MAIL_LISTS."""
    if name not in settings.MAIL_LISTS:
        raise ValueError(f"There is no list {name!r}: add it to MAIL_LISTS in config/settings.py.")
    found: str = settings.MAIL_LISTS[name][0]
    return found


def token(name: str, address: str, user_pk: int | None) -> str:
    """Return what lets its bearer leave and join one list with one address, for ever."""
    return signing.Signer(salt=SALT).sign_object([name, folded(address), user_pk])


def read(text: str) -> tuple[str, str, int | None]:
    """Return the list, the address and the account's key of a token. Raises BadToken."""
    try:
        name, address, user_pk = signing.Signer(salt=SALT).unsign_object(text)
    except (signing.BadSignature, ValueError) as error:
        raise BadToken from error
    if name not in settings.MAIL_LISTS:
        raise BadToken
    return name, address, user_pk


def leave_link(name: str, address: str, user_pk: int | None) -> str:
    """Return the address of the page, and of the button of mail programs (RFC 8058), by which one leaves."""
    return absolute(reverse("mail_leave", args=[token(name, address, user_pk)]))


def has_left(name: str, address: str, user_pk: int | None) -> bool:
    """Say whether this address, or this account with whatever address, left a list."""
    return _left(name, address, user_pk).exists()


def leave(name: str, address: str, user_pk: int | None) -> None:
    """Send no more of a list. Twice is once."""
    LeftList.objects.get_or_create(list_name=name, address=folded(address), defaults={"user_id": _still(user_pk)})


def join(name: str, address: str, user_pk: int | None) -> None:
    """Undo `leave`."""
    _left(name, address, user_pk).delete()


def left_by(address: str, user_pk: int | None) -> set[str]:
    """Return the lists that an address or an account left. One statement."""
    ours = Q(address=folded(address)) | (Q(user_id=user_pk) if user_pk else Q())
    return set(LeftList.objects.filter(ours).values_list("list_name", flat=True))


def refusal(address: str) -> RefusingAddress | None:
    """Return why an address takes no mail; None when nothing is known against it."""
    return RefusingAddress.objects.filter(address=folded(address)).first()


def works_again(address: str) -> bool:
    """Forget that an address refused mail; return whether it had."""
    return bool(RefusingAddress.objects.filter(address=folded(address)).delete()[0])


def _left(name: str, address: str, user_pk: int | None) -> QuerySet[LeftList]:
    ours = Q(address=folded(address)) | (Q(user_id=user_pk) if user_pk else Q())
    return LeftList.objects.filter(ours, list_name=name)


def _still(user_pk: int | None) -> Any:
    """Return the key when that account is still there."""
    users = LeftList._meta.get_field("user").related_model
    assert isinstance(users, type)
    return users._default_manager.filter(pk=user_pk).values_list("pk", flat=True).first() if user_pk else None
