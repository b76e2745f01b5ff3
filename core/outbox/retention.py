"""How long the outbox remembers: the words of a mail until it is sent, the rest for 90 days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower, Now

from core import mailfiles
from core.outbox.addresses import folded
from core.outbox.models import LeftList, OutgoingMail, RefusingAddress

WORDS = dt.timedelta(hours=24)  # of a mail that could not be sent: so long it can be tried again
ROWS = dt.timedelta(days=90)
REFUSALS = dt.timedelta(days=365)  # then an address has another chance


def forget() -> dict[str, int]:
    """Empty the words of mails that failed, delete old rows and files; return how many of each. Safe at any time."""
    failed = OutgoingMail.objects.filter(state=OutgoingMail.State.FAILED, ended_at__lt=Now() - WORDS)
    final = OutgoingMail.objects.filter(ended_at__lt=Now() - ROWS)
    return {
        "emptied": failed.exclude(message=b"").update(message=b""),
        "mails": final.delete()[0],
        "refusals": RefusingAddress.objects.filter(at__lt=Now() - REFUSALS).delete()[0],
        "files": mailfiles.Folder(settings.EMAIL_FILE_PATH).forget(ROWS),
    }


def erase(*, user: Any, addresses: list[str]) -> int:
    """Delete what the outbox knows of a person: final rows and files, lists, refusals; return how many rows.

    `addresses` must be known to be theirs; rows of another account stay, whatever address they are to. What is still
    waiting goes out first (a mail that says that the account is gone) and is deleted by `forget` later: its words are
    gone once it is sent.
    """
    small = sorted({folded(one) for one in addresses})
    theirs = Q(user=user) if user is not None else Q()
    mine = Q(small__in=[*small, *(one.lower() for one in addresses)], user=None) | theirs
    ended = OutgoingMail.objects.alias(small=Lower("to")).filter(mine, ended_at__isnull=False)
    gone = delete(ended)
    gone += LeftList.objects.filter(Q(address__in=small, user=None) | theirs).delete()[0]
    return gone + RefusingAddress.objects.filter(address__in=small).delete()[0]


def delete(mails: QuerySet[OutgoingMail]) -> int:
    """Delete mails, and the files that were written of them; return how many mails."""
    with transaction.atomic():
        # by their keys: a mail that ends in between keeps its row and its file
        found = dict(mails.values_list("pk", "token"))
        gone = OutgoingMail.objects.filter(pk__in=found).delete()[0]
        # once the rows are gone for good: nothing brings a file back
        transaction.on_commit(lambda: mailfiles.Folder(settings.EMAIL_FILE_PATH).remove(found.values()))
    return gone
