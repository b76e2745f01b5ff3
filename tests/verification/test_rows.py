"""The rows of an evidence page say exactly what was done: in words that are true for what did not answer, too."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog.models import Tool
from core.safehttp import Answer, Hop
from tests.verification import make_runs
from verification import common
from verification.context import Context
from verification.contract import Listing, Subject
from verification.ledger import Row
from verification.models import Run
from verification.steps import registry
from verification.verdicts import Verdict

pytestmark = pytest.mark.django_db
HOME = "https://made.example.com/"


def rows(client: Client, run: Run) -> list[Row]:
    found: list[Row] = client.get(run.get_absolute_url()).context["ledger"].rows
    return found


def text_of(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


# -- a tool that never answered ---------------------------------------------------------------------------------------


def test_a_tool_that_never_answered_is_not_said_to_work(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(status=None)
    run = make_runs.run(tool, {"key": "home", "code": "timeout", "tries": 2, "exchanges": [exchange]})
    meaning = "At least one call got no good answer in any of our tries. That may pass; the next run asks again."
    for path in (run.get_absolute_url(), f"{tool.get_absolute_url()}verification/", tool.get_absolute_url()):
        text = text_of(client, path)
        assert (text.count(meaning), text.count("t works")) == (1, 0), path
    text = text_of(client, run.get_absolute_url())
    assert text.count("Tried 3 times, the last time at <time") == 1
    assert text.count("and never with a good answer. It may pass: the next run asks again") == 1


def test_what_answered_with_a_fault_is_explained_otherwise(client: Client, tool: Tool) -> None:
    run = make_runs.run(tool, {"key": "home", "code": "empty"})
    text = text_of(client, run.get_absolute_url())
    assert text.count("It answered, but something about it deserves a look.") == 1


# -- the time of a hop ------------------------------------------------------------------------------------------------


def phases(client: Client, tool: Tool, **changes: Any) -> list[tuple[str, float]]:
    exchange = make_runs.exchange(status=changes.pop("status", None))
    exchange["code"] = changes.pop("code", "first_byte_timeout")
    exchange["hops"][0]["timings"] |= changes
    run = make_runs.run(tool, {"key": "home", "code": "timeout", "exchanges": [exchange]})
    return [(one.label, round(one.ms, 1)) for one in rows(client, run)[0].exchanges[0].hops[0].phases]


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"status": 200}, ("Body", 18.0)),
        ({"first_byte": None, "total": 10_000.0}, ("Waiting, no answer", 9_926.5)),
        ({"total": 10_000.0}, ("Waiting for the rest", 9_616.5)),
        (
            {"first_byte": None, "total": 120.0, "code": "certificate_expired"},
            ("Reading the refused certificate", 46.5),
        ),
        ({"tls": None, "first_byte": None, "total": 32.7, "code": "refused"}, ("Connect", 20.5)),
    ],
)
def test_the_last_part_of_a_hop_is_called_what_it_was(
    client: Client, tool: Tool, changes: dict[str, Any], last: tuple[str, float]
) -> None:
    assert phases(client, tool, **changes)[-1] == last
    text = text_of(client, f"{tool.get_absolute_url()}verification/{tool.runs.get().pk}/")
    sent = changes.get("code") is None
    assert (text.count("<h5>Request</h5>"), text.count("<h5>Request, never sent</h5>")) == (sent, not sent)


def test_a_refused_certificate_is_shown_with_its_dates_and_names(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(status=None)
    exchange["code"] = "certificate_expired"
    run = make_runs.run(tool, {"key": "tls", "code": "expired", "exchanges": [exchange]})
    text = text_of(client, run.get_absolute_url())
    assert text.count("<dt>Certificate, refused</dt>") == 1
    assert text.count("<h5>Request, never sent</h5>") == 1
    assert text.count("3 Mar 2031, 14:03 UTC</time> until <time") == 1
    assert text.count('<dt>For</dt> <dd class="mono any">made.example.com</dd>') == 1


# -- what was asked ---------------------------------------------------------------------------------------------------


def test_a_host_that_did_not_answer_for_its_robots_txt_is_not_said_to_have_been_asked_for_more() -> None:
    context = Context(registry()["home"], Listing("made", "Made", HOME), Subject(HOME))
    hop = Hop("GET", f"{HOME}robots.txt")
    silent = Answer(HOME, "timeout", "first_byte_timeout", "No answer came.", hops=(hop,))
    said = common.trouble(context, silent)
    assert said is not None
    assert (said.verdict, said.code, said.sentence) == (
        Verdict.FAIL,
        "timeout",
        "made.example.com did not answer in time: No answer came. That was for its robots.txt, which comes first; the"
        " page itself was not asked for.",
    )
    asked = common.trouble(context, Answer(HOME, "timeout", "first_byte_timeout", "No answer came."))
    assert asked is not None
    assert asked.sentence == "made.example.com did not answer in time: No answer came."


def test_a_row_that_sent_nothing_leads_to_the_rows_it_read(client: Client, tool: Tool) -> None:
    run = make_runs.run(
        tool,
        {"key": "home", "exchanges": [make_runs.exchange()], "subject": HOME},
        {"key": "dns", "subject": HOME},
        {"key": "robots", "subject": HOME},
        {"key": "parked", "subject": HOME},
        {"key": "listing_facts"},
    )
    reads = {row.step.key: [other.step.key for other in row.reads] for row in rows(client, run)}
    assert reads == {"home": [], "dns": [], "robots": ["home"], "parked": ["home", "dns"], "listing_facts": []}
    home = run.steps.get(key="home")
    text = text_of(client, run.get_absolute_url())
    assert text.count(f'It reads what was received for <a href="#seen-{home.pk}">“The home page answers”</a>') == 2
    assert text.count(f'id="seen-{home.pk}"') == 1
    assert text.count("Only name servers are asked for this step, never the site itself.") == 1


def test_a_row_is_called_by_its_title_with_its_key_beside_it(client: Client, tool: Tool) -> None:
    run = make_runs.run(tool, {"key": "mcp_handshake"})
    text = text_of(client, run.get_absolute_url())
    assert text.count('<span class="k">MCP handshake <code>mcp_handshake</code></span>') == 1


def test_a_step_that_had_nothing_to_go_on_says_what_the_step_before_it_said(tool: Tool) -> None:
    step = registry()["mcp_tools"]
    context = Context(step, Listing("made", "Made", HOME), Subject(HOME), earlier={})
    assert step.check(context).sentence == (
        "Not done: it reads what “MCP handshake” finds, and that step says: nothing, it was not made."
    )
