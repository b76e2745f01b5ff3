"""Tags and filters of the look: icons, states, monograms, dates, numbers, links, pages. They know no app noun."""

from __future__ import annotations

import datetime as dt
import ipaddress
import json
import re
import zlib
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from django import template
from django.core.paginator import Page
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from core import plot as drawn
from core.site import absolute

register = template.Library()

GROUNDS = 8  # muted grounds for monograms in tokens.css
WORD = re.compile(r"[^\W_]+")
STATES = ("ok", "warn", "fail", "unk", "skip")
# Within a script element only these could end it or be misread; JSON may spell every character by its number.
JSON_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


@register.simple_tag
@cache  # the address of the sprite does not change while a process lives
def icon(name: str, css: str = "i") -> SafeString:
    """Draw an icon of the sprite; it says nothing to screen readers, so words must stand beside it."""
    return format_html(
        '<svg class="{}" width="16" height="16" aria-hidden="true"><use href="{}#{}"></use></svg>',
        css,
        static("img/icons.svg"),
        name,
    )


@register.simple_tag
def state(kind: str, words: str) -> SafeString:
    """Draw one of the four states (ok, warn, fail, unk), or "skip" for what was left out: always a shape and a word."""
    if kind not in STATES:
        raise template.TemplateSyntaxError(f"{kind!r} is not one of {', '.join(STATES)}")
    return format_html('<span class="st st-{}">{}{}</span>', kind, icon(f"s-{kind}"), words)


@register.filter
def monogram(name: str) -> str:
    """Return two letters for a name: the initials of two words ("CA"), else the first two letters ("Op")."""
    words = WORD.findall(name)
    letters = "".join(word[0] for word in words[:2]) if len(words) > 1 else "".join(words)[:2]
    return letters.upper() if len(words) > 1 else letters[:1].upper() + letters[1:]


@register.simple_tag
def mono(name: str, slug: str, size: str = "") -> SafeString:
    """Draw the monogram that stands where a logo is missing; `size` is "", "s" or "l"."""
    ground = zlib.crc32(slug.encode()) % GROUNDS
    extra = f" mg-{size}" if size else ""
    return format_html('<span class="mg mg-{}{}" aria-hidden="true">{}</span>', ground, extra, monogram(name))


@register.filter
def day(value: dt.date | None) -> SafeString | str:
    """Return a date as <time>: "25 Nov 2026"."""
    return _time(value, f"{value.day} {value:%b %Y}") if value else ""


@register.filter
def day_short(value: dt.date | None) -> SafeString | str:
    """Return a date as <time> without its year, which the title gives: "25 Nov"."""
    return _time(value, f"{value.day} {value:%b}") if value else ""


def _time(value: dt.date, words: str) -> SafeString:
    title = f"{value.day} {value:%B %Y}"
    return format_html('<time datetime="{}" title="{}">{}</time>', f"{value:%Y-%m-%d}", title, words)


@register.filter
def number(value: int) -> str:
    """Return a number with its thousands apart: "1,772"."""
    return f"{value:,}"


@register.filter
def plural(value: int, noun: str) -> str:
    """Return a number with its noun: "1 tool", "1,772 tools"; "category,categories" for an odd plural."""
    one, _, many = noun.partition(",")
    return f"{value:,} {one if value == 1 else many or one + 's'}"


@register.filter
def spaced(slug: str) -> str:
    """Return a slug as words: "web-search-api" is "web search api"."""
    return slug.replace("-", " ")


@register.filter
def lower_first(text: str) -> str:
    """Return words for the middle of a sentence: "Free tier" is "free tier", but "API key" and "MIT" stay."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


@register.filter
def host(url: str) -> str:
    """Return the host of an address without "www.": "exa.ai"."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


@register.filter
def brief(url: str) -> str:
    """Return an address as people say it: host and path, cut in the middle of nothing, at most 44 characters."""
    parts = urlsplit(url)
    text = (parts.netloc.removeprefix("www.") + parts.path).rstrip("/") or url
    return text if len(text) <= 44 else text[:43] + "…"


@register.filter
def linkable(address: str) -> bool:
    """Say whether an address may be a link: http(s), no {placeholders}, not this machine or a private network."""
    if not address.startswith(("https://", "http://")) or re.search(r"[{}<>\s]", address):
        return False
    try:
        name = urlsplit(address).hostname or ""
    except ValueError:
        return False
    if not name or name == "localhost" or name.endswith((".localhost", ".local", ".internal")):
        return False
    try:
        return ipaddress.ip_address(name).is_global
    except ValueError:
        return "." in name


@register.simple_tag
def linked(address: str, words: str = "") -> SafeString:
    """Return an address as a link out of the site, or as plain text where it cannot be one."""
    if not linkable(address):
        return format_html("<span>{}</span>", words or address)
    return format_html('<a href="{}" rel="noopener nofollow">{}</a>', address, words or address)


@register.simple_tag(takes_context=True)
def nav_link(context: template.Context, name: str, words: str, *also: str) -> SafeString:
    """Return a link of the site's navigation; it says when it leads to this page or to the part we are in.

    `also`: names of pages that belong to that part, though their addresses are not below its own.
    """
    url, here = reverse(name), getattr(context.get("request"), "path", "")
    within = "page" if here == url else "true" if here.startswith((url, *map(reverse, also))) else ""
    current = format_html(' aria-current="{}"', within) if within else ""
    return format_html('<a href="{}"{}>{}</a>', url, current, words)


@register.inclusion_tag("ui/pages.html", takes_context=True)
def pager(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """Draw the page numbers of a Django Page; the other parameters of the address stay."""
    query = context["request"].GET.copy()

    def url(wanted: int) -> str:
        query["page"] = str(wanted)
        return "?" + str(query.urlencode())

    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    links = [
        {"number": n, "url": url(n), "current": n == page.number} if isinstance(n, int) else {"number": None}
        for n in numbers
    ]
    return {
        "links": links,
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
        "first": page.start_index(),
        "last": page.end_index(),
        "total": page.paginator.count,
    }


@register.inclusion_tag("ui/plot.html")
def plot(title: str, *series: drawn.Series, look: str = "bars") -> dict[str, Any]:
    """Draw numbers by day, with a table of the same under them: bars of one series, or look="line" for up to three.

    All series have the same days, the first day first. Raises TemplateSyntaxError for what cannot be drawn.
    """
    draw = {"bars": drawn.bars, "line": drawn.line}.get(look)
    dates = [[day for day, _ in one.points] for one in series]
    if draw is None or not 1 <= len(series) <= (1 if look == "bars" else 3) or not dates[0] or dates[1:] != dates[:-1]:
        raise template.TemplateSyntaxError("A plot has bars of one series, or lines of up to three with the same days")
    scale = drawn.top(max(value or 0 for one in series for value in one.values))
    days = dates[0]
    return {
        "title": title,
        "look": look,
        "series": [(one, draw(one.values, scale)) for one in series],
        "words": "; ".join(drawn.in_words(one) for one in series),
        "width": len(days) * drawn.STEP,
        "scale": [scale, scale // 2 if scale > 1 else None, 0],
        "days": [days[0], days[len(days) // 2], days[-1]] if len(days) >= 7 else days[:: len(days) - 1 or 1],
        "rows": list(zip(days, zip(*(one.values for one in series), strict=True), strict=True)),
    }


@register.simple_tag
def canonical(path: str) -> SafeString:
    """Return the one address of a page, for search engines and for those who share it."""
    return format_html('<link rel="canonical" href="{0}">\n  <meta property="og:url" content="{0}">', absolute(path))


@register.simple_tag
def json_ld(things: list[dict[str, Any]]) -> SafeString:
    """Return what a page says in schema.org's words: data, which the content security policy lets pass."""
    texts = [json.dumps(thing, ensure_ascii=False).translate(JSON_ESCAPES) for thing in things]
    return format_html_join(
        "\n  ",
        '<script type="application/ld+json">{}</script>',
        ((mark_safe(text),) for text in texts),  # noqa: S308
    )


@register.simple_tag
def feeds(title: str, view: str, slug: str = "") -> SafeString:
    """Return the links by which feed readers find a feed: a view that takes `form` and perhaps a slug."""
    where = {"slug": slug} if slug else {}
    rows = [
        (content_type, title, reverse(view, kwargs={**where, "form": form}))
        for form, content_type in (("atom", "application/atom+xml"), ("json", "application/feed+json"))
    ]
    return format_html_join("\n  ", '<link rel="alternate" type="{}" title="{}" href="{}">', rows)
