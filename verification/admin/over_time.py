"""The operators' desk over time: addresses, incidents, maintenance, our own outages, claims, watches, the log."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone

from catalog.services import hold
from core import audit
from core.clean import Unclean, clean_line
from core.desk import ReadOnly
from verification import services
from verification.admin.readonly import MOST_AT_ONCE
from verification.claims import services as claims
from verification.health import incidents, standing
from verification.models import (
    Claim,
    Endpoint,
    Incident,
    IncidentUpdate,
    LogEntry,
    MaintenanceWindow,
    OwnOutage,
    Run,
    Watch,
)

REASON = 500  # characters


class Reason(ActionForm):
    """The sentence that an action wants, beside the choice of the action."""

    reason = forms.CharField(required=False, max_length=REASON, label="Reason or sentence")


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly):
    """Watched addresses and their health."""

    list_display = ("subject", "tool", "state", "since", "known_at", "fails", "unstable", "retired_at")
    list_filter = ("state", "unstable", "home")
    list_select_related = ("tool",)
    search_fields = ("subject", "tool__slug", "tool__name")
    ordering = ("-since", "-id")


class IncidentUpdateInline(admin.TabularInline):
    """The timeline; what stands there stays, and a line can be added while the incident is open."""

    model = IncidentUpdate
    extra = 0
    fields = ("at", "state", "text", "by", "run")
    readonly_fields = ("at", "state", "text", "by", "run")
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Take along what names the run and the person of each line."""
        return super().get_queryset(request).select_related("run", "by")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A line is added by the action, through the service."""
        return False


class Post(Reason):
    """What the action “Post an update” wants."""

    state = forms.ChoiceField(
        required=False,
        choices=[choice for choice in Incident.State.choices if choice[0] != Incident.State.RESOLVED],
    )


@admin.register(Incident)
class IncidentAdmin(ReadOnly):
    """Incidents; judgement opens and closes them, people explain them."""

    action_form = Post
    actions = ("post_update",)
    inlines = (IncidentUpdateInline,)
    list_display = ("tool", "endpoint", "state", "began_at", "closed_at", "sentence")
    list_filter = ("state",)
    list_select_related = ("endpoint__tool",)
    search_fields = ("endpoint__subject", "endpoint__tool__slug", "endpoint__tool__name")
    ordering = ("-began_at", "-id")

    @admin.display(ordering="endpoint__tool__name")
    def tool(self, incident: Incident) -> str:
        """Return the name of the tool."""
        return incident.endpoint.tool.name

    def has_post_permission(self, request: HttpRequest) -> bool:
        """Whoever may change incidents may explain them."""
        return request.user.has_perm("verification.change_incident")

    @admin.action(description="Post an update (choose a state, write the sentence)", permissions=["post"])
    def post_update(self, request: HttpRequest, queryset: Any) -> None:
        """Add a line to the timelines of the chosen incidents, to all or to none."""
        state, text = request.POST.get("state", ""), request.POST.get("reason", "")
        try:
            with transaction.atomic():
                for incident in queryset.order_by("pk"):
                    incidents.post_update(incident, by=request.user, state=state, text=text)
        except ValueError as error:
            self.message_user(request, f"{error} No update was posted.", messages.ERROR)
            return
        self.message_user(request, "The update was posted.")


class MaintenanceForm(forms.ModelForm):
    """Declares a window through the service; what it refuses stands in the form."""

    class Meta:
        model = MaintenanceWindow
        fields = ("tool", "starts_at", "ends_at", "reason")

    def clean(self) -> dict[str, Any]:
        """Declare the window, to see whether it may be."""
        data = super().clean() or {}
        if self.errors:
            return data
        by = getattr(self, "by", None)
        try:
            with transaction.atomic():
                self.instance = incidents.declare_maintenance(
                    data["tool"], starts_at=data["starts_at"], ends_at=data["ends_at"], reason=data["reason"], by=by
                )
        except incidents.TooMuchMaintenance as error:
            raise forms.ValidationError(str(error)) from error
        except IntegrityError as error:
            raise forms.ValidationError("This overlaps another window of the tool.") from error
        return data

    def _post_clean(self) -> None:
        """The row is written and was checked by the service and the database."""


@admin.register(MaintenanceWindow)
class MaintenanceWindowAdmin(admin.ModelAdmin):
    """Times in which a tool may be away."""

    form = MaintenanceForm
    autocomplete_fields = ("tool",)
    list_display = ("tool", "starts_at", "ends_at", "reason", "declared_by", "declared_at")
    list_select_related = ("tool", "declared_by")
    search_fields = ("tool__slug", "tool__name", "reason")
    ordering = ("-starts_at", "-id")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was declared stays; a new window can be declared, one that is not wanted deleted."""
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form; it knows who declares."""
        form = super().get_form(request, obj, change, **kwargs)
        form.by = request.user  # type: ignore[attr-defined]  # made anew for each request
        return form

    def save_model(self, request: HttpRequest, obj: MaintenanceWindow, form: Any, change: bool) -> None:
        """The service has written the row."""

    def delete_model(self, request: HttpRequest, obj: MaintenanceWindow) -> None:
        """Take a window back through the service, which writes it into the log."""
        incidents.withdraw_maintenance(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Take the chosen windows back."""
        for window in queryset.select_related("tool").order_by("pk"):
            incidents.withdraw_maintenance(window)


@admin.register(OwnOutage)
class OwnOutageAdmin(ReadOnly):
    """Times in which our own looks could not be trusted."""

    list_display = ("began_at", "ended_at", "cause", "vantage", "checked", "turned", "held")
    list_filter = ("cause",)
    ordering = ("-began_at", "-id")


@admin.register(Claim)
class ClaimAdmin(ReadOnly):
    """Claims with their dates."""

    action_form = Reason
    actions = ("withdraw",)
    list_display = ("tool", "kind", "granted_at", "renewed_at", "expires_at", "ended_at", "ended", "sentence")
    list_filter = ("kind", "ended")
    list_select_related = ("tool",)
    search_fields = ("tool__slug", "tool__name", "sentence")
    ordering = ("-granted_at", "-id")

    def has_withdraw_permission(self, request: HttpRequest) -> bool:
        """Whoever may change claims may withdraw them; nobody may write them."""
        return request.user.has_perm("verification.change_claim")

    @admin.action(description="Withdraw (write the reason)", permissions=["withdraw"])
    def withdraw(self, request: HttpRequest, queryset: Any) -> None:
        """End the chosen claims for a reason that stands in the public log."""
        typed = request.POST.get("reason", "")
        if not typed.strip():
            self.message_user(request, "Write the reason: it stands in the public log. Nothing ended.", messages.ERROR)
            return
        try:
            reason = clean_line(typed, max_length=REASON)
        except Unclean as error:
            self.message_user(request, f"The reason {error}. Nothing ended.", messages.ERROR)
            return
        at = timezone.now()
        chosen = list(queryset.select_related("tool").order_by("pk"))
        with transaction.atomic():
            hold(one.tool_id for one in chosen)
            ended = [
                one for one in chosen
                if claims.end(one, at=at, why=Claim.Ended.WITHDRAWN, sentence=reason, by=request.user)
            ]  # fmt: skip
            standing.refresh({one.tool_id for one in ended}, at=at)
            for one in ended:
                detail = {"kind": one.kind, "tool": one.tool_id}
                audit.record(actor=request.user, action="verification.claim_withdrawn", obj=one, detail=detail)
        left = len(chosen) - len(ended)
        self.message_user(request, f"Withdrawn: {len(ended)}.{f' Ended before: {left}.' if left else ''}")


@admin.register(Watch)
class WatchAdmin(ReadOnly):
    """When tools are looked at next."""

    actions = ("look_now",)
    list_display = ("tool", "next_at", "full_at", "since", "elsewhere")
    list_select_related = ("tool",)
    search_fields = ("tool__slug", "tool__name")
    ordering = ("next_at", "id")

    def has_look_permission(self, request: HttpRequest) -> bool:
        """Whoever may change tools may begin looks, as with “Verify now”."""
        return request.user.has_perm("catalog.change_tool")

    @admin.action(description="Look now", permissions=["look"])
    def look_now(self, request: HttpRequest, queryset: Any) -> None:
        """Begin a light run of the chosen tools."""
        tools = [one.tool for one in queryset.prefetch_related("tool__plans", "tool__interfaces")[: MOST_AT_ONCE + 1]]
        if len(tools) > MOST_AT_ONCE:
            message = f"Choose at most {MOST_AT_ONCE} tools at once. No run was begun."
            self.message_user(request, message, messages.ERROR)
            return
        begun = services.start_runs(tools, trigger=Run.Trigger.STAFF, by=request.user, light=True)
        left = len(tools) - len(begun)
        others = f" {left} of the chosen had one under way already, or nothing to look at." if left else ""
        self.message_user(request, f"{len(begun)} run{'' if len(begun) == 1 else 's'} begun.{others}")


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnly):
    """The public log."""

    list_display = ("at", "kind", "tool", "sentence")
    list_filter = ("kind",)
    list_select_related = ("tool",)
    search_fields = ("slug", "sentence")
    ordering = ("-at", "-id")
