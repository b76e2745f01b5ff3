"""Runs under way, and beginning one: what each step waits for, what the live part sends, who may begin."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from catalog.models import Tool
from tests.verification import make_runs
from tests.verification.visiting import page, runs_page
from verification import ledger
from verification.models import Run, RunStep

pytestmark = pytest.mark.django_db


# -- a run under way --------------------------------------------------------------------------------------------------


@pytest.fixture
def running(tool: Tool) -> Run:
    return make_runs.run(
        tool,
        {"key": "home", "exchanges": [make_runs.exchange(received=b"a page")]},
        {"key": "dns", "state": "running"},
        {"key": "tls", "state": "queued", "note": "To be confirmed: example.com did not answer in time."},
        {"key": "parked", "state": "waiting"},
        finished=False,
    )


def test_a_run_under_way_shows_what_each_step_waits_for_and_asks_again(client: Client, running: Run) -> None:
    response = client.get(running.get_absolute_url())
    words = [(row.word, row.words) for row in response.context["ledger"].rows]
    assert words == [
        ("Passed", "It answered as it should."),
        ("Running", "A worker is at it."),
        ("Queued", "To be confirmed: example.com did not answer in time."),
        ("Waiting", "It starts after “The home page answers” and “The name resolves”."),
    ]  # fmt: skip
    assert response.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    text = response.content.decode()
    assert text.count('hx-trigger="every 1s"') == 1
    assert text.count("<noscript>") == 1


def test_the_live_part_says_nothing_while_nothing_has_changed_and_stops_at_the_end(
    client: Client, running: Run
) -> None:
    here = running.get_absolute_url()
    shown = client.get(here).context["ledger"]
    seen = {"part": "live", "after": str(shown.last), "mark": shown.mark}
    same = client.get(here, seen)
    assert (same.status_code, same.content) == (204, b"")
    make_runs.say(running.steps.get(key="dns"), "lost")
    changed = page(client, here, **seen)
    assert changed.count("hx-preserve") == 2
    assert changed.count("<summary") == 1  # the step before is on the reader's page already
    for step in running.steps.exclude(state=RunStep.State.DONE):
        make_runs.say(step)
    make_runs.finish(running)
    last = client.get(here, seen)
    text = last.content.decode()
    assert "hx-get" not in text
    assert text.count("The run has ended. ") == 1
    assert "no-store" in last.headers["Cache-Control"]
    assert client.get(here, {"part": "live", "after": "x"}).status_code == 400
    assert "no-store" not in client.get(here).headers["Cache-Control"]


def test_the_live_part_asks_few_questions_when_nothing_has_changed(
    client: Client, running: Run, django_assert_num_queries: Any
) -> None:
    mark = ledger.mark(running.steps.order_by("position"))
    with django_assert_num_queries(2):
        client.get(running.get_absolute_url(), {"part": "live", "mark": mark})


def test_a_step_whose_worker_may_have_been_stopped_says_how_long_that_can_last(client: Client, running: Run) -> None:
    step = running.steps.filter(key="dns")
    fresh = ledger.mark(running.steps.order_by("position"))
    said = []
    for left in (31, 4, -2):
        step.update(lease_until=timezone.now() + dt.timedelta(seconds=left))
        (row,) = [one for one in client.get(running.get_absolute_url()).context["ledger"].rows if one.step.key == "dns"]
        said.append(row.words)
    sentence = "A worker has been at it for a while. If it was stopped, the step starts again within {} s."
    assert said == [sentence.format(seconds) for seconds in (40, 10, 5)]
    assert ledger.mark(running.steps.order_by("position")) != fresh  # so that the live part is sent again


def test_verify_now_comes_back_when_a_run_ends_live(editor: Client, running: Run) -> None:
    here = running.get_absolute_url()
    text = page(editor, here)
    assert (text.count('<div class="acts" id="start"></div>'), text.count("Verify now")) == (1, 0)
    live = {"part": "live", "after": "0", "mark": "x"}
    assert page(editor, here, **live).count('id="start"') == 0
    for step in running.steps.exclude(state=RunStep.State.DONE):
        make_runs.say(step)
    make_runs.finish(running)
    ended = page(editor, here, **live)
    assert ended.count('<form class="acts" id="start" method="post"') == 1
    assert ended.count('hx-swap-oob="true">\n  <input type="hidden" name="csrfmiddlewaretoken"') == 1
    editor.logout()
    assert page(editor, here, **live).count("Verify now") == 0


# -- beginning a run --------------------------------------------------------------------------------------------------


def test_an_editor_begins_a_run_and_a_second_click_leads_to_the_same(editor: Client, tool: Tool) -> None:
    for path in (tool.get_absolute_url(), runs_page(tool)):
        assert page(editor, path).count(f'action="{runs_page(tool)}start/"') == 1
    first = editor.post(runs_page(tool) + "start/", follow=True)
    run = Run.objects.get(tool=tool)
    assert first.redirect_chain == [(run.get_absolute_url(), 302)]
    assert (run.trigger, run.requested_by.email) == ("staff", "editor@example.com")  # type: ignore[union-attr]
    second = editor.post(runs_page(tool) + "start/", follow=True)
    assert second.redirect_chain == [(run.get_absolute_url(), 302)]
    assert [str(one) for one in second.context["messages"]] == [
        "A run was under way already, so none was begun. This is the one."
    ]
    assert second.content.decode().count("A run was under way already") == 1


def test_visitors_cannot_begin_a_run(client: Client, tool: Tool) -> None:
    for path in (tool.get_absolute_url(), runs_page(tool)):
        assert "start/" not in page(client, path)
    start = runs_page(tool) + "start/"
    assert (client.post(start).status_code, client.get(start).status_code) == (403, 405)
    client.force_login(User.objects.create_user("somebody@example.com", "a long enough word"))
    assert client.post(start).status_code == 403
    assert Run.objects.count() == 0


def test_a_run_is_not_begun_by_another_site(tool: Tool) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    assert strict.post(runs_page(tool) + "start/").status_code == 403
    assert Run.objects.count() == 0


def test_verify_now_works_on_every_page_that_shows_it(tool: Tool) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("editor@example.com", "a long enough word"))
    shown = (tool.get_absolute_url(), runs_page(tool), make_runs.run(tool).get_absolute_url())
    for path in shown:
        token = re.search(r'action="[^"]*/start/">\s*<input type="hidden" name="csrfmiddlewaretoken" value="([^"]+)"',
                          page(strict, path))  # fmt: skip
        assert token, path
        answer = strict.post(runs_page(tool) + "start/", {"csrfmiddlewaretoken": token[1]})
        assert answer.status_code == 302
        make_runs.finish(Run.objects.get(state="running"))
