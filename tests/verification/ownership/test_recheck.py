"""Looking again, with a simulated clock."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from django.core import mail
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from tests import make
from tests.verification.conftest import at_once
from tests.verification.ownership.conftest import World, begin, events, moment, proved, publish, said, tag
from tests.zoo.animal import Reply
from verification import ownership
from verification.models import OwnershipClaim, OwnershipEvent
from verification.ownership import looking, marks
from verification.tasks import recheck_ownership

pytestmark = pytest.mark.django_db
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)


def row(claim: OwnershipClaim) -> OwnershipClaim:
    return OwnershipClaim.objects.get(pk=claim.pk)


def sweep(start: dt.datetime, days: int) -> dict[float, dict[str, int]]:
    """Sweep every six hours for some days; return what was done, by day."""
    done = {step / 4: ownership.recheck_due(start + step * DAY / 4) for step in range(days * 4)}
    return {day: one for day, one in done.items() if one}


def test_a_claim_is_looked_at_every_week(world: World, ann: User) -> None:
    claim = proved(world, ann)
    start = moment(claim)
    assert sweep(start, 29) == {day: {"pass": 1} for day in (7.0, 14.0, 21.0, 28.0)}
    assert (row(claim).state, row(claim).checked_at, events(claim)) == (
        "verified",
        start + 28 * DAY,
        ["started", "proved"],
    )


def test_what_is_missing_is_stale_at_once_and_lost_after_thirty_days(
    world: World, ann: User, django_capture_on_commit_callbacks: Any
) -> None:
    claim = proved(world, ann)
    tool = make.tool(homepage="https://www.acme.example/")
    start = moment(claim)
    world.zone.clear()
    seen: list[tuple[float, str, bool]] = []
    with django_capture_on_commit_callbacks(execute=True):
        for step in range(60 * 4):
            at = start + step * DAY / 4
            if ownership.recheck_due(at):
                seen.append((step / 4, row(claim).state, list(ownership.owners_of(tool, at)) == [claim]))
    assert seen == [
        *((float(day), "stale", True) for day in range(7, 21)),
        *((float(day), "stale", False) for day in range(21, 37)),
        (37.0, "lost", False),
    ]
    assert row(claim).missing_since == start + 7 * DAY
    assert [(one.event, (one.at - start).days) for one in OwnershipEvent.objects.order_by("id")] == [
        ("started", -1),
        ("proved", 0),
        ("missing", 7),
        ("lost", 37),
    ]
    assert [message.subject for message in mail.outbox] == [
        "AI Apps: the proof for acme.example is missing",
        "AI Apps: the claim to acme.example is lost",
    ]
    assert f"Nothing changes before {start + 21 * DAY:%Y-%m-%d}." in str(mail.outbox[0].body)


def test_it_counts_to_the_last_moment_of_its_grace(world: World, ann: User) -> None:
    claim = proved(world, ann)
    since = moment(claim) + 7 * DAY
    world.zone.clear()
    ownership.recheck_due(since)
    stale = row(claim)
    for after, counts in ((dt.timedelta(), True), (14 * DAY - dt.timedelta.resolution, True), (14 * DAY, False)):
        assert stale.holds(since + after) is counts
        assert OwnershipClaim.objects.holding(since + after).exists() is counts


def test_a_claim_of_which_nobody_could_tell_for_90_days_counts_for_nothing_until_somebody_can(
    world: World, ann: User
) -> None:
    claim = proved(world, ann, method="meta")
    start, page = moment(claim), world.pages["acme.example", "/"]
    world.pages["acme.example", "/"] = Reply(403)
    ownership.recheck_due(start + 7 * DAY)
    end = start + 90 * DAY
    for at, counts in ((end - dt.timedelta.resolution, True), (end, False)):
        assert row(claim).holds(at) is counts
        assert OwnershipClaim.objects.holding(at).exists() is counts
    assert row(claim).state == "verified"
    world.pages["acme.example", "/"] = page
    ownership.recheck_due(end)
    assert row(claim).holds(end) is True


def test_a_proof_that_comes_back_is_as_it_was(world: World, ann: User) -> None:
    claim = proved(world, ann)
    start, zone = moment(claim), dict(world.zone)
    world.zone.clear()
    sweep(start, 10)
    assert row(claim).state == "stale"
    world.zone.update(zone)
    sweep(start + 10 * DAY, 2)
    assert (row(claim).state, row(claim).missing_since) == ("verified", None)
    assert events(claim) == ["started", "proved", "missing", "seen_again"]


def test_after_it_was_lost_the_old_token_proves_nothing(world: World, ann: User) -> None:
    begun = begin(ann)
    publish(world, begun)
    assert said(begun)[0] == "pass"
    claim, zone = row(begun.challenge.claim), dict(world.zone)
    world.zone.clear()
    sweep(moment(claim), 40)
    assert row(claim).state == "lost"
    world.zone.update(zone)  # the old record is back
    sweep(moment(claim) + 40 * DAY, 20)
    assert row(claim).state == "lost"
    assert said(begun) == ("fail", "not_open", "lost")
    new = begin(ann)
    assert said(new) == ("fail", "other_token", "pending")
    publish(world, new)
    assert said(new) == ("pass", "found", "verified")
    assert events(claim) == ["started", "proved", "missing", "lost", "started", "proved"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(500),
        Reply(403),
        Reply(429),
        Reply(503, headers=(("Retry-After", "0"),)),
        Reply(200, b"<title>Just a moment...</title>"),
    ],
)
def test_trouble_never_counts_against_a_claim(world: World, ann: User, reply: Reply) -> None:
    claim = proved(world, ann, method="meta")
    world.pages["acme.example", "/"] = reply
    assert sweep(moment(claim), 40) == {7 + step / 4: {"inconclusive": 1} for step in range((40 - 7) * 4)}
    assert (row(claim).state, row(claim).checked_at, events(claim)) == (
        "verified",
        moment(claim),
        ["started", "proved"],
    )


def test_time_in_which_nothing_could_be_told_does_not_count(world: World, ann: User) -> None:
    claim = proved(world, ann, method="meta")
    start = moment(claim)
    good = world.pages.pop(("acme.example", "/"))
    sweep(start, 10)
    assert row(claim).state == "stale"
    world.pages["acme.example", "/"] = Reply(500)
    sweep(start + 10 * DAY, 40)
    world.pages.pop(("acme.example", "/"))
    sweep(start + 50 * DAY, 20)
    stale = row(claim)
    assert (stale.state, stale.unsure > 39 * DAY) == ("stale", True)
    world.pages["acme.example", "/"] = good
    sweep(start + 70 * DAY, 2)
    assert (row(claim).state, row(claim).unsure) == ("verified", dt.timedelta())


def test_of_a_soft_404_the_file_is_missed(world: World, ann: User) -> None:
    claim = proved(world, ann, method="http-file")
    world.pages.clear()
    world.everything["acme.example"] = lambda request: Reply(200, b"Welcome", "text/plain")
    sweep(moment(claim), 8)
    assert (row(claim).state, row(claim).evidence["code"]) == ("stale", "other_content")


def test_a_tag_that_moved_into_a_comment_is_missed(world: World, ann: User) -> None:
    begun = begin(ann, method="meta")
    publish(world, begun)
    assert said(begun)[0] == "pass"
    world.pages["acme.example", "/"] = Reply(body=f"<head><!-- {tag(begun)} --></head>".encode())
    claim = row(begun.challenge.claim)
    sweep(moment(claim), 8)
    assert (row(claim).state, row(claim).evidence["code"]) == ("stale", "no_tag")


# -- domains that somebody else registered --------------------------------------------------------------------------


def rdap(world: World, settings: Any, *events: tuple[str, str], name: str = "acme.example", status: int = 200) -> None:
    settings.RDAP_URL = "https://rdap.example"
    told = {"ldhName": name, "events": [{"eventAction": action, "eventDate": date} for action, date in events]}
    answer = Reply(status, json.dumps(told).encode(), "application/rdap+json")
    world.pages["rdap.example", "/domain/acme.example"] = answer


@pytest.mark.parametrize("name", ["acme.example", "docs.acme.example"])
@pytest.mark.parametrize("action", ["registration", "reregistration"])
def test_a_domain_that_was_registered_anew_resets_the_claim_though_the_token_is_there(
    world: World, ann: User, settings: Any, action: str, name: str, django_capture_on_commit_callbacks: Any
) -> None:
    claim = proved(world, ann, name)
    later = moment(claim) + 3 * DAY
    rdap(world, settings, ("registration", "2001-01-01T00:00:00Z"), (action, later.isoformat()))
    with django_capture_on_commit_callbacks(execute=True):
        sweep(moment(claim), 8)
    reset = row(claim)
    assert (reset.state, reset.token_hash, reset.proved_at, reset.evidence["code"]) == (
        "unverified",
        "",
        None,
        "domain_reregistered",
    )
    assert events(claim) == ["started", "proved", "domain_reregistered"]
    assert [message.subject for message in mail.outbox] == [f"AI Apps: the claim to {name} was taken back"]
    sweep(moment(claim) + 8 * DAY, 10)
    assert len(events(claim)) == 3
    new = begin(ann, name)
    publish(world, new)
    assert said(new) == ("pass", "found", "verified")


@pytest.mark.parametrize(
    ("told", "options", "registered"),
    [
        ([("registration", "2001-01-01T00:00:00Z"), ("last changed", "2999-01-01T00:00:00Z")], {}, "2001-01-01"),
        ([("registration", "2999-01-01T00:00:00Z")], {"name": "other.example"}, "not known: the answer names no"),
        ([("registration", "2999-01-01T00:00:00Z")], {"status": 404}, "not known: The server answered with status 404"),
        ([("registration", "soon")], {}, "not known: the answer names no"),
        ([("expiration", "2999-01-01T00:00:00Z")], {}, "not known: the answer names no"),
    ],
)
def test_other_answers_of_the_registry_change_nothing(
    world: World, ann: User, settings: Any, told: list[tuple[str, str]], options: Any, registered: str
) -> None:
    claim = proved(world, ann)
    rdap(world, settings, *told, **options)
    sweep(moment(claim), 8)
    assert (row(claim).state, row(claim).evidence["registered"].startswith(registered)) == ("verified", True)


def test_without_an_rdap_server_it_is_said_that_nobody_was_asked(world: World, ann: User) -> None:
    claim = proved(world, ann)
    sweep(moment(claim), 8)
    assert row(claim).evidence["registered"] == "not checked: RDAP_URL is not set"
    assert world.asked == []


# -- the sweep ------------------------------------------------------------------------------------------------------


def test_the_sweep_closes_challenges_that_ran_out(world: World, ann: User) -> None:
    begun = begin(ann)
    at = begun.challenge.expires_at
    assert ownership.recheck_due(at - HOUR) == {}
    assert ownership.recheck_due(at) == {"expired": 1}
    assert ownership.recheck_due(at) == {}
    assert events(begun.challenge.claim) == ["started", "given_up"]


def test_queries_grow_by_a_constant_for_each_claim(world: World, ann: User) -> None:
    counts = []
    for names in (["a.example"], ["b.example", "c.example"], ["d.example", "e.example", "f.example"]):
        claims = [proved(world, ann, name) for name in names]
        at = max(moment(claim) for claim in claims) + 7 * DAY
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert ownership.recheck_due(at) == {"pass": len(names)}
        counts.append(len(queries))
        OwnershipClaim.objects.update(next_check_at=at + 365 * DAY)
    assert (counts[1] - counts[0], counts[2] - counts[1]) == (counts[1] - counts[0],) * 2
    assert counts[1] - counts[0] == 9, counts


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_look_at_each_claim_once(world: World, ann: User) -> None:
    claims = [proved(world, ann, name, "meta") for name in ("acme.example", "www.acme.example", "docs.acme.example")]
    world.asked.clear()
    at = moment(claims[-1]) + 7 * DAY
    done = at_once(lambda number: ownership.recheck_due(at), 2)
    assert sum(one.get("pass", 0) for one in done) == 3
    assert sorted(world.asked) == ["GET acme.example/", "GET docs.acme.example/", "GET www.acme.example/"]


def test_a_claim_whose_worker_died_is_due_again_after_an_hour(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = proved(world, ann)
    at = moment(claim) + 7 * DAY

    def die(*args: Any, **options: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(looking, "look", die)
        with pytest.raises(KeyboardInterrupt):
            ownership.recheck_due(at)
    assert ownership.recheck_due(at) == {}
    assert ownership.recheck_due(at + HOUR) == {"pass": 1}


def test_a_claim_that_was_released_while_somebody_looked_stays_released(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = proved(world, ann, method="meta")

    look = looking.look

    def released(*args: Any, **options: Any) -> Any:
        ownership.release(claim=row(claim), by=ann)
        return look(*args, **options)

    monkeypatch.setattr(looking, "look", released)
    OwnershipClaim.objects.update(next_check_at=moment(claim))
    assert ownership.recheck_due(moment(claim)) == {"overtaken": 1}
    assert events(claim) == ["started", "proved", "released"]


def test_the_task_does_what_is_due(world: World, ann: User) -> None:
    claim = proved(world, ann)
    OwnershipClaim.objects.update(next_check_at=moment(claim))
    assert recheck_ownership() == {"pass": 1}


def test_trouble_with_one_claim_does_not_end_the_sweep(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = (proved(world, ann, name, "meta") for name in ("acme.example", "docs.acme.example"))
    note = marks.note

    def deadlocked(claim: OwnershipClaim, **options: Any) -> None:
        if claim.pk == bad.pk:
            raise OperationalError("deadlock detected")
        note(claim, **options)

    monkeypatch.setattr(marks, "note", deadlocked)
    at = moment(good) + 7 * DAY
    assert ownership.recheck_due(at) == {"failed": 1, "pass": 1}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        f"Ownership claim {bad.pk} could not be looked at."
    ]
    assert (row(bad).checked_at, row(bad).next_check_at, row(good).checked_at) == (bad.checked_at, at + HOUR, at)
