"""What people keep for themselves: saved tools, lists, what they follow, and how they hear of news."""

from __future__ import annotations

import secrets
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse

from catalog.models.category import Category
from catalog.models.tool import Tool


def new_key() -> str:
    """Return 128 random bits as 22 characters that fit into an address."""
    return secrets.token_urlsafe(16)


class OwnQuerySet(models.QuerySet[Any]):
    """Rows that their owner alone may see."""

    def visible_to(self, user: Any) -> Self:
        """Keep what belongs to this user; nothing for visitors."""
        return self.filter(user=user) if user is not None and user.is_authenticated else self.none()

    def latest_first(self) -> Self:
        """Order by when they were made, latest first."""
        return self.order_by("-created_at", "-id")


class Kept(models.Model):
    """A tool as somebody keeps it. It outlives the tool's row: then its name and old address are left.

    `slug` leads to the tool that took over the old one's address, if one did.
    """

    tool = models.ForeignKey(Tool, models.SET_NULL, null=True, related_name="+")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=100)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Saved(Kept):
    """A tool that a person saved."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="saved_tools")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "saved tools"
        constraints = [models.UniqueConstraint(fields=["user", "tool"], name="saved_once")]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="saved_latest")]


class ToolListQuerySet(OwnQuerySet):
    """Reading lists."""

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: their own, and those that their owners share."""
        own = Q(user=user) if user is not None and user.is_authenticated else Q()
        return self.filter(own | Q(shared=True)) if own else self.filter(shared=True)

    def owned_by(self, user: Any) -> Self:
        """Keep what this user may change."""
        return OwnQuerySet.visible_to(self, user)

    def with_size(self) -> Self:
        """Add `size`: how many tools each holds, those that are no longer listed too."""
        return self.annotate(size=models.Count("items"))

    def in_order(self) -> Self:
        """Order by the last change, latest first."""
        return self.order_by("-changed_at", "-id")


class ToolList(models.Model):
    """Tools that a person put together, in an order. Who has the address of a shared one may read it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="tool_lists")
    key = models.CharField(max_length=22, unique=True, default=new_key, editable=False)
    title = models.CharField(max_length=80)
    description = models.TextField(max_length=2_000, blank=True)
    shared = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    objects = ToolListQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-changed_at", "-id"], name="tool_list_latest")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the path of its page."""
        return reverse("catalog:list", args=[self.key])


class ListItem(Kept):
    """One tool of a list."""

    list = models.ForeignKey(ToolList, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    added_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "tool"], name="list_item_once"),
            models.UniqueConstraint(
                fields=["list", "position"], name="list_item_position_once", deferrable=models.Deferrable.DEFERRED
            ),
        ]


class Follow(models.Model):
    """Something a person wants to hear about: a tool, a category or a search, told from when it was followed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="follows")
    tool = models.ForeignKey(Tool, models.CASCADE, null=True, related_name="+")
    category = models.ForeignKey(Category, models.CASCADE, null=True, related_name="+")
    query = models.CharField(max_length=1_000, blank=True, help_text="of a search: its parameters, in one order")
    name = models.CharField(max_length=300, blank=True, help_text="of a search: its filters in words")
    serial = models.BigIntegerField(help_text="of the change log when it was followed: what came later is news")
    created_at = models.DateTimeField(db_default=Now())

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(tool__isnull=False, category=None, query="")
                | Q(tool=None, category__isnull=False, query="")
                | (Q(tool=None, category=None) & ~Q(query="") & ~Q(name="")),
                name="follow_of_one_thing",
            ),
            models.UniqueConstraint(fields=["user", "tool"], name="follow_tool_once"),
            models.UniqueConstraint(fields=["user", "category"], name="follow_category_once"),
            models.UniqueConstraint(fields=["user", "query"], condition=~Q(query=""), name="follow_search_once"),
        ]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="follow_latest")]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        """Return the path of the page that it is about."""
        about = self.tool or self.category
        return about.get_absolute_url() if about else f"{reverse('catalog:tools')}?{self.query}"

    @property
    def label(self) -> str:
        """What it is called."""
        return str(self.tool or self.category or self.name)


class Newsletter(models.Model):
    """How a person hears of what they follow: the key of their feed, and their digest with how far it has told."""

    class Period(models.TextChoices):
        """How often a digest is sent, when there is news."""

        OFF = "off", "Never"
        DAILY = "daily", "Every day"
        WEEKLY = "weekly", "Every week"

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="newsletter")
    feed_key = models.CharField(max_length=22, unique=True, default=new_key, editable=False)
    period = models.CharField(max_length=6, choices=Period.choices, default=Period.OFF)
    next_due_at = models.DateTimeField(null=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    told_serial = models.BigIntegerField(default=0, editable=False)  # of the change log
    told_until = models.DateTimeField(db_default=Now(), editable=False)  # of other sources

    objects = OwnQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(period="off", next_due_at=None)
                | Q(period__in=["daily", "weekly"], next_due_at__isnull=False),
                name="newsletter_is_due_when_wanted",
            )
        ]
        indexes = [
            models.Index(F("next_due_at"), F("id"), condition=Q(next_due_at__isnull=False), name="newsletter_due")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.period}"
