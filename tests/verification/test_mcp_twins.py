"""Two listed MCP servers with the same list of tools are told apart from one server that is listed once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils import timezone

from tests import make
from verification.context import Context
from verification.contract import Interface, Listing, Outcome, Subject
from verification.models import Run, RunStep, StepResult
from verification.steps import registry
from verification.verdicts import Verdict

pytestmark = pytest.mark.django_db


def seen(tool: Any, address: str, tools_hash: str, *, days_ago: int = 0) -> None:
    when = timezone.now() - dt.timedelta(days=days_ago)
    run = Run.objects.create(tool=tool, trigger="staff", fingerprint="0", checker="1", deadline=when,
                             state="finished", finished_at=when)  # fmt: skip
    step = RunStep.objects.create(run=run, position=0, key="mcp_tools", subject=address, state="done")
    StepResult.objects.create(
        run=run, step=step, key="mcp_tools", subject=address, verdict="pass", code="in_order", sentence="",
        detail={"tools_hash": tools_hash, "count": 2}, attempt=1, started_at=when, ended_at=when,
    )  # fmt: skip


def say(slug: str, address: str, tools_hash: str, count: int = 2) -> Outcome:
    subject = Subject(address, Interface("mcp-remote", url=address))
    earlier = {"mcp_tools": Outcome(Verdict.PASS, "in_order", "", {"tools_hash": tools_hash, "count": count})}
    listing = Listing(slug, slug, "https://own.example.com/")
    step = registry()["mcp_twins"]
    return step.check(Context(step, listing, subject, earlier=earlier))


def test_the_same_list_at_another_address_of_another_tool() -> None:
    other = make.tool(name="Other")
    seen(other, "https://other.example.com/mcp", "aa")

    outcome = say("own", "https://own.example.com/mcp", "aa")

    assert (outcome.verdict, outcome.code) == ("warn", "same_tools")
    assert outcome.detail == {"tools": [{"slug": other.slug, "name": "Other"}]}
    assert outcome.sentence == "Other has exactly the same list of tools; a person should see why."


def test_what_is_no_twin() -> None:
    own, other, gone = make.tool(), make.tool(), make.tool(status="delisted")
    seen(own, "https://own.example.com/older", "aa")  # the same tool at another address
    seen(other, "https://own.example.com/mcp", "aa")  # the same address: one server that two records name
    seen(other, "https://other.example.com/mcp", "bb")
    seen(gone, "https://gone.example.com/mcp", "aa")
    late = make.tool()
    seen(late, "https://late.example.com/mcp", "aa", days_ago=31)

    assert say(own.slug, "https://own.example.com/mcp", "aa").code == "none"
    assert say(own.slug, "https://own.example.com/mcp", "aa", count=0).code == "need_not_met"
