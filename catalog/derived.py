"""What is computed from the whole catalog and stored: related tools, and the words that tools use.

Made anew as a whole when the change log has grown; a few minutes late is good enough.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from catalog import related, vocabulary
from catalog.models import Change, Derived, Tool

Progress = Callable[[str, int, int], None]

PARTS: dict[str, Callable[[Callable[[int, int], None]], int]] = {
    "related": related.rebuild,
    "words": vocabulary.rebuild,
}


def is_stale(name: str) -> bool:
    """Say whether the catalog has changed since this part was computed."""
    state = Derived.objects.filter(name=name).first()
    return state is None or Change.objects.filter(serial__gt=state.serial).exists()


def rebuild(*, only_stale: bool = True, progress: Progress = lambda *_: None) -> dict[str, int]:
    """Compute the stale parts (or all) anew; return how many rows each now has. Parts in step are left out."""
    return {name: _rebuild(name, progress) for name in PARTS if not only_stale or is_stale(name)}


def _rebuild(name: str, progress: Progress) -> int:
    with transaction.atomic():
        # read before the tools are: a change in between is then seen as new the next time
        newest = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
        rows = PARTS[name](lambda done, total: progress(name, done, total))
        size = Tool.objects.listed().count()
        Derived.objects.update_or_create(name=name, defaults={"serial": newest, "size": size})
    return rows
