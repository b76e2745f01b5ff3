"""The operators' desk: runs and results to read, opt-outs and budgets to change, and “Verify now” for tools."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalog.admin import ToolAdmin as CatalogToolAdmin
from catalog.models import Tool
from catalog.services import hold
from core import audit, safehttp
from core.desk import ReadOnly
from core.safehttp import Policy
from verification import services
from verification.admin.readonly import MOST_AT_ONCE, Shown
from verification.claims import services as claims
from verification.domains import registrable
from verification.health import standing
from verification.models import (
    Claim,
    Endpoint,
    HostBudget,
    Incident,
    OptOut,
    OwnershipChallenge,
    OwnershipClaim,
    OwnershipEvent,
    Run,
    RunStep,
    StepResult,
    Watch,
)

GO_ALONG = (Run, RunStep, StepResult, Watch, Endpoint, Incident, Claim)  # with a tool that is deleted

admin.site.unregister(Tool)


@admin.register(Tool)
class ToolAdmin(Shown, CatalogToolAdmin):
    """The catalog's own desk for tools, with two actions more."""

    actions: tuple[str, ...] = (*CatalogToolAdmin.actions, "verify_now", "mark_as_reviewed")  # type: ignore[assignment]

    @admin.action(description="Verify now", permissions=["change"])
    def verify_now(self, request: HttpRequest, queryset: Any) -> None:
        """Begin runs of the chosen tools and say how many were begun."""
        tools = list(queryset.order_by("pk").prefetch_related("plans", "interfaces")[: MOST_AT_ONCE + 1])
        if len(tools) > MOST_AT_ONCE:
            message = f"Choose at most {MOST_AT_ONCE} tools at once. No run was begun."
            self.message_user(request, message, messages.ERROR)
            return
        begun = services.start_runs(tools, trigger=Run.Trigger.STAFF, by=request.user)
        left = len(tools) - len(begun)
        others = f" {left} of the chosen had a run under way already." if left else ""
        self.message_user(request, f"{len(begun)} run{'' if len(begun) == 1 else 's'} begun.{others}")

    @admin.action(description="Mark as reviewed", permissions=["change"])
    def mark_as_reviewed(self, request: HttpRequest, queryset: Any) -> None:
        """Grant the claim that a person went through the listings of the chosen tools as the page showed them."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        if len(keys) > MOST_AT_ONCE:
            message = f"Choose at most {MOST_AT_ONCE} tools at once. None was marked."
            self.message_user(request, message, messages.ERROR)
            return
        at = timezone.now()
        with transaction.atomic():
            hold(keys)  # what is marked is what is compared
            tools = Tool.objects.filter(pk__in=keys).order_by("pk").prefetch_related("plans", "interfaces")
            read = {tool: self.seen(tool) == self.seen_by(request, tool) for tool in tools}
            reviewed = [tool for tool, as_shown in read.items() if as_shown]
            for tool in reviewed:
                claims.review(tool, by=request.user, at=at)
            standing.refresh([tool.pk for tool in reviewed], at=at)
            for tool in reviewed:  # last, as the log's lock lasts until the end
                audit.record(actor=request.user, action="verification.reviewed", obj=tool)
        for tool in (tool for tool, as_shown in read.items() if not as_shown):
            said = "The listing has changed since this page was opened. Read it again, then mark it."
            self.message_user(request, f"{tool.name}: {said}", messages.WARNING)
        self.message_user(request, f"Marked as reviewed: {len(reviewed)}.")

    def seen(self, row: Tool) -> str:
        """Return when the listing was changed last."""
        return row.changed_at.isoformat()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Return what goes with the tools; its runs and claims may go along, though nobody may delete one by itself."""
        found, counts, needed, protected = super().get_deleted_objects(objs, request)
        return found, counts, needed - {model._meta.verbose_name for model in GO_ALONG}, protected

    def delete_model(self, request: HttpRequest, obj: Tool) -> None:
        """Delete a tool, its runs first, so that no worker writes between."""
        services.forget_runs([obj.pk])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete the chosen tools, their runs first."""
        services.forget_runs(queryset.values_list("pk", flat=True))
        super().delete_queryset(request, queryset)


def _link(run: Run) -> SafeString:
    where = reverse("verification:run", args=[run.tool.slug, run.pk])
    return format_html('<a href="{}">Run {}</a>', where, run.pk)


@admin.register(Run)
class RunAdmin(ReadOnly):
    """Runs."""

    list_display = ("id", "tool", "state", "trigger", "light", "checker", "created_at", "finished_at", "evidence")
    list_filter = ("state", "trigger", "light", "checker")
    list_select_related = ("tool",)
    search_fields = ("tool__slug", "tool__name")
    ordering = ("-created_at", "-id")
    readonly_fields = ("evidence",)

    @admin.display(description="Evidence page")
    def evidence(self, run: Run) -> SafeString:
        """Return the link to its page."""
        return _link(run)


@admin.register(RunStep)
class RunStepAdmin(ReadOnly):
    """The work of runs, to see what it waits for."""

    list_display = ("id", "key", "subject", "state", "attempt", "tries", "losses", "not_before", "note", "evidence")
    list_filter = ("state", "key")
    list_select_related = ("run__tool",)
    search_fields = ("subject", "domain", "run__tool__slug")
    ordering = ("-id",)

    @admin.display(description="Evidence page")
    def evidence(self, step: RunStep) -> SafeString:
        """Return the link to its run's page."""
        return _link(step.run)


@admin.register(StepResult)
class StepResultAdmin(ReadOnly):
    """What steps said."""

    list_display = ("id", "key", "subject", "verdict", "code", "sentence", "ended_at", "evidence")
    list_filter = ("verdict", "key", "soft")
    list_select_related = ("run__tool",)
    search_fields = ("subject", "code", "run__tool__slug")
    ordering = ("-id",)

    @admin.display(description="Evidence page")
    def evidence(self, result: StepResult) -> SafeString:
        """Return the link to its run's page."""
        return _link(result.run)


def _host(typed: str) -> str:
    """Return the host of what was typed (a name, "*.name", an address) as requests spell it, "" for no public name."""
    address = typed if "://" in typed else f"https://{typed.removeprefix('//').removeprefix('*.')}"
    try:
        parts = urlsplit(address)
        if "@" in parts.netloc or not parts.hostname:  # the domain of somebody's mail is not the one that is meant
            return ""
        return safehttp.parse(f"https://{parts.hostname}/", Policy(special_names=True)).host
    except (ValueError, safehttp.Refused):
        return ""


class OptOutForm(forms.ModelForm):
    """Takes an address or a host and keeps its registrable domain, which is what requests are held against."""

    def clean_domain(self) -> str:
        """Return the registrable domain of what was typed."""
        domain = registrable(_host(self.cleaned_data["domain"].strip()))
        if not domain:
            raise forms.ValidationError("Write a domain, such as example.com.")
        if OptOut.objects.filter(domain=domain).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"{domain} has opted out already.")
        return domain


@admin.register(OptOut)
class OptOutAdmin(admin.ModelAdmin):
    """Domains that asked us to stay away. Who changed what stands in each one's history."""

    form = OptOutForm
    list_display = ("domain", "since", "reason")
    search_fields = ("domain",)
    ordering = ("domain",)
    readonly_fields = ("since",)


@admin.register(HostBudget)
class HostBudgetAdmin(admin.ModelAdmin):
    """Requests of today by host; only the daily budget of a host is for people to set."""

    list_display = ("key", "day", "used", "daily", "next_at")
    search_fields = ("key",)
    ordering = ("-day", "-used", "key")

    def get_readonly_fields(self, request: HttpRequest, obj: HostBudget | None = None) -> tuple[str, ...]:
        """The engine counts; the key of a row that is there stays."""
        counted = ("next_at", "day", "used")
        return ("key", *counted) if obj else counted

    def save_model(self, request: HttpRequest, obj: HostBudget, form: Any, change: bool) -> None:
        """Save the budget alone: the engine counts in the same row meanwhile."""
        if change:
            HostBudget.objects.filter(pk=obj.pk).update(daily=obj.daily)
        else:
            obj.day = timezone.now().date()
            super().save_model(request, obj, form, change)


class OfAccount(ReadOnly):
    """Rows that go with their account, and by no other hand."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether it is an account that is deleted."""
        match = request.resolver_match
        return match is not None and (match.url_name or "").startswith("accounts_user_")


@admin.register(OwnershipClaim)
class OwnershipClaimAdmin(OfAccount):
    """Who proved what. `manage.py ownership` and the portal change it."""

    list_display = ("id", "name", "scope", "method", "account", "state", "proved_at", "checked_at", "next_check_at")
    list_filter = ("state", "method", "scope")
    list_select_related = ("account",)
    search_fields = ("name", "account__email")
    ordering = ("-id",)
    exclude = ("token_hash",)


@admin.register(OwnershipChallenge)
class OwnershipChallengeAdmin(OfAccount):
    """Tokens that wait to be published, by their public names."""

    list_display = ("token_id", "claim", "account", "state", "address", "created_at", "expires_at", "tried_at")
    list_filter = ("state", "claim__method")
    list_select_related = ("claim__account",)
    search_fields = ("token_id", "claim__name", "claim__account__email")
    ordering = ("-id",)
    exclude = ("token_hash",)

    @admin.display(ordering="claim__account")
    def account(self, challenge: OwnershipChallenge) -> str:
        """Return whose it is."""
        return str(challenge.claim.account)


@admin.register(OwnershipEvent)
class OwnershipEventAdmin(OfAccount):
    """What happened to claims."""

    list_display = ("id", "at", "claim", "event", "old", "new", "by")
    list_filter = ("event",)
    list_select_related = ("claim", "by")
    search_fields = ("claim__name",)
    ordering = ("-id",)
