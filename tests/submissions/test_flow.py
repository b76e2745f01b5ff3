"""From a draft to the catalog and back: what happens, who is told, what the database holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Change, Tool
from core.models import OutgoingMail
from submissions import checking, publishing, services
from submissions.models import Affiliation, Decision, Move, Revision, State, Submission
from submissions.moving import Overtaken, move
from submissions.transitions import NotAllowed
from tests import make
from tests.submissions import rows
from tests.submissions.conftest import role
from tests.verification.conftest import Known, at_once, made, requesting
from verification.contract import Code
from verification.models import Run
from verification.verdicts import Verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


def failing(known: Known) -> None:
    """Let the only step fail."""
    step = made("home", lambda context: context.say("broken"))
    step.codes["broken"] = Code(Verdict.FAIL, "The home page answers with 500.")  # type: ignore[index]
    known(step)


def events(submission: Submission) -> list[str]:
    return list(Move.objects.filter(submission=submission).order_by("id").values_list("event", flat=True))


def mails() -> list[str]:
    return list(OutgoingMail.objects.order_by("id").values_list("kind", flat=True))


def test_a_new_tool_goes_from_draft_through_its_checks_and_review_into_the_catalog(ana: User, rita: User) -> None:
    draft = rows.draft(ana, name="Fresh Tool")
    assert (draft.state, draft.name, draft.domain) == (State.DRAFT, "Fresh Tool", "example.com")
    services.send(draft, by=ana)
    draft.refresh_from_db()
    shadow = draft.shadow
    assert shadow is not None
    assert (draft.state, shadow.status, shadow.is_listed, shadow.drafted_by) == (State.CHECKING, "draft", False, ana)
    assert not Tool.objects.listed().exists()
    assert not Change.objects.exists()
    rows.checked()
    draft.refresh_from_db()
    assert draft.state == State.IN_REVIEW
    services.decide(draft, action="approve", ground="all-rules", sentence="Welcome.", by=rita)
    draft.refresh_from_db()
    tool = Tool.objects.listed().get()
    assert (draft.state, draft.tool, draft.shadow) == (State.PUBLISHED, tool, None)
    assert (tool.slug, tool.pk, tool.drafted_by) == ("fresh-tool", shadow.pk, None)
    assert list(Change.objects.values_list("slug", "action")) == [("fresh-tool", "created")]
    assert events(draft) == ["send", "begin_checks", "pass_checks", "approve", "publish"]
    assert mails() == ["submission.pass_checks", "submission.publish"]
    assert Run.objects.filter(tool=tool).count() == 2  # that of its checks stays, and one of the listing is begun
    assert set(tool.facts.values_list("said_by", flat=True)) == {"submitter"}


def test_a_failing_check_sends_it_back_with_what_is_to_be_mended(ana: User, known: Known) -> None:
    failing(known)
    draft = services.send(rows.draft(ana), by=ana)
    rows.checked()
    draft.refresh_from_db()
    decision = Decision.objects.get()
    assert (draft.state, decision.automated, decision.ground) == (State.CHANGES_REQUESTED, True, "works")
    assert decision.sentence == "The home page answers with 500."
    assert mails() == ["submission.fail_checks"]
    known(made("home"))
    services.send(draft, by=ana)
    rows.checked()
    draft.refresh_from_db()
    assert (draft.state, draft.revisions.count()) == (State.IN_REVIEW, 2)


def test_a_self_check_of_the_same_text_is_not_made_again(ana: User, known: Known) -> None:
    calls: list[str] = []
    known(made("home", requesting(calls)))
    draft = rows.draft(ana)
    run = checking.self_check(draft, by=ana)
    rows.checked()
    services.send(draft, by=ana)
    draft.refresh_from_db()
    assert (draft.state, len(calls), Revision.objects.get().run) == (State.IN_REVIEW, 1, run)
    other = rows.draft(ana)
    checking.self_check(other, by=ana)
    rows.checked()
    services.save_draft(other, by=ana, record={**other.record, "name": "Another name"}, version=0)
    services.send(other, by=ana)
    rows.checked()
    assert len(calls) == 3


def test_nothing_follows_in_public_from_the_checks_of_a_draft(ana: User) -> None:
    rows.in_review(ana)
    tool = Tool.objects.get()
    assert (tool.seen, tool.checked_at, tool.level, tool.claims.count()) == ("", None, 0, 0)


def test_a_small_change_by_the_owner_is_published_at_once(ana: User) -> None:
    tool = make.tool(homepage="https://acme.com", tagline="A tool that was made for a test of this catalog")
    rows.owner(ana, "acme.com")
    change = rows.change(ana, tool, tagline="Another tagline that says what it does for people")
    services.send(change, by=ana)
    change.refresh_from_db()
    tool.refresh_from_db()
    assert (change.state, tool.tagline) == (State.PUBLISHED, "Another tagline that says what it does for people")
    assert events(change) == ["send", "accept", "publish"]
    assert Change.objects.latest("serial").fields == {
        "tagline": [
            "A tool that was made for a test of this catalog", "Another tagline that says what it does for people",
        ]
    }  # fmt: skip
    assert Change.objects.latest("serial").actor == ana


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Renamed"},
        {"homepage": "https://acme.org"},
        {"pricing": {"access": "paid_only", "model": [], "source": "open_source"}},
        {"interfaces": [{"kind": "rest", "base_url": "https://api.acme.com", "auth": "none"}]},
        {"plans": [{"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-01"}]},
        {"licence": "MIT"},
    ],
)
def test_a_material_change_by_the_owner_is_reviewed(ana: User, fields: dict[str, Any]) -> None:
    tool = make.tool(homepage="https://acme.com")
    rows.owner(ana, "acme.com")
    change = services.send(rows.change(ana, tool, **fields), by=ana)
    rows.checked()
    change.refresh_from_db()
    assert (change.state, Tool.objects.listed().get().homepage) == (State.IN_REVIEW, "https://acme.com")


def test_a_change_by_somebody_else_is_reviewed_however_small(ana: User, rita: User) -> None:
    tool = make.tool()
    change = services.send(rows.change(ana, tool, tags=["four", "five", "six"]), by=ana)
    rows.checked()
    change.refresh_from_db()
    assert change.state == State.IN_REVIEW
    services.decide(change, action="approve", ground="true", sentence="", by=rita)
    tool.refresh_from_db()
    assert (tool.tags, Tool.objects.listed().count()) == (["four", "five", "six"], 1)


def test_what_somebody_else_changed_meanwhile_stays_and_the_same_field_is_refused(ana: User, rita: User) -> None:
    tool = make.tool()
    change = services.send(rows.change(ana, tool, tags=["four", "five", "six"]), by=ana)
    rows.checked()
    bob = rows.change(rita, tool, licence="MIT")
    services.send(bob, by=rita)
    rows.checked()
    bob.refresh_from_db()
    rolf = role("reviewer", "rolf@example.com")
    services.decide(bob, action="approve", ground="true", sentence="", by=rolf)
    change.refresh_from_db()
    services.decide(change, action="approve", ground="true", sentence="", by=rita)
    tool.refresh_from_db()
    assert (tool.tags, tool.licence) == (["four", "five", "six"], "MIT")
    first = services.send(rows.change(ana, tool, tags=["seven", "eight", "nine"]), by=ana)
    again = services.send(rows.change(rita, tool, tags=["ten", "eleven", "twelve"]), by=rita)
    rows.checked()
    first.refresh_from_db()
    again.refresh_from_db()
    services.decide(again, action="approve", ground="true", sentence="", by=rolf)
    with pytest.raises(publishing.NotPublishable, match="Somebody else changed the same meanwhile: tags"):
        services.decide(first, action="approve", ground="true", sentence="", by=rolf)
    first.refresh_from_db()
    assert first.state == State.IN_REVIEW


def test_a_secret_that_was_sent_before_they_were_looked_for_is_not_published(ana: User, rita: User) -> None:
    found = rows.in_review(ana)
    Submission.objects.filter(pk=found.pk).update(record={**found.record, "vendor": "AKIAB2CDE3FGHI4JKLMN"})
    found.refresh_from_db()
    with pytest.raises(publishing.NotPublishable, match="A text in it looks like a secret key"):
        services.decide(found, action="approve", ground="all-rules", sentence="", by=rita)
    found.refresh_from_db()
    assert found.state == State.IN_REVIEW


def test_an_incomplete_draft_is_kept_and_not_sent(ana: User) -> None:
    draft = services.begin(by=ana, record={"name": "Half"})
    with pytest.raises(services.Incomplete) as error:
        services.send(draft, by=ana)
    assert error.value.problems["homepage"] == "is missing"
    draft.refresh_from_db()
    assert (draft.state, draft.record) == (State.DRAFT, {"name": "Half"})


def test_the_older_of_two_tabs_cannot_overwrite_the_newer(ana: User) -> None:
    draft = rows.draft(ana)
    services.save_draft(draft, by=ana, record={**draft.record, "name": "New"}, version=0)
    stale = Submission.objects.get(pk=draft.pk)
    with pytest.raises(Overtaken):
        services.save_draft(stale, by=ana, record={**draft.record, "name": "Old"}, version=0)
    assert Submission.objects.get().record["name"] == "New"


def test_sending_twice_at_once_sends_once(ana: User) -> None:
    draft = rows.draft(ana)

    def send(_number: int) -> str:
        try:
            services.send(Submission.objects.get(pk=draft.pk), by=ana)
        except NotAllowed:
            return "refused"
        return "sent"

    assert sorted(at_once(send, 4)) == ["refused"] * 3 + ["sent"]
    assert (Revision.objects.count(), Run.objects.count()) == (1, 1)


def test_of_two_reviewers_at_once_one_wins_and_the_other_is_told(ana: User, rita: User, rolf: User) -> None:
    found = rows.in_review(ana)

    def decide(number: int) -> str:
        mine = Submission.objects.get(pk=found.pk)
        try:
            services.decide(
                mine, action=("approve", "reject")[number], ground="all-rules", sentence="x", by=(rita, rolf)[number]
            )
        except (Overtaken, NotAllowed):
            return "told"
        return "won"

    assert sorted(at_once(decide, 2)) == ["told", "won"]
    assert Decision.objects.count() == 1


def test_what_is_risky_needs_a_second_reviewer(ana: User, rita: User, rolf: User) -> None:
    found = rows.in_review(ana)
    Submission.objects.filter(pk=found.pk).update(needs_second=True)
    found.refresh_from_db()
    services.decide(found, action="approve", ground="all-rules", sentence="", by=rita)
    found.refresh_from_db()
    assert (found.state, Tool.objects.listed().count()) == (State.APPROVED, 0)
    with pytest.raises(services.Refused, match="You approved it yourself"):
        services.second(found, by=rita, agrees=True)
    services.second(found, by=rolf, agrees=True)
    found.refresh_from_db()
    assert (found.state, Decision.objects.get().second_by, Tool.objects.listed().count()) == (State.PUBLISHED, rolf, 1)


def test_a_rejection_can_be_opened_again_after_a_day_and_the_third_after_a_month(ana: User, rita: User) -> None:
    found = rows.in_review(ana)
    for days in (1, 1, 30):
        services.decide(found, action="reject", ground="true", sentence="It is not so.", by=rita)
        found.refresh_from_db()
        waits = services.waits_until(found) - found.state_since
        assert waits.total_seconds() == days * 86_400
        with pytest.raises(services.Refused, match="can be opened again from"):
            services.reopen(found, by=ana)
        Submission.objects.filter(pk=found.pk).update(state_since=timezone.now() - dt.timedelta(days=days))
        found.refresh_from_db()
        services.reopen(found, by=ana)
        services.send(found, by=ana)
        rows.checked()
        found.refresh_from_db()
    assert found.state == State.IN_REVIEW


def test_a_reviewer_decides_nothing_about_their_own(ana: User, rita: User, rolf: User) -> None:
    mine = rows.in_review(rita)
    theirs = rows.in_review(ana, homepage="https://acme.com")
    Affiliation.objects.create(user=rita, domain="acme.com")
    owned = rows.in_review(ana, homepage="https://owned.com")
    rows.owner(rita, "owned.com")
    for found, why in ((mine, "handed this in"), (theirs, "work for acme.com"), (owned, "proved to own owned.com")):
        with pytest.raises(services.Refused, match=why):
            services.decide(found, action="approve", ground="all-rules", sentence="", by=rita)
        services.decide(found, action="approve", ground="all-rules", sentence="", by=rolf)


def test_checks_that_ended_unheard_are_taken_up_by_the_sweep(ana: User) -> None:
    found = services.send(rows.draft(ana), by=ana)
    Run.objects.update(state="finished", finished_at=timezone.now(), announced_at=timezone.now())
    assert checking.sweep() == 1
    found.refresh_from_db()
    assert (found.state, checking.sweep()) == (State.IN_REVIEW, 0)


def test_a_withdrawn_one_is_not_moved_by_its_checks(ana: User) -> None:
    found = services.send(rows.draft(ana), by=ana)
    services.withdraw(found, by=ana)
    rows.checked()
    found.refresh_from_db()
    assert (found.state, events(found)) == (State.WITHDRAWN, ["send", "begin_checks", "withdraw"])


def test_a_move_read_before_another_was_made_is_refused(ana: User) -> None:
    found = rows.in_review(ana)
    stale = Submission.objects.get(pk=found.pk)
    services.withdraw(found, by=ana)
    with pytest.raises(Overtaken):
        move(stale, "approve")


@pytest.mark.parametrize(
    ("name", "slug"), [("Ünïcode Tool", "unicode-tool"), ("東京", "tool"), ("A/B", "a-b"), ("Fresh", "fresh-2")]
)
def test_a_new_tool_gets_an_address_that_nobody_has(name: str, slug: str, db: None) -> None:
    make.tool(slug="fresh")
    assert publishing.free_slug(name) == slug
