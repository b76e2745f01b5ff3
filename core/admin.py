"""The audit log at the desk: to read, search and narrow; nothing can be changed here, or by the database."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from core.desk import ReadOnly, names_of
from core.models import AuditEvent
from core.outbox import desk  # noqa: F401  # registers its rows

# what the list offers: a name, its words, and the first words of the actions that belong to it
KINDS = (
    ("account", "Accounts and signing in", ("account",)),
    ("admin", "Changes at the desk", ("admin",)),
    ("catalog", "Listings", ("catalog", "listing")),
    ("featured", "Featured listings and the money for them", ("booking", "dispute", "featured", "order", "refund")),
    ("mail", "Mail", ("mail",)),
    ("ownership", "Proofs of ownership, and who speaks for tools", ("ownership", "maintainer", "handover", "reply")),
    ("submission", "Submissions, decisions, appeals, reports", ("submission", "appeal", "report", "affiliation")),
    ("verification", "Decisions about checks", ("verification",)),
)
PERIODS = (("1", "The last 24 hours"), ("7", "The last 7 days"), ("30", "The last 30 days"))


class Kind(admin.SimpleListFilter):
    """The first word of the action."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the kinds; a closed list, so that nothing has to be counted."""
        return [(name, words) for name, words, _ in KINDS]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the chosen kind."""
        first = next((firsts for name, _, firsts in KINDS if name == self.value()), ())
        wanted = Q()
        for word in first:
            wanted |= Q(action__startswith=f"{word}.")
        return queryset.filter(wanted)


class Period(admin.SimpleListFilter):
    """How long ago."""

    title = "time"
    parameter_name = "days"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        """Return the periods."""
        return PERIODS

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep what is not older."""
        if self.value() not in dict(PERIODS):
            return queryset
        return queryset.filter(at__gte=timezone.now() - dt.timedelta(days=int(self.value() or 0)))


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly):
    """Search by an account's address or public id, by an action, or by an object's key."""

    list_display = ("serial", "at", "who", "action", "about", "detail")
    list_filter = (Period, Kind)
    search_fields = ("=actor", "=object_id", "action__startswith", "=object_type")
    search_help_text = "An account's address or public id, an action (ownership.evicted), an object's type or key."
    ordering = ("-serial",)
    show_full_result_count = False
    list_per_page = 100
    actions = None

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Let an account be searched by its address too, as long as it has one."""
        user = get_user_model()._default_manager.filter(email__iexact=search_term.strip()).first()
        term = str(user.public_id) if user and "@" in search_term else search_term
        return super().get_search_results(request, queryset, term)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Look the accounts of the page up, all at once."""
        changelist = super().get_changelist_instance(request)
        rows = list(changelist.result_list)
        people = names_of({one for row in rows for one in (row.actor, row.object_id)} & _ids(rows), get_user_model())
        for row in rows:
            row.people = people
        changelist.result_list = rows
        return changelist

    @admin.display(description="Who", ordering="actor")
    def who(self, event: AuditEvent) -> str:
        """Return the account, its public id when it is gone, or who it was without one."""
        return str(getattr(event, "people", {}).get(event.actor, event.actor))

    @admin.display(description="About")
    def about(self, event: AuditEvent) -> str:
        """Return the object."""
        name = getattr(event, "people", {}).get(event.object_id, event.object_id)
        return f"{event.object_type} {name}".strip()


def _ids(rows: list[AuditEvent]) -> set[str]:
    """Return what may be public ids: of actors, and of objects that are accounts."""
    label = get_user_model()._meta.label_lower
    accounts = {row.object_id for row in rows if row.object_type == label and len(row.object_id) == 36}
    return accounts | {row.actor for row in rows if len(row.actor) == 36}
