"""A tool and what belongs to it: plans, interfaces, facts with provenance."""

from __future__ import annotations

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now, Upper
from django.urls import reverse

from catalog import choices
from catalog.models.category import Category

LAUNCHED = r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$"


def verified_since() -> models.Case:
    """Return since when a tool is called verified, of those whose level is one that is."""
    return models.Case(models.When(level__gte=choices.VERIFIED, then=models.F("verified_at")))


class ToolQuerySet(models.QuerySet["Tool"]):
    """Reading tools; every ordering ends in the slug, which is unique."""

    def listed(self) -> Self:
        """Keep what the public catalog shows."""
        return self.filter(status__in=choices.LISTED)

    def found(self) -> Self:
        """Keep what lists and search show: what is listed and not away for longer than 14 days."""
        return self.listed().exclude(away__in=[choices.Away.LONG, choices.Away.ARCHIVED])

    def visible_to(self, user: Any) -> Self:
        """Keep what this user may see: listed tools, their own drafts; everything for those who may change tools.

        Whoever may view tools at the desk, as reviewers do, sees the drafts of others as well.
        """
        if user is None or not user.is_active:
            return self.listed()
        if user.has_perm("catalog.change_tool"):
            return self
        seen = models.Q(status__in=choices.LISTED) | models.Q(status=choices.Status.DRAFT, drafted_by=user.pk)
        if user.has_perm("catalog.view_tool"):
            seen |= models.Q(status=choices.Status.DRAFT)
        return self.filter(seen)

    def in_category(self, category: Category) -> Self:
        """Keep tools filed under this category, or below it, first or further."""
        below = models.Q(category=category) | models.Q(category__parent=category)
        further = models.Q(also=category) | models.Q(also__parent=category)
        return self.filter(pk__in=Tool.objects.filter(below | further).values("pk"))

    def newest(self) -> Self:
        """Order by launch, latest first; tools without a known launch come last."""
        return self.order_by(models.F("launched_on").desc(nulls_last=True), "slug")

    def recently_verified(self) -> Self:
        """Order by when they became verified (services.record_standing), latest first; all others come last."""
        return self.order_by(verified_since().desc(nulls_last=True), "slug")

    def recently_added(self) -> Self:
        """Order by when the listing was made, latest first."""
        return self.order_by("-listed_on", "-id")

    def by_name(self) -> Self:
        """Order A to Z without regard to case."""
        return self.order_by("sort_name", "slug")

    def launched_between(self, first: dt.date, last: dt.date) -> Self:
        """Keep tools whose whole stated launch period lies between the two days (a month counts as its days)."""
        return self.filter(launched_on__gte=first, launched_until__lte=last)

    def for_cards(self) -> Self:
        """Fetch along what a card shows, in a constant number of queries."""
        return self.select_related("category").prefetch_related("interfaces", "plans")


class Tool(models.Model):
    """One listed AI tool. Written only by catalog.services, which keeps index, provenance and change log in step."""

    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=100)
    sort_name = models.CharField(max_length=100, editable=False)  # case-folded, accents removed
    vendor = models.CharField(max_length=100, blank=True)
    homepage = models.URLField(max_length=500)
    tagline = models.CharField(max_length=120)
    description = models.TextField(max_length=2_000)
    kind = models.CharField(max_length=20, choices=choices.Kind.choices)
    category = models.ForeignKey(Category, models.PROTECT, related_name="primary_tools")
    also = models.ManyToManyField(Category, through="AlsoIn", related_name="also_tools", blank=True)

    access = models.CharField(max_length=20, choices=choices.Access.choices, default=choices.Access.UNKNOWN)
    price_model = ArrayField(
        models.CharField(max_length=20, choices=choices.PriceModel.choices), default=list, blank=True
    )
    source = models.CharField(max_length=20, choices=choices.Source.choices, default=choices.Source.UNKNOWN)
    licence = models.CharField(max_length=60, blank=True, help_text="SPDX expression")

    launched = models.CharField(
        max_length=10,
        blank=True,
        validators=[RegexValidator(LAUNCHED)],
        help_text="YYYY, YYYY-MM or YYYY-MM-DD",
    )
    launched_on = models.DateField(null=True, editable=False)  # first day of the stated period
    launched_until = models.DateField(null=True, editable=False)  # its last day

    platforms = ArrayField(models.CharField(max_length=20, choices=choices.Platform.choices), default=list, blank=True)
    modality_in = ArrayField(
        models.CharField(max_length=10, choices=choices.Modality.choices), default=list, blank=True
    )
    modality_out = ArrayField(
        models.CharField(max_length=10, choices=choices.Modality.choices), default=list, blank=True
    )
    tags = ArrayField(models.SlugField(max_length=40), default=list, blank=True)

    docs_url = models.URLField(max_length=500, blank=True)
    repo_url = models.URLField(max_length=500, blank=True)
    pricing_url = models.URLField(max_length=500, blank=True)
    api_url = models.URLField(max_length=500, blank=True)
    status_url = models.URLField(max_length=500, blank=True)

    status = models.CharField(
        max_length=10, choices=choices.Status.choices, default=choices.Status.ACTIVE, db_index=False
    )
    note = models.CharField(max_length=300, blank=True, help_text="For curators; not shown to visitors")
    listed_on = models.DateField()
    # of a draft: whose it is; the portal checks what is not listed yet by the same runs as what is
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )
    draft_of = models.ForeignKey(  # of a draft: the listed tool that it would change
        "self", models.CASCADE, null=True, blank=True, editable=False, related_name="drafts"
    )
    changed_at = models.DateTimeField(db_default=Now())
    # written by verification through catalog.services.record_seen, for cards and comparisons
    seen = models.CharField(
        max_length=10, choices=choices.Seen.choices, default=choices.Seen.NOT_CHECKED, blank=True, editable=False
    )
    checked_at = models.DateTimeField(null=True, editable=False)
    # likewise, through catalog.services.record_standing
    level = models.PositiveSmallIntegerField(default=0, editable=False)
    level_since = models.DateTimeField(null=True, editable=False)
    verified_at = models.DateTimeField(null=True, editable=False)  # its order among the recently verified
    unverified_at = models.DateTimeField(null=True, editable=False)  # when it fell below; null while it is verified
    away = models.CharField(max_length=12, choices=choices.Away.choices, default="", blank=True, editable=False)
    # the beginning of the hash of its logo (catalog.services.set_logo), "" for none: pages need no more of it
    logo_key = models.CharField(max_length=12, default="", blank=True, editable=False)
    # the record as load_catalog last read it, as JSON text: the order of its keys matters to export_catalog
    seed = models.TextField(blank=True, editable=False)

    objects = ToolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(launched="", launched_on=None, launched_until=None)
                | models.Q(launched__regex=LAUNCHED, launched_on__isnull=False, launched_until__isnull=False),
                name="tool_launch_dates_agree",
            ),
            models.CheckConstraint(condition=models.Q(kind__in=choices.Kind.values), name="tool_kind_known"),
            models.CheckConstraint(condition=models.Q(access__in=choices.Access.values), name="tool_access_known"),
            models.CheckConstraint(condition=models.Q(source__in=choices.Source.values), name="tool_source_known"),
            models.CheckConstraint(condition=models.Q(status__in=choices.Status.values), name="tool_status_known"),
            models.CheckConstraint(
                condition=models.Q(drafted_by=None, draft_of=None) | models.Q(status=choices.Status.DRAFT),
                name="tool_draft_agrees",
            ),
            models.CheckConstraint(condition=models.Q(seen__in=choices.Seen.values), name="tool_seen_known"),
            models.CheckConstraint(
                condition=models.Q(seen="", checked_at=None)
                | (~models.Q(seen="") & models.Q(checked_at__isnull=False)),
                name="tool_seen_has_its_time",
            ),
            models.CheckConstraint(condition=models.Q(away__in=choices.Away.values), name="tool_away_known"),
            models.CheckConstraint(
                condition=models.Q(level=0, level_since=None)
                | models.Q(level__range=(1, 5), level_since__isnull=False),
                name="tool_level_has_its_time",
            ),
        ]
        indexes = [
            models.Index(models.F("launched_on").desc(nulls_last=True), "slug", name="tool_newest"),
            models.Index(fields=["-listed_on", "-id"], name="tool_recently_added"),
            models.Index(fields=["sort_name", "slug"], name="tool_by_name"),
            # to find one that is listed already (submissions/duplicates.py)
            GinIndex(OpClass(Upper("homepage"), "gin_trgm_ops"), name="tool_homepage_trgm"),
            GinIndex(OpClass(Upper("repo_url"), "gin_trgm_ops"), name="tool_repo_trgm"),
            models.Index(Upper("vendor"), name="tool_by_vendor"),
            models.Index(verified_since().desc(nulls_last=True), "slug", name="tool_recently_verified"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Return the path of its page."""
        return reverse("catalog:tool", args=[self.slug])

    @property
    def logo_url(self) -> str:
        """The path of its logo, 128 pixels wide; "" where it has none."""
        return reverse("catalog:tool_logo", args=[self.slug, self.logo_key]) if self.logo_key else ""

    @property
    def is_listed(self) -> bool:
        """Whether visitors see it."""
        return self.status in choices.LISTED

    @property
    def is_found(self) -> bool:
        """Whether lists and search show it: listed, and not unreachable for longer than 14 days."""
        return self.is_listed and self.away not in {choices.Away.LONG, choices.Away.ARCHIVED}

    @property
    def modality(self) -> dict[str, list[str]]:
        """What goes in and what comes out, as in a seed record."""
        return {"in": self.modality_in, "out": self.modality_out}


class AlsoIn(models.Model):
    """A further sub-category of a tool (at most three, in order)."""

    tool = models.ForeignKey(Tool, models.CASCADE)
    category = models.ForeignKey(Category, models.PROTECT)
    position = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = "further category"
        verbose_name_plural = "further categories"
        constraints = [
            models.UniqueConstraint(fields=["tool", "category"], name="also_in_once"),
            models.UniqueConstraint(
                fields=["tool", "position"], name="also_in_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=models.Q(position__lt=3), name="also_in_at_most_three"),
        ]

    def __str__(self) -> str:
        return f"{self.tool_id} in {self.category_id}"


class Plan(models.Model):
    """A price that somebody has seen: an amount, what it buys, when it was seen."""

    class Period(models.TextChoices):
        """What the amount is paid for."""

        MONTH = "month", "per month"
        YEAR = "year", "per year"
        ONCE = "once", "once"
        UNIT = "unit", "per unit"

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="plans")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.CharField(max_length=3, default="USD", validators=[RegexValidator(r"^[A-Z]{3}$")])
    period = models.CharField(max_length=10, choices=Period.choices, default=Period.MONTH)
    unit = models.CharField(max_length=60, blank=True, help_text="for “per unit”: 1,000 characters, image, …")
    seen_on = models.DateField(help_text="when the price page was read")

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tool", "position"], name="plan_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="plan_amount_not_negative"),
            models.CheckConstraint(condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="plan_currency_iso_4217"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.amount} {self.currency} {self.period}"


class Interface(models.Model):
    """One way for a program to reach a tool."""

    FIELDS = ("registry", "package", "image", "url", "base_url", "docs", "openapi", "auth", "env", "said_by")

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="interfaces")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=20, choices=choices.InterfaceKind.choices)
    registry = models.CharField(max_length=20, choices=choices.Registry.choices, blank=True)
    package = models.CharField(max_length=200, blank=True)
    image = models.CharField(max_length=300, blank=True)
    # may hold a tenant's own part as https://{account}.example.com: text, not a URLField
    url = models.CharField(max_length=500, blank=True)
    base_url = models.CharField(max_length=500, blank=True)
    docs = models.URLField(max_length=500, blank=True)
    openapi = models.URLField(max_length=500, blank=True)
    auth = models.CharField(max_length=20, choices=choices.Auth.choices, blank=True)
    env = models.CharField(max_length=80, blank=True, help_text="variable that the vendor's own SDK reads")
    said_by = models.CharField(max_length=10, choices=choices.SaidBy.choices, default=choices.SaidBy.LIST)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tool", "position"], name="interface_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=choices.InterfaceKind.values), name="interface_kind_known"
            ),
        ]
        indexes = [
            models.Index(Upper("package"), name="interface_by_package"),
            models.Index(Upper("image"), name="interface_by_image"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.address}".strip()

    @property
    def address(self) -> str:
        """Return what a program needs first: an address, a package or an image."""
        return self.base_url or self.url or self.package or self.image or self.openapi or self.docs

    @property
    def install(self) -> str:
        """Return the command that installs its package, or "" where there is none to give."""
        commands = {
            "pypi": "pip install",
            "npm": "npm install",
            "go": "go get",
            "cargo": "cargo add",
            "homebrew": "brew install",
            "nuget": "dotnet add package",
            "rubygems": "gem install",
            "packagist": "composer require",
        }
        if self.image:
            return f"docker pull {self.image}"
        if self.package and self.registry in commands:
            return f"{commands[self.registry]} {self.package}"
        return ""


class FactQuerySet(models.QuerySet["Fact"]):
    """Reading provenance."""

    def by_field(self) -> dict[str, Fact]:
        """Return the facts of one tool by field name."""
        return {fact.field: fact for fact in self}


class Fact(models.Model):
    """Who says what one field of a tool states, since when, on what evidence."""

    tool = models.ForeignKey(Tool, models.CASCADE, related_name="facts")
    field = models.CharField(max_length=30)
    said_by = models.CharField(max_length=10, choices=choices.SaidBy.choices)
    said_on = models.DateField()
    evidence = models.URLField(max_length=500, blank=True)

    objects = FactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tool", "field"], name="fact_once_per_field"),
            models.CheckConstraint(condition=models.Q(said_by__in=choices.SaidBy.values), name="fact_said_by_known"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.said_by}, {self.said_on}"
