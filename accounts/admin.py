"""Accounts in the admin. Who changes rights, passwords or second steps has just proved who they are; it is recorded."""

from __future__ import annotations

from typing import Any

import allauth.account.admin  # registers what is taken out below
import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts import rights, roles
from accounts.confirming import confirmed
from accounts.models import User

# Rows of these hold secrets and keys of sessions, and their owners have pages for them. Groups come back below.
admin.site.unregister([EmailAddress, Authenticator, UserSession, Group])


class Guarded(admin.ModelAdmin):
    """Asks who is there before the pages of a model that change or delete something; nothing is deleted in bulk."""

    actions = None

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show or save one row."""
        return _asked(super().changeform_view, request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Delete one row."""
        return _asked(super().delete_view, request, object_id, extra_context)


def _asked(view: Any, request: HttpRequest, *args: Any) -> HttpResponse:
    response = confirmed(view)(request, *args)
    assert isinstance(response, HttpResponse)
    return response


class RightsAdmin(admin.ModelAdmin):
    """Notes what rights a form adds and takes."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Remember the rights as they were, and save."""
        form.rights_before = rights.stored(type(obj), obj.pk) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Save groups and permissions, and record what is different now."""
        super().save_related(request, form, formsets, change)
        rights.record(form.instance, form.rights_before, actor=request.user)


@admin.register(User)
class UserAdmin(Guarded, RightsAdmin, DjangoUserAdmin):
    """Users by e-mail address."""

    list_display = ("email", "name", "is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    readonly_fields = ("public_id",)
    fieldsets = (
        (None, {"fields": ("email", "name", "password", "public_id")}),
        ("May", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "usable_password", "password1", "password2")}),)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Who is no superuser does not touch one; of an erased account nothing is left to change."""
        erased = obj is not None and obj.erased_at is not None
        return super().has_change_permission(request, obj) and _may_touch(request, obj) and not erased

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody: a row deleted here would come back with a backup. Accounts end by an erasure (manage.py erasures)."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Rights beyond the roles are a superuser's to give, and nobody else changes their own: it takes two.

        An address is changed by who confirms the new one: a row changed here would leave the old one signing in.
        """
        fixed = (*super().get_readonly_fields(request, obj), *(("email",) if obj else ()))
        if request.user.is_superuser:
            return fixed
        own = obj is not None and obj.pk == request.user.pk
        return (*fixed, "is_superuser", "user_permissions", *(("is_active", "is_staff", "groups") if own else ()))

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the roles; other groups may hold any right, so they are a superuser's to give."""
        if db_field.name == "groups" and not request.user.is_superuser:
            match = request.resolver_match
            theirs = Q(user=match.kwargs.get("object_id")) if match else Q()  # what they have already stays
            kwargs["queryset"] = Group.objects.filter(Q(name__in=roles.ROLES) | theirs).distinct()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Give somebody another password."""
        return _asked(super().user_change_password, request, id, form_url)


def _may_touch(request: HttpRequest, obj: User | None) -> bool:
    return obj is None or bool(request.user.is_superuser) or not obj.is_superuser


@admin.register(Group)
class GroupAdmin(Guarded, RightsAdmin, DjangoGroupAdmin):
    """Roles and what they may do, to look at; other groups can be made and changed."""

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """What a role may do stands in accounts/roles.py."""
        return super().has_change_permission(request, obj) and not _is_role(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        """Roles stay."""
        return super().has_delete_permission(request, obj) and not _is_role(obj)


def _is_role(obj: Group | None) -> bool:
    return obj is not None and obj.name in roles.ROLES
