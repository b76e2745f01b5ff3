"""`manage.py revoke_key PREFIX`: end a key to the API at once, whoever has it."""

from __future__ import annotations

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from api import keys
from api.models import ApiKey


class Command(BaseCommand):
    """Revoke a key."""

    help = "End a key to the API at once; its owner gets a mail. PREFIX: the eight characters after aicat_live_."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the beginning of the key."""
        parser.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError."""
        row = ApiKey.objects.select_related("owner").filter(prefix=options["prefix"]).first()
        if row is None:
            raise CommandError(f"There is no key that begins with aicat_live_{options['prefix']}.")
        if not keys.revoke(row, by=None, leaked=True):
            raise CommandError("That key had ended already.")
        self.stdout.write("The key is revoked and works no more. Its owner was told by mail.")
