"""Which buttons a page shows to whom: for visitors links to the sign-in, the same for all of them."""

from __future__ import annotations

from html import escape
from typing import Any

from django.http import HttpRequest
from django.template import Context
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from catalog.models import Tool
from catalog.personal import keeping
from core.templatetags import ui


def request_of(context: Context) -> HttpRequest | None:
    """Return the request that a page is made for; None outside of one. Pages within pages have it, too."""
    found: HttpRequest | None = getattr(context, "request", None)
    return found


def person(context: Context) -> Any:
    """Return who is signed in, None for visitors."""
    user = getattr(request_of(context), "user", None)
    return user if user is not None and user.is_authenticated else None


def sign_in(path: str) -> str:
    """Return the address of the sign-in that leads back to a path."""
    return f"{reverse('account_login')}?{urlencode({'next': path})}"


def saved(context: Context) -> frozenset[int]:
    """Return the keys of the tools that the reader saved: one statement for a page, none for visitors."""
    user, request = person(context), request_of(context)
    if user is None or request is None:
        return frozenset()
    known: frozenset[int] | None = getattr(request, "saved_tools", None)
    if known is None:
        known = keeping.saved_keys(user)
        request.saved_tools = known  # type: ignore[attr-defined]
    return known


def save_button(context: Context, tool: Tool, css: str, words: str = "") -> SafeString:
    """Draw the button that saves a tool or removes it; it belongs to the form "keep" at the foot of the page.

    Without `words` it is a picture that is called "Save NAME", pressed or not. With words these change, and the name
    of the button says what pressing does.
    """
    name, slug = escape(tool.name), escape(tool.slug)
    label = "" if words else f' aria-label="Save {name}" title="Save"'
    ends = f"Saved: take {name} out of your saved tools"
    if person(context) is None:
        url = escape(sign_in(tool.get_absolute_url()))
        return SafeString(f'<a class="{css}" href="{url}"{label} rel="nofollow">{ui.icon("save")}{words}</a>')
    kept = tool.pk in saved(context)
    action, picture = ("remove", "saved") if kept else ("save", "save")
    if words:
        on, label = (" btn-on", f' aria-label="{ends}"') if kept else ("", "")
        return SafeString(
            f'<button class="{css}{on}" form="keep" name="{action}" value="{slug}" data-save data-saved="{ends}"'
            f"{label}>{ui.icon(picture)}<span>{'Saved' if kept else words}</span></button>"
        )
    return SafeString(
        f'<button class="{css}" form="keep" name="{action}" value="{slug}" aria-pressed="{str(kept).lower()}"'
        f"{label} data-save>{ui.icon(picture)}</button>"
    )
