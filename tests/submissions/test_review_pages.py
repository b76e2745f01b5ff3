"""The pages of reviewers: who may, what stands there, decisions with evidence, two reviewers at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import User
from submissions import checking, services
from submissions.models import Affiliation, Decision, State, Submission
from submissions.reviewing import evidence, phrases, queue
from submissions.rules import RULES
from tests import make
from tests.people import has_confirmed, with_app
from tests.submissions import rows
from tests.verification.conftest import CODES, Known, at_once, made
from verification.contract import Code
from verification.models import Run
from verification.verdicts import Verdict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _one_step(known: Known, hints: list[int]) -> None:
    known(made("home"))


def signed_in(user: User) -> Client:
    """Return the browser of a reviewer, who has a second step and just used it."""
    client = Client()
    client.force_login(with_app(user))
    has_confirmed(client, user)
    return client


@pytest.fixture
def desk(rita: User) -> Client:
    """The browser of rita."""
    return signed_in(rita)


def sent(submission: Submission, **form: Any) -> dict[str, Any]:
    """Return a form of the decision, which a test changes where it likes."""
    return {
        "do": "decide", "revision": "1", "action": "approve", "ground": "all-rules", "sentence": "", **form,
    }  # fmt: skip


def page_of(submission: Submission) -> str:
    return f"/review/{submission.key}/"


# -- the queue --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_asks_the_database_as_often_for_one_as_for_three(ana: User, desk: Client, count: int) -> None:
    for number in range(count):
        found = rows.in_review(ana, homepage=f"https://one-{number}.example.org")
        if number:
            services.assign(found, to=ana, by=ana)
    desk.get("/review/")  # what every process asks once
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = desk.get("/review/")
    assert (answer.status_code, len(answer.context["rows"])) == (200, count)
    own = [one["sql"] for one in asked if "submissions_" in one["sql"] or "ownershipclaim" in one["sql"]]
    assert len(own) == 10, own  # counts 4, page 2, interests 3, times 1


def test_the_riskiest_come_first_and_what_is_not_mine_to_decide_says_so(ana: User, rita: User, desk: Client) -> None:
    calm, risky, mine = (
        rows.in_review(ana, name="Calm"), rows.in_review(ana, name="Risky"), rows.in_review(rita, name="Mine"),
    )  # fmt: skip
    Submission.objects.filter(pk=risky.pk).update(risk=90)
    Submission.objects.filter(pk__in=[calm.pk, mine.pk]).update(risk=5)
    shown = desk.get("/review/").context["rows"]
    assert [str(row.submission) for row in shown] == ["Risky", "Calm", "Mine"]
    assert [row.hindrance for row in shown] == ["", "", "You handed this in yourself, so somebody else decides."]
    Affiliation.objects.create(user=rita, domain="example.com")
    shown = desk.get("/review/").context["rows"]
    assert {row.hindrance for row in shown[:2]} == {"You declared to work for example.com, so somebody else decides."}


def test_what_one_took_others_cannot_and_after_four_hours_they_can(ana: User, desk: Client, rolf: User) -> None:
    found = rows.in_review(ana)
    answer = desk.post(page_of(found), {"do": "take", "from": "queue", "show": "unassigned", "page": "1"})
    assert answer.headers["Location"] == f"/review/?show=unassigned#{found.key}"  # the queue goes on at that row
    other = signed_in(rolf)
    row = other.get("/review/").context["rows"][0]
    assert (row.taken_by, row.is_free) == ("rita@example.com", False)
    answer = other.post(page_of(found), {"do": "take"}, follow=True)
    assert "Another reviewer has it" in answer.content.decode()
    Submission.objects.filter(pk=found.pk).update(assigned_at=timezone.now() - dt.timedelta(hours=4, seconds=1))
    assert other.get("/review/").context["rows"][0].is_free is True
    other.post(page_of(found), {"do": "take"})
    found.refresh_from_db()
    assert found.assigned_to == rolf
    desk.post(page_of(found), {"do": "release"})  # it is no longer hers
    found.refresh_from_db()
    assert found.assigned_to == rolf
    other.post(page_of(found), {"do": "release"})
    found.refresh_from_db()
    assert found.assigned_to is None


def test_each_filter_shows_what_it_counts(ana: User, rita: User, rolf: User, desk: Client) -> None:
    taken, approved = rows.in_review(ana), rows.in_review(ana)
    rows.in_review(ana)
    services.assign(taken, to=rita, by=rita)
    Submission.objects.filter(pk=approved.pk).update(needs_second=True)
    approved.refresh_from_db()
    services.decide(approved, action="approve", ground="all-rules", sentence="", by=rolf)
    counted = {"waiting": 2, "unassigned": 1, "mine": 1, "second": 1, "listings": 0, "appeals": 0, "reports": 0}
    assert queue.counts(rita) == counted
    for show, count in counted.items():
        assert len(desk.get(f"/review/?show={show}").context["page"].object_list) == count, show
    assert desk.get("/review/?show=nonsense").status_code == 400


# -- an item ----------------------------------------------------------------------------------------------------------


def test_the_item_shows_record_sources_checks_and_history(ana: User, desk: Client) -> None:
    found = rows.in_review(ana, name="Fresh Tool")
    quote = {"tagline": {"source": "home page", "url": "https://example.com/a", "quote": "A quoted line.",
                         "seen_at": "2026-11-25"}}  # fmt: skip
    Submission.objects.filter(pk=found.pk).update(sources=quote)
    answer = desk.get(page_of(found))
    text = answer.content.decode()
    assert (answer.status_code, "A quoted line." in text, "The account is younger than a week." in text) == (
        200, True, True,
    )  # fmt: skip
    assert [one.name for one in answer.context["fields"]][:2] == ["name", "homepage"]
    assert [one.state for one in answer.context["checks"].quiet] == ["ok"]
    assert answer.context["position"] == 1


def test_what_could_not_be_told_is_never_said_to_be_well(
    ana: User, desk: Client, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    dim = Code(Verdict.INCONCLUSIVE, "The name server did not answer.")
    monkeypatch.setitem(CODES, "dim", dim)
    known(made("home"), made("dns", lambda context: context.say("dim")))
    found = rows.in_review(ana)
    answer = desk.get(page_of(found))
    checks = answer.context["checks"]
    assert ([one.sentence for one in checks.unclear], [one.state for one in checks.quiet]) == ([dim.sentence], ["ok"])
    text = " ".join(strip_tags(answer.content.decode()).split())
    assert "Nothing failed and nothing warns, but 1 check could not tell" in text
    desk.post(page_of(found), sent(found, action="request_changes", ground="works", sentence="Does it run?",
                                   evidence=[checks.unclear[0].key]))  # fmt: skip
    assert [one["label"] for one in Decision.objects.get().evidence] == [f"The name resolves: {dim.sentence}"]


def test_a_change_is_compared_with_the_listing_and_then_with_the_revision_before(ana: User, desk: Client) -> None:
    tool = make.tool(name="Old name", homepage="https://acme.com")
    change = services.send(rows.change(ana, tool, name="New name"), by=ana)
    rows.checked()
    change.refresh_from_db()
    answer = desk.get(page_of(change))
    assert answer.context["against"] == "listing"
    assert [(one.name, one.before, one.after) for one in answer.context["fields"] if one.changed] == [
        ("name", ["Old name"], ["New name"])
    ]
    desk.post(page_of(change), sent(change, action="request_changes", ground="true", sentence="Which name is it?"))
    change.refresh_from_db()
    services.save_draft(change, by=ana, record={**change.record, "name": "Newest"}, version=change.version)
    services.send(change, by=ana)
    rows.checked()
    change.refresh_from_db()
    answer = desk.get(page_of(change))
    assert (answer.context["against"], answer.context["possible"]) == ("previous", ["previous", "listing", "nothing"])
    assert [one.before for one in answer.context["fields"] if one.changed] == [["New name"]]


def test_who_works_for_the_domain_that_a_tool_leaves_does_not_decide_either(
    ana: User, rita: User, desk: Client
) -> None:
    tool = make.tool(homepage="https://acme.com")
    change = services.send(rows.change(ana, tool, homepage="https://elsewhere.org"), by=ana)
    rows.checked()
    change.refresh_from_db()
    Affiliation.objects.create(user=rita, domain="acme.com")
    answer = desk.post(page_of(change), sent(change))
    assert (answer.status_code, Decision.objects.exists()) == (409, False)
    assert desk.get("/review/").context["rows"][0].hindrance.startswith("You declared to work for acme.com")


def test_what_it_may_be_already_is_named_but_for_the_tool_that_it_changes(ana: User, desk: Client) -> None:
    listed = make.tool(name="Zorblax", homepage="https://acme.com")
    change = services.send(rows.change(ana, listed, name="Zorblax Two"), by=ana)
    rows.checked()
    assert desk.get(page_of(change)).context["duplicates"] == []
    found = rows.in_review(ana, name="Zorblax", homepage="https://acme.com")
    (one,) = desk.get(page_of(found)).context["duplicates"]
    assert (one.tool, one.strength) == (listed, "same")
    assert "has the same home page" in desk.get(page_of(found)).content.decode()


def test_the_decision_rests_on_what_was_ticked(ana: User, rita: User, desk: Client) -> None:
    found = rows.in_review(ana)
    check = evidence.checks(found).quiet[0]
    phrase = next(n for n, (rule, _) in enumerate(phrases.all_of_them()) if rule == "price")
    form = sent(found, action="request_changes", ground="price", sentence="It is 20, not 10.", phrase=str(phrase),
                evidence=[check.key, "field:tagline"])  # fmt: skip
    answer = desk.post(page_of(found), form)
    assert answer.headers["Location"] == "/review/"
    made_ = Decision.objects.get()
    assert (made_.decided_by, made_.ground) == (rita, "price")
    assert made_.sentence == f"{phrases.PHRASES['price'][0]} It is 20, not 10."
    assert [one["url"] for one in made_.evidence] == [check.url, ""]
    found.refresh_from_db()
    assert found.state == State.CHANGES_REQUESTED


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"action": "reject"}, "Say why, in a sentence"),
        ({"action": ""}, "This field is required"),
        ({"ground": "nonsense"}, "Select a valid choice"),
        ({"evidence": ["run:0"]}, "The checks were run again meanwhile"),
        ({"sentence": "x" * 2_001}, "at most 2000 characters"),
        ({"sentence": "a\u202eb", "action": "reject"}, "turns the direction of writing"),
    ],
)
def test_what_is_wrong_in_the_form_is_said_and_the_rest_is_kept(
    ana: User, desk: Client, form: dict[str, Any], words: str
) -> None:
    found = rows.in_review(ana)
    answer = desk.post(page_of(found), sent(found, **{"phrase": "", "sentence": "", **form}))
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not Decision.objects.exists()


def test_after_a_decision_comes_the_next_one(ana: User, desk: Client) -> None:
    first, second = rows.in_review(ana), rows.in_review(ana)
    answer = desk.post(page_of(first), sent(first), follow=True)
    assert answer.redirect_chain[-1][0] == page_of(second)
    assert f"{first} was approved. This is the next one." in answer.content.decode()


def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told_and_keeps_what_was_typed(
    ana: User, desk: Client, rolf: User
) -> None:
    found = rows.in_review(ana)
    other = signed_in(rolf)
    browsers = [desk, other]
    forms = [sent(found), sent(found, action="reject", ground="true", sentence="It states what is not so.")]
    answers = at_once(lambda number: browsers[number].post(page_of(found), forms[number]), 2)
    assert sorted(one.status_code for one in answers) == [302, 409]
    loser = next(one for one in answers if one.status_code == 409)
    text = loser.content.decode()
    assert "Nothing was done." in text
    assert "did it" in text
    if loser is answers[1]:
        assert "It states what is not so." in text
    assert Decision.objects.count() == 1


def test_what_was_sent_anew_meanwhile_is_not_decided_by_an_older_form(ana: User, desk: Client) -> None:
    found = rows.in_review(ana)
    services.withdraw(found, by=ana)
    services.reopen(found, by=ana)
    services.send(found, by=ana)
    rows.checked()
    answer = desk.post(page_of(found), sent(found))
    assert (answer.status_code, "It was sent anew" in answer.content.decode()) == (409, True)


def test_checks_that_are_a_day_old_are_run_again_before_an_approval(ana: User, desk: Client, known: Known) -> None:
    found = rows.in_review(ana)
    run = checking.latest(found)
    assert run is not None
    old = timezone.now() - dt.timedelta(hours=24, minutes=1)
    Run.objects.filter(pk=run.pk).update(finished_at=old)
    answer = desk.post(page_of(found), sent(found))
    assert (answer.status_code, "older than 24 hours" in answer.content.decode()) == (409, True)
    step = made("home", lambda context: context.say("odd"))
    step.codes["odd"] = Code(Verdict.WARN, "The home page changed its name.")  # type: ignore[index]
    known(step)
    desk.post(page_of(found), {"do": "again"})
    text = desk.get(page_of(found)).content.decode()
    assert "part=checks" in text  # it is watched
    rows.checked()
    answer = desk.get(page_of(found))
    assert [one.sentence for one in answer.context["checks"].loud] == ["The home page changed its name."]
    assert [one.after for one in answer.context["checks"].changed] == ["Attention. The home page changed its name."]
    assert "The site changed since it was sent" in answer.content.decode()
    assert desk.post(page_of(found), sent(found)).status_code == 302


def test_a_second_reviewer_lists_it_or_sends_it_back(ana: User, desk: Client, rolf: User) -> None:
    found = rows.in_review(ana)
    Submission.objects.filter(pk=found.pk).update(needs_second=True)
    desk.post(page_of(found), sent(found))
    found.refresh_from_db()
    assert found.state == State.APPROVED
    assert "You approved it yourself" in desk.get(page_of(found)).content.decode()
    assert desk.post(page_of(found), {"do": "second", "agrees": "yes"}).status_code == 409
    other = signed_in(rolf)
    assert other.post(page_of(found), {"do": "second", "agrees": "no"}).status_code == 400
    other.post(page_of(found), {"do": "second", "agrees": "no", "sentence": "The price is another one."})
    found.refresh_from_db()
    assert found.state == State.IN_REVIEW
    desk.post(page_of(found), sent(found))
    other.post(page_of(found), {"do": "second", "agrees": "yes"})
    found.refresh_from_db()
    assert found.state == State.PUBLISHED


def test_what_cannot_be_listed_is_said_in_a_sentence(ana: User, desk: Client) -> None:
    tool = make.tool(name="Old name", homepage="https://acme.com")
    change = services.send(rows.change(ana, tool, name="New name"), by=ana)
    rows.checked()
    change.refresh_from_db()
    type(tool).objects.filter(pk=tool.pk).update(status="delisted")
    answer = desk.post(page_of(change), sent(change))
    assert (answer.status_code, "no longer listed" in answer.content.decode()) == (409, True)
    change.refresh_from_db()
    assert change.state == State.IN_REVIEW


def test_every_phrase_belongs_to_a_rule() -> None:
    assert phrases.PHRASES.keys() == RULES.keys()


# -- affiliations -----------------------------------------------------------------------------------------------------


def test_a_reviewer_declares_whom_they_work_for(rita: User, desk: Client) -> None:
    assert desk.post("/review/affiliations/", {"domain": "no domain"}).status_code == 400
    desk.post("/review/affiliations/", {"domain": "https://www.Acme.co.uk/about"})
    desk.post("/review/affiliations/", {"domain": "acme.co.uk"})
    one = Affiliation.objects.get()
    assert (one.user, one.domain) == (rita, "acme.co.uk")
    desk.post("/review/affiliations/", {"drop": str(one.pk)})
    assert not Affiliation.objects.exists()
