"""`manage.py mail list|retry|bounce`: the outbox, at the site's console. See docs/mail.md."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from core.models import OutgoingMail
from core.outbox import bounces, retrying

TRY_LATER = 75  # EX_TEMPFAIL: a mail server keeps the report and asks again


class Command(BaseCommand):
    """The outbox."""

    help = "Show the outbox, try failed mails again, or read a delivery report from standard input."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the three commands."""
        commands = parser.add_subparsers(dest="command", required=True)
        shown = commands.add_parser("list", help="the newest mails, without their words")
        shown.add_argument("--state", choices=OutgoingMail.State.values)
        shown.add_argument("--limit", type=int, default=50)
        again = commands.add_parser("retry", help="send failed mails once more, while their words are kept (24 hours)")
        again.add_argument("id", type=int, nargs="*")
        again.add_argument("--all", action="store_true", help="every failed mail that can be")
        report = commands.add_parser("bounce", help="read a delivery report (RFC 3464) from standard input")
        report.add_argument("--recipient", default="", help="the address it came to, as the mail server knows it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do one of them."""
        {"list": self._list, "retry": self._retry, "bounce": self._bounce}[options["command"]](options)

    def _list(self, options: dict[str, Any]) -> None:
        mails = OutgoingMail.objects.order_by("-pk").defer("message")
        if options["state"]:
            mails = mails.filter(state=options["state"])
        for mail in mails[: max(1, options["limit"])]:
            at = f"{mail.created_at:%Y-%m-%d %H:%M}"
            said = f"  {mail.reason}" if mail.reason else ""
            self.stdout.write(f"{mail.pk}  {at}  {mail.state:<7}  {mail.kind}  {mail.to}{said}")

    def _retry(self, options: dict[str, Any]) -> None:
        if bool(options["id"]) == options["all"]:
            raise CommandError("Name the mails by their numbers (`mail list --state failed`), or give --all.")
        failed = OutgoingMail.objects.filter(state=OutgoingMail.State.FAILED).exclude(message=b"")
        chosen = list(failed.values_list("pk", flat=True)[: retrying.MOST]) if options["all"] else options["id"]
        done = retrying.try_again(chosen, actor=None)
        self.stdout.write(f"Queued again: {', '.join(map(str, done)) or 'none'}.")
        left = sorted(set(chosen) - set(done))
        if left:
            raise CommandError(f"Not failed, or emptied since: {', '.join(map(str, left))}.")

    def _bounce(self, options: dict[str, Any]) -> None:
        raw = sys.stdin.buffer.read(bounces.LONGEST)
        while sys.stdin.buffer.read(65_536):
            pass  # the rest: who pipes it in must not be cut off
        try:
            said = bounces.receive(raw, options["recipient"])
        except DatabaseError as error:
            raise CommandError(f"The database did not take it: {error}", returncode=TRY_LATER) from error
        self.stdout.write(said.value)
