"""What mails are made with."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# names such as "example.ai" stay names: only what says https:// or http:// is an address
LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


@register.filter(is_safe=True)
def mail_links(text: str) -> SafeString:
    """Return a text as HTML, its written-out addresses as links."""
    parts, end = [], 0
    for found in LINK.finditer(text):
        address = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308  # every part is escaped
