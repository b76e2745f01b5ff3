"""Following tools, categories and searches: every change of it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from catalog.models import Category, Change, Follow, Newsletter, Tool
from catalog.personal import searches
from catalog.personal.keeping import Full, alone

MOST = 200
MOST_SEARCHES = 20  # each is run anew for every feed and digest


class CannotFollow(ValueError):
    """There is nothing there to follow; the message is a sentence."""


def last_serial() -> int:
    """Return the serial of the last change that is committed; 0 without any."""
    return Change.objects.order_by("-serial").values_list("serial", flat=True).first() or 0


def follow_tool(*, user: Any, tool: Tool) -> bool:
    """Follow a tool; return False when it is followed already. Raises Full."""
    return _follow(user, {"tool": tool})


def follow_category(*, user: Any, category: Category) -> bool:
    """Follow a category of either level; return False when it is followed already. Raises Full."""
    return _follow(user, {"category": category})


def follow_search(*, user: Any, query: str) -> bool:
    """Follow what the parameters of a list find; return False when it is followed already.

    A search that is one whole category is that category. Raises Full, CannotFollow, BadParameter, SearchTimeout.
    """
    found = searches.described(searches.read(query), searches.names())
    if not found.query:
        raise CannotFollow("That list is not narrowed by anything. The feed of recently added tools has all of them.")
    if len(found.query) > searches.LONGEST:
        raise CannotFollow("This search is too long to be followed. Use fewer words or filters.")
    if found.category:
        return follow_category(user=user, category=Category.objects.get(slug=found.category))
    return _follow(user, {"query": found.query}, name=found.name)


@transaction.atomic
def _follow(user: Any, about: dict[str, Any], **more: Any) -> bool:
    alone(user)
    rows = Follow.objects.visible_to(user)
    if rows.filter(**about).exists():
        return False
    if rows.count() >= MOST:
        raise Full(f"You follow {MOST} things, which is the most there can be. Stop following one of them first.")
    if "query" in about and rows.exclude(query="").count() >= MOST_SEARCHES:
        raise Full(f"You follow {MOST_SEARCHES} searches, which is the most there can be. Stop following one first.")
    Follow.objects.create(user=user, serial=last_serial(), **about, **more)
    newsletter_of(user)
    return True


def stop(*, follow: Follow) -> None:
    """Follow something no longer."""
    Follow.objects.filter(pk=follow.pk).delete()


def newsletter_of(user: Any) -> Newsletter:
    """Return how this person hears of news; made with a fresh feed key when there is none yet."""
    return Newsletter.objects.get_or_create(user=user, defaults={"told_serial": last_serial()})[0]
