"""What is computed from the whole catalog and stored: related tools, and the words that tools use.

Made anew as a whole when the change log has grown; a few minutes late is good enough.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from catalog import jobs, related, vocabulary
from catalog.models import Change, Derived, Tool

BATCH = 500
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
    return {name: rebuild_one(name, progress) for name in PARTS if not only_stale or is_stale(name)}


def rebuild_one(name: str, progress: Progress = lambda *_: None) -> int:
    """Compute one part anew; return how many rows it now has."""
    with transaction.atomic():
        # read before the tools are: a change in between is then seen as new the next time
        newest = Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
        rows = PARTS[name](lambda done, total: progress(name, done, total))
        size = Tool.objects.listed().count()
        Derived.objects.update_or_create(name=name, defaults={"serial": newest, "size": size})
    return rows


def take_in_jobs(progress: Progress = lambda *_: None) -> int:
    """Store anew what jobs all tools do if data/jobs.yaml has changed; return how many tools that were."""
    edition = jobs.edition()
    if Derived.objects.filter(name="jobs", serial=edition).exists():
        return 0
    tools = list(Tool.objects.listed().order_by("id").values_list("id", flat=True))
    for start in range(0, len(tools), BATCH):
        jobs.store(tools[start : start + BATCH])
        progress("jobs", min(start + BATCH, len(tools)), len(tools))
    Derived.objects.update_or_create(name="jobs", defaults={"serial": edition, "size": len(tools)})
    return len(tools)
