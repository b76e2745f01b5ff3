"""What comes after a decision by program: an appeal, opening it again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from core.ratelimit import take
from submissions import appeals, limits, services
from submissions.models import Appeal, State, Submission
from tests.api.client import Api, key_of
from tests.people import person
from tests.submissions import rows
from tests.submissions.conftest import role

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]
TEXT = "You looked at\nthe wrong page."


@pytest.fixture
def rejected(ana: User, rita: User) -> Submission:
    found = rows.in_review(ana)
    services.decide(found, action="reject", ground="true", sentence="It is not so.", by=rita)
    found.refresh_from_db()
    return found


def told(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]


def test_an_appeal_is_filed_once_and_its_outcome_is_read(mine: Api, ana: User, rejected: Submission) -> None:
    path = f"/submissions/{rejected.key}"
    assert mine.json(f"{path}/decisions")["results"][0]["appeal"] is None
    answer = mine.post(f"{path}/appeal", {"text": TEXT})
    row = Appeal.objects.get()
    assert (answer.status_code, row.by, row.text, row.decision.submission) == (200, ana, TEXT, rejected)
    found = answer.json()
    assert (found["action"], found["appeal"]["outcome"], found["appeal"]["sentence"]) == ("reject", None, None)
    assert found["appeal"]["due_at"] == row.due_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert mine.json(f"{path}/decisions")["results"] == [found]
    assert told(mine.post(f"{path}/appeal", {"text": TEXT})) == (409, appeals.ONCE)
    other = role("reviewer", "rolf@example.com")
    appeals.decide(row, by=other, overturned=True, sentence="You are right.")
    appeal = mine.json(f"{path}/decisions")["results"][0]["appeal"]
    assert (appeal["outcome"], appeal["sentence"], mine.json(path)["state"]) == (
        "overturned",
        "You are right.",
        "in_review",
    )


def test_there_is_nothing_to_appeal_against_where_nothing_was_taken_away(mine: Api, ana: User, rita: User) -> None:
    sent = rows.in_review(ana)
    path = f"/submissions/{sent.key}/appeal"
    nothing = "Nothing is decided about it yet, so there is nothing to appeal against."
    assert told(mine.post(path, {"text": TEXT})) == (409, nothing)
    services.decide(sent, action="request_changes", ground="true", sentence="More.", by=rita)
    takes = "There is nothing to appeal against: this decision takes nothing away."
    assert (told(mine.post(path, {"text": TEXT})), Appeal.objects.count()) == ((409, takes), 0)


@pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": " "}, {"text": "x" * 4_001}, {"text": 1}])
def test_an_appeal_says_why(mine: Api, rejected: Submission, body: Any) -> None:
    answer = mine.post(f"/submissions/{rejected.key}/appeal", body)
    assert (answer.status_code, [one["pointer"] for one in answer.json()["errors"]]) == (422, ["/text"])
    assert Appeal.objects.count() == 0


def test_nobody_else_appeals_or_opens_it(rita: User, rejected: Submission) -> None:
    for user in (rita, person("ben@example.com")):
        for step, body in (("appeal", {"text": TEXT}), ("reopen", None)):
            answer = Api(key_of(user)).post(f"/submissions/{rejected.key}/{step}", body)
            assert told(answer) == (404, "There is no such submission, or it is not yours.")
    rejected.refresh_from_db()
    assert (rejected.state, Appeal.objects.count()) == (State.REJECTED, 0)


def test_pages_and_programs_share_the_limit_of_appeals(
    mine: Api, ana: User, rejected: Submission, settings: Any
) -> None:
    settings.LIMITS_SCALE, settings.SECRET_KEY = 1, "counted anew " * 5
    for _ in range(limits.ANSWER.most):
        take(limits.ANSWER, f"account {ana.pk}")
    answer = mine.post(f"/submissions/{rejected.key}/appeal", {"text": TEXT})
    assert (answer.status_code, Appeal.objects.count()) == (429, 0)


def test_what_was_withdrawn_is_a_draft_again_and_what_was_rejected_waits(mine: Api, rejected: Submission) -> None:
    path = f"/submissions/{mine.post('/submissions', {'record': rows.record(name='Two')}).json()['key']}"
    draft = "This submission is “draft” by now, so this cannot be done (reopen)."
    assert told(mine.post(f"{path}/reopen")) == (409, draft)
    withdrawn = mine.post(f"{path}/withdraw")
    late = mine.send("POST", f"{path}/reopen", None, **{"If-Match": '"x"'})
    assert late.status_code == 412
    again = mine.send("POST", f"{path}/reopen", None, **{"If-Match": withdrawn.headers["ETag"]})
    assert (again.status_code, again.json()["state"], again.headers["ETag"]) == (
        200,
        "draft",
        mine.get(path).headers["ETag"],
    )
    path = f"/submissions/{rejected.key}"
    until = rejected.state_since + dt.timedelta(hours=services.WAIT[1])
    wait = f"It was rejected, so it can be opened again from {until:%Y-%m-%d %H:%M} UTC on."
    assert told(mine.post(f"{path}/reopen")) == (409, wait)
    Submission.objects.filter(pk=rejected.pk).update(state_since=timezone.now() - dt.timedelta(hours=25))
    assert mine.post(f"{path}/reopen").json()["state"] == "draft"
