"""The desk for what waits for a person's decision: proposed facts, and sites that may be another product now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from verification.admin.readonly import Shown
from verification.identity import services as identity
from verification.models import DriftCase, ProposedFact
from verification.published import services as published
from verification.published import shown
from verification.published.crawl import SOURCES
from verification.published.proposal import FLAGS


class OpenFirst(admin.SimpleListFilter):
    """What is open, unless something else is asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the states and all."""
        states = [(str(value), str(label)) for value, label in model_admin.model.State.choices if value != "open"]
        return [*states, ("all", "All")]

    def choices(self, changelist: Any) -> Any:
        """Name the choice that stands for none of them."""
        for choice in super().choices(changelist):
            yield choice | ({"display": "Open"} if choice["query_string"] == changelist.get_query_string(
                remove=[self.parameter_name]) else {})  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the chosen state."""
        return queryset if self.value() == "all" else queryset.filter(state=self.value() or "open")


class FieldFilter(admin.SimpleListFilter):
    """Proposals for one field."""

    title = "field"
    parameter_name = "field"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the fields that have proposals, in words."""
        found = ProposedFact.objects.order_by("field").values_list("field", flat=True).distinct()
        return [(name, shown.label(name)) for name in found]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the chosen field."""
        return queryset.filter(field=self.value()) if self.value() else queryset


class SourceFilter(admin.SimpleListFilter):
    """Proposals of one kind of source."""

    title = "source"
    parameter_name = "source_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the kinds of sources, in words."""
        return list(SOURCES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the chosen kind."""
        return queryset.filter(source_kind=self.value()) if self.value() else queryset


class Decided(Shown, admin.ModelAdmin):
    """Rows that a service writes and a person decides on; who may change tools may decide."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows come from what was seen only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was decided stays on record."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is edited here; decisions are actions."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may change tools sees what is proposed for them."""
        return request.user.has_perm("catalog.change_tool") or super().has_view_permission(request, obj)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        """Whether the actions may be used."""
        return request.user.has_perm("catalog.change_tool")

    def decide(self, request: HttpRequest, rows: Any, how: Callable[[Any, str], object], done: str, fails: Any) -> None:
        """Decide on each of the chosen rows by itself and say how many, and why not the others.

        `how` takes a row and what the page that was answered showed of it, "" for a row that was not on it.
        """
        count = 0
        for row in rows.order_by("pk"):
            try:
                how(row, self.seen_by(request, row))
            except fails as error:
                self.message_user(request, f"{row.tool.name}: {error}", messages.WARNING)
            else:
                count += 1
        self.message_user(request, f"{count} {done}.")


def tool_link(tool: Any) -> SafeString:
    """Return a tool's name with a link to its desk."""
    return format_html('<a href="{}">{}</a>', reverse("admin:catalog_tool_change", args=[tool.pk]), tool.name)


@admin.register(ProposedFact)
class ProposedFactAdmin(Decided):
    """What vendors publish otherwise than the listing says, as a diff to accept or to reject."""

    list_display = ("what", "difference", "said", "seen_at", "state")
    list_display_links = ("what",)
    list_filter = (OpenFirst, FieldFilter, SourceFilter)
    fields = (
        "tool_desk",
        "named",
        "difference",
        "said",
        "seen_at",
        "first_seen_at",
        "state",
        "decided_by",
        "decided_at",
    )
    list_select_related = ("tool",)
    search_fields = ("tool__slug", "tool__name")
    ordering = ("tool__sort_name", "tool_id", "field", "id")
    actions = ("accept", "reject")

    def seen(self, row: ProposedFact) -> str:
        """Return the change."""
        return row.change

    @admin.display(description="Tool and field")
    def what(self, row: ProposedFact) -> SafeString:
        """Return the tool and the field."""
        return format_html("{}<br>{}", row.tool.name, shown.label(row.field))

    @admin.display(description="Tool")
    def tool_desk(self, row: ProposedFact) -> SafeString:
        """Return the tool."""
        return tool_link(row.tool)

    @admin.display(description="Field")
    def named(self, row: ProposedFact) -> str:
        """Return the field."""
        return shown.label(row.field)

    @admin.display(description="Change")
    def difference(self, row: ProposedFact) -> SafeString:
        """Return what the listing said and what it would say."""
        lines = shown.diff(row.field, row.current, row.value) + [FLAGS.get(flag, "") for flag in row.flags]
        return format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines))

    @admin.display(description="Where it stands")
    def said(self, row: ProposedFact) -> SafeString:
        """Return the quote and the link to its source."""
        kind = SOURCES.get(row.source_kind, row.source_kind)
        link = '“{}”<br><a href="{}" rel="noreferrer noopener nofollow">{}</a>'
        return format_html(link, row.quote, row.source_url, kind)

    @admin.action(description="Accept: the listing says so from now on", permissions=["decide"])
    def accept(self, request: HttpRequest, queryset: Any) -> None:
        """Accept the chosen ones."""
        fails = (published.Stale, published.Unfit)
        self.decide(
            request, queryset, lambda row, seen: published.accept(row, change=seen, by=request.user), "accepted", fails
        )

    @admin.action(description="Reject: the listing stays as it is", permissions=["decide"])
    def reject(self, request: HttpRequest, queryset: Any) -> None:
        """Reject the chosen ones."""
        fails = (published.Stale,)
        self.decide(request, queryset, lambda row, _seen: published.reject(row, by=request.user), "rejected", fails)


PRINT = (("domain", "Domain"), ("title", "Title"), ("text", "Text"), ("brand", "Name on the page"),
         ("issuer", "Certificate"))  # fmt: skip


@admin.register(DriftCase)
class DriftCaseAdmin(Decided):
    """Sites that have moved so far that a person should say whether it is still the same product."""

    list_display = ("tool_desk", "sentence", "before", "after", "score", "opened_at", "state")
    list_display_links = None
    list_filter = (OpenFirst,)
    list_select_related = ("tool", "baseline__run__tool", "print__run__tool")
    search_fields = ("tool__slug", "tool__name")
    ordering = ("-score", "id")
    actions = ("same_product", "other_product")

    def seen(self, row: DriftCase) -> str:
        """Return the two looks."""
        return row.looks

    @admin.display(description="Tool")
    def tool_desk(self, case: DriftCase) -> SafeString:
        """Return the tool."""
        return tool_link(case.tool)

    @admin.display(description="As it was accepted")
    def before(self, case: DriftCase) -> SafeString:
        """Return the accepted look."""
        return _shown(case.baseline)

    @admin.display(description="As it was seen")
    def after(self, case: DriftCase) -> SafeString:
        """Return the new look."""
        return _shown(case.print)

    @admin.action(description="Same product: accept the new look", permissions=["decide"])
    def same_product(self, request: HttpRequest, queryset: Any) -> None:
        """Accept the chosen ones."""
        self._answer(request, queryset, identity.same_product, "called the same product")

    @admin.action(description="Another product: note it, then change the listing by hand", permissions=["decide"])
    def other_product(self, request: HttpRequest, queryset: Any) -> None:
        """Note the chosen ones."""
        how = "called another product. Their listings stay until you change them"
        self._answer(request, queryset, identity.other_product, how)

    def _answer(self, request: HttpRequest, queryset: Any, act: Callable[..., None], how: str) -> None:
        fails = (identity.Decided,)
        self.decide(request, queryset, lambda case, seen: act(case, looks=seen, by=request.user), how, fails)


def _shown(one: Any) -> SafeString:
    """Return a print as lines, with the link to the run that it is from."""
    lines = [f"{label}: {_word(one.data.get(name))}" for name, label in PRINT]
    day = f"{one.at:%Y-%m-%d}"
    link = format_html('<a href="{}">{}</a>', one.run.get_absolute_url(), day) if one.run else day
    return format_html("{}<br>{}", link, format_html_join(SafeString("<br>"), "{}", ((line,) for line in lines)))


def _word(value: Any) -> str:
    return {True: "yes", False: "no", None: "not known", "": "not known"}.get(value, str(value))
