"""What a run saw of each address becomes one look."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from catalog import services as catalog_services
from catalog.models import Tool
from catalog.records import record_of
from tests import make
from tests.verification import make_runs
from tests.verification.health.over_time import DAY, START
from verification import services
from verification.health import looks
from verification.judgement.judge import Health, Saw
from verification.models import Endpoint, Incident, Run, Sample

pytestmark = pytest.mark.django_db
HOME, API = "https://one.example/", "https://api.one.example/v1"
REST = {"kind": "rest", "base_url": API, "auth": "none"}


def listed(*interfaces: dict[str, str]) -> Tool:
    """Return a tool whose home page is HOME, with these interfaces."""
    return make.tool(homepage=HOME, interfaces=list(interfaces) or None)


def edit(tool: Tool, **changes: Any) -> Tool:
    """Change a listing as an editor does."""
    record = {**record_of(tool), **changes}
    record = {name: value for name, value in record.items() if value is not None}
    catalog_services.update_tool(tool, record, categories=make.categories())
    return Tool.objects.get(pk=tool.pk)


def ended(tool: Tool, *rows: dict[str, Any], **changes: Any) -> Run:
    """Let a run end that said `rows`, and be announced."""
    run = make_runs.run(tool, *rows, **changes)
    Run.objects.filter(pk=run.pk).update(announced_at=None)
    assert services.announce(run.pk) is True
    return run


def seen() -> dict[str, str]:
    """Return what the looks saw, by address."""
    return dict(Sample.objects.order_by("id").values_list("endpoint__subject", "saw"))


@pytest.mark.parametrize(
    ("verdict", "soft", "saw"),
    [
        ("pass", False, Saw.UP),
        ("warn", False, Saw.UP),
        ("fail", True, Saw.DOWN),
        ("fail", False, Saw.GONE),
        ("inconclusive", False, Saw.UNKNOWN),
    ],
)
def test_verdicts_of_calls_become_looks(verdict: str, soft: bool, saw: Saw) -> None:
    ended(listed(), {"subject": HOME, "verdict": verdict, "soft": soft}, light=True)
    assert seen() == {HOME: saw}


def test_what_was_skipped_was_not_looked_at() -> None:
    ended(listed(REST), {"subject": HOME}, {"key": "rest_base", "subject": API, "verdict": "skipped"})
    assert seen() == {HOME: Saw.UP}
    assert set(Endpoint.objects.values_list("subject", "home")) == {(HOME, True), (API, False)}


def test_other_steps_are_no_looks() -> None:
    ended(listed(), {"key": "terms", "subject": HOME, "verdict": "fail"})
    assert seen() == {}


def test_two_steps_of_one_address_make_one_look_by_the_worse() -> None:
    ended(
        listed(REST, {**REST, "kind": "openai-compatible"}),
        {"key": "rest_base", "subject": API},
        {"key": "openai_models", "subject": API, "verdict": "fail", "soft": True},
    )
    assert seen() == {API: Saw.DOWN}


def test_a_run_is_taken_once() -> None:
    run = ended(listed(), {"subject": HOME})
    looks.take_looks(run)
    assert Sample.objects.count() == 1


def test_an_address_that_the_listing_no_longer_names_is_retired_and_its_incident_ends() -> None:
    tool = listed(REST)
    ended(tool, {"subject": HOME}, {"key": "rest_base", "subject": API})
    api = Endpoint.objects.get(subject=API)
    Endpoint.objects.filter(pk=api.pk).update(state="unreachable", down_since=START, known_at=START, last="down")
    incident = Incident.objects.create(endpoint=api, began_at=START, opened_at=START, sentence="It did not answer.")
    ended(edit(tool, interfaces=None), {"subject": HOME})
    api.refresh_from_db()
    incident.refresh_from_db()
    assert (api.retired_at is None, incident.state) == (False, "resolved")
    assert incident.updates.get().text == "The listing no longer names this address."
    assert not Sample.objects.filter(endpoint=api, judged_at=None).exists()


def test_an_address_that_is_named_again_begins_anew() -> None:
    tool = listed(REST)
    ended(tool, {"subject": HOME}, {"key": "rest_base", "subject": API})
    down = {"state": "unreachable", "down_since": START, "known_at": START, "last": "down", "fails": 9, "usual_ms": 80}
    Endpoint.objects.filter(subject=API).update(down_for=DAY * 40, retired_at=START, **down)
    ended(tool, {"subject": HOME}, {"key": "rest_base", "subject": API})
    api = Endpoint.objects.get(subject=API)
    assert (api.retired_at, api.usual_ms, api.health) == (None, None, Health())


def test_a_run_of_an_older_text_neither_retires_nor_brings_back_and_what_it_saw_elsewhere_is_dropped() -> None:
    tool = listed()
    ended(tool, {"subject": HOME})
    moved = edit(tool, homepage="https://two.example/")
    ended(moved, {"subject": "https://two.example/"})
    ended(moved, {"subject": HOME}, created_at=make_runs.BEGUN + DAY)
    retired = dict(Endpoint.objects.order_by("id").values_list("subject", "retired_at"))
    assert {subject: at is None for subject, at in retired.items()} == {HOME: False, "https://two.example/": True}
    assert list(Sample.objects.order_by("id").values_list("endpoint__subject", flat=True)) == [
        HOME, "https://two.example/",
    ]  # fmt: skip


def test_an_interface_whose_address_becomes_the_home_page_is_the_home_page() -> None:
    tool = listed(REST)
    ended(tool, {"subject": HOME})
    ended(edit(tool, homepage=API, interfaces=None), {"subject": API})
    assert Endpoint.objects.get(subject=API).home is True


def test_a_look_has_its_time_its_sentence_and_how_long_the_answer_took() -> None:
    run = ended(listed(), {"subject": HOME, "exchanges": [make_runs.exchange(HOME)]})
    result = run.results.get()
    sample = Sample.objects.get()
    assert (sample.at, sample.code, sample.sentence, sample.vantage) == (
        result.ended_at, result.code, result.sentence, run.vantage,
    )  # fmt: skip
    assert sample.ms == 20.5 + 41 + 310 + 0.5  # connection, TLS and first byte, rounded; not the name, not the body


def test_a_shared_result_is_a_look_of_its_own_time() -> None:
    first = ended(listed(), {"subject": HOME, "exchanges": [make_runs.exchange(HOME)]})
    source = first.results.get()
    type(source).objects.filter(pk=source.pk).update(ended_at=source.ended_at - dt.timedelta(minutes=3))
    source.refresh_from_db()
    second = ended(listed(), {"subject": HOME, "shared_from": source})
    sample = Sample.objects.get(run=second)
    assert (sample.at, sample.ms) == (source.ended_at, 372)


def test_an_answer_without_a_first_byte_took_no_known_time() -> None:
    hop = {"timings": {"dns": 3.0, "connect": 4.0, "tls": None, "first_byte": None, "total": 9.0}}
    assert looks.answer_ms([{"hops": [hop]}]) is None
    assert looks.answer_ms([]) is None
