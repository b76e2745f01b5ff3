"""Beginning, checking, giving up and evicting."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.models import User
from tests.verification.conftest import at_once
from tests.verification.ownership.conftest import (
    TEXT,
    World,
    begin,
    check,
    events,
    file_of,
    moment,
    now,
    proved,
    publish,
    record,
    said,
    state,
)
from tests.zoo.animal import Reply
from verification import ownership, polite
from verification.models import HostBudget, OptOut, OwnershipChallenge, OwnershipClaim
from verification.ownership import services
from verification.ownership.transitions import NotAllowed

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_a_token_is_128_bits_shown_once_and_stored_as_a_hash_only(world: World, ann: User) -> None:
    first, second = begin(ann), begin(ann, "www.acme.example")
    assert len({first.token, second.token, first.challenge.token_id, second.challenge.token_id}) == 4
    assert len(bytes.fromhex(first.token)) == 16
    rows = [*OwnershipChallenge.objects.values(), *OwnershipClaim.objects.values()]
    assert first.token not in str(rows)
    assert first.instructions == (
        "Add this TXT record to the zone of acme.example:\n\n"
        f'    _ai-apps-challenge.acme.example. 3600 IN TXT "v=1; t={first.token}"\n\n'
        "The domain itself may carry it instead. Keep it there: it is looked for every week."
    )
    assert first.challenge.expires_at - first.challenge.created_at == 7 * DAY


@pytest.mark.parametrize("method", ["dns-txt", "http-file", "meta"])
def test_the_token_of_another_account_proves_nothing(world: World, ann: User, bob: User, method: str) -> None:
    anns, bobs = begin(ann, method=method), begin(bob, method=method)
    if method == "http-file":
        world.pages[file_of(bobs)] = Reply(200, anns.token.encode(), TEXT)
        assert said(bobs) == ("fail", "other_content", "pending")
    else:
        publish(world, anns)
        assert said(bobs) == ("fail", "other_token", "pending")
    publish(world, anns)
    assert said(anns) == ("pass", "found", "verified")


def test_the_token_of_another_name_or_method_proves_nothing(world: World, ann: User) -> None:
    apex, www, meta = begin(ann), begin(ann, "www.acme.example"), begin(ann, method="meta")
    world.txt("_ai-apps-challenge.www.acme.example", record(apex))
    assert said(www) == ("fail", "other_token", "pending")
    world.txt("_ai-apps-challenge.acme.example", record(meta))
    assert said(apex) == ("fail", "other_token", "pending")


def test_a_challenge_runs_out_after_seven_days(world: World, ann: User) -> None:
    at = now()
    begun = begin(ann, at=at)
    publish(world, begun)
    outcome = check(begun, at + 7 * DAY)
    assert (str(outcome.verdict), outcome.code, state(begun)) == ("fail", "expired", "unverified")
    assert outcome.sentence.startswith(f"The challenge ran out on {at + 7 * DAY:%Y-%m-%d %H:%M} UTC.")
    assert check(begun, at).code == "expired"  # and stays so
    assert events(begun.challenge.claim) == ["started", "given_up"]
    again = begin(ann)
    assert said(again)[1] == "other_token"
    publish(world, again)
    assert said(again) == ("pass", "found", "verified")


def test_up_to_the_last_second_it_may_be_met(world: World, ann: User) -> None:
    at = now()
    begun = begin(ann, at=at)
    publish(world, begun)
    assert check(begun, at + 7 * DAY - dt.timedelta(seconds=1)).code == "found"


def test_a_newer_challenge_replaces_the_older_one(world: World, ann: User) -> None:
    old = begin(ann)
    publish(world, old)
    new = begin(ann)
    assert said(old) == ("fail", "not_open", "pending")
    assert said(new) == ("fail", "other_token", "pending")
    assert events(new.challenge.claim) == ["started"]


def test_a_challenge_that_was_met_cannot_be_met_again(world: World, ann: User) -> None:
    begun = begin(ann)
    publish(world, begun)
    assert said(begun) == ("pass", "found", "verified")
    assert said(begun) == ("fail", "not_open", "verified")
    assert events(begun.challenge.claim) == ["started", "proved"]


def test_a_claim_that_holds_goes_on_holding_while_its_token_is_exchanged(world: World, ann: User) -> None:
    claim = proved(world, ann)
    new = begin(ann)
    assert said(new) == ("fail", "other_token", "verified")
    publish(world, new)
    assert said(new) == ("pass", "found", "verified")
    assert events(claim) == ["started", "proved", "proved"]
    claim.refresh_from_db()
    assert claim.token_id == new.challenge.token_id
    assert ownership.recheck(claim, at=now() + 7 * DAY).code == "found"


def test_a_challenge_is_not_checked_more_often_than_every_ten_seconds(world: World, ann: User) -> None:
    begun, at = begin(ann), now()
    assert [check(begun, at + dt.timedelta(seconds=after)).code for after in (0, 9, 10)] == [
        "missing",
        "too_soon",
        "missing",
    ]


@pytest.mark.django_db(transaction=True)
def test_two_checks_at_once_prove_once(world: World, ann: User) -> None:
    begun, at = begin(ann, method="http-file"), now()
    publish(world, begun)
    moments = [at, at + dt.timedelta(minutes=1)]
    codes = at_once(lambda number: ownership.check(challenge=begun.challenge, at=moments[number]).code, 2)
    assert "found" in codes
    assert set(codes) <= {"found", "not_open", "too_soon"}
    assert events(begun.challenge.claim) == ["started", "proved"]


def test_a_domain_that_opted_out_is_not_asked(world: World, ann: User) -> None:
    OptOut.objects.create(domain="acme.example")
    begun = begin(ann, method="http-file")
    publish(world, begun)
    assert said(begun) == ("inconclusive", "opted_out", "pending")
    assert world.asked == []


def test_a_domain_that_wants_to_be_left_alone_is_asked_later(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    later = now() + dt.timedelta(seconds=polite.PATIENCE + 60)
    HostBudget.objects.create(key="acme.example", day=later.date(), next_at=later)
    outcome = check(begun)
    assert (str(outcome.verdict), outcome.code, world.asked) == ("inconclusive", "no_turn", [])


def test_an_account_has_a_limit_of_open_challenges(world: World, ann: User, bob: User) -> None:
    for number in range(50):
        begin(ann, f"a{number}.example")
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, "acme.example")
    assert refused.value.code == "too_many_open"
    begin(ann, "a1.example")  # instead of the one that is open
    begin(bob, "acme.example")


def test_the_account_gives_its_claim_up(world: World, ann: User) -> None:
    claim = proved(world, ann)
    ownership.release(claim=claim, by=ann)
    assert OwnershipClaim.objects.get().state == "unverified"
    assert events(claim) == ["started", "proved", "released"]
    with pytest.raises(NotAllowed):
        ownership.release(claim=claim, by=ann)


# -- two accounts, one domain ------------------------------------------------------------------------------------


def test_accounts_that_proved_a_name_see_each_other_and_nobody_else_does(world: World, ann: User, bob: User) -> None:
    anns = proved(world, ann, method="http-file")
    assert ownership.neighbours(anns) == []
    bobs = begin(bob, method="meta").challenge.claim
    assert (ownership.neighbours(anns), ownership.neighbours(bobs)) == ([], [])
    bobs = proved(world, bob, method="meta")
    assert (ownership.neighbours(anns), ownership.neighbours(bobs)) == ([bobs], [anns])
    proved(world, ann, "www.acme.example", "http-file")  # another host: neither covers the other
    assert ownership.neighbours(bobs) == [anns]


def test_a_domain_and_what_lies_below_it_are_neighbours(world: World, ann: User, bob: User) -> None:
    anns, bobs = proved(world, ann), proved(world, bob, "docs.acme.example", "http-file")
    assert (ownership.neighbours(anns), ownership.neighbours(bobs)) == ([bobs], [anns])


@pytest.mark.parametrize("method", ["http-file", "meta"])
def test_the_newest_cannot_evict_without_dns(world: World, ann: User, bob: User, method: str) -> None:
    anns = proved(world, ann, method="http-file")
    bobs = proved(world, bob, method=method)
    with pytest.raises(ownership.NotEvictable, match="by a DNS record first"):
        ownership.evict(claim=bobs, other=anns)
    assert [claim.state for claim in OwnershipClaim.objects.order_by("id")] == ["verified", "verified"]
    by_dns = proved(world, bob)
    ownership.evict(claim=by_dns, other=anns)
    anns.refresh_from_db()
    assert (anns.state, events(anns)) == ("unverified", ["started", "proved", "evicted"])
    assert begin(ann, method="http-file").challenge.claim == anns  # it may be proved again


def test_who_holds_the_name_servers_is_not_evicted_by_another_record(world: World, ann: User, bob: User) -> None:
    anns = proved(world, ann)
    bobs = begin(bob)
    world.txt("_ai-apps-challenge.acme.example", record(bobs), "v=1; t=" + "0" * 32)
    assert said(bobs) == ("pass", "found", "verified")
    with pytest.raises(ownership.NotEvictable, match="proved by DNS too"):
        ownership.evict(claim=bobs.challenge.claim, other=anns)


def test_other_reasons_not_to_evict(world: World, ann: User, bob: User) -> None:
    docs = proved(world, bob, "docs.acme.example")
    apex, own = proved(world, ann, method="http-file"), proved(world, bob, "docs.acme.example", "http-file")
    for claim, other, why in [
        (docs, apex, "does not reach acme.example"),
        (docs, own, "of one account"),
        (docs, begin(ann, "docs.acme.example", "meta").challenge.claim, "does not hold"),
    ]:
        with pytest.raises(ownership.NotEvictable, match=why):
            ownership.evict(claim=claim, other=other)
    OwnershipClaim.objects.filter(pk=docs.pk).update(state="stale", missing_since=now())
    anns = proved(world, ann, "docs.acme.example", "http-file")
    with pytest.raises(ownership.NotEvictable, match="by a DNS record first"):
        ownership.evict(claim=docs, other=anns)


def test_a_claim_that_no_look_could_tell_of_for_long_neither_evicts_nor_is_evicted(
    world: World, ann: User, bob: User
) -> None:
    old, other = proved(world, ann), proved(world, bob, method="http-file")
    late = moment(old) + dt.timedelta(days=91)
    for fresh, sentence in ((other, "Prove acme.example by a DNS record first"), (old, "The other claim to acme.exam")):
        OwnershipClaim.objects.update(checked_at=moment(old))
        OwnershipClaim.objects.filter(pk=fresh.pk).update(checked_at=late)
        with pytest.raises(ownership.NotEvictable) as refused:
            ownership.evict(claim=old, other=other, at=late)
        assert str(refused.value).startswith(sentence)


def test_an_account_may_begin_a_hundred_proofs_a_day(world: World, ann: User, bob: User) -> None:
    at = now()
    for _ in range(100):
        begin(ann, at=at)
    with pytest.raises(ownership.BadName) as refused:
        begin(ann, at=at + 23 * dt.timedelta(hours=1))
    assert refused.value.code == "too_many_starts"
    begin(bob, at=at)
    begin(ann, at=at + DAY)


def test_challenges_that_ended_are_kept_for_90_days(world: World, ann: User) -> None:
    claim = proved(world, ann)
    begun = begin(ann, "docs.acme.example")
    ended = OwnershipChallenge.objects.get(claim=claim).expires_at
    assert [services.forget(at=ended + days * DAY) for days in (90, 90.1)] == [0, 1]
    assert list(OwnershipChallenge.objects.all()) == [begun.challenge]
    assert events(claim) == ["started", "proved"]
