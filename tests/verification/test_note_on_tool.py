"""Cards and comparisons show how the last full run saw a tool."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from catalog.models import Change, Tool
from catalog.services import record_seen
from tests import make
from tests.verification import make_runs
from verification import services

pytestmark = pytest.mark.django_db


def told(tool: Tool, *verdicts: str, light: bool = False) -> Tool:
    run = make_runs.run(tool, *({"key": "home", "verdict": verdict} for verdict in verdicts), light=light)
    type(run).objects.filter(pk=run.pk).update(announced_at=None)
    assert services.announce(run.pk) is True
    tool.refresh_from_db()
    return tool


@pytest.mark.parametrize(
    ("verdict", "seen"),
    [("pass", "working"), ("warn", "attention"), ("fail", "attention"), ("inconclusive", "unknown")],
)
def test_a_full_run_is_noted(verdict: str, seen: str) -> None:
    tool = make.tool()
    assert (tool.seen, tool.checked_at) == ("", None)
    changes = Change.objects.count()

    assert told(tool, verdict).seen == seen

    assert tool.checked_at is not None
    assert Change.objects.count() == changes  # what was seen is no fact of the listing


def test_a_domain_that_is_not_the_tools_any_more_is_seen_at_once() -> None:
    tool = make.tool()
    run = make_runs.run(tool, {"key": "home"}, {"key": "parked", "code": "parked"})
    type(run).objects.filter(pk=run.pk).update(announced_at=None)
    assert services.announce(run.pk) is True
    tool.refresh_from_db()
    assert tool.seen == "failing"


def test_a_light_run_is_not() -> None:
    assert told(make.tool(), "fail", light=True).seen == ""


def test_an_older_run_does_not_overwrite_a_newer_one() -> None:
    tool, now = make.tool(), timezone.now()
    assert record_seen({tool.pk: ("working", now)}) == 1
    assert record_seen({tool.pk: ("failing", now - dt.timedelta(seconds=1))}) == 0
    tool.refresh_from_db()
    assert (tool.seen, tool.checked_at) == ("working", now)


def test_cards_and_comparison_say_it_with_its_day(client: Client) -> None:
    tool = make.tool(name="Zyzzyva Looked At")
    make.tool(name="Zyzzyva Not Looked At")
    record_seen({tool.pk: ("failing", dt.datetime(2026, 11, 26, 12, tzinfo=dt.UTC))})
    page = client.get("/tools/", {"q": "zyzzyva"}).content.decode()
    assert page.count("checked <time") == 1
    assert (page.count('#s-fail"></use></svg>Failing'), page.count('#s-unk"></use></svg>Not checked')) == (1, 1)
    compared = client.get("/compare/", {"tools": tool.slug}).content.decode()
    assert compared.count('#s-fail"></use></svg>Failing') == 1
