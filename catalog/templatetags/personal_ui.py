"""Buttons of the tool page and of lists: save, follow, put into a list."""

from __future__ import annotations

from typing import Any

from django import template
from django.middleware.csrf import get_token
from django.utils.safestring import SafeString

from catalog.browse import Browse
from catalog.models import Follow, ListItem, Tool, ToolList
from catalog.personal import marks, searches

register = template.Library()


@register.simple_tag(takes_context=True)
def save_tool(context: template.Context, tool: Tool) -> SafeString:
    """Draw the button that saves a tool."""
    return marks.save_button(context, tool, "btn", "Save")


@register.inclusion_tag("catalog/personal/_follow.html", takes_context=True)
def follow_tool(context: template.Context, tool: Tool) -> dict[str, Any]:
    """Draw the button that follows a tool."""
    return _button(context, "tool", tool.slug, {"tool": tool}, tool.get_absolute_url(), "Follow", big=True)


@register.inclusion_tag("catalog/personal/_follow.html", takes_context=True)
def follow_list(context: template.Context, browse: Browse) -> dict[str, Any]:
    """Draw the button that follows a list: a whole category, or what was searched for; nothing for all tools."""
    found = searches.described(browse.filter, {one.slug: one.name for one in browse.categories})
    back = browse.url(page=browse.page)
    if not found.query or len(found.query) > searches.LONGEST:
        return {}
    if found.category:
        about = {"category__slug": found.category}
        return _button(context, "category", found.category, about, back, "Follow this category")
    return _button(context, "query", found.query, {"query": found.query}, back, "Follow this search")


def _button(  # noqa: PLR0913, PLR0917 - one button, one line each
    context: template.Context, field: str, value: str, about: dict[str, Any], back: str, words: str, big: bool = False
) -> dict[str, Any]:
    user, request = marks.person(context), marks.request_of(context)
    told = {
        "field": field,
        "value": value,
        "back": back,
        "words": words,
        "what": words.removeprefix("Follow"),
        "size": "" if big else " btn-s",
    }
    if user is None or request is None:
        return told | {"sign_in": marks.sign_in(back)}
    return told | {
        "follow": Follow.objects.visible_to(user).filter(**about).first(),
        "csrf": get_token(request),
    }


@register.inclusion_tag("catalog/personal/_lists_of.html", takes_context=True)
def lists_of(context: template.Context, tool: Tool) -> dict[str, Any]:
    """Draw in which of the reader's lists a tool is, and the form that puts it into another. Two statements."""
    user, request = marks.person(context), marks.request_of(context)
    if user is None or request is None:
        return {}
    within = set(ListItem.objects.filter(list__user=user, tool=tool).values_list("list_id", flat=True))
    mine = list(ToolList.objects.owned_by(user).in_order())
    return {
        "tool": tool,
        "within": [one for one in mine if one.pk in within],
        "others": [one for one in mine if one.pk not in within],
        "csrf": get_token(request),
    }
