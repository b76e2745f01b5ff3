"""The only way to write tools: rows, provenance, index and change log stay in step, or nothing is written."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from catalog import index
from catalog.choices import SaidBy, Status
from catalog.models import Alias, AlsoIn, Category, Change, Fact, Interface, Plan, Tool
from catalog.records import (
    FACTS,
    Record,
    also_rows,
    columns,
    derive,
    differences,
    interface_rows,
    known_facts,
    plan_rows,
    record_of,
    said_by,
    with_record_rows,
)

BATCH = 500


def take_turn() -> None:
    """Wait until no other transaction writes the catalog; the turn ends with the transaction.

    It is the lock under which serials are given (migration 0002). Taken before any row is read for writing, it
    rules out deadlocks and lost updates between a load and an editor.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_change'))")


@transaction.atomic
def create_tools(records: Sequence[Record], *, categories: dict[str, Category], actor: Any = None) -> list[Tool]:
    """List new tools from valid records; return them. Raises IntegrityError when a slug is taken."""
    take_turn()
    tools = []
    for record in records:
        tool = Tool(**columns(record, categories), seed=json.dumps(record))
        derive(tool)
        tools.append(tool)
    Tool.objects.bulk_create(tools, batch_size=BATCH)
    _write_rows(tools, records, categories)
    _log(Change.Action.CREATED, [(tool, {}) for tool in tools], actor)
    index.refresh(tool.pk for tool in tools)
    return tools


@transaction.atomic
def update_tool(
    tool: Tool,
    record: Record,
    *,
    categories: dict[str, Category],
    seed: Record | None = None,
    actor: Any = None,
) -> dict[str, list[Any]]:
    """Make `tool` state what `record` states; return the differences ({} when there were none).

    `seed` is remembered as the record that the files hold (see `catalog.loader`).
    """
    take_turn()
    tool = with_record_rows(Tool.objects.select_for_update(of=("self",))).get(pk=tool.pk)
    before = record_of(tool)
    for name, value in columns(record, categories).items():
        setattr(tool, name, value)
    if seed is not None:
        tool.seed = json.dumps(seed)
    derive(tool)
    tool.save()
    for model in (AlsoIn, Interface, Plan):
        model._default_manager.filter(tool=tool).delete()
    _write_children([tool], [record], categories)
    _update_facts(tool, before, record)
    return _after_change(tool, before, actor)


@transaction.atomic
def record_edit(tool: Tool, before: Record, *, actor: Any) -> dict[str, list[Any]]:
    """Finish an edit that was made on the rows themselves (the admin): provenance, aliases, log, index.

    `before` is the record as it was; {} for a new tool. Returns the differences.
    """
    tool = with_record_rows(Tool.objects.all()).get(pk=tool.pk)
    after = record_of(tool)
    if not before:
        day = timezone.now().date()
        Fact.objects.bulk_create(
            Fact(tool=tool, field=field, said_by=SaidBy.EDITOR, said_on=day) for field in known_facts(after)
        )
        _log(Change.Action.CREATED, [(tool, {})], actor)
        index.refresh([tool.pk])
        return differences({}, after)
    _update_facts(tool, before, after, edited=True)
    return _after_change(tool, before, actor)


def record_seen(tool_id: int, *, seen: str, at: dt.datetime) -> bool:
    """Note how a verification run saw a tool (choices.Seen); return False when a later run has been noted already.

    What was seen is no fact of the listing: neither provenance nor change log.
    """
    newer = Q(checked_at=None) | Q(checked_at__lte=at)
    return Tool.objects.filter(newer, pk=tool_id).update(seen=seen, checked_at=at) == 1


def _after_change(tool: Tool, before: Record, actor: Any) -> dict[str, list[Any]]:
    tool = with_record_rows(Tool.objects.all()).get(pk=tool.pk)
    found = differences(before, record_of(tool))
    if not found:
        return {}
    if "slug" in found:
        Alias.objects.filter(slug=tool.slug, tool__isnull=False).delete()
        Alias.objects.create(slug=before["slug"], tool=tool)
    Tool.objects.filter(pk=tool.pk).update(changed_at=Now())
    was_listed = before.get("status") != Status.DELISTED
    action = Change.Action.UPDATED
    if was_listed and not tool.is_listed:
        action = Change.Action.REMOVED
    elif not was_listed and tool.is_listed:
        action = Change.Action.CREATED
    _log(action, [(tool, found)], actor)
    index.refresh([tool.pk])
    return found


@transaction.atomic
def delist_tools(tools: Iterable[Tool], *, actor: Any = None) -> int:
    """Take tools out of the public catalog (rows stay, a tombstone is logged); return how many were listed."""
    take_turn()
    ids = [tool.pk for tool in tools]
    listed = list(Tool.objects.listed().select_for_update().filter(pk__in=ids).order_by("id"))
    Tool.objects.filter(pk__in=[tool.pk for tool in listed]).update(status=Status.DELISTED, changed_at=Now())
    _log(Change.Action.REMOVED, [(tool, {"status": [tool.status, Status.DELISTED]}) for tool in listed], actor)
    index.refresh(tool.pk for tool in listed)
    return len(listed)


@transaction.atomic
def delete_tool(tool: Tool, *, actor: Any = None) -> None:
    """Delete a tool for good; its tombstone in the change log stays."""
    _log(Change.Action.REMOVED, [(tool, {})], actor)
    tool.delete()


def _write_rows(tools: Sequence[Tool], records: Sequence[Record], categories: dict[str, Category]) -> None:
    _write_children(tools, records, categories)
    facts = [fact for tool, record in zip(tools, records, strict=True) for fact in _facts(tool, record, tool.listed_on)]
    Fact.objects.bulk_create(facts, batch_size=BATCH)


def _write_children(tools: Sequence[Tool], records: Sequence[Record], categories: dict[str, Category]) -> None:
    pairs = list(zip(tools, records, strict=True))
    AlsoIn.objects.bulk_create(
        [row for tool, record in pairs for row in also_rows(tool, record, categories)], batch_size=BATCH
    )
    Interface.objects.bulk_create(
        [row for tool, record in pairs for row in interface_rows(tool, record)], batch_size=BATCH
    )
    Plan.objects.bulk_create([row for tool, record in pairs for row in plan_rows(tool, record)], batch_size=BATCH)


def _facts(tool: Tool, record: Record, on: dt.date) -> list[Fact]:
    return [Fact(tool=tool, field=field, said_by=said_by(record, field), said_on=on) for field in known_facts(record)]


def _update_facts(tool: Tool, before: Record, after: Record, *, edited: bool = False) -> None:
    """Give changed fields new provenance; forget the provenance of fields that are no longer stated.

    An edit by hand (`edited`) is always said by the editors.
    """
    known = set(known_facts(after))
    changed = differences(before, after)
    Fact.objects.filter(tool=tool, field__in=set(FACTS) - known).delete()
    for field in sorted(known & ({*changed} | ({"launched"} if "launched_said_by" in changed else set()))):
        who = SaidBy.EDITOR.value if edited else said_by(after, field)
        Fact.objects.update_or_create(
            tool=tool, field=field, defaults={"said_by": who, "said_on": timezone.now().date(), "evidence": ""}
        )


def _log(action: Change.Action, changes: Iterable[tuple[Tool, dict[str, list[Any]]]], actor: Any) -> None:
    Change.objects.bulk_create(
        [Change(tool_id=tool.pk, slug=tool.slug, action=action, fields=found, actor=actor) for tool, found in changes],
        batch_size=BATCH,
    )
