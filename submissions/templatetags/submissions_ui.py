"""Tags of the portal: fields of the steps, the line of steps, the links that other pages show."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.models import Tool
from catalog.wording import value_at, words
from submissions import speakers

register = template.Library()
register.filter("in_words", lambda value, name: words(name, value))


@register.inclusion_tag("submissions/steps/_field.html", takes_context=True)
def step_field(context: template.Context, field: BoundField) -> dict[str, Any]:
    """Draw a field of a step: why it is asked, what was found of it and where, what is wrong with it."""
    form: Any = field.form
    path = form.path(field.name) if hasattr(form, "path") else f"{_row_path(str(form.prefix))}.{field.name}"
    problems = context.get("problems") or {}
    submission = context["submission"]
    source = submission.sources.get(path)
    found = source.get("found") if source else None
    wrong = [told for name, told in problems.items() if name == path or name.startswith((f"{path}[",))]
    if path == "also" and field.name != "also_1":
        wrong = []
    widget = field.field.widget
    described = " ".join(
        part
        for part, there in (
            (f"{field.id_for_label}-h", field.help_text), (f"{field.id_for_label}-e", wrong or field.errors),
            (f"{field.id_for_label}-n", "data-count" in widget.attrs or "data-words" in widget.attrs),
        )
        if there
    )  # fmt: skip
    attrs: dict[str, str | bool] = {"aria-describedby": described} if described else {}
    if wrong or field.errors:
        attrs["aria-invalid"] = "true"
    many = getattr(widget, "input_type", "") in {"radio", "checkbox"}
    return {
        "field": field,
        "input": field if many else field.as_widget(attrs=attrs),
        "many": many,
        "path": path,
        "id": field.id_for_label or field.auto_id,
        "wrong": [*field.errors, *wrong],
        "source": source,
        "warned": (context.get("warnings") or {}).get(path, []),
        "found": words(path, found),
        "differs": source is not None and found not in (None, "") and found != value_at(submission.record, path),
        "count": widget.attrs.get("data-count") or "",
        "most_words": widget.attrs.get("data-words") or "",
    }


def _row_path(prefix: str) -> str:
    name, _, at = prefix.rpartition("-")
    return f"{name}[{at}]"


@register.filter
def row_wrong(problems: dict[str, str], prefix: str) -> list[str]:
    """Return what is wrong with a row as a whole."""
    path = _row_path(prefix)
    return [told for name, told in (problems or {}).items() if name == path]


@register.simple_tag
def clock_of(at: dt.datetime | str | None) -> SafeString | str:
    """Return a moment as <time>: "14:09" today, else "25 Nov, 14:09"; UTC in full in its title."""
    if not at:
        return ""
    moment = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    moment = moment.astimezone(dt.UTC)
    today = moment.date() == dt.datetime.now(dt.UTC).date()
    shown = f"{moment:%H:%M}" if today else f"{moment.day} {moment:%b}, {moment:%H:%M}"
    iso = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    return format_html('<time datetime="{}" title="{} UTC">{}</time>', iso, f"{moment:%Y-%m-%d %H:%M:%S}", shown)


@register.inclusion_tag("submissions/_suggest.html", takes_context=True)
def suggest_change(context: template.Context, tool: Tool) -> dict[str, Any]:
    """Draw the link by which a signed-in person changes a listing: another word for who speaks for it."""
    user = context.get("user")
    shown = bool(user and user.is_authenticated and tool.is_listed)
    return {"shown": shown, "tool": tool, "speaks": shown and speakers.speaks_for(user, tool)}
