"""The pages of the verification through the client: what they say, to whom, how often they ask the database."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Alias, Tool
from tests import make
from tests.verification import make_runs
from tests.verification.visiting import page, runs_page
from verification import run_json, summary
from verification.steps import registry

pytestmark = pytest.mark.django_db

HOSTILE = '<script>alert("x")</script>&<img src=x onerror=alert(1)>'
ESCAPED = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&lt;img src=x onerror=alert(1)&gt;"


# -- the list of runs -------------------------------------------------------------------------------------------------


def test_a_tool_that_no_run_looked_at_is_not_checked_yet_and_that_is_no_failure(client: Client, tool: Tool) -> None:
    for path in (runs_page(tool), tool.get_absolute_url()):
        text = page(client, path)
        assert text.count("Not checked yet") == 1
        assert text.count("“Not checked” is not “failed”.") == 1


def test_the_latest_full_run_is_told_in_words_and_shapes(client: Client, tool: Tool) -> None:
    run = make_runs.run(tool, {"key": "home"}, {"key": "dns", "code": "timeout"}, {"key": "tls", "code": "forbidden"})
    make_runs.run(tool, {"key": "home", "code": "gone"}, light=True)  # a light run says nothing about all steps
    for path in (runs_page(tool), tool.get_absolute_url()):
        response = client.get(path)
        assert response.context["checked"].run == run
        text = response.content.decode()
        assert text.count("All steps of run") == 1
        tallies = [
            f'#s-{kind}"></use></svg>{word}</span><span class="n">1</span>'
            for kind, word in (("ok", "Passed"), ("fail", "Failed"), ("unk", "Could not tell"))
        ]
        assert [text.count(tally) for tally in tallies] == [1, 1, 1]


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_ask_a_constant_number_of_questions(
    client: Client, tool: Tool, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        steps = [
            {"key": "home", "exchanges": [make_runs.exchange(received=b"a page %d %d" % (number, step))],
             "subject": f"https://{step}.example.com/"}
            for step in range(rows)
        ]  # fmt: skip
        run = make_runs.run(tool, *steps)
    # the tool, its plans and interfaces; two latest runs, results, those of interfaces; how many runs; a page of them;
    # five for what is known over time
    with django_assert_num_queries(14):
        assert len(client.get(runs_page(tool)).context["page"]) == rows
    with django_assert_num_queries(6):  # the run; steps, results, bodies; the run before; replies
        client.get(run.get_absolute_url())
    with django_assert_num_queries(4):
        client.get(run.get_absolute_url() + "run.json")
    # five of them for what is known over time: addresses, incidents, claims, watch, maintenance
    with django_assert_num_queries(16):
        client.get(tool.get_absolute_url())


def test_runs_are_paged_latest_first_in_one_order(client: Client, tool: Tool) -> None:
    made = [make_runs.run(tool) for _ in range(23)]  # all begun at the same moment
    shown = [run.pk for number in ("1", "2") for run in client.get(runs_page(tool), {"page": number}).context["page"]]
    assert shown == sorted((run.pk for run in made), reverse=True)
    assert client.get(runs_page(tool), {"page": "3"}).status_code == 404
    assert client.get(runs_page(tool), {"page": "first"}).status_code == 400


def test_an_old_slug_leads_to_the_runs(client: Client, tool: Tool) -> None:
    Alias.objects.create(slug="as-it-was", tool=tool)
    response = client.get("/tools/as-it-was/verification/")
    assert (response.status_code, response.headers["Location"]) == (301, runs_page(tool))


def test_the_front_page_counts_what_was_checked(client: Client, tool: Tool) -> None:
    make_runs.run(tool, light=True)
    make_runs.run(tool, finished=False)
    total = Tool.objects.listed().count()
    before = " ".join(page(client, "/").split())
    assert before.count("No run has called these tools yet") == 1
    assert before.count(f'Not checked</span> <span class="n">{total:,}</span>') == 1
    ended = make_runs.run(make.tool(), {"key": "home"})
    ended.refresh_from_db()
    summary.note_on_tool(ended)
    after = " ".join(page(client, "/").split())
    assert after.count("Our robot has looked at 1 tool; what it saw stands on the page of each.") == 1
    assert after.count(f'Not checked</span> <span class="n">{total:,}</span>') == 1


# -- who sees what ----------------------------------------------------------------------------------------------------


def test_runs_of_a_tool_that_is_no_longer_listed_are_for_editors_only(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(received=b"a page")
    run = make_runs.run(tool, {"key": "home", "exchanges": [exchange]})
    Tool.objects.filter(pk=tool.pk).update(status="delisted")
    here = run.get_absolute_url()
    paths = [runs_page(tool), here, here + "run.json", here + f"evidence/{exchange['received']}"]
    assert [client.get(path).status_code for path in paths] == [404, 404, 404, 404]
    client.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    assert [client.get(path).status_code for path in paths] == [200, 200, 200, 200]


def test_a_run_is_found_at_its_own_tool_only(client: Client, tool: Tool) -> None:
    run = make_runs.run(tool)
    other = make.tool()
    assert client.get(reverse("verification:run", args=[other.slug, run.pk])).status_code == 404
    assert client.get(reverse("verification:run", args=[tool.slug, 2**70])).status_code == 404


# -- the evidence page ------------------------------------------------------------------------------------------------


def test_the_ledger_shows_each_step_by_group_with_what_was_sent_and_received(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(sent=b'{"ask": 1}', received=b"<h1>Made</h1>", mime="text/html", method="POST")
    run = make_runs.run(
        tool,
        {"key": "listing_facts"},
        {
            "key": "home",
            "code": "server_error",
            "exchanges": [exchange],
            "tries": 2,
            "subject": "https://made.example/",
        },
    )
    response = client.get(run.get_absolute_url())
    shown = response.context["ledger"]
    assert [(title, [row.step.key for row in rows]) for title, rows in shown.groups] == [
        ("The listing itself", ["listing_facts"]),
        ("The site", ["home"]),
    ]
    row = shown.rows[1]
    assert (row.state, row.word, row.ms, row.result.requests) == ("fail", "Failed", 412.0, 1)
    phases = [(phase.label, phase.ms) for phase in row.exchanges[0].hops[0].phases]
    assert phases == [("Name", 12.0), ("Connect", 20.5), ("TLS", 41.0), ("First byte", 310.0), ("Body", 18.0)]
    text = response.content.decode()
    for part in (
        "POST https://made.example.com/\nHost: made.example.com\nUser-Agent: AIAppsBot/1.0\n\n{&quot;ask&quot;: 1}",
        "200 OK\ncontent-type: text/html\n\n&lt;h1&gt;Made&lt;/h1&gt;",
        "192.0.2.7, 2001:db8::7",
        "made.example.com, by Example Trust",
        "Asked again to be sure",
        "and never with a good answer",
        ", after 402 ms</h5>",
    ):
        assert text.count(part) == 1, part


def test_the_page_explains_the_five_verdicts_and_never_says_verified(client: Client, tool: Tool) -> None:
    rows = [{"key": key, "code": code} for key, code in (("home", ""), ("dns", "lost"), ("tls", "no_such_name"))]
    run = make_runs.run(tool, *rows)
    for path in (run.get_absolute_url(), runs_page(tool), "/bot/"):
        text = page(client, path)
        assert "verified" not in text.lower(), path
    rules = page(client, "/trust/")  # where it is the name of a level, and nothing else
    assert (rules.lower().count("verified"), rules.count("L3 Verified")) == (1, 1)
    text = page(client, run.get_absolute_url())
    key = text[text.index('class="verdicts"') :]
    words = ("Passed", "Attention", "Failed", "Could not tell", "Skipped")
    assert [key.count(f"</svg>{word}</span></dt>") for word in words] == [1, 1, 1, 1, 1]


def test_a_shared_result_says_so_and_leads_to_the_run_it_comes_from(client: Client, tool: Tool) -> None:
    other = make.tool(name="The Other Tool")
    first = make_runs.run(other, {"key": "mcp_handshake", "exchanges": [make_runs.exchange()]})
    result = first.results.get()
    run = make_runs.run(tool, {"key": "mcp_handshake", "shared_from": result})
    link = f'href="{first.get_absolute_url()}#step-{result.step_id}"'
    assert page(client, run.get_absolute_url()).count(link) == 1
    assert (
        client.get(run.get_absolute_url() + "run.json")
        .json()["steps"][0]["result"]["shared_from"]
        .endswith(first.get_absolute_url())
    )


def test_a_shared_result_of_a_tool_that_is_no_longer_listed_does_not_tell_visitors_of_it(
    client: Client, tool: Tool
) -> None:
    other = make.tool(name="The Other Tool", slug="the-other-tool", status="delisted")
    first = make_runs.run(other, {"key": "mcp_handshake", "exchanges": [make_runs.exchange()]})
    result = first.results.get()
    run = make_runs.run(tool, {"key": "mcp_handshake", "shared_from": result})
    text = page(client, run.get_absolute_url())
    assert (text.count("The Other Tool"), text.count("the-other-tool")) == (0, 0)
    assert text.count("Shared with another listing: the same address was looked at a moment before.") == 1
    data = client.get(run.get_absolute_url() + "run.json")
    assert ("the-other-tool" in data.content.decode(), data.json()["steps"][0]["result"]["shared_from"]) == (
        False,
        None,
    )


def test_a_shared_result_of_a_tool_that_is_no_longer_listed_is_told_to_editors(editor: Client, tool: Tool) -> None:
    other = make.tool(name="The Other Tool", status="delisted")
    first = make_runs.run(other, {"key": "mcp_handshake", "exchanges": [make_runs.exchange()]})
    run = make_runs.run(tool, {"key": "mcp_handshake", "shared_from": first.results.get()})
    assert page(editor, run.get_absolute_url()).count("The Other Tool") == 1
    data = editor.get(run.get_absolute_url() + "run.json").json()
    assert data["steps"][0]["result"]["shared_from"].endswith(first.get_absolute_url())


def test_a_step_that_was_taken_out_since_is_still_shown(client: Client, tool: Tool) -> None:
    run = make_runs.run(tool, {"key": "a_step_of_old"})
    assert client.get(run.get_absolute_url()).context["ledger"].groups[0][0] == "No longer checked"


def test_a_body_that_is_no_longer_kept_is_told_of(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange()
    exchange["received"] = "e" * 64
    run = make_runs.run(tool, {"key": "home", "exchanges": [exchange]})
    assert page(client, run.get_absolute_url()).count("The body is no longer kept.") == 1
    assert client.get(run.get_absolute_url() + f"evidence/{'e' * 64}").status_code == 404


def test_only_the_beginning_of_a_long_body_is_on_the_page(client: Client, tool: Tool) -> None:
    long = ("é" * 5_000).encode()
    run = make_runs.run(tool, {"key": "home", "exchanges": [make_runs.exchange(received=b"x" + long)]})
    response = client.get(run.get_absolute_url())
    shown = response.context["ledger"].rows[0].exchanges[0].received
    assert (shown.text, shown.shortened, shown.size) == ("x" + "é" * 2_047, True, 10_001)


# -- what others sent stays text --------------------------------------------------------------------------------------


def test_hostile_text_is_shown_as_text(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(received=HOSTILE.encode(), sent=HOSTILE.encode() + b"!", headers={HOSTILE: HOSTILE})
    exchange["url"] = exchange["message"] = exchange["hops"][0]["url"] = HOSTILE
    exchange["hops"][0]["certificate"]["subject"] = HOSTILE
    rows = [{"key": "home", "exchanges": [exchange], "sentence": HOSTILE, "subject": HOSTILE, "detail": {"a": HOSTILE}}]
    run = make_runs.run(tool, *rows)
    text = page(client, run.get_absolute_url())
    assert ("alert(1)&gt;" in text, "<img src=x" in text, '<script>alert("x")' in text) == (True, False, False)
    assert text.count(ESCAPED) >= 8  # sentence, subject twice, address twice, two headers, bodies, certificate
    answer = client.get(run.get_absolute_url() + "run.json")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["steps"][0]["result"]["sentence"] == HOSTILE


def test_a_stored_body_is_a_download_that_no_browser_runs(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(received=HOSTILE.encode(), mime="text/html")
    run = make_runs.run(tool, {"key": "home", "exchanges": [exchange]})
    sha256 = hashlib.sha256(HOSTILE.encode()).hexdigest()
    response = client.get(run.get_absolute_url() + f"evidence/{sha256}")
    assert response.content == HOSTILE.encode()
    names = ("Content-Type", "Content-Disposition", "X-Content-Type-Options", "Content-Security-Policy")
    assert [response.headers[name] for name in names] == [
        "text/plain; charset=utf-8",
        f'attachment; filename="{sha256[:12]}.txt"',
        "nosniff",
        "default-src 'none'; sandbox",
    ]
    other = make_runs.run(tool, {"key": "home"})  # which does not name it
    assert client.get(other.get_absolute_url() + f"evidence/{sha256}").status_code == 404


# -- for programs -----------------------------------------------------------------------------------------------------


def test_the_json_has_the_shape_of_the_documentation(client: Client, tool: Tool) -> None:
    exchange = make_runs.exchange(received=b"a page")
    run = make_runs.run(tool, {"key": "home", "exchanges": [exchange], "detail": {"title": "Made"}})
    data = client.get(run.get_absolute_url() + "run.json").json()
    assert data == run_json.run_json(run)
    assert list(data) == [
        "run", "tool", "url", "state", "trigger", "light", "vantage", "checker", "fingerprint", "started_at",
        "finished_at", "counts", "steps", "evidence",
    ]  # fmt: skip
    assert (data["started_at"], data["finished_at"]) == ("2031-03-04T14:03:50.000Z", "2031-03-04T14:04:06.600Z")
    (step,) = data["steps"]
    assert list(step) == ["key", "title", "group", "subject", "state", "note", "result"]
    assert list(step["result"]) == [
        "verdict", "code", "sentence", "soft", "detail", "started_at", "ended_at", "duration_ms", "attempt", "tries",
        "requests", "shared_from", "exchanges", "tries_before",
    ]  # fmt: skip
    assert step["result"]["exchanges"] == [exchange]
    assert list(data["evidence"]) == [exchange["received"]]
    found = data["evidence"][exchange["received"]]
    assert client.get(found["url"].removeprefix("http://127.0.0.1:8000")).content == b"a page"
    assert (found["type"], found["bytes"], found["cut"], found["redacted"]) == ("text/html", 6, False, False)


# -- what we say about ourselves --------------------------------------------------------------------------------------


def test_every_step_and_code_stands_on_the_trust_page(client: Client) -> None:
    text = page(client, "/trust/")
    for key, step in registry().items():
        assert text.count(f'<li id="{key}">') == 1
        for code in step.codes:
            assert f'<th scope="row"><code>{code}</code></th>' in text
    assert page(client, "/").count('href="/trust/"') == 1


def test_the_robots_page_names_it_as_requests_do(client: Client, settings: Any) -> None:
    settings.PROBE_USER_AGENT = "TestBot/1.0 (+https://catalog.example/bot/)"
    settings.DEFAULT_FROM_EMAIL = "robot@catalog.example"
    settings.SITE_NAME = "Test"
    text = page(client, "/bot/")
    assert text.count("TestBot/1.0 (+https://catalog.example/bot/)") == 1
    assert text.count("User-agent: TestBot\nDisallow: /") == 1
    assert text.count("mailto:robot@catalog.example") == 1
    assert page(client, "/").count('href="/bot/"') == 1
