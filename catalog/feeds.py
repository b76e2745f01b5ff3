"""What happens in the catalog as feeds: Atom (RFC 4287) and JSON Feed 1.1.

A feed is made of rows and knows no "now": nothing changed, nothing differs. Entries keep their ids whatever their
tool is renamed to (tag addresses, RFC 4151, made of row numbers).
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, linebreaks

from catalog import changes, facts, launch, pricing
from catalog.models import Category, Change, Tool
from catalog.models.tool import ToolQuerySet
from catalog.text import printable
from core.site import absolute

MOST = 50  # entries of a feed
TAGGED = "2026-11-25"  # a day on which whoever runs the site held its name, as RFC 4151 asks; never to be changed
NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # when a feed last changed whose catalog has no history at all


@dataclass(frozen=True)
class Item:
    """One entry of a feed. `text` is plain, its paragraphs parted by empty lines."""

    id: str
    path: str
    title: str
    text: str
    published: dt.datetime
    updated: dt.datetime
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Feed:
    """A feed in no format yet. `page` is the path of what people read instead; `view` and `slug` lead to the feed."""

    title: str
    subtitle: str
    page: str
    items: list[Item]
    view: str
    slug: str = ""

    @property
    def updated(self) -> dt.datetime:
        """When the latest entry changed; without entries, when the catalog did."""
        if self.items:
            return max(item.updated for item in self.items)
        latest = Change.objects.order_by("-serial").values_list("at", flat=True).first()
        return latest or NEVER

    def address(self, form: str) -> str:
        """Return its public address as "atom" or "json"."""
        where = {"slug": self.slug} if self.slug else {}
        return absolute(reverse(self.view, kwargs={**where, "form": form}))


# -- which feeds there are -------------------------------------------------------------------------------------------


def newly_launched() -> Feed:
    """Return the tools that came out last, as far as a date is known."""
    tools = Tool.objects.found().exclude(launched="").newest()
    return Feed(
        title=f"Newly launched AI tools · {settings.SITE_NAME}",
        subtitle="By launch date. Tools whose date is not known are left out.",
        page=reverse("catalog:new"),
        view="catalog:feed_new",
        items=_tools(tools),
    )


def recently_added() -> Feed:
    """Return the tools that were listed last."""
    return Feed(
        title=f"Recently added AI tools · {settings.SITE_NAME}",
        subtitle="In the order in which they were listed here, the latest first.",
        page=reverse("catalog:new") + "?period=added",
        view="catalog:feed_added",
        items=_tools(Tool.objects.found().recently_added()),
    )


def of_category(category: Category) -> Feed:
    """Return the tools that were listed last in a category of either level."""
    return Feed(
        title=f"{printable(category.name)}: recently added · {settings.SITE_NAME}",
        subtitle=f"AI tools filed under {printable(category.name)}, the latest listed first.",
        page=category.get_absolute_url(),
        view="catalog:feed_category",
        slug=category.slug,
        items=_tools(Tool.objects.found().in_category(category).recently_added()),
    )


def of_tool(tool: Tool) -> Feed:
    """Return what changed in the listing of a tool."""
    name = printable(tool.name)
    rows = Change.objects.filter(tool_id=tool.pk).order_by("-serial")[: 2 * MOST]
    return Feed(
        title=f"{name}: what changed · {settings.SITE_NAME}",
        subtitle=f"Changes of the facts that are listed about {name}.",
        page=tool.get_absolute_url(),
        view="catalog:feed_tool",
        slug=tool.slug,
        items=[_change(tool, row) for row in changes.public(rows)[:MOST]],
    )


def _tools(tools: ToolQuerySet) -> list[Item]:
    rows = tools.select_related("category").prefetch_related("interfaces", "plans")[:MOST]
    return [_tool(tool) for tool in rows]


def _tool(tool: Tool) -> Item:
    listed = dt.datetime.combine(tool.listed_on, dt.time(), dt.UTC)
    told = [f"Price: {pricing.text(tool)}", f"Kind: {tool.get_kind_display()}", f"Job: {tool.category.name}"]
    marks = [meaning for _, meaning in facts.marks(tool)]
    told += [f"Launched: {launch.shown(tool.launched)}"] if tool.launched else []
    return Item(
        id=tag(f"tools/{tool.pk}"),
        path=tool.get_absolute_url(),
        title=printable(tool.name),
        text=printable("\n\n".join([tool.tagline, tool.description, " · ".join([*told, *marks])])),
        published=listed,
        updated=max(tool.changed_at, listed),
        tags=list(dict.fromkeys([tool.category.slug, *tool.tags])),
    )


def _change(tool: Tool, row: Change) -> Item:
    sentence = f"{printable(tool.name)}: {changes.sentence(row)}"
    return Item(
        id=tag(f"changes/{row.serial}"),
        path=tool.get_absolute_url(),
        title=sentence,
        text=sentence,
        published=row.at,
        updated=row.at,
        tags=[row.action],
    )


def tag(name: str) -> str:
    """Return the id of an entry that holds whatever moves (RFC 4151)."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},{TAGGED}:{name}"


# -- how a feed is written -------------------------------------------------------------------------------------------


class _Atom(Atom1Feed):
    """Django's writer, but for the date of an empty feed, which Django takes from the clock."""

    def __init__(self, feed: Feed) -> None:
        super().__init__(
            feed.title,
            absolute(feed.page),
            "",
            subtitle=feed.subtitle,
            language="en",
            author_name=settings.SITE_NAME,
            feed_url=feed.address("atom"),
            feed_guid=feed.address("atom"),
        )
        self.updated = feed.updated

    def latest_post_date(self) -> dt.datetime:
        return self.updated


def atom(feed: Feed) -> str:
    """Write a feed as Atom."""
    out = _Atom(feed)
    for item in feed.items:
        out.add_item(
            item.title,
            absolute(item.path),
            linebreaks(escape(item.text)),
            unique_id=item.id,
            pubdate=item.published,
            updateddate=item.updated,
            categories=item.tags,
        )
    return str(out.writeString("utf-8"))


def json_feed(feed: Feed) -> str:
    """Write a feed as JSON Feed 1.1 (jsonfeed.org)."""
    found = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": absolute(feed.page),
        "feed_url": feed.address("json"),
        "language": "en",
        "authors": [{"name": settings.SITE_NAME, "url": absolute("/")}],
        "items": [
            {
                "id": item.id,
                "url": absolute(item.path),
                "title": item.title,
                "content_text": item.text,
                "date_published": item.published.isoformat(),
                "date_modified": item.updated.isoformat(),
                "tags": list(item.tags),
            }
            for item in feed.items
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


WRITERS = {
    "atom": (atom, "application/atom+xml; charset=utf-8"),
    "json": (json_feed, "application/feed+json; charset=utf-8"),
}
