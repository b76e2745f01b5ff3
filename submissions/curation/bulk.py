"""One edit of many listings: previewed, applied to exactly what was shown, and undone as far as nobody came after."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone

from catalog import choices, services, wording
from catalog.filters import ToolFilter
from catalog.models import Category, Tool
from catalog.records import Record, record_of, with_record_rows
from catalog.services import Said
from catalog.validation import problems_of
from catalog.yamlfile import Located
from core import audit
from submissions import changes, speakers
from submissions.models.curation import BulkEdit

MOST = 500  # tools of one edit


class NotPossible(ValueError):
    """An edit cannot be made; the message says why and what to do instead."""


@dataclass(frozen=True)
class Operation:
    """One thing that can be done to many listings."""

    title: str
    field: str
    change: Callable[[Record, str], Any]  # the field's new value
    values: Callable[[], Iterable[tuple[str, str]]] | None = None  # closed list of values with their labels; None: text


def _set(name: str) -> Callable[[Record, str], Any]:
    return lambda _record, value: value


def _pricing(name: str) -> Callable[[Record, str], Any]:
    return lambda record, value: {**record["pricing"], name: value, "said_by": choices.SaidBy.EDITOR.value}


def _added(name: str) -> Callable[[Record, str], Any]:
    return lambda record, value: [*record.get(name, []), *([] if value in record.get(name, []) else [value])]


def _removed(name: str) -> Callable[[Record, str], Any]:
    return lambda record, value: [one for one in record.get(name, []) if one != value]


def _sub_categories() -> list[tuple[str, str]]:
    rows = (
        Category.objects.filter(parent__isnull=False).select_related("parent").order_by("parent__position", "position")
    )
    return [(f"{row.parent.slug}/{row.slug}", f"{row.parent.name}: {row.name}") for row in rows if row.parent]


OPERATIONS: dict[str, Operation] = {
    "category": Operation("Move to the sub-category", "category", _set("category"), _sub_categories),
    "also": Operation("File also under", "also", _added("also"), _sub_categories),
    "not_also": Operation("File no longer under", "also", _removed("also"), _sub_categories),
    "kind": Operation("Set the kind to", "kind", _set("kind"), lambda: choices.Kind.choices),
    "tag": Operation("Add the tag", "tags", _added("tags")),
    "untag": Operation("Remove the tag", "tags", _removed("tags")),
    "platform": Operation("Add the platform", "platforms", _added("platforms"), lambda: choices.Platform.choices),
    "no_platform": Operation(
        "Remove the platform", "platforms", _removed("platforms"), lambda: choices.Platform.choices
    ),
    "access": Operation("Set access to", "pricing", _pricing("access"), lambda: choices.Access.choices),
    "source": Operation("Set the source to", "pricing", _pricing("source"), lambda: choices.Source.choices),
    "licence": Operation("Set the licence to", "licence", _set("licence")),
    "status": Operation(
        "Set the state to", "status", lambda _record, value: "" if value == choices.Status.ACTIVE else value,
        lambda: [(one.value, one.label) for one in choices.LISTED],
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What one tool would become. `problem` says why it is left out; "" when it is not."""

    tool: int
    slug: str
    name: str
    field: str
    before: Any
    after: Any
    problem: str = ""

    @property
    def told(self) -> tuple[str, str]:
        """What it was and would be, in words."""
        return in_words(self.field, self.before), in_words(self.field, self.after)


@dataclass(frozen=True)
class Preview:
    """All that an edit would do. `digest` names it, so that nothing else is applied than what was shown."""

    rows: tuple[Row, ...]
    same: int  # tools that are so already

    @property
    def good(self) -> tuple[Row, ...]:
        """Rows that would be written."""
        return tuple(row for row in self.rows if not row.problem)

    @property
    def digest(self) -> str:
        """A hash of what would be written."""
        text = json.dumps([asdict(row) for row in self.good], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:32]


def in_words(field: str, value: Any) -> str:
    """Return a value of a field as text (catalog/wording.py), the parts of one on a line each."""
    record = {} if value is None else {field: value}
    return "\n".join(
        filter(None, (wording.words(path, wording.value_at(record, path)) for path in wording.paths(field)))
    )


def chosen(query: str) -> list[Tool]:
    """Return the tools that a query string of the list names, in the order of their addresses.

    `tool=slug` names single ones. Raises NotPossible when it names none or more than 500, BadParameter.
    """
    data = QueryDict(query.strip().removeprefix("?"))
    slugs = data.getlist("tool")
    tools = Tool.objects.listed()
    if slugs:
        tools = tools.filter(slug__in=slugs)
    else:
        categories = dict(Category.objects.values_list("slug", "name"))
        asked = ToolFilter(data, tools, categories)
        asked.check()
        tools = tools.filter(pk__in=[tool.pk for tool in asked.qs[: MOST + 1]])
    found = list(with_record_rows(tools).order_by("slug")[: MOST + 1])
    if not found:
        raise NotPossible("These filters find no tool. Paste what follows the question mark in the address of a list.")
    if len(found) > MOST:
        raise NotPossible(f"These filters find more than {MOST} tools. Add a filter, or edit them in parts.")
    return found


def preview(*, query: str, operation: str, value: str, by: Any) -> Preview:
    """Return what an edit by this account would do; its own tools are left out. Raises NotPossible, BadParameter."""
    what = OPERATIONS.get(operation)
    if what is None:
        raise NotPossible("Choose what is to be done.")
    if what.values is not None and value not in dict(what.values()):
        raise NotPossible("Choose one of the values.")
    if not value:
        raise NotPossible("Say what it is to be.")
    parents = dict(Category.objects.filter(parent__isnull=False).values_list("slug", "parent__slug"))
    rows, same, known = [], 0, speakers.interests(by)
    for tool in chosen(query):
        record = record_of(tool)
        after = what.change(record, value)
        if after == record.get(what.field, [] if isinstance(after, list) else ""):
            same += 1
            continue
        row = _row(tool, record, what.field, after, parents)
        theirs = known.hindrance(domain=changes.domain(record), tool=tool.pk)
        rows.append(replace(row, problem=theirs) if theirs else row)
    return Preview(tuple(rows), same)


def _row(tool: Tool, record: Record, field: str, after: Any, parents: Mapping[str, str]) -> Row:
    changed = _with(record, field, after)
    known = {problem.field for problem in problems_of(Located(record, "", 0), dict(parents))}
    wrong = [one for one in problems_of(Located(changed, "", 0), dict(parents)) if one.field not in known]
    problem = f"{wrong[0].field}: {wrong[0].message}" if wrong else ""
    return Row(tool.pk, tool.slug, tool.name, field, record.get(field), after, problem)


def _with(record: Record, field: str, value: Any) -> Record:
    changed = {name: one for name, one in record.items() if name != field}
    return changed if value in ("", [], {}, None) else {**changed, field: value}


@transaction.atomic
def apply(*, query: str, operation: str, value: str, digest: str, by: Any) -> BulkEdit:
    """Write what was previewed as `digest`; return the edit. Raises NotPossible when it would be another by now."""
    services.take_turn()  # what is read from here on is what is written
    shown = preview(query=query, operation=operation, value=value, by=by)
    if not shown.good:
        raise NotPossible("Nothing would change, so nothing was done.")
    if shown.digest != digest:
        raise NotPossible("A listing was changed meanwhile, so this would be another edit. Look at the preview again.")
    _write({row.tool: (row.field, row.after) for row in shown.good}, by)
    made = BulkEdit.objects.create(
        by=by, operation=operation, value=value, query=query[:1_000],
        rows=[{name: one for name, one in asdict(row).items() if name != "problem"} for row in shown.good],
        skipped=[{"slug": row.slug, "name": row.name, "problem": row.problem} for row in shown.rows if row.problem],
    )  # fmt: skip
    audit.record(actor=by, action="catalog.bulk_edit", obj=made, detail={"tools": len(shown.good), "what": operation})
    return made


@transaction.atomic
def undo(edit: BulkEdit, *, by: Any) -> BulkEdit:
    """Give every tool of an edit back what it had, but for those that somebody changed since. Raises NotPossible."""
    services.take_turn()
    edit = BulkEdit.objects.select_for_update(of=("self",)).get(pk=edit.pk)
    if edit.undone_at is not None:
        raise NotPossible(f"It was undone already, on {edit.undone_at:%Y-%m-%d %H:%M} UTC.")
    tools = {
        tool.pk: record_of(tool)
        for tool in with_record_rows(Tool.objects.filter(pk__in=[r["tool"] for r in edit.rows]))
    }
    back = [
        row
        for row in edit.rows
        if row["tool"] in tools and tools[row["tool"]].get(row["field"]) == (row["after"] or None)
    ]
    _write({row["tool"]: (row["field"], row["before"]) for row in back}, by)
    kept = [{"slug": row["slug"], "name": row["name"]} for row in edit.rows if row not in back]
    BulkEdit.objects.filter(pk=edit.pk).update(undone_at=Now(), undone_by=by, kept=kept)
    audit.record(actor=by, action="catalog.bulk_edit_undone", obj=edit, detail={"tools": len(back), "kept": len(kept)})
    edit.refresh_from_db()
    return edit


def _write(values: Mapping[int, tuple[str, Any]], by: Any) -> None:
    categories = {one.slug: one for one in Category.objects.select_related("parent")}
    said = Said(choices.SaidBy.EDITOR, timezone.now().date())
    for tool in with_record_rows(Tool.objects.filter(pk__in=values)).order_by("pk"):
        field, value = values[tool.pk]
        record = _with(record_of(tool), field, value)
        services.update_tool(tool, record, categories=categories, actor=by, said={field: said})
