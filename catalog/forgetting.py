"""How far back the log goes: what is older than 400 days may be forgotten, and who follows from there begins anew."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils import timezone

from catalog.models import Change, Derived
from catalog.services import take_turn

KEPT = dt.timedelta(days=400)  # the database refuses to delete what is younger (migration 0013)
NAME = "changes-forgotten"


def forgotten() -> int:
    """Return the last serial that is not kept any more, 0 while all are."""
    return Derived.objects.filter(name=NAME).values_list("serial", flat=True).first() or 0


@transaction.atomic
def forget(*, older_than: dt.timedelta = KEPT) -> int:
    """Forget the beginning of the log, up to the first change that is younger; return how many changes that were."""
    take_turn()
    bound = timezone.now() - max(older_than, KEPT)
    kept = Change.objects.filter(at__gte=bound).order_by("serial").values_list("serial", flat=True).first()
    old = Change.objects.filter(at__lt=bound) if kept is None else Change.objects.filter(serial__lt=kept)
    last = old.order_by("-serial").values_list("serial", flat=True).first()
    if last is None:
        return 0
    number, _ = old.delete()
    Derived.objects.update_or_create(name=NAME, defaults={"serial": last})
    return number
