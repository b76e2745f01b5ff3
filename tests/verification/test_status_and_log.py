"""How the verification itself does, and the public log of what it decided."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog import services
from catalog.models import Tool
from tests import make
from tests.verification import make_runs, over_time_rows
from tests.verification.health import over_time
from tests.verification.over_time_rows import DAY, HOUR
from tests.verification.test_over_time_on_tool import words
from tests.verification.test_pages import ESCAPED, HOSTILE
from tests.verification.visiting import page
from verification import status_page
from verification.judgement.judge import Saw
from verification.models import LogEntry, OwnOutage, RunStep, Watch

pytestmark = pytest.mark.django_db


# -- status -----------------------------------------------------------------------------------------------------------


def test_with_nothing_looked_at_the_page_says_so_and_no_more(client: Client) -> None:
    said = words(page(client, "/status/"))
    assert said.count("None yet none was judged yet") == 1
    assert said.count("None was noticed.") == 1
    assert client.get("/status.json").json()["freshness"]["median_age_seconds"] is None


def test_freshness_counts_listed_tools_by_their_last_look() -> None:
    at = timezone.now()
    for age in [HOUR, 3 * HOUR, 2 * DAY, 9 * DAY]:
        tool = make.tool()
        over_time_rows.endpoint(tool, known_at=at - age)
        over_time_rows.endpoint(tool, "https://api.example/", known_at=None)
    untold = make.tool()
    services.record_seen({untold.pk: ("unknown", at)})  # it was looked at, and nothing could be told
    over_time_rows.endpoint(untold, known_at=None)
    gone = make.tool()
    over_time_rows.endpoint(gone, known_at=at)
    Tool.objects.filter(pk=gone.pk).update(status="delisted")
    found = status_page.status(at)
    assert (found.listed, found.day, found.week, found.older, found.never) == (5, 2, 3, 1, 1)
    assert found.median_age == (3 * HOUR + 2 * DAY) / 2


def test_the_backlog_counts_what_waits_and_names_the_oldest(client: Client) -> None:
    at = timezone.now()
    run = make_runs.run(
        make.tool(), {"key": "dns", "state": "queued"}, {"key": "tls", "state": "queued"}, {}, finished=False
    )
    first, second = RunStep.objects.filter(run=run, state="queued").order_by("position")
    RunStep.objects.filter(pk=first.pk).update(not_before=at - HOUR)
    RunStep.objects.filter(pk=second.pk).update(not_before=at + HOUR)
    Watch.objects.create(tool=run.tool, next_at=at - HOUR, full_at=at + DAY)
    Watch.objects.create(tool=make.tool(), next_at=at + HOUR, full_at=at + DAY)
    backlog = client.get("/status.json").json()["backlog"]
    assert backlog == {
        "steps_queued": 2,
        "steps_due": 1,
        "oldest_due_at": (at - HOUR).astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "runs_under_way": 1,
        "tools_watched": 2,
        "tools_due": 1,
        "looks_unjudged": 0,
    }
    assert words(page(client, "/status/")).count("1 step due") == 1


def test_an_outage_of_our_own_is_a_banner_and_past_ones_a_list(client: Client) -> None:
    at = timezone.now()
    OwnOutage.objects.create(cause="batch", began_at=at - 100 * DAY, ended_at=at - 99 * DAY)
    OwnOutage.objects.create(cause="batch", began_at=at - 3 * DAY, ended_at=at - 2 * DAY, held=7)
    assert page(client, "/status/").count("Our own outage</span> since") == 0
    OwnOutage.objects.create(cause="canary", began_at=at - HOUR, held=3)
    said = words(page(client, "/status/"))
    assert said.count("What fails now counts against no tool; 3 looks held so far.") == 1
    found = client.get("/status.json").json()
    assert [(one["cause"], one["looks_held"], one["ended_at"] is None) for one in found["own_outages"]] == [
        ("canary", 3, True),
        ("batch", 7, False),
    ]
    assert found["own_outage"]["cause"] == "canary"


@pytest.mark.parametrize(("enabled", "said"), [(True, 0), (False, 1)])
def test_looks_that_are_switched_off_are_said_to_be(client: Client, settings: Any, enabled: bool, said: int) -> None:
    settings.PROBES_ENABLED = enabled
    assert page(client, "/status/").count("Looks are switched off on this site.") == said
    assert client.get("/status.json").json()["probes_enabled"] is enabled


@pytest.mark.parametrize(("scheduled", "said"), [(True, 0), (False, 1)])
def test_a_site_that_looks_only_when_asked_says_so(client: Client, settings: Any, scheduled: bool, said: int) -> None:
    settings.PROBES_SCHEDULED = scheduled
    assert page(client, "/status/").count("This site looks at a tool only when somebody asks for it") == said
    assert client.get("/status.json").json()["probes_scheduled"] is scheduled


def test_looks_that_our_own_trouble_spoilt_are_said_on_the_status(client: Client) -> None:
    at = timezone.now()
    address = over_time_rows.endpoint(make.tool())
    for code, times in (("answers", 4), ("our_side", 1)):
        for _ in range(times):
            over_time.look(address, at - HOUR / 2, Saw.UNKNOWN if code == "our_side" else Saw.UP, code=code)
    over_time.look(address, at - 2 * HOUR, Saw.UNKNOWN, code="our_side")
    assert page(client, "/status/").count("trouble of our own, such as") == 0
    over_time.look(address, at - HOUR / 2, Saw.UNKNOWN, code="our_side")
    said = words(page(client, "/status/"))
    assert said.count("2 of 6 looks in the last hour came to nothing by trouble of our own") == 1
    found = client.get("/status.json").json()
    assert (found["looks_of_the_last_hour"], found["of_them_lost_by_our_own_trouble"]) == (6, 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_status_asks_a_constant_number_of_questions(
    client: Client, rows: int, django_assert_num_queries: Any
) -> None:
    at = timezone.now()
    for number in range(rows):
        address = over_time_rows.endpoint(make.tool())
        over_time.look(address, at, Saw.UP)
        ended = at - number * DAY
        OwnOutage.objects.create(cause="batch", began_at=ended - HOUR, ended_at=ended)
    with django_assert_num_queries(8):
        client.get("/status/")


# -- the log ----------------------------------------------------------------------------------------------------------


def test_decisions_are_listed_latest_first_fifty_a_page_in_one_order(client: Client) -> None:
    at = timezone.now()
    made = [over_time_rows.entry(f"e:{number}", at=at).pk for number in range(53)]
    shown = [row.pk for number in ("1", "2") for row in client.get("/trust/log/", {"page": number}).context["page"]]
    assert shown == sorted(made, reverse=True)
    assert client.get("/trust/log/", {"page": "3"}).status_code == 404


def test_decisions_are_narrowed_by_kind(client: Client) -> None:
    for kind in LogEntry.Kind.values:
        over_time_rows.entry(f"k:{kind}", kind=kind)
    assert [row.kind for row in client.get("/trust/log/", {"kind": "own-outage"}).context["page"]] == ["own-outage"]
    assert client.get("/trust/log/", {"kind": "gossip"}).status_code == 400
    LogEntry.objects.filter(kind="level").delete()
    assert page(client, "/trust/log/", kind="level").count("Nothing of this kind was decided yet.") == 1


def test_an_entry_leads_to_its_tool_and_run_and_is_shown_as_text(client: Client) -> None:
    tool = make.tool()
    run = make_runs.run(tool, {"key": "home"})
    over_time_rows.entry("x", HOSTILE, tool=tool, run=run)
    text = page(client, "/trust/log/")
    assert (text.count(ESCAPED), text.count("<script>alert")) == (1, 0)
    assert text.count(f'href="{tool.get_absolute_url()}"') == 1
    assert text.count(f'href="{run.get_absolute_url()}"') == 1


def test_decisions_about_a_tool_that_is_no_longer_listed_are_for_editors_only(client: Client) -> None:
    tool = make.tool()
    over_time_rows.entry("x", "Said of a tool.", tool=tool)
    over_time_rows.entry("y", "Said of ourselves.", kind="own-outage")
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    assert [row.sentence for row in client.get("/trust/log/").context["page"]] == ["Said of ourselves."]
    assert client.get("/trust/log.json").content.decode().count("Said of a tool.") == 0
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    assert len(client.get("/trust/log/").context["page"]) == 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_asks_a_constant_number_of_questions(client: Client, rows: int, django_assert_num_queries: Any) -> None:
    for number in range(rows):
        tool = make.tool()
        over_time_rows.entry(f"n:{number}", tool=tool, run=make_runs.run(tool, {"key": "home"}))
    with django_assert_num_queries(2):
        client.get("/trust/log/")
    with django_assert_num_queries(1):
        client.get("/trust/log.atom")


def test_the_log_is_a_feed_too(client: Client, settings: Any) -> None:
    settings.SITE_URL = "https://catalog.example"
    tool = make.tool()
    entry = over_time_rows.entry("x", "Level 2 (Conforms), was 1 (Reached).", tool=tool, kind="level")
    response = client.get("/trust/log.atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    items = client.get("/trust/log.json").json()["items"]
    assert [(one["id"], one["url"], one["title"], one["tags"]) for one in items] == [
        (
            f"tag:catalog.example,2026-11-25:decisions/{entry.pk}",
            f"https://catalog.example/tools/{tool.slug}/verification/",
            f"{tool.name}: Level 2 (Conforms), was 1 (Reached).",
            ["level"],
        )
    ]


def test_an_empty_log_says_so_and_every_page_leads_to_it(client: Client) -> None:
    assert page(client, "/trust/log/").count("Nothing was decided yet.") == 1
    home = page(client, "/")
    assert (home.count('href="/trust/log/"'), home.count('href="/status/"')) == (1, 1)
