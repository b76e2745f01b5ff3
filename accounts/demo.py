"""The two accounts of a debug installation: an administrator and an editor, to look around with."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from django.contrib.auth.models import Group

from accounts import roles
from accounts.addresses import trust
from accounts.models import User

ADMIN, EDITOR = sorted(roles.DEMO)
FILE = "demo-accounts.json"


def ensure(var_dir: Path) -> str:
    """Make the demo accounts that are missing; return a summary of what was done.

    Passwords are random, made once for an installation and kept in `var_dir`/demo-accounts.json, readable
    by its owner only. An account that exists keeps its password, unless the file was lost: a password
    that nobody can know any more is replaced.
    """
    passwords, known = _passwords(var_dir / FILE)
    roles.ensure()
    made = []
    for email in (ADMIN, EDITOR):
        user = User.objects.filter(email__iexact=email).first()
        if user is None:
            user = User.objects.create_user(email, passwords[email], is_staff=True, is_superuser=email == ADMIN)
            made.append(email)
        elif not known:
            user.set_password(passwords[email])
            user.save(update_fields=["password"])
            made.append(f"{email} (new password)")
        trust(user)
        if email == EDITOR:
            user.groups.add(Group.objects.get(name=roles.EDITOR))
    return ", ".join(made) or "unchanged"


def _passwords(file: Path) -> tuple[dict[str, str], bool]:
    """Return the passwords by address, and whether the file knew them already."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        return {email: str(stored[email]) for email in (ADMIN, EDITOR)}, True
    except (OSError, ValueError, KeyError, TypeError):  # missing or damaged: made anew
        passwords = {email: secrets.token_urlsafe(15) for email in (ADMIN, EDITOR)}
    fresh = file.with_name(f"{file.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        json.dump(passwords, out)
    fresh.replace(file)
    return passwords, False
