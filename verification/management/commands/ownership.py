"""`manage.py ownership`: begin a proof, check it, list and show claims, look at them again."""

from __future__ import annotations

import argparse
import datetime as dt
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Max, QuerySet
from django.utils import timezone

from accounts.models import User
from verification import ownership
from verification.contract import Outcome
from verification.models import OwnershipChallenge, OwnershipClaim
from verification.models.ownership import ClaimState, Method
from verification.ownership.moves import Overtaken
from verification.ownership.transitions import NotAllowed
from verification.verdicts import Verdict

PROVED, FAILED, BAD_USAGE, UNSURE = 0, 1, 2, 3
OVERTAKEN = "The claim was changed meanwhile. Look at it again."
CODES = {Verdict.PASS: PROVED, Verdict.FAIL: FAILED}


def moment(at: dt.datetime | None) -> str:
    """Return a moment for a line of text."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "never"


class Command(BaseCommand):
    """Proof of ownership from the command line."""

    help = (
        "Prove who controls a domain, a host or a package (docs/ownership.md). Exit code: 0 proved or done, 1 not"
        " proved (the sentence says what to change), 2 wrong use, 3 could not tell."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take one of the seven actions."""
        actions = parser.add_subparsers(dest="action", required=True)
        start = actions.add_parser("start", help="begin a proof and print what to publish")
        start.add_argument("name", metavar="DOMAIN", help="a domain, a host, or pkg:pypi/NAME, pkg:npm/NAME")
        start.add_argument("--method", choices=Method.values, default=Method.DNS_TXT)
        start.add_argument("--account", required=True, metavar="EMAIL", help="whose proof it is")
        start.add_argument("--address", default="", metavar="EMAIL", help="where the link goes (--method email)")
        check = actions.add_parser("check", help="look whether it is published")
        check.add_argument("token_id", metavar="TOKEN-ID", help="as `start` printed it")
        several = actions.add_parser("list", help="list claims, latest first")
        several.add_argument("--account", metavar="EMAIL")
        several.add_argument("--name", metavar="DOMAIN")
        several.add_argument("--state", choices=ClaimState.values)
        one = actions.add_parser("show", help="show one claim with all that happened to it")
        one.add_argument("claim", type=int, metavar="NUMBER", help="as `list` prints it")
        again = actions.add_parser("recheck", help="look again at all claims that are due, or at one now")
        again.add_argument("claim", type=int, nargs="?", metavar="NUMBER")
        give_up = actions.add_parser("release", help="give a claim up; its token proves nothing any more")
        give_up.add_argument("claim", type=int, metavar="NUMBER", help="as `list` prints it")
        take = actions.add_parser("evict", help="end another account's claim in the name of one that is proved by DNS")
        take.add_argument("claim", type=int, metavar="NUMBER", help="the claim by DNS")
        take.add_argument("other", type=int, metavar="OTHER", help="the claim to end")
        for action in (give_up, take):
            action.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        getattr(self, f"_{options['action']}")(options)

    def _start(self, options: dict[str, Any]) -> None:
        account = User.objects.filter(email__iexact=options["account"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['account']}.", returncode=BAD_USAGE)
        try:
            begun = ownership.start(
                account=account, typed=options["name"], method=options["method"], address=options["address"]
            )
        except ownership.BadName as error:
            raise CommandError(str(error), returncode=BAD_USAGE) from error
        challenge = begun.challenge
        self.stdout.write(
            f"{begun.instructions}\n\nThe token is shown this once; only its hash is kept. It is for {account.email},"
            f" {challenge.claim.name} and {challenge.claim.method} only, until {moment(challenge.expires_at)}.\n\n"
            f"Then: manage.py ownership check {challenge.token_id}"
        )

    def _check(self, options: dict[str, Any]) -> None:
        challenges = OwnershipChallenge.objects.select_related("claim__account")
        challenge = challenges.filter(token_id=options["token_id"]).first()
        if challenge is None:
            raise CommandError(f"There is no challenge {options['token_id']}.", returncode=BAD_USAGE)
        self._say(ownership.check(challenge=challenge))

    def _list(self, options: dict[str, Any]) -> None:
        claims: QuerySet[OwnershipClaim] = OwnershipClaim.objects.select_related("account").newest_first()
        if options["account"]:
            claims = claims.filter(account__email__iexact=options["account"])
        if options["name"]:
            claims = claims.filter(name=options["name"])
        if options["state"]:
            claims = claims.filter(state=options["state"])
        for claim in claims:
            checked = f"checked {moment(self._looked(claim))}"
            self.stdout.write(
                f"{claim.pk:>5}  {claim.state:<10}  {claim.method:<9}  {claim.name}  {claim.account}  {checked}"
            )

    def _show(self, options: dict[str, Any]) -> None:
        claim = self._claim(options["claim"])
        lines = [
            f"{claim.name}: {claim.get_scope_display().lower()}, by {claim.get_method_display()}",
            f"account      {claim.account}",
            f"state        {claim.state}{'' if claim.holds(timezone.now()) else ' (does not count)'}",
            f"proved       {moment(claim.proved_at)}",
            f"checked      {moment(self._looked(claim))}",
            f"could tell   {moment(claim.checked_at)}",
            f"next check   {moment(claim.next_check_at)}",
        ]
        if claim.missing_since:
            lines.append(f"missing      since {moment(claim.missing_since)}")
        lines += [
            f"also held by {other.account} ({other.name}, {other.method})" for other in ownership.neighbours(claim)
        ]
        lines += [f"{moment(e.at)}  {e.event}: {e.old} → {e.new}" for e in claim.events.order_by("id")]
        if claim.evidence:
            lines.append(json.dumps(claim.evidence, indent=2, ensure_ascii=False))
        self.stdout.write("\n".join(lines))

    def _recheck(self, options: dict[str, Any]) -> None:
        if options["claim"] is None:
            done = ownership.recheck_due()
            counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(done.items()))
            self.stdout.write(counts or "Nothing is due.")
            return
        claim = self._claim(options["claim"])
        if claim.next_check_at is None:
            raise CommandError(f"This claim is {claim.state}: there is no proof to look at.", returncode=BAD_USAGE)
        try:
            self._say(ownership.recheck(claim))
        except Overtaken:
            raise CommandError(OVERTAKEN, returncode=UNSURE) from None

    def _release(self, options: dict[str, Any]) -> None:
        claim = self._claim(options["claim"])
        self._ask(f"{claim.account} will no longer own {claim.name} ({claim.method}).", options)
        try:
            ownership.release(claim=claim, by=None)
        except NotAllowed as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except Overtaken:
            raise CommandError(OVERTAKEN, returncode=UNSURE) from None
        self.stdout.write(f"{claim.name} is given up. Only a new proof brings it back.")

    def _evict(self, options: dict[str, Any]) -> None:
        claim, other = self._claim(options["claim"]), self._claim(options["other"])
        self._ask(f"{other.account} will no longer own {other.name} ({other.method}), and gets a mail.", options)
        try:
            ownership.evict(claim=claim, other=other)
        except ownership.NotEvictable as error:
            raise CommandError(str(error), returncode=FAILED) from error
        except Overtaken:
            raise CommandError(OVERTAKEN, returncode=UNSURE) from None
        self.stdout.write(f"The claim of {other.account} to {other.name} has ended.")

    def _looked(self, claim: OwnershipClaim) -> dt.datetime | None:
        """Return the last look at a claim, those at its challenges included."""
        tried = claim.challenges.aggregate(last=Max("tried_at"))["last"]
        return max(filter(None, (claim.tried_at, tried)), default=None)

    def _ask(self, what: str, options: dict[str, Any]) -> None:
        if options["yes"]:
            return
        try:
            answer = input(f"{what} Type yes to go on: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CommandError("Nothing was changed.", returncode=BAD_USAGE)

    def _claim(self, pk: int) -> OwnershipClaim:
        claim = OwnershipClaim.objects.select_related("account").filter(pk=pk).first()
        if claim is None:
            raise CommandError(f"There is no claim {pk}. `ownership list` has their numbers.", returncode=BAD_USAGE)
        return claim

    def _say(self, outcome: Outcome) -> None:
        self.stdout.write(f"{outcome.verdict}  {outcome.code}\n{outcome.sentence}")
        if outcome.detail:
            self.stdout.write(json.dumps(dict(outcome.detail), indent=2, ensure_ascii=False))
        if CODES.get(outcome.verdict, UNSURE):
            raise SystemExit(CODES.get(outcome.verdict, UNSURE))
