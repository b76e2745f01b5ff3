"""The feed of one person: Atom at an address that nobody can guess, read without a sign-in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from catalog import feeds
from catalog.models import Newsletter
from catalog.models.personal import new_key
from catalog.personal import news
from catalog.text import printable
from core.site import absolute

SALT = "catalog.personal.feed"
DAYS = 90  # what is older is in no feed
SEAL = 32  # hex digits of 128 bits


@dataclass(frozen=True)
class PersonalFeed(feeds.Feed):
    """A feed whose address holds a token in place of a name."""

    token: str = ""

    def address(self, form: str) -> str:
        """Return its address; there is Atom only."""
        return absolute(reverse(self.view, args=[self.token]))


def token(newsletter: Newsletter) -> str:
    """Return what opens a person's feed: the stored key, and a seal made of it with SECRET_KEY.

    So it can be shown again, and a copy of the database alone opens no feed.
    """
    return f"{newsletter.feed_key}.{_seal(newsletter.feed_key)}"


def _seal(key: str) -> str:
    return salted_hmac(SALT, key, algorithm="sha256").hexdigest()[:SEAL]


def find(text: str) -> Newsletter | None:
    """Return whose feed a token opens; None when it is not, or no longer, one of ours."""
    key, _, seal = text.rpartition(".")
    if not key or not constant_time_compare(seal, _seal(key)):
        return None
    return Newsletter.objects.select_related("user").filter(feed_key=key, user__is_active=True).first()


def renew(newsletter: Newsletter) -> None:
    """Give the feed a new address; the old one opens nothing from now on."""
    newsletter.feed_key = new_key()
    newsletter.save(update_fields=["feed_key"])


def of(newsletter: Newsletter) -> PersonalFeed:
    """Return the feed of a person."""
    rows = news.gather(newsletter.user, after=news.days_ago(DAYS), until=news.now())[: feeds.MOST]
    items = [
        feeds.Item(
            id=feeds.tag(one.key),
            path=one.path or reverse("catalog:following"),
            title=printable(one.title),
            text=printable(one.text),
            published=one.at,
            updated=one.at,
            tags=[one.about] if one.about else [],
        )
        for one in rows
    ]
    return PersonalFeed(
        title=f"What you follow · {settings.SITE_NAME}",
        subtitle=f"Changes of tools, and new tools in categories and searches, of the last {DAYS} days.",
        page=reverse("catalog:following"),
        items=items,
        view="catalog:feed_personal",
        token=token(newsletter),
    )
