"""The roles of people who work here: what each may do, as data, and the second step that they need to sign in.

A role is a Django group of its name, and RIGHTS is all that it has: `ensure` makes the groups equal to it, so that a
right which is not written here is nobody's. tests/matrix holds every address against it. Who is staff or superuser
counts as working here, whatever the groups; only staff opens the admin, so a role needs that flag as well.
"""

from __future__ import annotations

from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.apps.config import AppConfig
from django.conf import settings
from django.contrib.auth.models import AnonymousUser, Group, Permission
from django.db import transaction

from accounts.models import User

REVIEWER, EDITOR, BILLING, ADMINISTRATOR = ROLES = ("reviewer", "editor", "billing", "administrator")
DEMO = frozenset({"admin@example.com", "editor@example.com"})  # accounts/demo.py makes them, in debug mode

# Rows that say who somebody is: no "*" holds them.
OWNERSHIP = frozenset({"verification.ownershipclaim", "verification.ownershipchallenge", "verification.ownershipevent"})
KEPT = frozenset({"catalog.saved", "catalog.toollist", "catalog.listitem", "catalog.follow", "catalog.newsletter"})
SPEAKERS = frozenset(f"submissions.{name}" for name in ("maintainer", "affiliation", "handover", "prefill"))
OF_PEOPLE = OWNERSHIP | KEPT | SPEAKERS
# Role -> model -> what it may do there, the least that its work needs. "app.*" are all models of an app but OF_PEOPLE.
RIGHTS: dict[str, dict[str, str]] = {
    # sees every listing and all evidence, decides on claims; proposes, and publishes nothing
    REVIEWER: {
        "catalog.*": "view",
        "verification.*": "view",
        "verification.claim": "view change",
        "submissions.*": "view",
        "submissions.submission": "view change",
        "submissions.report": "view change",
        "submissions.decision": "view add",
        "submissions.appeal": "view change",
        "submissions.reply": "view change",  # to take it down
    },
    # the listings, and what follows from them; deletes nothing: a listing is taken down, which keeps its history
    EDITOR: {
        "catalog.*": "view add change",
        "verification.*": "view",
        "verification.claim": "view change",
        "verification.incident": "view change",
        "verification.maintenancewindow": "view add change",
        "verification.optout": "view add change",
        **dict.fromkeys(OWNERSHIP, "view"),
        "submissions.submission": "view",
        "submissions.report": "view",
        "submissions.decision": "view",
        "submissions.reply": "view change",
    },
    # money: reads all of it, grants and stops bookings, asks for refunds and approves those of others
    BILLING: {
        "featured.*": "view",
        "featured.booking": "view add change",
        "featured.refund": "view add change",
    },
    # accounts and roles (accounts/admin.py: never its own, never a superuser's), the log, how hard we knock
    ADMINISTRATOR: {
        "accounts.user": "view add change",
        "auth.group": "view",
        "core.auditevent": "view",
        "core.outgoingmail": "view change",  # to try failed ones again: nothing in them can be changed
        "core.refusingaddress": "view",
        "catalog.*": "view",
        "verification.*": "view",
        "verification.hostbudget": "view add change",
        "verification.optout": "view add change",
    },
}


def rights(role: str) -> set[str]:
    """Return what a role may do, in Django's words: "catalog.change_tool"."""
    return set(_spelled(RIGHTS[role]))


def _spelled(table: dict[str, str]) -> Iterator[str]:
    for about, verbs in table.items():
        app, _, model = about.partition(".")
        every = [one._meta.model_name or "" for one in apps.get_app_config(app).get_models()]
        for name in [one for one in every if f"{app}.{one}" not in OF_PEOPLE] if model == "*" else [model]:
            yield from (f"{app}.{verb}_{name}" for verb in verbs.split())


@transaction.atomic
def ensure() -> str:
    """Make the groups and their permissions equal to RIGHTS; return a summary of what was done. Other groups stay."""
    done = []
    for role in ROLES:
        group, is_new = Group.objects.get_or_create(name=role)
        wanted = set(_permissions(rights(role)))
        if is_new or wanted != set(group.permissions.all()):
            group.permissions.set(wanted)
            done.append(role)
    return ", ".join(done) or "unchanged"


def _permissions(names: set[str]) -> list[Permission]:
    found = Permission.objects.select_related("content_type").filter(
        codename__in={name.split(".")[1] for name in names}
    )
    return [one for one in found if f"{one.content_type.app_label}.{one.codename}" in names]


def after_migrations(sender: AppConfig, **_signal: object) -> None:
    """Give the roles their rights (a receiver of post_migrate): after the last app, as each makes its permissions."""
    if sender == [one for one in apps.get_app_configs() if one.models_module][-1]:
        ensure()


def works_here(user: User | AnonymousUser) -> bool:
    """Say whether an account has a role or is staff: such accounts need a second step and have short sessions."""
    if not user.is_authenticated:
        return False
    if user.is_staff or user.is_superuser:
        return True
    return user.groups.filter(name__in=ROLES).exists()


def is_demo(user: User | AnonymousUser) -> bool:
    """Say whether this is one of the two demo accounts, which exist and are exempt in debug mode only."""
    return settings.DEBUG and user.is_authenticated and user.email in DEMO


def has_second_step(user: User | AnonymousUser) -> bool:
    """Say whether an authenticator app or a passkey is set up; recovery codes alone are none."""
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user=user.pk, type__in=kinds).exists())


def needs_second_step(user: User | AnonymousUser) -> bool:
    """Say whether somebody may work here only by a second step."""
    if not settings.SECOND_STEP_REQUIRED or not user.is_authenticated or is_demo(user):
        return False
    return works_here(user)


def lacks_second_step(user: User | AnonymousUser) -> bool:
    """Say whether an account has to set up its second step before it may do anything else."""
    return needs_second_step(user) and not has_second_step(user)
