"""The editors' desk: every change made here gets provenance, a line in the change log and a fresh index."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models, transaction
from django.http import HttpRequest
from django.utils import timezone

from catalog import choices, edits, leaks, services, validation
from catalog.choices import SaidBy
from catalog.models import (
    Alias,
    AlsoIn,
    Category,
    Change,
    Collection,
    Fact,
    Interface,
    Pick,
    Plan,
    Tool,
)
from catalog.records import derive, record_of, with_record_rows

# an address typed without a scheme is meant as https
HTTPS: Any = {models.URLField: {"assume_scheme": "https"}}


class NoSecrets(forms.ModelForm):
    """Refuses text that looks like a secret, as the files and the portal do: what is saved is public at once."""

    def clean(self) -> dict[str, Any] | None:
        """Say it beside the field."""
        cleaned = super().clean()
        for name, value in list(self.cleaned_data.items()):
            if found := next(leaks.found(value), None):
                self.add_error(name, f"This {leaks.TOLD.format(found[1])}.")
        return cleaned


class AlsoInInline(admin.TabularInline):
    """Further sub-categories."""

    model = AlsoIn
    extra = 0
    max_num = 3

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer sub-categories only."""
        if db_field.name == "category":
            kwargs["queryset"] = Category.objects.filter(parent__isnull=False).in_order()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class InterfaceForm(NoSecrets):
    """An interface: whoever changes what it says, says it, unless they name somebody else."""

    def clean(self) -> dict[str, Any]:
        """Say that the editors say what was changed."""
        cleaned = super().clean() or {}
        if {*self.changed_data} - {"position", "said_by"} and "said_by" not in self.changed_data:
            cleaned["said_by"] = SaidBy.EDITOR
        return cleaned


class InterfaceInline(admin.StackedInline):
    """How a program reaches the tool."""

    model = Interface
    form = InterfaceForm
    extra = 0
    formfield_overrides = HTTPS


class PlanInline(admin.TabularInline):
    """Prices that somebody has seen."""

    model = Plan
    form = NoSecrets
    extra = 0


class FactInline(admin.TabularInline):
    """Who says what; written by saving the tool."""

    model = Fact
    extra = 0
    formfield_overrides = HTTPS
    can_delete = False
    readonly_fields = ("field", "said_by", "said_on", "evidence")

    def has_add_permission(self, request: HttpRequest, obj: Tool | None = None) -> bool:
        """Facts follow from what is saved; none are added by hand."""
        return False


class SeveralField(forms.MultipleChoiceField):
    """Several values of a closed list, as check boxes; values that stay keep their order."""

    def __init__(self, enum: type[models.TextChoices], label: str) -> None:
        super().__init__(choices=enum.choices, label=label, required=False, widget=forms.CheckboxSelectMultiple)

    def in_order_of(self, before: list[str], picked: list[str]) -> list[str]:
        """Return the picked values, those that were there before first and in their order."""
        return [value for value in before if value in picked] + [value for value in picked if value not in before]


class ToolForm(NoSecrets):
    """Checks what the database would refuse, in words."""

    opened_at = forms.CharField(widget=forms.HiddenInput, required=False)
    price_model = SeveralField(choices.PriceModel, "Charged by")
    platforms = SeveralField(choices.Platform, "Platforms")
    modality_in = SeveralField(choices.Modality, "Input")
    modality_out = SeveralField(choices.Modality, "Output")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self.fields["status"].choices = [  # type: ignore[attr-defined]
                one for one in choices.Status.choices if one[0] != choices.Status.DRAFT
            ]
        if self.instance.pk:
            self.initial["opened_at"] = self.instance.changed_at.isoformat()

    def clean(self) -> dict[str, Any] | None:
        """Refuse to overwrite what somebody else saved meanwhile; keep the order of lists that were not touched."""
        cleaned = super().clean()
        opened = self.cleaned_data.get("opened_at")
        if self.instance.pk and opened and opened != self.initial["opened_at"]:
            raise forms.ValidationError(
                "Somebody changed this tool after you opened it. Nothing was saved: open it again in another tab "
                "and make your changes there."
            )
        for name, field in self.fields.items():
            if isinstance(field, forms.URLField) and self.cleaned_data.get(name, "").startswith("ftp"):
                self.add_error(name, "Write an address that begins with https:// or http://.")
            if isinstance(field, SeveralField) and name in self.cleaned_data:
                before = self.initial.get(name) or []
                self.cleaned_data[name] = field.in_order_of(before, self.cleaned_data[name])
        return cleaned

    def clean_category(self) -> Category:
        """Tools are filed under a sub-category."""
        category: Category = self.cleaned_data["category"]
        if category.parent_id is None:
            raise forms.ValidationError("Choose a sub-category: tools are filed under the job they do.")
        return category

    def clean_slug(self) -> str:
        """An address is for good: it has the form of the seed files and is not another tool's old one."""
        slug: str = self.cleaned_data["slug"]
        if not validation.SLUG.match(slug):
            raise forms.ValidationError("Write lower-case letters, digits and single hyphens, such as example-voice.")
        taken = Alias.objects.filter(slug=slug, tool__isnull=False).exclude(tool=self.instance.pk or None).first()
        if taken:
            raise forms.ValidationError(f"“{slug}” is an old address of {taken.tool}.")
        return slug

    def clean_licence(self) -> str:
        """A licence is chosen in a facet by its id."""
        licence: str = self.cleaned_data["licence"]
        if licence and not validation.LICENCE.fullmatch(licence):
            raise forms.ValidationError("Write an SPDX expression, such as Apache-2.0 or MIT OR Apache-2.0.")
        return licence

    def clean_launched(self) -> str:
        """The pattern is the field's; the day must exist as well."""
        launched: str = self.cleaned_data["launched"]
        self.instance.launched = launched
        try:
            derive(self.instance)
        except ValueError as error:
            raise forms.ValidationError(f"{launched} is no date of the calendar.") from error
        return launched


@admin.register(Tool)
class ToolAdmin(admin.ModelAdmin):
    """Tools: saving goes through catalog.services."""

    form = ToolForm
    formfield_overrides = HTTPS
    list_display = ("name", "vendor", "category", "access", "source", "status", "changed_at")
    list_filter = ("status", "kind", "access", "source", "category__parent")
    list_select_related = ("category",)
    search_fields = ("name", "slug", "vendor", "tagline")
    ordering = ("sort_name", "slug")
    autocomplete_fields = ("category",)
    readonly_fields = ("changed_at",)
    inlines = (AlsoInInline, PlanInline, InterfaceInline, FactInline)
    list_per_page = 50
    actions = ("delist",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A new tool is listed today."""
        return {"listed_on": timezone.now().date(), **super().get_changeform_initial_data(request)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Tool | None = None) -> dict[str, Any]:
        """The slug of a new tool follows its name; that of a listed one stays."""
        return {} if obj else {"slug": ("name",)}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Leave out the drafts of the portal, which has pages of its own for them."""
        return super().get_queryset(request).exclude(status=choices.Status.DRAFT)

    def get_actions(self, request: HttpRequest) -> Any:
        """Take away bulk deletion: delisting keeps the evidence."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    @admin.action(description="Delist: take out of the public catalog", permissions=["change"])
    def delist(self, request: HttpRequest, queryset: Any) -> None:
        """Delist the chosen tools and say how many were."""
        count = services.delist_tools(queryset, actor=request.user)
        self.message_user(request, f"{count} tool{'' if count == 1 else 's'} no longer listed.")

    def _changeform_view(self, request: HttpRequest, *args: Any) -> Any:
        """Take the catalog's turn before anything is read: what the form is held against stays as it is."""
        if request.method == "POST":
            services.take_turn()
        return super()._changeform_view(request, *args)  # type: ignore[misc]

    def save_model(self, request: HttpRequest, obj: Tool, form: Any, change: bool) -> None:
        """Remember the record as it was, fill derived columns, save."""
        before = {}
        if change:
            before = record_of(with_record_rows(Tool.objects.select_for_update(of=("self",))).get(pk=obj.pk))
        form.record_before = before
        derive(obj)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save the inlines, then write provenance, change log and index."""
        super().save_related(request, form, formsets, change)
        services.record_edit(form.instance, form.record_before, actor=request.user)
        for problem in validation.problems_of_tool(form.instance.pk):
            self.message_user(request, f"Saved, but load_catalog would refuse it: {problem}.", messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Tool) -> None:
        """Delete for good, leaving a tombstone in the change log."""
        services.delete_tool(obj, actor=request.user)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    """Categories: a new name, address or parent reaches the index and the log of the tools within."""

    list_display = ("name", "slug", "parent", "position")
    list_filter = ("parent",)
    list_select_related = ("parent",)
    search_fields = ("name", "slug")
    ordering = ("position", "slug")

    def save_model(self, request: HttpRequest, obj: Category, form: Any, change: bool) -> None:
        """Save; keep an old slug as an alias; index the tools within anew."""
        with transaction.atomic():
            within = Tool.objects.in_category(obj).values_list("pk", flat=True) if change else ()
            before = edits.records(within)
            super().save_model(request, obj, form, change)
            old = form.initial.get("slug")
            if change and old and old != obj.slug:
                Alias.objects.filter(slug=obj.slug, category__isnull=False).delete()
                Alias.objects.create(slug=old, category=obj)
            edits.record_refiled(before, actor=request.user)


class PickInline(admin.TabularInline):
    """The tools of a collection."""

    model = Pick
    extra = 1
    autocomplete_fields = ("tool",)


@admin.register(Collection)
class CollectionAdmin(admin.ModelAdmin):
    """Curated collections."""

    list_display = ("title", "position", "updated_on")
    ordering = ("position", "slug")
    search_fields = ("title",)
    inlines = (PickInline,)


@admin.register(Alias)
class AliasAdmin(admin.ModelAdmin):
    """Old addresses; made by renaming, removed by hand when one is needed for another tool."""

    list_display = ("slug", "tool", "category")
    list_select_related = ("tool", "category")
    search_fields = ("slug",)
    ordering = ("slug",)
    autocomplete_fields = ("tool", "category")


@admin.register(Change)
class ChangeAdmin(admin.ModelAdmin):
    """The change log, to read only."""

    list_display = ("serial", "at", "slug", "action", "actor")
    list_filter = ("action",)
    list_select_related = ("actor",)
    search_fields = ("slug",)
    ordering = ("-serial",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Rows are written by services only."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        """The log is append-only."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        """The log is append-only."""
        return False
