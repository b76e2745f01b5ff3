"""What was seen of tools, by the API: the same as on the pages of evidence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from catalog import services
from catalog.models import Tool
from tests import make
from tests.api.client import Api
from tests.api.walking import pages
from tests.verification import make_runs
from tests.verification.over_time_rows import DAY, HOUR, claim, days, endpoint, incident
from verification.models import Claim

pytestmark = pytest.mark.django_db
K = Claim.Kind
API = "https://one.example.com/v1"


@pytest.fixture
def one() -> Tool:
    """A listed tool with an interface."""
    return make.tool(slug="one", name="One", interfaces=[{"kind": "rest", "base_url": API}])


def at(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def test_a_tool_nobody_looked_at_says_that_nothing_is_known(api: Api, one: Tool) -> None:
    assert api.json("/tools/one/verification") == {
        "tool": "one",
        "seen": "not_checked",
        "checked_at": None,
        "away": "no",
        "endpoints": [],
        "incidents": [],
        "level": 0,
        "name": "listed",
        "since": None,
        "missing": ["reachable"],
        "claims": [],
        "next_to_expire": None,
        "latest_run": None,
        "running": False,
    }


def test_claims_say_what_was_proved_by_what_and_until_when(api: Api, one: Tool) -> None:
    run = make_runs.run(one, {"key": "home"})
    held = claim(one, K.SCANNED, run=run, receipt={"steps": ["scan"]})
    lapsed = claim(one, K.DOCUMENTED, granted_at=timezone.now() - 40 * DAY, expires_at=timezone.now() - HOUR)
    over = claim(one, K.REVIEWED, ended_at=timezone.now(), ended=Claim.Ended.WITHDRAWN)
    found = api.json("/tools/one/verification")
    assert {row["kind"]: row["state"] for row in found["claims"]} == {
        "scanned": "holds",
        "documented": "lapsed",
        "reviewed": "ended",
    }
    row = next(row for row in found["claims"] if row["kind"] == "scanned")
    assert {name: row[name] for name in ("granted_at", "expires_at", "ended_at", "ended", "receipt", "run")} == {
        "granted_at": at(held.granted_at),
        "expires_at": at(held.expires_at),
        "ended_at": None,
        "ended": None,
        "receipt": {"steps": ["scan"]},
        "run": run.pk,
    }
    assert (found["next_to_expire"], found["latest_run"]["id"], found["latest_run"]["counts"]) == (
        "scanned",
        run.pk,
        {"pass": 1},
    )
    everything = [row for body in pages(api, "/tools/one/claims?limit=2") for row in body["results"]]
    assert [row["kind"] for row in everything] == [
        row.kind for row in sorted((held, lapsed, over), key=lambda row: (row.granted_at, row.pk), reverse=True)
    ]
    assert {row["kind"]: row["state"] for row in everything} == {row["kind"]: row["state"] for row in found["claims"]}


def test_a_claim_that_no_longer_fits_the_listing_does_not_hold(api: Api, one: Tool) -> None:
    claim(one, K.SCANNED, bound="0" * 64)
    for path, name in (("/tools/one/verification", "claims"), ("/tools/one/claims", "results")):
        assert [row["state"] for row in api.json(path)[name]] == ["ended"]


def test_health_says_for_each_address_how_it_stands_and_how_it_did(api: Api, one: Tool) -> None:
    home = endpoint(one)
    down = timezone.now() - 5 * HOUR
    worse = endpoint(one, API, state="unreachable", down_since=down, known_at=down, usual_ms=120)
    days(home, 1.0, 0.5, None, 1.0)
    trouble = incident(worse)
    found = api.json("/tools/one/health")
    assert [(row["address"], row["home"], row["state"], row["usual_ms"]) for row in found["endpoints"]] == [
        (one.homepage, True, "healthy", None),
        (API, False, "unreachable", 120),
    ]
    assert found["endpoints"][1]["since"] == at(down)
    assert found["endpoints"][0]["uptime"]["month"] == {"share": 0.83333, "coverage": 0.1}
    assert found["endpoints"][1]["uptime"]["quarter"] == {"share": None, "coverage": 0.0}
    assert [(row["id"], row["address"], row["state"]) for row in found["incidents"]] == [
        (trouble.pk, API, "investigating")
    ]
    verification = api.json("/tools/one/verification")
    assert {name: verification[name] for name in found} == found
    wired = api.json("/tools/one/interfaces")["results"][0]["works"]
    assert wired == {"state": "unreachable", "since": at(down), "looked_at": at(down)}


def test_incidents_are_told_with_their_timelines(api: Api, one: Tool) -> None:
    first = incident(endpoint(one), "It is away.", "It is back.", closed=True)
    other = make.tool(slug="other")
    second = incident(endpoint(other), began_at=timezone.now() - HOUR, opened_at=timezone.now())
    hidden = make.tool(slug="hidden")
    incident(endpoint(hidden))
    services.delist_tools([hidden])
    found = api.json("/incidents")["results"]
    assert [(row["id"], row["tool"], row["state"]) for row in found] == [
        (second.pk, "other", "investigating"),
        (first.pk, "one", "resolved"),
    ]
    assert [(row["state"], row["text"]) for row in found[1]["updates"]] == [
        ("investigating", "It is away."),
        ("resolved", "It is back."),
    ]
    assert [row["id"] for row in api.json("/incidents?open=1")["results"]] == [second.pk]
    assert [row["id"] for row in api.json("/tools/one/incidents")["results"]] == [first.pk]


def test_a_page_goes_on_with_what_was_asked(api: Api, one: Tool) -> None:
    here = endpoint(one)
    for number in range(5):
        incident(here, closed=number != 0, began_at=timezone.now() - (9 + number) * HOUR)
    for number in range(2):
        incident(endpoint(make.tool()), began_at=timezone.now() - (2 + number) * HOUR)
    bodies = pages(api, "/incidents?open=1&limit=1")
    assert [[row["state"] for row in body["results"]] for body in bodies] == [["investigating"]] * 3


def test_a_run_shows_every_step_and_what_it_received(api: Api, one: Tool) -> None:
    exchange = make_runs.exchange(received=b"<h1>Hello</h1>")
    made = make_runs.run(one, {"key": "home", "exchanges": [exchange]}, {"key": "robots"})
    listed = api.json("/tools/one/runs")["results"]
    assert [(row["id"], row["state"], row["counts"]) for row in listed] == [(made.pk, "finished", {"pass": 2})]
    run = api.json(f"/tools/one/runs/{made.pk}")
    assert [(step["key"], step["result"]["verdict"]) for step in run["steps"]] == [("home", "pass"), ("robots", "pass")]
    body = api.get(f"/tools/one/runs/{made.pk}/evidence/{exchange['received']}")
    assert (body.content, body.headers["Content-Type"]) == (b"<h1>Hello</h1>", "text/plain; charset=utf-8")
    assert body.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert body.headers["X-Content-Type-Options"] == "nosniff"


def test_what_a_run_did_not_receive_is_not_found_under_it(api: Api, one: Tool) -> None:
    exchange = make_runs.exchange(received=b"of another")
    make_runs.run(make.tool(slug="other"), {"key": "home", "exchanges": [exchange]})
    mine = make_runs.run(one, {"key": "home"})
    sha256 = exchange["received"]
    for path in (
        f"/tools/one/runs/{mine.pk}/evidence/{sha256}",
        f"/tools/other/runs/{mine.pk}",
        f"/tools/one/runs/{10**18 - 1}",
    ):
        assert api.get(path).status_code == 404


def test_a_run_under_way_is_kept_by_nobody(api: Api, one: Tool) -> None:
    made = make_runs.run(one, {"key": "home", "state": "running"}, finished=False)
    response = api.get(f"/tools/one/runs/{made.pk}")
    assert (response.json()["state"], response.headers["Cache-Control"]) == ("running", "no-store")
    assert api.json("/tools/one/verification")["running"] is True


@pytest.mark.parametrize(
    "path", ["verification", "health", "claims", "incidents", "runs", "runs/1", "runs/1/evidence/" + "0" * 64]
)
def test_nothing_is_told_of_what_is_not_listed(api: Api, one: Tool, path: str) -> None:
    make_runs.run(one, {"key": "home"})
    services.delist_tools([one])
    assert api.get(f"/tools/one/{path}").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/tools/one/verification", 16),
        ("/tools/one/health", 13),
        ("/tools/one/claims", 5),
        ("/tools/one/incidents", 3),
        ("/tools/one/runs", 2),
        ("/incidents", 2),
    ],
)
def test_lists_take_as_many_statements_whatever_stands_in_them(
    api: Api, one: Tool, count: int, path: str, statements: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kinds = [K.SCANNED, K.DOCUMENTED, K.REVIEWED][:count]
    for number, kind in enumerate(kinds):
        claim(one, kind, run=make_runs.run(one, {"key": "home"}))
        here = endpoint(one, f"{API}/{number}")
        days(here, 1.0)
        incident(here)
    with django_assert_num_queries(statements):
        api.json(path)
