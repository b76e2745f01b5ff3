"""Submitting by program: from a draft to a decision, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from submissions import services
from submissions.models import State, Submission
from tests import make
from tests.api.client import BASE, Api, pointers
from tests.submissions import rows
from verification.models import OwnershipClaim

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("one_step")]


def test_a_program_goes_from_a_draft_to_the_queue_and_reads_the_decision(mine: Api, rita: User) -> None:
    record = rows.record(name="Lantern")
    judged = mine.post("/submissions/validate", {"record": record}).json()
    assert judged == {"valid": True, "problems": [], "listed_already": None}
    assert Submission.objects.count() == 0

    begun = mine.post("/submissions", {"record": record})
    body = begun.json()
    assert (begun.status_code, body["state"], body["name"], body["problems"]) == (201, "draft", "Lantern", [])
    path = f"/submissions/{body['key']}"
    assert begun.headers["Location"] == f"http://127.0.0.1:8000{BASE}{path}"
    assert body.pop("same_as") is None
    assert mine.json(path) == body

    assert mine.json(f"{path}/checks")["state"] == "none"
    running = mine.post(f"{path}/checks")
    assert (running.status_code, running.json()["state"], running.json()["as_it_is"]) == (202, "running", True)
    rows.checked()
    checks = mine.json(f"{path}/checks")
    assert checks["state"] == "finished"
    assert [(one["key"], one["state"], one["verdict"]) for one in checks["steps"]] == [("home", "done", "pass")]

    assert mine.post(f"{path}/send").json()["state"] == "in_review"  # the checks of a moment ago count
    found = Submission.objects.get(key=body["key"])
    services.decide(found, action="request_changes", ground="true", sentence="Say what it costs.", by=rita)
    (decision,) = mine.json(f"{path}/decisions")["results"]
    assert (decision["action"], decision["ground"], decision["sentence"], decision["automated"]) == (
        "request_changes",
        "true",
        "Say what it costs.",
        False,
    )
    assert "rita" not in str(decision)
    changed = mine.send(
        "PATCH", path, {"record": {**record, "tagline": "A lamp that reads to you"}, "version": body["version"]}
    )
    assert (changed.status_code, changed.json()["record"]["tagline"]) == (200, "A lamp that reads to you")
    assert mine.post(f"{path}/withdraw").json()["state"] == "withdrawn"


def test_a_change_of_a_listed_tool_is_begun_by_its_slug_and_gone_on_with(mine: Api, ana: User) -> None:
    tool = make.tool(slug="one", name="One")
    begun = mine.post("/submissions", {"tool": "one"}).json()
    assert (begun["kind"], begun["tool"], begun["record"]["name"]) == ("change", "one", tool.name)
    assert mine.post("/submissions", {"tool": "one"}).json()["key"] == begun["key"]
    assert pointers(mine.post("/submissions", {"tool": "none"})) == ["/tool"]
    same = mine.post(f"/submissions/{begun['key']}/send")
    assert (same.status_code, same.json()["detail"]) == (
        409,
        "Nothing is changed yet. Change something, or withdraw this.",
    )


def test_what_is_listed_already_is_not_sent_again_and_the_calls_to_make_are_named(mine: Api) -> None:
    tool = make.tool(slug="one", homepage="https://one.example.com")
    record = rows.record(homepage="https://one.example.com/")
    told = (
        f"It is listed already, as /api/v1/tools/one: {tool.name} has the same home page, https://one.example.com. To"
        ' change it, POST {"tool": "one"} to /api/v1/submissions; to prove that it is yours, POST {"tool": "one"} and a'
        " method to /api/v1/ownership/challenges."
    )
    judged = mine.post("/submissions/validate", {"record": record}).json()
    assert judged == {"valid": False, "problems": [], "listed_already": told}
    key = mine.post("/submissions", {"record": record}).json()["key"]
    refused = mine.post(f"/submissions/{key}/send")
    assert (refused.status_code, refused.json()["detail"]) == (409, f"{told} Nothing was sent.")
    assert Submission.objects.get().state == State.DRAFT


def test_what_to_name_as_category_is_said_and_found(mine: Api) -> None:
    record = rows.record(category="coding", also=["coding/none"])
    judged = mine.post("/submissions/validate", {"record": record}).json()
    advice = "is no sub-category; write category/sub-category. GET /api/v1/categories has all there are, as path."
    assert judged["problems"] == [
        {"pointer": "/record/category", "detail": f"'coding' {advice}"},
        {"pointer": "/record/also/0", "detail": f"'coding/none' {advice}"},
    ]
    paths = [one["path"] for one in mine.json("/categories")["results"] if one["path"]]
    for path in paths:
        assert mine.post("/submissions/validate", {"record": rows.record(category=path)}).json()["problems"] == []


def test_the_same_record_sent_twice_names_the_one_that_is_open_already(mine: Api, ana: User, rita: User) -> None:
    record = rows.record(name="Lantern")
    other = rows.draft(rita, **record)  # of somebody else
    first, second = (mine.post("/submissions", {"record": record}) for _ in range(2))
    assert (first.json()["same_as"], second.json()["same_as"]) == (None, first.json()["key"])
    path = f"/submissions/{second.json()['key']}"
    assert mine.get(path).headers["ETag"] == second.headers["ETag"]
    assert mine.post("/submissions", {"record": {**record, "name": "Lantern 2"}}).json()["same_as"] is None
    for key in (first.json()["key"], second.json()["key"]):
        assert mine.send("DELETE", f"/submissions/{key}").status_code == 204
    assert mine.post("/submissions", {"record": record}).json()["same_as"] is None
    assert other.record == record


def test_a_secret_is_refused_in_new_tools_and_in_changes_and_said_at_its_field(mine: Api) -> None:
    address = "https://api.lantern.example.com/?key=AKIAB2CDE3FGHI4JKLMN"
    record = rows.record(interfaces=[{"kind": "rest", "base_url": address}])
    detail = (
        "Looks like a secret key (it begins as a vendor's keys do); what a listing says, everybody can read. Replace it"
        " by a placeholder such as YOUR_API_KEY; if it was real, revoke it."
    )
    told = [{"pointer": "/record/interfaces/0/base_url", "detail": detail}]
    assert mine.post("/submissions/validate", {"record": record}).json()["problems"] == told
    make.tool(slug="listed")
    record["name"] = "Another"
    for body in ({"record": record}, {"tool": "listed", "record": record}):
        made = mine.post("/submissions", body).json()
        refused = mine.post(f"/submissions/{made['key']}/send")
        assert (made["problems"], refused.status_code, refused.json()["errors"]) == (told, 422, told)


HOMES = {
    "http://127.0.0.1/": "127.0.0.1 is an IP address. A listing must use a host name.",
    "http://[::1]/": "::1 is an IP address. A listing must use a host name.",
    "https://10.0.0.8:8443/x": "10.0.0.8 is an IP address. A listing must use a host name.",
    "https://localhost/": "localhost is a name for private or special use, not on the public internet.",
    "https://wiki/": "wiki has no dot: it can only be a name inside somebody's network.",
    "https://wiki.internal/": "wiki.internal is a name for private or special use, not on the public internet.",
    "https://one.example.com:22/": "Port 22 is not probed. Only 80, 443, 8080 and 8443 are.",
}


@pytest.mark.parametrize("home", HOMES)
def test_a_home_page_that_nobody_outside_can_reach_is_said_before_it_is_looked_at(mine: Api, home: str) -> None:
    record = rows.record(homepage=home)
    told = [{"pointer": "/record/homepage", "detail": f"Cannot be looked at: {HOMES[home]}"}]
    assert mine.post("/submissions/validate", {"record": record}).json()["problems"] == told
    made = mine.post("/submissions", {"record": record}).json()
    refused = mine.post(f"/submissions/{made['key']}/send")
    assert (made["problems"], refused.status_code, refused.json()["errors"]) == (told, 422, told)


def test_all_that_is_wrong_is_said_at_once_with_its_place(mine: Api) -> None:
    record = rows.record(
        tagline="x",
        kind="toy",
        plans=[{"name": "Pro", "amount": "much", "currency": "USD", "period": "month", "seen": "2026-11-01"}],
        description=None,
    )
    judged = mine.post("/submissions/validate", {"record": record}).json()
    places = [one["pointer"] for one in judged["problems"]]
    assert judged["valid"] is False
    assert sorted(places) == ["/record/description", "/record/kind", "/record/plans/0/amount", "/record/tagline"]
    begun = mine.post("/submissions", {"record": record})
    assert (begun.status_code, begun.json()["problems"]) == (201, judged["problems"])
    for path in ("send", "checks"):
        refused = mine.post(f"/submissions/{begun.json()['key']}/{path}")
        assert (refused.status_code, pointers(refused)) == (422, places)


def test_what_cannot_be_published_as_it_stands_is_a_conflict(mine: Api, ana: User, monkeypatch: Any) -> None:
    """A small change of an owner is published at once, unless somebody else changed the same meanwhile."""
    tool = make.tool(slug="one", homepage="https://one.example.com/")
    now = timezone.now()
    OwnershipClaim.objects.create(
        account=ana,
        name="one.example.com",
        method="http-file",
        scope="host",
        state="verified",
        proved_at=now,
        checked_at=now,
        next_check_at=now,
        token_hash="0" * 64,
    )
    key = rows.change(ana, tool, tagline="A tool whose words were changed by its owner").key
    Tool.objects.filter(pk=tool.pk).update(tagline="A tool whose words were changed by an editor")
    answer = mine.post(f"/submissions/{key}/send")
    assert (answer.status_code, answer.json()["detail"].startswith("Somebody else changed the same")) == (409, True)
    assert Submission.objects.get().state == State.DRAFT
