"""Fields of forms in the site's look: label, hint, what is wrong, input; tied together for screen readers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import template
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BoundField, CheckboxInput, Select
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts import roles
from core.clients import coarse
from core.models import RefusingAddress
from core.outbox import lists

register = template.Library()

# What to do, where a form of Django's or allauth's says only that something is wrong.
WORDS = {
    "required": "Fill this in.",
    "invalid": "This cannot be read. Check it.",
    "email": "This is no e-mail address. It looks like name@example.com: check it for a missing part.",
    "max_length": "This is too long. Make it shorter.",
}


def told(bound: BoundField) -> list[str]:
    """Return what is wrong with a field, in sentences that say what to do."""
    errors = bound.form.errors.as_data().get(bound.name, [])
    return [_words(one, bound) for error in errors for one in error.error_list]


def _words(error: ValidationError, bound: BoundField) -> str:
    code = error.code or ""
    if code == "invalid" and getattr(bound.field.widget, "input_type", "") == "email":
        code = "email"
    return WORDS.get(code) or str(error.messages[0])


@register.inclusion_tag("account/_field.html")
def field(bound: BoundField, label: str = "", hint: str = "", **attrs: Any) -> dict[str, Any]:
    """Draw a field. `attrs` are of its input; a name's underscore is a dash (`inputmode`, `data_x`)."""
    errors = told(bound)
    name = bound.auto_id
    described = [f"{name}-h"] if hint else []
    described += [f"{name}-e"] if errors else []
    bound.field.widget.attrs.pop("placeholder", None)  # it would vanish where it is needed
    bound.help_text = ""  # the hint is ours; Django would tie the input to a text that is not there
    given = {key.replace("_", "-"): value for key, value in attrs.items()}
    is_check, is_select = (isinstance(bound.field.widget, kind) for kind in (CheckboxInput, Select))
    given |= {"class": "" if is_check or is_select else "input", "aria-describedby": " ".join(described) or False}
    if errors:
        given |= {"aria-invalid": "true", "autofocus": True}
    return {
        "id": name,
        "label": label or bound.label,
        "hint": hint,
        "errors": errors,
        "input": bound.as_widget(attrs=given),
        "is_check": is_check,
        "is_select": is_select,
    }


TABS = (
    ("account_overview", "Overview", ()),
    ("account_email", "Address", ("email/",)),
    ("account_change_password", "Password", ("password/",)),
    ("mfa_index", "Second step", ("second-step/",)),
    ("usersessions_list", "Sessions", ("sessions/",)),
    ("account_mail", "Mail", ("mail/",)),
    ("account_data", "Your data", ("data/", "erase/")),
)


@register.simple_tag(takes_context=True)
def tabs(context: template.Context) -> SafeString:
    """Return the links between the pages of an account; the one we are at says so."""
    path = context["request"].path
    top = reverse("account_overview")
    rows = []
    for view, words, parts in TABS:
        here = path.startswith(tuple(top + part for part in parts)) if parts else path == top
        rows.append((reverse(view), mark_safe(' aria-current="page"') if here else "", words))
    return format_html_join("", '<a href="{}"{}>{}</a>', rows)


@register.simple_tag(takes_context=True)
def second_step_missing(context: template.Context) -> bool:
    """Say whether this person has to set up a second step before anything else."""
    return roles.lacks_second_step(context["request"].user)


@register.simple_tag
def has_demo_accounts() -> bool:
    """Say whether this is a debug installation, which has demo accounts."""
    return bool(settings.DEBUG)


@register.simple_tag
def mails_are_files() -> bool:
    """Say whether this is a debug installation that writes its mails to files: who tries it out has to know."""
    return bool(settings.DEBUG and not settings.MAIL)


@register.simple_tag
def refusal(address: str) -> RefusingAddress | None:
    """Return why mail to an address came back; None when none did."""
    return lists.refusal(address)


@register.filter
def moment(value: dt.datetime) -> SafeString:
    """Return a moment as <time>: "25 Nov 2026, 14:03 UTC"."""
    at = value.astimezone(dt.UTC)
    return format_html(
        '<time datetime="{}">{} {}</time>', at.isoformat(timespec="seconds"), at.day, f"{at:%b %Y, %H:%M} UTC"
    )


@register.filter
def in_fours(key: str) -> str:
    """Return a key as it is typed: "ABCD EFGH"; the apps take it with the spaces."""
    return " ".join(key[at : at + 4] for at in range(0, len(key), 4))


@register.filter
def network(address: str) -> str:
    """Return the network of a session: "192.0.2.0/24"."""
    return coarse(address)
