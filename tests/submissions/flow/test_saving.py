"""Two windows, the button back, pressed twice: nothing that was typed is lost, and nothing overwrites unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from submissions import services
from submissions.models import Submission
from tests.submissions import rows
from tests.submissions.flow import asked

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(ana: User) -> Submission:
    return rows.draft(ana, name="Before")


def post(client: Client, draft: Submission, window: dict[str, str], step: str = "what", **form: Any) -> Any:
    filled = asked.what(**form) if step == "what" else form
    return client.post(draft.step_url(step), window | filled)


def name(draft: Submission) -> str:
    draft.refresh_from_db()
    return str(draft.record["name"])


def test_a_window_that_is_behind_is_shown_both_and_nothing_is_written(signed: Client, draft: Submission) -> None:
    first, second = (asked.opened(signed, draft, "what") for _ in range(2))
    assert post(signed, draft, first, name="In the first").status_code == 302
    answer = post(signed, draft, second, name="In the second")
    page = answer.content.decode()
    assert (answer.status_code, name(draft)) == (409, "In the first")
    assert "Other window:</span> In the first" in page
    assert 'value="In the second"' in page
    again = dict(asked.HIDDEN.findall(page))
    assert post(signed, draft, again, name="In the second").status_code == 302  # it was seen, so it counts
    assert name(draft) == "In the second"


def test_the_same_window_saves_again_from_where_it_was(signed: Client, draft: Submission) -> None:
    window = asked.opened(signed, draft, "what")
    for one in ("Once", "Twice", "Twice"):  # typed on before the first answer came, pressed twice, gone back to
        assert post(signed, draft, window, name=one).status_code == 302
        assert name(draft) == one


def test_windows_at_different_steps_do_not_meet(signed: Client, draft: Submission) -> None:
    windows = {step: asked.opened(signed, draft, step) for step in ("what", "price")}
    assert post(signed, draft, windows["what"], name="Other").status_code == 302
    assert post(signed, draft, windows["price"], "price", **asked.price()).status_code == 302
    draft.refresh_from_db()
    assert (draft.record["name"], draft.record["pricing"]["access"]) == ("Other", "free_tier")


def test_a_script_saves_without_leaving_the_page(signed: Client, draft: Submission) -> None:
    window = asked.opened(signed, draft, "what")
    quiet = {"HX-Request": "true"}
    answer = signed.post(draft.step_url("what"), window | asked.what(name="Quietly"), headers=quiet)
    page = answer.content.decode()
    assert (answer.status_code, name(draft), page.strip()[:5]) == (200, "Quietly", "Saved")
    fresh = dict(asked.HIDDEN.findall(page))
    assert fresh["was"] == asked.opened(signed, draft, "what")["was"] != window["was"]
    other = {"was": window["was"], "window": "another"}
    answer = signed.post(draft.step_url("what"), other | asked.what(name="Behind"), headers=quiet)
    assert (answer.content.decode().strip()[:9], name(draft)) == ("Not saved", "Quietly")


def test_what_cannot_be_stored_is_said_and_the_rest_is_kept(signed: Client, draft: Submission) -> None:
    window = asked.opened(signed, draft, "what")
    answer = post(signed, draft, window, name="A\u202eB", vendor="Acme")
    page = answer.content.decode()
    assert (answer.status_code, name(draft), draft.record["vendor"]) == (200, "Before", "Acme")
    assert "Name: Holds a character that turns the direction of writing (U+202E); take it out." in page
    assert 'value="A\u202eB"' in page


def test_what_was_sent_meanwhile_is_not_written_and_still_stands_in_the_form(signed: Client, draft: Submission) -> None:
    window = asked.opened(signed, draft, "what")
    assert draft.submitter is not None
    services.send(draft, by=draft.submitter)
    answer = post(signed, draft, window, name="Too late")
    assert (answer.status_code, name(draft)) == (409, "Before")
    assert 'value="Too late"' in answer.content.decode()
