"""The admin site: every addition, change and deletion is written to the audit log, every text typed is cleaned.

Django's own history of the admin can be edited and says names; it stays for people to read. Hooks of ModelAdmin are
used and not its LogEntry rows: those are stored in bulk, which sends no signal, and before a deletion instead of after.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import BadRequest, ValidationError
from django.db import models, transaction
from django.http import HttpRequest

from core import audit
from core.clean_forms import cleaning

# what Django's filters ask for, after the name of a field; not those of dates: no list offers one, and a year out of
# range fails where no form looks at it
NARROWS = {"", "__exact", "__in", "__isnull", "__isempty", "__id__exact", "__id__in"}
MOST_IDS = 1_000  # of one bulk deletion that stand in one event


class ReadOnly(admin.ModelAdmin):
    """Rows that are written elsewhere, and stay as they were written."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody types one."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was recorded stays as it was recorded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing is taken away by hand."""
        return False


class Audited(admin.ModelAdmin):
    """What the desk adds to every ModelAdmin that is registered: texts are cleaned, what is done is recorded."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Show or save one row; keys of other rows that no page has offered are refused, here and within."""
        if request.method == "POST":
            for part in (self, *self.get_inline_instances(request)):
                offered = {name: part.model._meta.get_field(name) for name in part.get_autocomplete_fields(request)}
                for name, values in request.POST.lists():
                    _refuse_made_up_keys(offered.get(name.rpartition("-")[2]), values)
        return super().changeform_view(request, *args, **kwargs)

    def response_action(self, request: HttpRequest, queryset: Any, *args: Any, **kwargs: Any) -> Any:
        """Do what was chosen with the chosen rows; keys of rows that no page has offered are refused."""
        _refuse_made_up_keys(self.model._meta.pk, request.POST.getlist(ACTION_CHECKBOX_NAME))
        return super().response_action(request, queryset, *args, **kwargs)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Let the address of a list narrow it by what the list offers, and by nothing else.

        Django lets every column of the model be compared, also those that no page shows: words of mails and hashes of
        passwords could be read letter by letter.
        """
        offered = [self.date_hierarchy] if self.date_hierarchy else []
        for one in self.get_list_filter(request):
            first = one[0] if isinstance(one, tuple | list) else one
            offered.append(first if isinstance(first, str) else getattr(first, "parameter_name", ""))
        name = next((one for one in offered if lookup == one or lookup.startswith(f"{one}__")), None)
        return name is not None and lookup[len(name) :] in NARROWS and super().lookup_allowed(lookup, value, request)

    def get_form(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:  # type: ignore[override]
        """Return the form with its texts cleaned."""
        return cleaning(super().get_form(request, obj, **kwargs))

    def get_formsets_with_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        """Let the rows within be cleaned, too; each formset is a class made for this request."""
        for formset, inline in super().get_formsets_with_inlines(request, obj):
            formset.form = cleaning(formset.form)
            yield formset, inline

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that an object was added."""
        with transaction.atomic():
            entry = super().log_addition(request, obj, message)
            audit.record(actor=request.user, action="admin.added", obj=obj)
        return entry

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Record that an object was changed, and in which fields."""
        with transaction.atomic():
            entry = super().log_change(request, obj, message)
            if message:  # an empty one: saved as it was
                audit.record(actor=request.user, action="admin.changed", obj=obj, detail=changed(message))
        return entry

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Delete an object and record it."""
        gone = audit.ref(obj)
        with transaction.atomic():
            super().delete_model(request, obj)
            audit.record(actor=request.user, action="admin.deleted", obj=gone)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Delete the chosen objects and record them, up to 1,000 in an event."""
        gone = [audit.ref(obj) for obj in queryset]
        with transaction.atomic():
            super().delete_queryset(request, queryset)
            for start in range(0, len(gone), MOST_IDS):
                part = gone[start : start + MOST_IDS]
                detail = {"ids": [one.id for one in part]} if len(part) > 1 else None
                about = part[0] if len(part) == 1 else audit.Ref(part[0].type)
                audit.record(actor=request.user, action="admin.deleted", obj=about, detail=detail)


def _refuse_made_up_keys(field: Any, values: Iterable[str]) -> None:
    """Raise BadRequest for what is no key at all: Django would stumble over it when it shows the form again."""
    if field is None:
        return
    key = field.target_field if field.is_relation else field
    try:
        for value in values:
            key.to_python(value or None)
    except ValidationError as error:
        raise BadRequest("A row was named by what is no key. Open the page again and choose it there.") from error


def changed(message: Any) -> dict[str, Any]:
    """Return what a change message of the admin says, without the names of objects: fields, and rows of which model.

    `message` is a list as `construct_change_message` makes it, or a sentence ("Changed password.").
    """
    if isinstance(message, str):
        return {"said": message}
    return {"parts": [_part(verb, what) for one in message for verb, what in one.items()]}


def _part(verb: str, what: dict[str, Any]) -> dict[str, Any]:
    kept = {"verb": verb} | {key: what[key] for key in ("fields",) if key in what}
    return kept | ({"of": what["name"]} if "name" in what else {})


class Desk(admin.AdminSite):
    """The admin site with every registered ModelAdmin audited."""

    def register(
        self,
        model_or_iterable: Any,
        admin_class: type[admin.ModelAdmin] | None = None,
        **options: Any,
    ) -> None:
        """Register as Django does, with the log's hooks before the class's own."""
        base = admin_class or admin.ModelAdmin
        # a `type` call: one name for every class of the desk, whatever it is built of
        audited = type(base.__name__, (Audited, base), {"__module__": base.__module__, "__doc__": base.__doc__})
        super().register(model_or_iterable, audited, **options)


def names_of(actors: Iterable[str], users: type[models.Model]) -> dict[str, str]:
    """Return the shown names of the accounts among `actors` (public ids) that still exist. One statement."""
    ids = {one for one in actors if one not in {audit.SITE, audit.VISITOR}}
    found = users._default_manager.filter(public_id__in=ids)
    return {str(user.public_id): str(user) for user in found}  # type: ignore[attr-defined]
