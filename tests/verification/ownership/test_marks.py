"""The claim `identity` of the tools that a proof covers."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import threading
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from tests import make
from tests.verification import make_runs
from tests.verification.conftest import at_once
from tests.verification.ownership.conftest import World, begin, check, moment, proved, publish
from verification import ownership, services
from verification.claims import services as claims
from verification.claims.kinds import bound
from verification.claims.services import holding
from verification.health import standing, sweeping
from verification.listing import listing_of
from verification.models import Claim, Endpoint, LogEntry, OwnershipClaim, Run, Watch
from verification.ownership import marks
from verification.ownership.methods import dns_txt

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def identity(tool: Tool) -> list[tuple[str, str]]:
    """Return why each identity claim of a tool ended ("" while it has not), oldest first, and its sentence."""
    rows = Claim.objects.filter(tool=tool, kind="identity").order_by("id")
    return [(one.ended, one.sentence) for one in rows]


def finished_run(tool: Tool) -> Run:
    """Return a full run that has ended just now."""
    return make_runs.run(tool, {}, created_at=timezone.now())


def silence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no name server answer anything of the domain any more."""
    monkeypatch.setattr(dns_txt, "SECONDS", 0.05)
    for name in ("*.acme.example", "acme.example", "_ai-apps-challenge.acme.example"):
        world.zone[name, "TXT"] = "SERVFAIL"


SAID = "An account here proved that it controls acme.example (DNS TXT record)."


def test_a_proof_marks_the_tools_of_its_domain_and_no_others(world: World, ann: User) -> None:
    ours, below = make.tool(homepage="https://acme.example/"), make.tool(homepage="https://docs.acme.example/tool")
    theirs = make.tool(homepage="https://notacme.example/"), make.tool(homepage="https://x.example/?acme.example")
    gone = make.tool(homepage="https://www.acme.example/", status="delisted")
    claim = proved(world, ann)
    assert [identity(tool) for tool in (ours, below, *theirs, gone)] == [[("", SAID)], [("", SAID)], [], [], []]
    row = Claim.objects.get(tool=ours)
    assert (row.renewed_at, row.expires_at, row.by) == (claim.checked_at, moment(claim) + 30 * DAY, None)
    assert LogEntry.objects.filter(tool=ours).values_list("sentence", flat=True).get().endswith(SAID)


def test_every_look_that_finds_the_proof_renews_the_mark(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    ownership.recheck_due(moment(claim) + 7 * DAY)
    row = Claim.objects.get(tool=tool)
    assert (row.granted_at, row.renewed_at) == (moment(claim), moment(claim) + 7 * DAY)


def test_a_missing_proof_renews_nothing_and_after_its_grace_the_mark_ends(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    world.zone.clear()
    ends = []
    for day in range(7, 25):
        ownership.recheck_due(moment(claim) + day * DAY)
        row = Claim.objects.get(tool=tool)
        ends.append((day, row.ended, (row.renewed_at - moment(claim)).days))
    assert ends == [*((day, "", 0) for day in range(7, 21)), *((day, "refuted", 0) for day in range(21, 25))]


def test_a_mark_ends_with_the_last_of_the_proofs(world: World, ann: User, bob: User) -> None:
    tool = make.tool(homepage="https://www.acme.example/")
    domain, host = proved(world, ann), proved(world, bob, "www.acme.example", "http-file")
    ownership.release(claim=domain, by=ann)
    assert [ended for ended, _ in identity(tool)] == [""]
    ownership.release(claim=OwnershipClaim.objects.get(pk=host.pk), by=bob)
    assert [ended for ended, _ in identity(tool)] == ["refuted"]


def test_a_home_page_that_moves_within_the_domain_is_marked_anew_by_its_next_full_run(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    proved(world, ann)
    tool.homepage = "https://www.acme.example/"
    tool.save()
    assert holding(Claim.objects.filter(tool=tool), listing_of(tool), moment(OwnershipClaim.objects.get())) == {}
    services.run_finished.send(sender=None, run=finished_run(tool))
    assert identity(tool) == [("changed", SAID), ("", SAID)]


def test_a_home_page_that_moves_elsewhere_is_not_marked(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    proved(world, ann)
    tool.homepage = "https://elsewhere.example/"
    tool.save()
    services.run_finished.send(sender=None, run=finished_run(tool))
    assert [ended for ended, _ in identity(tool)] == ["changed"]


@pytest.mark.parametrize("state", ["healthy", "unknown"])
def test_no_proof_puts_off_the_next_look_at_a_tool(world: World, ann: User, state: str) -> None:
    tool = make.tool(homepage="https://acme.example/")
    at = timezone.now()
    due = at + dt.timedelta(minutes=1)
    Watch.objects.create(tool=tool, next_at=due, full_at=at + DAY)
    Endpoint.objects.create(tool=tool, subject="https://acme.example/", home=True, state=state, fails=2, known_at=at)
    for minutes in range(3):  # again and again, before the look that would confirm the trouble
        begun = begin(ann)
        publish(world, begun)
        assert check(begun, at + minutes * dt.timedelta(minutes=5)).code == "found"
    assert Watch.objects.get(tool=tool).next_at == due


def test_a_look_that_changes_no_mark_says_so(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    at = moment(proved(world, ann))
    assert marks.note_tool(tool, at=at) is False
    OwnershipClaim.objects.update(checked_at=at + DAY)
    assert [marks.note_tool(tool, at=at + DAY) for _ in range(2)] == [True, False]


def test_a_proof_that_cannot_be_looked_at_marks_nothing_again_and_again(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    silence(world, monkeypatch)
    for hours in range(0, 60, 6):
        at = moment(claim) + 40 * DAY + dt.timedelta(hours=hours)
        assert ownership.recheck_due(at) == {"inconclusive": 1}
        sweeping.sweep_time(at=at)
    assert identity(tool) == [("lapsed", SAID)]
    assert LogEntry.objects.filter(tool=tool, kind="claim").count() == 2
    services.run_finished.send(sender=None, run=make_runs.run(tool, {}, created_at=moment(claim) + 50 * DAY))
    assert identity(tool) == [("lapsed", SAID)]


def test_the_proof_that_was_seen_last_renews_the_mark(
    world: World, ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make.tool(homepage="https://www.acme.example/")
    domain = proved(world, ann)
    proved(world, bob, "www.acme.example", "http-file")
    silence(world, monkeypatch)
    for days in (7, 14, 21, 28, 35):
        ownership.recheck_due(moment(domain) + days * DAY)
    row = Claim.objects.get(tool=tool, ended_at=None)
    said = "An account here proved that it controls www.acme.example (File on the site)."
    assert (row.renewed_at - moment(domain), row.sentence) == (35 * DAY, said)


def test_a_mark_names_a_proof_that_holds_and_holds_no_longer_than_by_it(world: World, ann: User, bob: User) -> None:
    tool = make.tool(homepage="https://www.acme.example/")
    host, domain = proved(world, bob, "www.acme.example", "http-file"), proved(world, ann)
    row = Claim.objects.get(tool=tool)
    assert (row.sentence, row.receipt["ownership"]) == (SAID, domain.pk)
    ownership.release(claim=domain, by=ann)
    row.refresh_from_db()
    assert row.sentence == "An account here proved that it controls www.acme.example (File on the site)."
    assert row.receipt == {"ownership": host.pk, "name": "www.acme.example", "method": "http-file"}
    assert row.expires_at == moment(host) + 30 * DAY


def test_what_a_person_withdrew_needs_a_new_proof(world: World, ann: User, bob: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    claims.end(Claim.objects.get(tool=tool), at=timezone.now(), why="withdrawn", sentence="Fraud.", by=bob)
    services.run_finished.send(sender=None, run=finished_run(tool))
    ownership.recheck_due(moment(claim) + 7 * DAY)  # the old token is still there
    assert [ended for ended, _ in identity(tool)] == ["withdrawn"]
    newer = proved(world, bob, method="http-file")
    assert [ended for ended, _ in identity(tool)] == ["withdrawn", ""]
    ownership.release(claim=newer, by=bob)
    assert [ended for ended, _ in identity(tool)] == ["withdrawn", "refuted"]


def test_a_delisted_tool_gets_no_mark_and_loses_the_one_whose_proof_ends(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    ownership.release(claim=claim, by=ann)
    assert [ended for ended, _ in identity(tool)] == ["refuted"]


@pytest.mark.parametrize(
    "homepage", ["https://bücher.example/", "https://BÜCHER.example./", "https://xn--bcher-kva.example/"]
)
def test_every_spelling_of_a_home_page_is_marked(world: World, ann: User, homepage: str) -> None:
    tool = make.tool(homepage=homepage)
    proved(world, ann, "bücher.example")
    assert [ended for ended, _ in identity(tool)] == [""]


def meet(both: threading.Barrier) -> None:
    """Wait for the other thread here, for a second at most: a lock may keep it from coming."""
    with contextlib.suppress(threading.BrokenBarrierError):
        both.wait(1)


@pytest.mark.django_db(transaction=True)
def test_two_accounts_that_prove_one_domain_at_once_both_prove_it(
    world: World, ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make.tool(homepage="https://acme.example/")
    begun = [begin(one, method="http-file") for one in (ann, bob)]
    for one in begun:
        publish(world, one)
    both = threading.Barrier(2)

    def slow(*arguments: Any) -> str:  # between the question whether there is a claim, and making one
        meet(both)
        return bound(*arguments)

    monkeypatch.setattr(claims, "bound", slow)
    assert at_once(lambda number: ownership.check(challenge=begun[number].challenge).code, 2) == ["found", "found"]
    assert [ended for ended, _ in identity(tool)] == [""]


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_run_and_a_look_at_the_proof_do_not_wait_for_each_other(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    Watch.objects.create(tool=tool, next_at=timezone.now(), full_at=timezone.now())
    Endpoint.objects.create(tool=tool, subject="https://acme.example/", home=True)
    run = finished_run(tool)
    both = threading.Barrier(2)
    refresh = standing.refresh

    def late(*arguments: Any, **options: Any) -> None:  # the look has locked its claim by now
        meet(both)
        refresh(*arguments, **options)

    def later(tool: Tool) -> Any:  # and the run the tool and its watch
        meet(both)
        return listing_of(tool)

    monkeypatch.setattr(standing, "refresh", late)
    monkeypatch.setattr(claims, "listing_of", later)

    def look() -> str:
        return ownership.recheck(claim).code

    assert at_once(lambda number: str([lambda: services.announce(run.pk), look][number]()), 2) == ["True", "found"]


@pytest.mark.django_db(transaction=True)
def test_a_run_does_not_mark_by_a_proof_that_is_given_up_meanwhile(
    world: World, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    Claim.objects.all().delete()
    run, grant, others = finished_run(tool), claims.grant, []

    def give_up() -> None:
        try:
            ownership.release(claim=OwnershipClaim.objects.get(pk=claim.pk), by=ann)
        finally:
            connections.close_all()

    def late(*arguments: Any, **options: Any) -> Claim | None:
        others.append(threading.Thread(target=give_up))
        others[0].start()
        others[0].join(1)
        return grant(*arguments, **options)

    monkeypatch.setattr(claims, "grant", late)
    services.announce(run.pk)
    others[0].join(10)
    assert [ended for ended, _ in identity(tool)] == ["refuted"]


def test_a_closed_account_owns_nothing_and_its_marks_end_and_come_back_with_it(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    claim = proved(world, ann)
    for active, ends in ((False, ["refuted"]), (True, ["refuted", ""])):
        ann.is_active = active
        ann.save()
        assert [ended for ended, _ in identity(tool)] == ends
        held = OwnershipClaim.objects.get(pk=claim.pk)
        assert (ownership.owners_of(tool).exists(), held.holds(timezone.now())) == (active, active)
    ann.save(update_fields=["last_login"])
    ann.delete()
    assert [ended for ended, _ in identity(tool)] == ["refuted", "refuted"]


def test_a_proof_by_mail_and_its_mark_end_after_90_days(world: World, ann: User) -> None:
    tool = make.tool(homepage="https://acme.example/")
    begin(ann, method="email", address="hostmaster@acme.example")
    link = re.search(r"/ownership/(\w+)/(\w+)/", str(mail.outbox[-1].body))
    assert link is not None
    assert ownership.confirm(token_id=link[1], token=link[2]).code == "confirmed"
    claim, held, marked = OwnershipClaim.objects.get(), [], []
    for day in range(100):
        at = moment(claim) + day * DAY
        ownership.recheck_due(at)
        held += [day] if OwnershipClaim.objects.get().holds(at) else []
        marked += [day] if Claim.objects.filter(tool=tool, kind="identity", ended_at=None).exists() else []
    assert (held, marked) == (list(range(90)), list(range(90)))
