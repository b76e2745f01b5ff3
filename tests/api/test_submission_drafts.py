"""Drafts: what is written over what, what is begun twice, what is deleted."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from submissions import services
from submissions.flow import saving, steps
from submissions.models import Submission
from tests import make
from tests.api.client import Api
from tests.submissions import rows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]


def test_a_draft_that_was_saved_elsewhere_meanwhile_is_not_written_over(mine: Api, ana: User) -> None:
    begun = mine.post("/submissions", {"record": rows.record(name="First")}).json()
    path = f"/submissions/{begun['key']}"
    row = Submission.objects.get()
    services.save_draft(row, by=ana, record=rows.record(name="In a browser"), version=row.version)
    late = mine.send("PATCH", path, {"record": rows.record(name="Late"), "version": begun["version"]})
    assert (late.status_code, mine.json(path)["name"]) == (409, "In a browser")


def test_a_draft_is_deleted_and_what_was_sent_or_withdrawn_is_not(mine: Api) -> None:
    key = mine.post("/submissions", {"record": rows.record()}).json()["key"]
    assert mine.send("DELETE", f"/submissions/{key}").status_code == 204
    assert mine.get(f"/submissions/{key}").status_code == 404
    path = f"/submissions/{mine.post('/submissions', {'record': rows.record()}).json()['key']}"
    mine.post(f"{path}/send")
    sent = mine.send("DELETE", path)
    withdrawn = mine.post(f"{path}/withdraw").status_code, mine.send("DELETE", path)
    assert (sent.status_code, withdrawn[0], withdrawn[1].status_code) == (409, 200, 409)
    assert [one.json()["detail"] for one in (sent, withdrawn[1])] == [
        "Only a draft that was never sent or withdrawn can be deleted. Withdraw it instead.",
        "It is “withdrawn”, and what was sent or withdrawn once stays on record: it cannot be deleted.",
    ]


def test_a_change_with_an_empty_record_is_refused_and_begins_without_one(mine: Api) -> None:
    tool = make.tool(slug="one")
    for record in ({}, {"name": "", "tags": []}):
        answer = mine.post("/submissions", {"tool": "one", "record": record})
        told = "The record is empty. Leave it out to begin with what is listed, or send the whole of it."
        assert (answer.status_code, answer.json()["errors"]) == (422, [{"pointer": "/record", "detail": told}])
    assert Submission.objects.count() == 0
    assert mine.post("/submissions", {"tool": "one"}).json()["record"]["name"] == tool.name


def test_a_record_that_is_read_can_be_sent_back_as_it_is(mine: Api) -> None:
    make.tool(
        slug="one",
        plans=[{"name": "Pro", "amount": "0.10", "currency": "USD", "period": "month", "seen": "2026-11-01"}],
        interfaces=[{"kind": "rest", "base_url": "https://one.example.com/v1", "auth": "apiKey", "env": "ONE_KEY"}],
        links={"docs": "https://one.example.com/docs"},
    )
    begun = mine.post("/submissions", {"tool": "one"}).json()
    path = f"/submissions/{begun['key']}"
    back = mine.send("PATCH", path, {"record": begun["record"], "version": begun["version"]}).json()
    assert (back["record"], back["version"], back["problems"]) == (begun["record"], begun["version"] + 1, [])


def test_a_record_for_a_change_that_is_open_already_is_not_passed_over(mine: Api) -> None:
    make.tool(slug="one", name="One")
    begun = mine.post("/submissions", {"tool": "one"}).json()
    again = mine.post("/submissions", {"tool": "one", "record": {**begun["record"], "name": "Two"}})
    assert (again.status_code, begun["key"] in again.json()["detail"]) == (409, True)
    assert {**mine.json(f"/submissions/{begun['key']}"), "same_as": None} == begun


def test_a_window_that_saved_before_a_program_is_told_and_writes_nothing_over(mine: Api, ana: User) -> None:
    """The window was the last that saved this step; what a program wrote since is another's all the same."""
    step = steps.BY_KEY["address"]
    row = rows.draft(ana, homepage="https://one.example.com/")

    def typed(text: str, was: dict[str, Any]) -> dict[str, str]:
        return {"homepage": text, "window": "first", "was": steps.mark_of(was, step)}

    row, shown = saving.save(row, step, typed("https://two.example.com/", row.record), by=ana)
    assert (shown.clash, row.record["homepage"]) == ([], "https://two.example.com/")
    sent = {**row.record, "homepage": "https://three.example.com/"}
    assert mine.send("PATCH", f"/submissions/{row.key}", {"record": sent, "version": row.version}).status_code == 200
    row, shown = saving.save(row, step, typed("https://four.example.com/", row.record), by=ana)
    assert ([one["theirs"] for one in shown.clash], row.record["homepage"]) == (
        ["https://three.example.com/"],
        "https://three.example.com/",
    )
