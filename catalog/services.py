"""The only way to write tools: rows, provenance, index and change log stay in step, or nothing is written."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from catalog import index, logos
from catalog.choices import LISTED, VERIFIED, SaidBy, Status
from catalog.models import Alias, AlsoIn, Category, Change, Fact, Interface, Logo, Plan, Tool
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
from core import audit

BATCH = 500
KEY = 12  # digits of a logo's hash that its address has


@dataclass(frozen=True)
class Said:
    """Who states a fact, on what day it was seen, and where."""

    by: SaidBy
    on: dt.date
    evidence: str = ""


def take_turn() -> None:
    """Wait until no other transaction writes the catalog; the turn ends with the transaction.

    It is the lock under which serials are given (migration 0002). Taken before any row is read for writing, it
    rules out deadlocks and lost updates between a load and an editor.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('catalog_change'))")


def hold(tools: Iterable[int]) -> None:
    """Let nobody else change these tools, nor what follows from them, until the transaction ends.

    First the turn, which the index asks for, then their rows in the order of their keys: one order for all, taken
    before any other row, so that nobody waits for each other. Keys of tools that are gone do no harm.
    """
    take_turn()
    rows = Tool.objects.select_for_update(no_key=True).filter(pk__in=list(tools)).order_by("pk")
    list(rows.values_list("pk", flat=True))


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
def update_tool(  # noqa: PLR0913 - by name
    tool: Tool,
    record: Record,
    *,
    categories: dict[str, Category],
    seed: Record | None = None,
    actor: Any = None,
    said: Mapping[str, Said] | None = None,
) -> dict[str, list[Any]]:
    """Make `tool` state what `record` states; return the differences ({} when there were none).

    `seed` is remembered as the record that the files hold (see `catalog.loader`). `said` is the provenance of changed
    facts by field, where it is known better than the record tells.
    """
    take_turn()
    tool = with_record_rows(Tool.objects.select_for_update(of=("self",), no_key=True)).get(pk=tool.pk)
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
    _update_facts(tool, before, record, said=said)
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


SEEN = """
UPDATE catalog_tool t SET seen = v.seen, checked_at = v.at
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS v (id, seen, at)
WHERE t.id = v.id AND (t.checked_at IS NULL OR t.checked_at <= v.at)
"""


def record_seen(rows: Mapping[int, tuple[str, dt.datetime]]) -> int:
    """Note how tools were seen and when (choices.Seen by the key of the tool); return for how many this is the latest.

    What was seen is no fact of the listing: neither provenance nor change log. One statement.
    """
    if not rows:
        return 0
    keys = sorted(rows)
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [keys, [rows[key][0] for key in keys], [rows[key][1] for key in keys]])
        return int(cursor.rowcount)


STANDING = """
UPDATE catalog_tool t
SET level = v.level, away = v.away,
    level_since = CASE WHEN v.level = 0 THEN NULL WHEN v.level > t.level THEN %(at)s ELSE t.level_since END,
    verified_at = CASE WHEN v.level >= %(verified)s AND t.level < %(verified)s
                        AND (t.verified_at IS NULL OR t.unverified_at <= %(long_ago)s) THEN %(at)s
                       ELSE t.verified_at END,
    unverified_at = CASE WHEN v.level >= %(verified)s THEN NULL WHEN t.level >= %(verified)s THEN %(at)s
                         ELSE t.unverified_at END
FROM unnest(%(keys)s::bigint[], %(levels)s::int[], %(away)s::text[]) AS v (id, level, away)
WHERE t.id = v.id AND (t.level, t.away) IS DISTINCT FROM (v.level, v.away)
RETURNING t.id
"""
ANEW = dt.timedelta(days=30)  # so long not verified, and it is news when it is again


@transaction.atomic
def record_standing(rows: Mapping[int, tuple[int, str]], *, at: dt.datetime) -> set[int]:
    """Note levels and whether tools can be reached (choices.Away), by the key of the tool; return whose changed.

    Lists and search follow: who is away for long is found by its address only. As with `record_seen`, no fact of the
    listing changes. `level_since` is when the tool rose the last time; a fall leaves it as it is. `verified_at` is the
    first time it became verified, and stays when it is so again within 30 days: nobody gets to the top of the recently
    verified by giving a proof up and bringing it back.
    """
    if not rows:
        return set()
    keys = sorted(rows)
    take_turn()  # the index asks for it, and who loads the catalog has it before any row
    list(Tool.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(
            STANDING,
            {
                "at": at,
                "long_ago": at - ANEW,
                "verified": VERIFIED,
                "keys": keys,
                "levels": [rows[key][0] for key in keys],
                "away": [rows[key][1] for key in keys],
            },
        )
        changed = {int(key) for (key,) in cursor.fetchall()}
    index.restand(changed)
    return changed


def _after_change(tool: Tool, before: Record, actor: Any) -> dict[str, list[Any]]:
    tool = with_record_rows(Tool.objects.all()).get(pk=tool.pk)
    found = differences(before, record_of(tool))
    if not found:
        return {}
    if "slug" in found:
        Alias.objects.filter(slug=tool.slug, tool__isnull=False).delete()
        Alias.objects.create(slug=before["slug"], tool=tool)
    Tool.objects.filter(pk=tool.pk).update(changed_at=Now())
    was_listed = before.get("status", Status.ACTIVE) in LISTED
    action = Change.Action.UPDATED
    if was_listed and not tool.is_listed:
        action = Change.Action.REMOVED
    elif not was_listed and tool.is_listed:
        action = Change.Action.CREATED
    _log(action, [(tool, found)], actor)
    index.refresh([tool.pk])
    return found


@transaction.atomic
def confirm_fact(fact: Fact, *, by: Any) -> None:
    """Note that an editor looked at a fact today and that it is so; who says it is our editors from now on."""
    Fact.objects.filter(pk=fact.pk).update(said_by=SaidBy.EDITOR, said_on=timezone.now().date())
    Tool.objects.filter(pk=fact.tool_id).update(changed_at=Now())  # whoever has read it has older provenance
    audit.record(actor=by, action="catalog.fact_confirmed", obj=fact.tool, detail={"field": fact.field})


@transaction.atomic
def write_draft(  # noqa: PLR0913 - by name
    tool: Tool | None, record: Record, *, categories: dict[str, Category], said: SaidBy, by: Any, of: Tool | None = None
) -> Tool:
    """Make a tool that is not listed state what `record` states, or make a new one; return it.

    It is nobody's business yet: neither index nor change log, and an address of its own that says nothing. `said` is
    who states its facts, `of` the listed tool that it would change. Raises ValueError when the tool is no draft.
    """
    take_turn()
    if tool is not None and tool.status != Status.DRAFT:
        raise ValueError(f"{tool.slug} is no draft.")
    tool = tool or Tool(slug=f"draft-{secrets.token_hex(8)}", drafted_by=by, draft_of=of)
    kept = {"slug": tool.slug, "status": Status.DRAFT, "listed_on": timezone.now().date()}
    for name, value in (columns(record, categories) | kept).items():
        setattr(tool, name, value)
    derive(tool)
    tool.save()
    for model in (AlsoIn, Interface, Plan, Fact):
        model._default_manager.filter(tool=tool).delete()
    _write_children([tool], [record], categories)
    Fact.objects.bulk_create(
        Fact(tool=tool, field=field, said_by=said, said_on=tool.listed_on) for field in known_facts(record)
    )
    return tool


@transaction.atomic
def list_draft(tool: Tool, *, slug: str, actor: Any) -> Tool:
    """List a draft as it stands under its own address; return it. Raises ValueError when it is no new tool's draft.

    Raises IntegrityError when the slug is taken by a tool.
    """
    take_turn()
    tool = Tool.objects.select_for_update(of=("self",), no_key=True).get(pk=tool.pk)
    if tool.status != Status.DRAFT or tool.draft_of_id:
        raise ValueError(f"{tool.slug} is no draft of a new tool.")
    tool.slug, tool.status, tool.drafted_by, tool.listed_on = slug, Status.ACTIVE, None, timezone.now().date()
    tool.changed_at = timezone.now()
    tool.save()
    _log(Change.Action.CREATED, [(tool, {})], actor)
    index.refresh([tool.pk])
    return tool


@transaction.atomic
def delist_tools(tools: Iterable[Tool], *, actor: Any = None) -> int:
    """Take tools out of the public catalog (rows stay, a tombstone is logged); return how many were listed."""
    take_turn()
    ids = [tool.pk for tool in tools]
    listed = list(Tool.objects.listed().select_for_update(no_key=True).filter(pk__in=ids).order_by("id"))
    Tool.objects.filter(pk__in=[tool.pk for tool in listed]).update(status=Status.DELISTED, changed_at=Now())
    _log(Change.Action.REMOVED, [(tool, {"status": [tool.status, Status.DELISTED]}) for tool in listed], actor)
    index.refresh(tool.pk for tool in listed)
    for tool in listed if actor else ():  # what a load takes out follows from its files
        audit.record(actor=actor, action="catalog.delisted", obj=tool)
    return len(listed)


@transaction.atomic
def relist_tools(tools: Iterable[Tool], *, actor: Any = None) -> int:
    """List delisted tools again, as they were listed before; return how many were not listed. Drafts stay drafts."""
    take_turn()
    gone = Tool.objects.filter(pk__in=[tool.pk for tool in tools], status=Status.DELISTED)
    found = list(gone.select_for_update(no_key=True).order_by("id"))
    for tool in found:
        removed = Change.objects.filter(tool_id=tool.pk, action=Change.Action.REMOVED).order_by("-serial").first()
        before = removed.fields.get("status", [""])[0] if removed else ""
        tool.status = before if before in LISTED else Status.ACTIVE
        Tool.objects.filter(pk=tool.pk).update(status=tool.status, changed_at=Now())
    _log(Change.Action.CREATED, [(tool, {"status": [Status.DELISTED, tool.status]}) for tool in found], actor)
    index.refresh(tool.pk for tool in found)
    for tool in found if actor else ():
        audit.record(actor=actor, action="catalog.relisted", obj=tool)
    return len(found)


@transaction.atomic
def delete_tool(tool: Tool, *, actor: Any = None) -> None:
    """Delete a tool for good; its tombstone in the change log stays."""
    _log(Change.Action.REMOVED, [(tool, {})], actor)
    tool.delete()


def set_logo(tool: Tool, data: bytes, *, said_by: SaidBy, source: str = "", actor: Any = None) -> bool:
    """Give a tool the logo that a file holds; return whether it has another one now. Raises logos.RefusedLogo.

    `source` is the address where it was found, "" for an upload. What is stored is drawn anew (catalog/logos.py).
    """
    picture = logos.accept(data)  # before anybody has to wait for us
    values = {
        "large": picture.large, "small": picture.small, "sha256": picture.sha256, "width": picture.width,
        "height": picture.height, "said_by": said_by, "source": source,
    }  # fmt: skip
    with transaction.atomic():
        hold([tool.pk])
        before = Tool.objects.get(pk=tool.pk).logo_key
        if before == picture.sha256[:KEY]:
            return False
        Logo.objects.update_or_create(tool=tool, defaults=values | {"set_at": Now()})
        _logo_changed(tool, before, picture.sha256[:KEY], actor)
    return True


@transaction.atomic
def remove_logo(tool: Tool, *, actor: Any = None) -> bool:
    """Take the logo of a tool away; return whether it had one."""
    hold([tool.pk])
    before = Tool.objects.get(pk=tool.pk).logo_key
    if not before:
        return False
    Logo.objects.filter(tool=tool).delete()
    _logo_changed(tool, before, "", actor)
    return True


def _logo_changed(tool: Tool, before: str, after: str, actor: Any) -> None:
    Tool.objects.filter(pk=tool.pk).update(logo_key=after, changed_at=Now())
    tool.logo_key = after
    _log(Change.Action.UPDATED, [(tool, {"logo": [before or None, after or None]})], actor)
    if actor is not None:
        audit.record(actor=actor, action="catalog.logo_set" if after else "catalog.logo_removed", obj=tool)


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


def _update_facts(
    tool: Tool, before: Record, after: Record, *, edited: bool = False, said: Mapping[str, Said] | None = None
) -> None:
    """Give changed fields new provenance; forget the provenance of fields that are no longer stated.

    An edit by hand (`edited`) is always said by the editors; `said` names other sources by field.
    """
    known = set(known_facts(after))
    changed = differences(before, after)
    today = timezone.now().date()
    Fact.objects.filter(tool=tool, field__in=set(FACTS) - known).delete()
    for field in sorted(known & ({*changed} | ({"launched"} if "launched_said_by" in changed else set()))):
        who = SaidBy.EDITOR if edited else SaidBy(said_by(after, field))
        source = (said or {}).get(field) or Said(who, today)
        Fact.objects.update_or_create(
            tool=tool,
            field=field,
            defaults={"said_by": source.by, "said_on": source.on, "evidence": source.evidence},
        )


def _log(action: Change.Action, changes: Iterable[tuple[Tool, dict[str, list[Any]]]], actor: Any) -> None:
    Change.objects.bulk_create(
        [Change(tool_id=tool.pk, slug=tool.slug, action=action, fields=found, actor=actor) for tool, found in changes],
        batch_size=BATCH,
    )
