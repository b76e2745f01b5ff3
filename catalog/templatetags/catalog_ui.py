"""Tags and filters that know tools: the card, addresses of a list, the facts a glance needs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html import escape
from urllib.parse import parse_qsl, urlsplit

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from catalog import facts, launch, pages, pricing
from catalog.browse import Browse, CategoryRow
from catalog.choices import LEVELS
from catalog.facets import Choice
from catalog.index import UNKNOWN
from catalog.models import Category, Tool
from catalog.personal import marks as personal_marks
from core.templatetags import ui

register = template.Library()
register.filter("links", facts.links)
register.filter("exact_price", pricing.exact)

# How the ways to reach a tool are called where there is no room: kinds of interface, words for one and for many.
REACH = (
    ({"rest"}, "REST", "REST"),
    ({"graphql"}, "GraphQL", "GraphQL"),
    ({"openai-compatible"}, "OpenAI-compatible", "OpenAI-compatible"),
    ({"mcp-remote", "mcp-package"}, "MCP", "MCP"),
    ({"sdk"}, "SDK", "{} SDKs"),
    ({"cli"}, "command line", "command line"),
    ({"container"}, "container", "{} containers"),
    ({"webhook"}, "webhook", "{} webhooks"),
    ({"a2a"}, "A2A", "A2A"),
    ({"web-app"}, "web app", "web app"),
)


# Cards and choices stand on a page by the dozen. As templates they took three quarters of the time of a list page, so
# they are put together here; every value from outside goes through `escape`.


@register.simple_tag(takes_context=True)
def card(context: template.Context, tool: Tool, level: int = 3, why: str = "", rel: str = "") -> SafeString:
    """Draw the card of a tool under a heading of that level; `rel` is of its link. Reads `interfaces` and `plans`."""
    name, slug = escape(tool.name), escape(tool.slug)
    vendor = f"{escape(tool.vendor)} · " if tool.vendor and tool.vendor != tool.name else ""
    link = f' rel="{escape(rel)}"' if rel else ""
    marks = "".join(f'<li><abbr title="{meaning}">{mark}</abbr></li>' for mark, meaning in facts.marks(tool))
    marks = f'<ul class="marks" aria-label="Interfaces">{marks}</ul>' if marks else ""
    if tool.checked_at:
        when = f"checked {ui.day(tool.checked_at.date())}"
    else:
        when = f"launched {launched(tool.launched)}" if tool.launched else f"listed {ui.day(tool.listed_on)}"
    return SafeString(
        f'<li class="card"><div class="card-head">{logo(tool)}<div>'
        f'<h{level}><a class="card-nm" href="{tool.get_absolute_url()}"{link}>{name}</a></h{level}>'
        f'<p class="card-by">{vendor}{tool.get_kind_display()}</p></div><div class="card-do">'
        f'<a class="ib" href="{escape(pages.compare_url([tool.slug]))}" aria-label="Compare {name}" title="Compare"'
        f' data-compare="{slug}" rel="nofollow">{ui.icon("compare")}</a>'
        f"{personal_marks.save_button(context, tool, 'ib')}</div></div>"
        f'<p class="card-tag">{escape(why or tool.tagline)}</p><div class="card-facts">'
        f'<div><span class="price">{escape(pricing.text(tool))}</span>{marks}</div>'
        f'<div>{seen(tool)}{level_mark(tool)}<span class="when">{when}</span></div></div></li>'
    )


EDGES = {"": 40, "s": 24, "l": 64}  # pixels


@register.simple_tag
def logo(tool: Tool, size: str = "") -> SafeString:
    """Draw the logo of a tool, its monogram where it has none; `size` is "", "s" or "l". Its name stands beside."""
    if not tool.logo_key:
        return ui.mono(tool.name, tool.slug, size)
    extra, edge = f" mg-{size}" if size else "", EDGES[size]
    return SafeString(
        f'<img class="mg mg-logo{extra}" src="{tool.logo_url}" alt="" width="{edge}" height="{edge}" loading="lazy"'
        ' decoding="async">'
    )


SEEN = {"": "unk", "working": "ok", "attention": "warn", "failing": "fail", "unknown": "unk"}


@register.filter
def seen(tool: Tool) -> SafeString:
    """Draw how the last verification run saw a tool."""
    return ui.state(SEEN[tool.seen], tool.get_seen_display())


@register.filter
def level_mark(tool: Tool) -> SafeString:
    """Draw the level of a tool: "L2", with its name for those who ask; "" for one that was never looked at."""
    if not (tool.level or tool.checked_at):
        return SafeString("")
    name = LEVELS[tool.level].lower()
    return SafeString(
        f'<abbr class="lv" title="Level {tool.level}: {name}">L{tool.level}<span class="vh"> {name}</span></abbr>'
    )


@register.simple_tag
def choices(facet: str, among: Iterable[Choice]) -> SafeString:
    """Draw a box to tick for each of these values of a facet."""
    return SafeString("".join(_box(facet, one) for one in among))


@register.simple_tag
def choice(facet: str, one: Choice) -> SafeString:
    """Draw one box to tick."""
    return SafeString(_box(facet, one))


@register.simple_tag
def category_choices(rows: Iterable[CategoryRow]) -> SafeString:
    """Draw the categories of the rail; under a chosen one its sub-categories narrow by a link."""
    drawn = []
    for row in rows:
        drawn.append(_category(row))
        for sub in row.subs:
            if not sub.narrow_url:
                drawn.append(_category(sub, " opt-sub"))
            elif sub.count:
                drawn.append(
                    f'<a class="opt-row opt-sub" href="{escape(sub.narrow_url)}">'
                    f'<span>{escape(sub.category.name)}</span><span class="n">{sub.count:,}</span></a>'
                )
    return SafeString("".join(drawn))


def _category(row: CategoryRow, css: str = "") -> str:
    return _box("category", Choice(row.category.slug, row.category.name, row.count, row.chosen), css)


def _box(facet: str, choice: Choice, css: str = "") -> str:
    value, state = escape(choice.value), " checked" if choice.chosen else "" if choice.count else " disabled"
    if choice.value == UNKNOWN and facet != "category":
        words = f'<span class="unk-n">{ui.icon("s-unk")}+{choice.count:,} unknown</span>'
    else:
        words = f'<span>{escape(choice.label)}</span><span class="n">{choice.count:,}</span>'
    return (
        f'<label class="opt-row{css}"><input type="checkbox" id="f-{facet}-{value}" name="{facet}"'
        f' value="{value}"{state}>{words}</label>'
    )


@register.filter
def launched(text: str) -> SafeString | str:
    """Return a launch date, known to the year, month or day, as <time>; "" for none."""
    return format_html('<time datetime="{}">{}</time>', text, launch.shown(text)) if text else ""


@register.filter
def named(rows: Iterable[facts.Row], name: str) -> facts.Row | None:
    """Return the fact of that name."""
    return next((row for row in rows if row.name == name), None)


@register.filter
def reach(tool: Tool) -> str:
    """Return how programs reach a tool in a few words: "REST, MCP, 2 SDKs"; "" when nothing is known."""
    kinds = Counter(row.kind for row in tool.interfaces.all())
    found = []
    for members, one, many in REACH:
        size = sum(kinds[kind] for kind in members)
        if size:
            found.append(one if size == 1 else many.format(size))
    words = ", ".join(found)
    return words[:1].upper() + words[1:]


@register.filter
def compare_with(tool: Tool, others: Iterable[Tool]) -> str:
    """Return the address that compares a tool with the first of others, as many as fit."""
    return pages.compare_url([tool.slug, *(other.slug for other in list(others)[:3])])


@register.simple_tag
def kept(browse: Browse, *names: str) -> SafeString:
    """Return hidden inputs for the state of a list without some parameters, for a form that sets those."""
    pairs = [pair for pair in _pairs(browse) if pair[0] not in names]
    return format_html_join("", '<input type="hidden" name="{}" value="{}">', pairs)


@register.simple_tag
def address(browse: Browse) -> str:
    """Return the one address of this state of a list: known parameters only, in one order."""
    return browse.url(page=browse.page)


@register.simple_tag
def sub_address(browse: Browse, category: Category) -> str:
    """Return the address of another category's page with the filters of this list."""
    query = urlsplit(browse.url()).query
    return category.get_absolute_url() + (f"?{query}" if query else "")


@register.simple_tag
def sorted_by(browse: Browse) -> str:
    """Return the order that was asked for in the address, "" when the order is the usual one."""
    return dict(_pairs(browse)).get("sort", "")


def _pairs(browse: Browse) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(browse.url()).query, keep_blank_values=True)
