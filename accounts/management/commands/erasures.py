"""`manage.py erasures list`, `apply` and `ask`: who is erased and who waits; after a restore, erase again whoever came
back; begin the erasure of somebody who wrote.

See docs/privacy.md.
"""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.privacy import erasing, ledger
from accounts.privacy.models import ErasedAccount, Erasure
from core import audit


class Command(BaseCommand):
    """Keeps the ledger of erasures."""

    help = (
        "`list`, or nothing, shows wishes that wait and erasures that are done. `apply` erases again the accounts of"
        " the ledger (ERASURE_LEDGER, and its table) that came back with a restored backup, and does nothing, quickly,"
        " when there is none; `manage.py up` and the scheduler do it too. `ask ADDRESS` begins the erasure of an"
        " account whose person wrote and cannot sign in: they get the same mails, and have as long to stop it."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the action."""
        parser.add_argument("action", nargs="?", choices=["list", "apply", "ask"], default="list")
        parser.add_argument("address", nargs="?", help="of the account, for `ask`")

    def handle(self, *args: Any, **options: Any) -> None:
        """List, erase and say how many, or begin one."""
        try:
            if options["action"] == "apply":
                self.stdout.write(f"erasures: {erasing.reapply()}")
            elif options["action"] == "ask":
                self.stdout.write(_ask(options["address"] or ""))
            else:
                self.stdout.writelines(f"{line}\n" for line in _lines())
        except OSError as error:
            raise CommandError(f"The ledger of erasures cannot be read: {error}") from error


def _ask(address: str) -> str:
    user = User.objects.filter(email=address.strip().lower(), erased_at=None).first()
    if user is None:
        raise CommandError("No account has this address. Write the address of the account: erasures ask ADDRESS.")
    try:
        wish = erasing.ask(user=user, actor=audit.SITE)
    except erasing.LastAdministrator as error:
        raise CommandError("It is the last administrator. Make another account a superuser first.") from error
    return f"erasures: {user.public_id} is erased after {_at(wish.due_at)}"


def _lines() -> list[str]:
    """Return a line for each wish that waits, by its date, then for each account of the ledger; changes nothing."""
    waiting = Erasure.objects.open().order_by("due_at", "pk").values_list("due_at", "asked_at", "user__public_id")
    done = ledger.read() | dict(ErasedAccount.objects.values_list("public_id", "at"))
    lines = [f"waits until {_at(due)}  {key}  asked {_at(asked)}" for due, asked, key in waiting]
    lines += [f"erased      {_at(at)}  {key}" for key, at in sorted(done.items(), key=lambda one: (one[1], one[0]))]
    return lines or ["erasures: none waits, none is done"]


def _at(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
