"""What happened to what a person follows: of tools every public change, of categories and searches what is new in them.

Apps above this one tell theirs through `register`; the catalog does not know them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog import changes
from catalog.facets import words
from catalog.filters import BadParameter
from catalog.models import Change, Follow, Tool, ToolIndex
from catalog.personal import searches
from catalog.personal.follows import last_serial
from catalog.search import SearchTimeout

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Told:
    """One thing that another app tells of a tool. `key` names it for ever ("decisions/17"); `path` leads to more."""

    tool_id: int
    at: dt.datetime
    key: str
    sentence: str
    path: str


Source = Callable[[Collection[int], dt.datetime, dt.datetime], Iterable[Told]]
_sources: list[Source] = []


def register(source: Source) -> None:
    """Let `source(tool keys, after, until)` tell of what it wrote down after one moment and not after another.

    Its answers are public: no tool that is not listed, nothing that visitors may not see.
    """
    if source not in _sources:
        _sources.append(source)


@dataclass(frozen=True)
class News:
    """One thing that happened. `about`: what the person follows, "" where the title says it."""

    key: str
    at: dt.datetime
    title: str
    text: str
    path: str
    about: str = ""


@dataclass(frozen=True)
class Mark:
    """A point up to which news was told: the serial of the change log, and a moment for other sources."""

    serial: int
    at: dt.datetime


def now(*, lag: dt.timedelta = dt.timedelta()) -> Mark:
    """Return the point that is now. `lag`: what transactions under way may still write with an earlier moment."""
    return Mark(last_serial(), timezone.now() - lag)


def days_ago(days: int) -> Mark:
    """Return the point that was some days ago."""
    at = timezone.now() - dt.timedelta(days=days)
    before = Change.objects.filter(at__lt=at).order_by("-at", "-serial").values_list("serial", flat=True).first()
    return Mark(before or 0, at)


def gather(user: Any, *, after: Mark, until: Mark) -> list[News]:
    """Return what happened to what this person follows between two points, latest first, each thing once.

    Nothing is told from before it was followed. A search that takes too long tells nothing this time: one of them
    must not keep back what is known of all the rest.
    """
    follows = list(Follow.objects.visible_to(user).select_related("tool", "category").order_by("id"))
    of_tools = {follow.tool_id: follow for follow in follows if follow.tool_id}
    others = [follow for follow in follows if not follow.tool_id]
    found: dict[str, News] = {}
    for one in [*_changed(of_tools, after, until), *_told(of_tools, after, until), *_new(others, after, until)]:
        found.setdefault(one.key, one)
    return sorted(found.values(), key=lambda one: (one.at, one.key), reverse=True)


def _changed(of_tools: dict[int, Follow], after: Mark, until: Mark) -> Iterable[News]:
    """Tell what changed in the listings of followed tools."""
    since = max(after.serial, min((one.serial for one in of_tools.values()), default=0))
    rows = Change.objects.since(since).filter(serial__lte=until.serial, tool_id__in=of_tools) if of_tools else []
    for row in changes.public(rows):
        follow = of_tools[row.tool_id]
        if row.serial > follow.serial and follow.tool:
            sentence = changes.sentence(row)
            path = follow.tool.get_absolute_url() if follow.tool.is_listed else ""
            yield News(f"changes/{row.serial}", row.at, f"{follow.tool}: {sentence}", sentence, path)


def _told(of_tools: dict[int, Follow], after: Mark, until: Mark) -> Iterable[News]:
    """Tell what other apps know of followed tools."""
    listed = {key: follow for key, follow in of_tools.items() if follow.tool and follow.tool.is_listed}
    if not listed:
        return
    since = max(after.at, min(follow.created_at for follow in listed.values()))
    for source in _sources:
        for one in source(listed, since, until.at):
            if one.at > listed[one.tool_id].created_at:
                yield News(one.key, one.at, f"{listed[one.tool_id].tool}: {one.sentence}", one.sentence, one.path)


def _new(follows: Sequence[Follow], after: Mark, until: Mark) -> Iterable[News]:
    """Tell which tools were listed that belong to followed categories and searches."""
    if not follows:
        return
    since = max(after.serial, min(follow.serial for follow in follows))
    rows = Change.objects.since(since).filter(serial__lte=until.serial, action=Change.Action.CREATED)
    listed = {row.tool_id: row for row in rows}  # the last time, if it was listed twice
    if not listed:
        return
    tools = Tool.objects.found().in_bulk(listed)
    filed = dict(ToolIndex.objects.filter(pk__in=tools).values_list("pk", "facets"))
    for follow in follows:
        fresh = [key for key in tools if listed[key].serial > follow.serial]
        for key in _matching(follow, fresh, filed):
            tool, row = tools[key], listed[key]
            title = f"New in {follow.label}: {tool}"
            yield News(f"changes/{row.serial}", row.at, title, tool.tagline, tool.get_absolute_url(), follow.label)


def _matching(follow: Follow, keys: Sequence[int], filed: dict[int, list[str]]) -> list[int]:
    """Return which of these tools a category holds, or a search finds."""
    if not keys:
        return []
    if follow.category:
        word = words("category", [follow.category.slug])[0]
        return [key for key in keys if word in filed.get(key, ())]
    try:
        with transaction.atomic():
            found = searches.read(follow.query)
            rows = found.filter_queryset(Tool.objects.found().filter(pk__in=keys))
            matching = set(rows.values_list("pk", flat=True))
    except BadParameter:  # a category or a value is gone since; the link at /following/ leads to the sentence
        return []
    except SearchTimeout:
        logger.warning("A followed search took too long and is left out this time: follow %s.", follow.pk)
        return []
    return [key for key in keys if key in matching]
