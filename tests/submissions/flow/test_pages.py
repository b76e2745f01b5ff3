"""The pages of the flow by plain forms: a draft from its address to its sending, and who may see it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from submissions import services
from submissions.models import State, Submission
from tests import make
from tests.people import person, sign_in
from tests.submissions import rows
from tests.submissions.flow import asked

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = ["address", "what", "place", "price", "interfaces", "checks", "ownership", "send"]


def sent(client: Client, draft: Submission, step: str, form: dict[str, Any]) -> Any:
    return client.post(draft.step_url(step), asked.opened(client, draft, step) | form)


def test_a_draft_is_walked_from_its_address_to_review_by_plain_forms(signed: Client, ana: User) -> None:
    make.categories()
    draft = services.begin(by=ana, record={"homepage": "https://example.com"})
    for step, form, following in (
        ("address", {"homepage": "https://example.com"}, "what"),
        ("what", asked.what(), "place"),
        ("place", asked.place(), "price"),
        ("price", asked.price(), "interfaces"),
        ("interfaces", {"interfaces": "0"}, "checks"),
        ("ownership", {}, "send"),
    ):
        assert sent(signed, draft, step, form).headers["Location"] == draft.step_url(following), step
    assert signed.post(draft.step_url("send")).headers["Location"] == draft.get_absolute_url()
    rows.checked()
    draft.refresh_from_db()
    assert (draft.state, draft.record["tags"]) == (State.IN_REVIEW, ["one", "two-words", "three"])
    assert draft.record["plans"] == [
        {"name": "Pro", "amount": "20", "currency": "USD", "period": "month", "seen": "2026-11-26"}
    ]
    page = signed.get(draft.get_absolute_url()).content.decode()
    assert "Place in the queue" in page


@pytest.mark.parametrize("step", STEPS)
def test_every_step_opens_for_its_submitter_alone(signed: Client, ana: User, rita: User, step: str) -> None:
    draft = rows.draft(ana)
    assert signed.get(draft.step_url(step)).status_code == 200
    for other in (rita, person("bob@example.com")):
        theirs = Client()
        theirs.force_login(other)
        answers = [theirs.get(draft.step_url(step)), theirs.post(draft.step_url(step))]
        assert [one.status_code for one in answers] == [404, 404]


def test_what_is_wrong_is_said_where_it_is_asked_and_kept(signed: Client, ana: User) -> None:
    draft = services.begin(by=ana, record={"homepage": "https://example.com"})
    answer = sent(signed, draft, "what", asked.what(tagline="Too short", description="Few words."))
    assert answer.headers["Location"] == f"{draft.step_url('what')}?look=1"
    page = signed.get(answer.headers["Location"]).content.decode()
    assert "<b>Tagline has 9 characters; write 20 to 90.</b>" in page
    assert "<b>Description has 2 words; write 35 to 90.</b>" in page
    assert sent(signed, draft, "what", asked.what(tagline="Too short") | {"later": "yes"}).headers["Location"] == (
        draft.step_url("place")
    )
    draft.refresh_from_db()
    assert draft.record["tagline"] == "Too short"
    page = signed.get(draft.step_url("send")).content.decode()
    assert ("Send it to review" in page, "Tagline has 9 characters; write 20 to 90." in page) == (False, True)


def test_rows_are_added_and_removed_without_script(signed: Client, ana: User) -> None:
    draft = rows.draft(ana)
    sent(signed, draft, "interfaces", {"interfaces": "0", "add": "interfaces", "add-kind": "mcp-remote"})
    page = signed.get(draft.step_url("interfaces")).content.decode()
    assert ('name="interfaces-0-url"' in page, 'name="interfaces-0-package"' in page) == (True, False)
    row = {
        "interfaces-0-kind": "mcp-remote",
        "interfaces-0-url": "https://example.com/mcp",
        "interfaces-0-auth": "none",
    }
    sent(signed, draft, "interfaces", {"interfaces": "1", **row, "add": "interfaces", "add-kind": "sdk"})
    draft.refresh_from_db()
    first = {"kind": "mcp-remote", "url": "https://example.com/mcp", "auth": "none"}
    assert draft.record["interfaces"] == [first, {"kind": "sdk"}]
    two = {"interfaces": "2", **row, "interfaces-1-kind": "sdk"}
    sent(signed, draft, "interfaces", two | {"remove": "interfaces-1"})
    draft.refresh_from_db()
    assert draft.record["interfaces"] == [first]


def test_what_was_found_is_shown_with_its_source_and_can_be_taken_back(signed: Client, ana: User) -> None:
    seen = {"source": "jsonld", "url": "https://example.com/", "seen_at": "2026-11-26T14:00:00Z"}
    source = {**seen, "quote": "Acme Voice", "found": "Acme Voice"}
    draft = services.begin(by=ana, record={"name": "Mine"}, sources={"name": source})
    page = signed.get(draft.step_url("what")).content.decode()
    assert "Found: Acme Voice" in page
    assert "<q>Acme Voice</q>" in page
    sent(signed, draft, "what", {"name": "Mine", "use": "name"})
    draft.refresh_from_db()
    assert draft.record["name"] == "Acme Voice"


def test_a_form_sent_after_the_session_ended_comes_back_filled_after_the_sign_in(signed: Client, ana: User) -> None:
    draft = rows.draft(ana)
    form = asked.opened(signed, draft, "what") | asked.what(name="Typed while away")
    signed.logout()
    answer = signed.post(draft.step_url("what"), form)
    assert answer.headers["Location"] == f"/account/sign-in/?next={draft.step_url('what')}"
    assert sign_in(signed, next=draft.step_url("what")).headers["Location"] == draft.step_url("what")
    page = signed.get(draft.step_url("what")).content.decode()
    assert ('value="Typed while away"' in page, "Your session had ended" in page) == (True, True)
    draft.refresh_from_db()
    assert draft.record["name"] != "Typed while away"
    assert 'value="Typed while away"' not in signed.get(draft.step_url("what")).content.decode()  # once


def test_a_script_is_told_that_the_session_ended(client: Client, ana: User) -> None:
    draft = rows.draft(ana)
    answer = client.post(draft.step_url("what"), asked.what(), headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content.decode()[:32]) == (200, "Not saved: you are signed out. S")


def test_what_is_pressed_twice_is_sent_once(signed: Client, ana: User) -> None:
    draft = rows.draft(ana)
    answers = [signed.post(draft.step_url("send")).headers["Location"] for _ in range(2)]
    assert answers == [draft.get_absolute_url()] * 2
    assert draft.revisions.count() == 1


def test_a_draft_is_deleted_withdrawn_and_opened_again(signed: Client, ana: User, rita: User) -> None:
    draft = rows.draft(ana)
    assert signed.post(draft.get_absolute_url(), {"act": "delete"}).headers["Location"] == "/portal/"
    assert not Submission.objects.exists()
    reviewed = rows.in_review(ana)
    reviewer = Client()
    reviewer.force_login(rita)
    assert reviewer.get(reviewed.get_absolute_url()).status_code == 200
    assert reviewer.post(reviewed.get_absolute_url(), {"act": "withdraw"}).status_code == 404
    signed.post(reviewed.get_absolute_url(), {"act": "delete"})  # it was sent: it stays
    signed.post(reviewed.get_absolute_url(), {"act": "withdraw"})
    reviewed.refresh_from_db()
    assert reviewed.state == State.WITHDRAWN
    assert signed.post(reviewed.get_absolute_url(), {"act": "reopen"}).headers["Location"] == reviewed.step_url("what")
    reviewed.refresh_from_db()
    assert reviewed.state == State.DRAFT


def test_the_list_has_the_latest_first_and_asks_the_same_for_one_and_three(signed: Client, ana: User) -> None:
    def page() -> tuple[int, str]:
        with CaptureQueriesContext(connection) as asked_for:
            text = signed.get("/portal/").content.decode()
        return len(asked_for), text

    rows.draft(ana, name="First")
    page()
    one, _ = page()
    rows.draft(ana, name="Second")
    rows.draft(ana, name="Third")
    rows.draft(person("bob@example.com"), name="Not hers")
    three, text = page()
    assert (one, three) == (6, 6)
    assert text.index("Third") < text.index("Second") < text.index("First")
    assert "Not hers" not in text


def test_a_change_of_a_listed_tool_walks_the_same_steps(signed: Client, ana: User) -> None:
    tool = make.tool(homepage="https://acme.com", name="Acme")
    path = f"/tools/{tool.slug}/suggest/"
    assert "Suggest a change" in signed.get(tool.get_absolute_url()).content.decode()
    assert signed.get(path).status_code == 200
    assert not Submission.objects.exists()
    led = signed.post(path).headers["Location"]
    change = Submission.objects.get()
    assert led == change.step_url("what")
    assert 'value="Acme"' in signed.get(led).content.decode()
    assert signed.post(path).headers["Location"] == led  # one's own that is open
    form = asked.what(name="Acme Two", description=tool.description, tagline=tool.tagline)
    sent(signed, change, "what", form)
    page = signed.get(change.step_url("send")).content.decode()
    assert ("Acme</del>" in page, "Acme Two</ins>" in page, page.count("<ins>")) == (True, True, 1)
    rows.owner(ana, "acme.com")
    assert "Edit this listing" in signed.get(tool.get_absolute_url()).content.decode()


def test_visitors_see_what_submitting_is_and_no_form(client: Client) -> None:
    page = client.get("/submit/").content.decode()
    assert ("Sign in to submit" in page, '<form class="form' in page) == (True, False)
    assert "Suggest a change" not in client.get(make.tool().get_absolute_url()).content.decode()


def test_a_rejection_says_its_rule_and_offers_the_appeal(signed: Client, ana: User, rita: User) -> None:
    found = rows.in_review(ana)
    services.decide(found, action="reject", ground="once", sentence="It is listed as Acme.", by=rita)
    page = signed.get(found.get_absolute_url()).content.decode()
    assert '<a href="/submit/rules/#once">It is listed once</a>' in page
    assert ("It is listed as Acme." in page, "Appeal against this decision" in page) == (True, True)
    reopened = signed.post(found.get_absolute_url(), {"act": "reopen"}, follow=True).content.decode()
    assert "It was rejected, so it can be opened again from" in reopened


def test_the_line_says_that_checks_passed_and_of_which_text(signed: Client, ana: User) -> None:
    draft = rows.draft(ana)
    signed.post(draft.step_url("checks"))
    rows.checked()

    def state() -> str:
        marks = {mark.step.key: mark.state for mark in signed.get(draft.step_url("send")).context["marks"]}
        return str(marks["checks"])

    assert state() == "done"
    sent(signed, draft, "what", asked.what() | {"tagline": "Another tagline, of which nothing was checked yet"})
    assert state() == "todo"


def test_what_was_rejected_offers_to_open_it_again_when_that_can_be_done(signed: Client, ana: User, rita: User) -> None:
    found = rows.in_review(ana)
    services.decide(found, action="reject", ground="true", sentence="It is not so.", by=rita)
    assert signed.get(found.get_absolute_url()).context["may_reopen"] is False
    Submission.objects.filter(pk=found.pk).update(state_since=found.state_since - dt.timedelta(days=2))
    assert signed.get(found.get_absolute_url()).context["may_reopen"] is True
