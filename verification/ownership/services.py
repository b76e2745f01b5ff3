"""Beginning a proof, checking it, giving it up, and who may evict whom. Rechecks: recheck.py."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.utils import timezone

from core import audit
from core.safehttp import Policy
from verification.context import Context, Gate
from verification.contract import Outcome
from verification.domains import registrable
from verification.models.ownership import (
    ChallengeState,
    ClaimState,
    Method,
    OwnershipChallenge,
    OwnershipClaim,
)
from verification.ownership import looking, mails, marks, scope, tokens
from verification.ownership.methods import WAYS, email, package
from verification.ownership.moves import close, move
from verification.ownership.scope import BadName
from verification.polite import Postponed
from verification.services import clean_json
from verification.verdicts import Verdict

COMPLETE = dt.timedelta(days=7)  # a challenge has to be met by then
EVERY = dt.timedelta(days=7)  # a claim is looked at again
AGAIN = dt.timedelta(seconds=10)  # between two checks of one challenge
MAILS = 3  # to one address in 24 hours, whoever asks: nobody's mailbox is filled from here
MAILS_OF_ONE = 20  # for one account in 24 hours, to whomever
OPEN = 50  # challenges of one account
STARTS = 100  # of one account in 24 hours
KEPT = dt.timedelta(days=90)  # a closed challenge; what happened to the claim stays in its events


@dataclass(frozen=True)
class Started:
    """A challenge that was begun. `token` is known here only, and to nobody afterwards."""

    challenge: OwnershipChallenge
    token: str  # "" by e-mail: it is in the mail
    instructions: str


class NotEvictable(ValueError):
    """A claim may not be taken from another account; the message says why."""


def start(  # noqa: PLR0913 - by name
    *,
    account: Any,
    typed: str,
    method: str,
    address: str = "",
    at: dt.datetime | None = None,
    gate: Gate | None = None,
    policy: Policy | None = None,
    within: Callable[[OwnershipChallenge], None] | None = None,
) -> Started:
    """Begin to prove that `account` controls what was `typed`: a domain, a host or a package URL.

    `address` is where the link goes, by e-mail only. An open challenge for the same is replaced; a claim that holds
    goes on holding. `within` is called in the transaction; what it raises undoes the challenge. Raises BadName.
    """
    at, way = at or timezone.now(), Method(method)
    name = scope.named(typed, way)
    if way == Method.PACKAGE and not package.registry(name)[1]:
        raise BadName("no_registry", f"This site asks no such registry: {package.registry(name)[0]} is not set.")
    if way == Method.EMAIL:
        address = _address(address, name, at, gate, policy)
    token = tokens.new_token()
    with transaction.atomic():
        challenge = _begin(account, name, way, address if way == Method.EMAIL else "", token, at)
        if within is not None:
            within(challenge)
        if way == Method.EMAIL:
            mails.send_link(challenge, token)
    shown = WAYS[way].instructions(name, challenge.token_id, token)
    return Started(challenge, "" if way == Method.EMAIL else token, shown)


def _address(typed: str, name: str, at: dt.datetime, gate: Gate | None, policy: Policy | None) -> str:
    """Return the address a link may go to. Raises BadName."""
    address = typed.strip().lower()
    domain = registrable(name)
    refused = BadName(
        "bad_mailbox",
        f"The link can go to {', '.join(f'{box}@' for box in email.MAILBOXES[:-1])} or {email.MAILBOXES[-1]}@{domain},"
        f" or to an address that https://{domain}/.well-known/security.txt names as a contact.",
    )
    try:
        validate_email(address)
    except ValidationError:
        raise refused from None
    if address.rpartition("@")[2] != domain:
        raise refused
    if not email.is_mailbox(address, name):
        claim = OwnershipClaim(name=name, method=Method.EMAIL)
        try:
            known = email.is_contact(address, name, looking.context(claim, gate=gate, policy=policy), at)
        except Postponed as wait:
            raise BadName("no_turn", f"We have to leave {wait.key} alone for {wait.seconds:.0f} seconds.") from wait
        if not known:
            raise refused
    return address


@transaction.atomic
def _begin(account: Any, name: str, method: Method, address: str, token: str, at: dt.datetime) -> OwnershipChallenge:  # noqa: PLR0913, PLR0917 - as `start`
    _alone(account, address)
    OwnershipClaim.objects.bulk_create(
        [OwnershipClaim(account=account, name=name, method=method, scope=method.scope)], ignore_conflicts=True
    )
    claim = OwnershipClaim.objects.select_for_update().get(account=account, name=name, method=method)
    close(claim, ChallengeState.SUPERSEDED)
    if address:
        _refuse_too_many(account, address, at)
    mine = OwnershipChallenge.objects.filter(claim__account=account, created_at__gt=at - dt.timedelta(hours=24))
    if mine.count() >= STARTS:
        raise BadName("too_many_starts", f"You began {STARTS} proofs in the last 24 hours. Go on tomorrow.")
    opened = OwnershipChallenge.objects.filter(claim__account=account, state=ChallengeState.OPEN)
    if opened.count() >= OPEN:
        raise BadName("too_many_open", f"{OPEN} challenges of this account are open. Finish some, or let them run out.")
    if claim.state in {ClaimState.UNVERIFIED, ClaimState.LOST}:
        move(claim, "started", at=at, by=account.pk)
    return OwnershipChallenge.objects.create(
        claim=claim,
        token_id=tokens.new_token_id(),
        token_hash=tokens.token_hash(token, account=account.pk, name=name, method=method),
        address=address,
        created_at=at,
        expires_at=at + (email.LINK if method == Method.EMAIL else COMPLETE),
    )


def _alone(account: Any, address: str) -> None:
    """Let nobody else begin a proof for an account, nor one by this address, until the transaction ends.

    What was begun is counted, and many may begin at once. Locks of their own, taken before any row, in this order.
    """
    with connection.cursor() as cursor:
        for name in [f"ownership_account:{account.pk}", *([f"ownership_address:{address}"] if address else [])]:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


def _refuse_too_many(account: Any, address: str, at: dt.datetime) -> None:
    sent = OwnershipChallenge.objects.filter(created_at__gt=at - dt.timedelta(hours=24)).exclude(address="")
    if sent.filter(address=address).count() >= MAILS:
        raise BadName("too_many_mails", f"{address} got {MAILS} links in the last 24 hours. Ask again tomorrow.")
    if sent.filter(claim__account=account).count() >= MAILS_OF_ONE:
        raise BadName("too_many_mails", f"You asked for {MAILS_OF_ONE} links in the last 24 hours. Go on tomorrow.")


def check(
    *,
    challenge: OwnershipChallenge,
    at: dt.datetime | None = None,
    gate: Gate | None = None,
    policy: Policy | None = None,
) -> Outcome:
    """Look whether a challenge is met, and say what was seen; a pass makes the claim verified.

    Asks others outside of any transaction. What is not met yet may be checked again, after ten seconds.
    """
    at = at or timezone.now()
    claim = challenge.claim
    asks = looking.context(claim, gate=gate, policy=policy)
    closed = _closed(challenge, asks, at)
    if closed is not None:
        return closed
    if claim.method == Method.EMAIL:
        return asks.say("mail_open", address=challenge.address, until=f"{challenge.expires_at:%Y-%m-%d %H:%M}")
    ours = OwnershipChallenge.objects.filter(pk=challenge.pk, state=ChallengeState.OPEN)
    if not ours.exclude(tried_at__gt=at - AGAIN).update(tried_at=at):
        return asks.say("too_soon", seconds=AGAIN.seconds)
    outcome = looking.look(claim, token_id=challenge.token_id, token_hash=challenge.token_hash, at=at, asks=asks)
    if outcome.verdict != Verdict.PASS:
        ours.update(outcome=clean_json(looking.evidence(outcome, at)))
        return outcome
    return outcome if _prove(challenge, outcome, at) else asks.say("not_open", state="closed meanwhile")


def confirm(*, token_id: str, token: str, at: dt.datetime | None = None) -> Outcome:
    """Take the press of the button behind a mailed link; it works once. Raises OwnershipChallenge.DoesNotExist."""
    at = at or timezone.now()
    challenge, wrong = opened(token_id=token_id, token=token, at=at)
    if wrong is not None:
        return wrong
    asks = looking.context(challenge.claim)
    outcome = asks.say("confirmed", address=challenge.address)
    return outcome if _prove(challenge, outcome, at) else asks.say("not_open", state="closed meanwhile")


def opened(*, token_id: str, token: str, at: dt.datetime) -> tuple[OwnershipChallenge, Outcome | None]:
    """Return the challenge of a mailed link, and what is wrong with the link. Changes nothing but a challenge's expiry.

    Raises OwnershipChallenge.DoesNotExist.
    """
    mailed = OwnershipChallenge.objects.select_related("claim__account").filter(claim__method=Method.EMAIL)
    challenge = mailed.get(token_id=token_id)
    claim = challenge.claim
    asks = looking.context(claim)
    bound = tokens.token_hash(token, account=claim.account_id, name=claim.name, method=claim.method)
    if not tokens.same(challenge.token_hash, bound):
        return challenge, asks.say("wrong_link")
    return challenge, _closed(challenge, asks, at)


def _closed(challenge: OwnershipChallenge, asks: Context, at: dt.datetime) -> Outcome | None:
    """Return why a challenge can no longer be met, None when it can."""
    challenge.refresh_from_db(fields=["state"])
    state = challenge.state
    if state == ChallengeState.OPEN and challenge.expires_at <= at:
        expire(challenge, at=at)
        state = ChallengeState.EXPIRED
    said: Outcome | None = None
    if state == ChallengeState.EXPIRED:
        said = asks.say("expired", until=f"{challenge.expires_at:%Y-%m-%d %H:%M}")
    elif state != ChallengeState.OPEN:
        said = asks.say("not_open", state=ChallengeState(state).label.lower())
    return said


@transaction.atomic
def _prove(challenge: OwnershipChallenge, outcome: Outcome, at: dt.datetime) -> bool:
    """Make a claim verified by a challenge that is met; False when the challenge was closed meanwhile."""
    claim = OwnershipClaim.objects.select_for_update().get(pk=challenge.claim_id)
    met = OwnershipChallenge.objects.filter(pk=challenge.pk, state=ChallengeState.OPEN, expires_at__gt=at)
    seen = clean_json(looking.evidence(outcome, at))
    if not met.update(state=ChallengeState.PROVED, outcome=seen, tried_at=at):
        return False
    move(
        claim, "proved", at=at, by=claim.account_id, detail={"token_id": challenge.token_id, "code": outcome.code},
        token_id=challenge.token_id, token_hash=challenge.token_hash, evidence=seen, proved_at=at, checked_at=at,
        tried_at=at, next_check_at=at + EVERY,
    )  # fmt: skip
    challenge.claim, challenge.state = claim, ChallengeState.PROVED
    marks.note(claim, at=at)
    return True


@transaction.atomic
def expire(challenge: OwnershipChallenge, *, at: dt.datetime) -> bool:
    """Close a challenge whose time is over; a claim that waited for it waits no more. False when it is not open."""
    claim = OwnershipClaim.objects.select_for_update().get(pk=challenge.claim_id)
    late = OwnershipChallenge.objects.filter(pk=challenge.pk, state=ChallengeState.OPEN, expires_at__lte=at)
    if not late.update(state=ChallengeState.EXPIRED):
        return False
    if claim.state == ClaimState.PENDING:
        move(claim, "given_up", at=at, detail={"token_id": challenge.token_id})
    return True


def forget(*, at: dt.datetime) -> int:
    """Delete the challenges that ended long ago; return how many."""
    closed = OwnershipChallenge.objects.exclude(state=ChallengeState.OPEN)
    return closed.filter(expires_at__lt=at - KEPT).delete()[0]


@transaction.atomic
def release(*, claim: OwnershipClaim, by: Any, at: dt.datetime | None = None) -> None:
    """Give a claim up: by the account itself, or by the operator (`by` None). Raises NotAllowed, Overtaken."""
    at = at or timezone.now()
    move(claim, "released", at=at, by=by.pk if by else None)
    marks.note(claim, at=at)
    audit.record(actor=by, action="ownership.released", obj=claim, detail={"name": claim.name, "method": claim.method})


@transaction.atomic
def evict(*, claim: OwnershipClaim, other: OwnershipClaim, at: dt.datetime | None = None) -> None:
    """Take `other`, the claim of another account, away in the name of `claim`. Raises NotEvictable, Overtaken.

    Only who controls the name servers decides about a domain: `claim` must be proved by DNS and not stale, and must
    cover all that `other` is about. A claim by DNS is never taken away; its record can be taken out of the zone.
    """
    at = at or timezone.now()
    locked = OwnershipClaim.objects.select_for_update().in_bulk(sorted({claim.pk, other.pk}))
    ours, theirs = locked[claim.pk], locked[other.pk]
    if ours.account_id == theirs.account_id:
        raise NotEvictable("Both claims are of one account: release the one that is not wanted.")
    if ours.method != Method.DNS_TXT or ours.state != ClaimState.VERIFIED or not ours.holds(at):
        raise NotEvictable(f"Prove {ours.name} by a DNS record first: no other proof outweighs another account's.")
    if not scope.covers_name(ours, theirs):
        raise NotEvictable(f"A claim to {ours.name} does not reach {theirs.name}.")
    if theirs.method == Method.DNS_TXT:
        raise NotEvictable(f"{theirs.name} is proved by DNS too. Take that record out of the zone, and the claim ends.")
    if not theirs.holds(at):
        raise NotEvictable(f"The other claim to {theirs.name} does not hold, so there is nothing to take away.")
    sentence = f"Another account has proved by DNS that it controls {ours.name}, and ended your claim to {theirs.name}."
    move(theirs, "evicted", at=at, by=ours.account_id, detail={"claim": ours.pk, "sentence": sentence})
    marks.note(theirs, at=at)
    mails.reset(theirs, at, sentence)
    audit.record(
        actor=ours.account, action="ownership.evicted", obj=theirs, detail={"name": theirs.name, "by_claim": ours.pk}
    )
    other.state = theirs.state
