"""The states of a claim, pair by pair, and what the database refuses."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from typing import Any

import pytest
from django.db import Error, IntegrityError, transaction

from accounts.models import User
from tests.verification.ownership.conftest import events, now
from verification.models import OwnershipChallenge, OwnershipClaim, OwnershipEvent
from verification.models.ownership import ClaimState
from verification.ownership import moves
from verification.ownership.transitions import MOVES, NotAllowed

pytestmark = pytest.mark.django_db
HASH = "a" * 64
# written out once more, so that nobody changes the table by the way
ALLOWED = {
    ("started", "unverified", "pending"), ("started", "lost", "pending"),
    ("proved", "pending", "verified"), ("proved", "verified", "verified"), ("proved", "stale", "verified"),
    ("given_up", "pending", "unverified"),
    ("missing", "verified", "stale"), ("seen_again", "stale", "verified"), ("lost", "stale", "lost"),
    ("released", "pending", "unverified"), ("released", "verified", "unverified"),
    ("released", "stale", "unverified"), ("released", "lost", "unverified"),
    ("evicted", "verified", "unverified"), ("evicted", "stale", "unverified"),
    ("domain_reregistered", "pending", "unverified"), ("domain_reregistered", "verified", "unverified"),
    ("domain_reregistered", "stale", "unverified"), ("domain_reregistered", "lost", "unverified"),
}  # fmt: skip


def made(account: User, state: str = "verified", **changes: Any) -> OwnershipClaim:
    """Return a claim in a state, with the facts that the state has."""
    at = now()
    values: dict[str, Any] = {"account": account, "scope": "domain", "name": "acme.example", "method": "dns-txt"}
    if state in {"verified", "stale"}:
        values |= {"token_hash": HASH, "proved_at": at, "checked_at": at, "next_check_at": at}
    if state in {"stale", "lost"}:
        values |= {"missing_since": at}
    return OwnershipClaim.objects.create(**values | {"state": state} | changes)


def facts(event: str) -> dict[str, Any]:
    """Return what a service writes along with an event."""
    if event in {"proved", "seen_again"}:
        return {"token_hash": HASH, "proved_at": now(), "checked_at": now(), "next_check_at": now()}
    return {"missing_since": now()} if event == "missing" else {}


@pytest.mark.parametrize(("event", "old"), list(itertools.product(MOVES, ClaimState.values)))
def test_every_pair_of_event_and_state(ann: User, event: str, old: str) -> None:
    claim = made(ann, old)
    new = next((after for name, before, after in ALLOWED if (name, before) == (event, old)), None)
    if new is None:
        with pytest.raises(NotAllowed):
            moves.move(claim, event, at=now(), **facts(event))
        assert (OwnershipClaim.objects.get().state, events(claim)) == (old, [])
        return
    moves.move(claim, event, at=now(), by=ann.pk, detail={"why": "test\x00"}, **facts(event))
    assert OwnershipClaim.objects.get().state == claim.state == new
    (row,) = OwnershipEvent.objects.all()
    assert (row.event, row.old, row.new, row.by_id, row.detail) == (event, old, new, ann.pk, {"why": "test�"})


def test_the_table_holds_no_other_moves() -> None:
    assert {(event, old, new) for event, table in MOVES.items() for old, new in table.items()} == ALLOWED


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_events_tell_the_whole_story(ann: User, seed: int) -> None:
    chance, claim, told = random.Random(seed), made(ann, "unverified"), ["unverified"]
    for event in chance.choices(list(MOVES), k=150):
        new = next((after for name, before, after in ALLOWED if (name, before) == (event, claim.state)), None)
        if new is None:
            with pytest.raises(NotAllowed):
                moves.move(claim, event, at=now(), **facts(event))
        else:
            moves.move(claim, event, at=now(), **facts(event))
            told.append(new)
    rows = list(OwnershipEvent.objects.order_by("id").values_list("old", "new"))
    assert rows == list(itertools.pairwise(told))
    assert OwnershipClaim.objects.get().state == told[-1]
    assert len(rows) > 20


@pytest.mark.parametrize("change", [{"state": "unverified", "next_check_at": None}, {"token_hash": "b" * 64}])
def test_a_claim_that_changed_meanwhile_is_not_written(ann: User, change: dict[str, Any]) -> None:
    claim = made(ann)
    OwnershipClaim.objects.filter(pk=claim.pk).update(**change)
    with pytest.raises(moves.Overtaken):
        moves.move(claim, "missing", at=now(), missing_since=now())
    assert events(claim) == []


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"method": "meta"}, "own_claim_method_fits_scope"),
        ({"method": "magic"}, "own_claim_method_fits_scope"),
        ({"scope": "host"}, "own_claim_method_fits_scope"),
        ({"scope": "all"}, "own_claim_method_fits_scope"),
        ({"state": "owned"}, "own_claim_missing_agrees"),
        ({"token_hash": ""}, "own_claim_state_has_its_facts"),
        ({"proved_at": None}, "own_claim_state_has_its_facts"),
        ({"checked_at": None}, "own_claim_state_has_its_facts"),
        ({"next_check_at": None}, "own_claim_state_has_its_facts"),
        ({"state": "pending"}, "own_claim_state_has_its_facts"),
        ({"state": "stale"}, "own_claim_missing_agrees"),
        ({"missing_since": dt.datetime(2031, 1, 1, tzinfo=dt.UTC)}, "own_claim_missing_agrees"),
        ({"state": "lost", "next_check_at": None}, "own_claim_missing_agrees"),
    ],
)
def test_claims_that_contradict_themselves(ann: User, change: dict[str, Any], constraint: str) -> None:
    made(ann)
    with pytest.raises(IntegrityError, match=constraint):
        OwnershipClaim.objects.update(**change)


def test_one_claim_of_an_account_for_a_name_and_method(ann: User, bob: User) -> None:
    made(ann)
    made(bob)
    made(ann, name="www.acme.example")
    with pytest.raises(IntegrityError, match="own_claim_once"):
        made(ann)


def challenge(claim: OwnershipClaim, **changes: Any) -> OwnershipChallenge:
    """Return a challenge of a claim."""
    at = now()
    values: dict[str, Any] = {"token_id": f"{OwnershipChallenge.objects.count():016x}", "token_hash": HASH}
    values |= {"created_at": at, "expires_at": at + dt.timedelta(days=7)}
    return OwnershipChallenge.objects.create(claim=claim, **values | changes)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"token_hash": "0123456789abcdef0123456789abcdef"}, "own_challenge_keeps_hashes_only"),  # a token itself
        ({"token_hash": ""}, "own_challenge_keeps_hashes_only"),
        ({"token_id": "../../etc"}, "own_challenge_keeps_hashes_only"),
        ({"state": "maybe"}, "own_challenge_state_known"),
        ({"expires_at": dt.datetime(2001, 1, 1, tzinfo=dt.UTC)}, "own_challenge_expires_later"),
    ],
)
def test_challenges_that_contradict_themselves(ann: User, change: dict[str, Any], constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        challenge(made(ann), **change)


def test_one_open_challenge_for_each_claim(ann: User) -> None:
    claim = made(ann)
    first = challenge(claim)
    with pytest.raises(IntegrityError, match="own_challenge_one_open"), transaction.atomic():
        challenge(claim)
    OwnershipChallenge.objects.filter(pk=first.pk).update(state="expired")
    challenge(claim)
    with pytest.raises(IntegrityError, match="token_id"):
        challenge(made(ann, name="b.example"), token_id=first.token_id)


@pytest.mark.parametrize(("old", "new"), [("owned", "verified"), ("verified", "owned")])
def test_events_of_unknown_states(ann: User, old: str, new: str) -> None:
    with pytest.raises(IntegrityError, match="own_event_states_known"):
        OwnershipEvent.objects.create(claim=made(ann), at=now(), event="proved", old=old, new=new)


def test_events_are_never_changed_and_go_with_their_account_only(ann: User, bob: User) -> None:
    claim = made(ann)
    moves.move(claim, "evicted", at=now(), by=bob.pk)
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        OwnershipEvent.objects.update(event="released")
    bob.delete()
    assert OwnershipEvent.objects.count() == 1
    ann.delete()
    assert OwnershipEvent.objects.count() == 0
