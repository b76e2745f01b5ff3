"""What editors change without a new record: a fact that they looked at again, a category that got another place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from catalog import index, services
from catalog.choices import SaidBy
from catalog.models import Change, Fact, Tool
from catalog.records import Record, differences, record_of, with_record_rows
from core import audit


@transaction.atomic
def confirm_fact(fact: Fact, *, by: Any) -> None:
    """Note that an editor looked at a fact today and that it is so; who says it is our editors from now on."""
    services.hold([fact.tool_id])
    before = Fact.objects.get(pk=fact.pk)
    after = Fact(field=before.field, said_by=SaidBy.EDITOR, said_on=timezone.now().date(), evidence=before.evidence)
    Fact.objects.filter(pk=fact.pk).update(said_by=after.said_by, said_on=after.said_on)
    # who has read it, or keeps a copy, has older provenance (docs/exports.md)
    Tool.objects.filter(pk=fact.tool_id).update(changed_at=Now())
    services.log(Change.Action.UPDATED, [(fact.tool, {"facts": [_stated(before), _stated(after)]})], by)
    audit.record(actor=by, action="catalog.fact_confirmed", obj=fact.tool, detail={"field": fact.field})


def _stated(fact: Fact) -> dict[str, str]:
    return {"field": fact.field, "by": str(fact.said_by), "on": fact.said_on.isoformat()}


def records(tools: Iterable[int]) -> dict[int, Record]:
    """Return what tools state, by key, and let nobody else change them until the transaction ends."""
    keys = list(tools)
    services.hold(keys)
    return {tool.pk: record_of(tool) for tool in with_record_rows(Tool.objects.filter(pk__in=keys))}


@transaction.atomic
def record_refiled(before: dict[int, Record], *, actor: Any) -> int:
    """Finish a change of a category's row (the admin): the log, for who keeps a copy, and the index.

    `before` is what the tools within stated before (`records`). Returns how many of them state something else, which
    none does when only the name of a category changed.
    """
    tools = with_record_rows(Tool.objects.filter(pk__in=before)).order_by("pk")
    found = [(tool, changed) for tool in tools if (changed := differences(before[tool.pk], record_of(tool)))]
    Tool.objects.filter(pk__in=[tool.pk for tool, _ in found]).update(changed_at=Now())
    services.log(Change.Action.UPDATED, found, actor)
    index.refresh(before)
    return len(found)
