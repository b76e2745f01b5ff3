"""Which steps a run has, and what they look at in a listing with very many addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client

from tests import make
from tests.verification.conftest import Known, at, drain, made
from verification import services
from verification.contract import Interface, Listing, Subject
from verification.inline import run_inline
from verification.listing import fingerprint
from verification.models import Run, StepResult
from verification.plan import MOST_SUBJECTS, plan, subjects_of
from verification.run_json import run_json

LISTING = Listing("many", "Many", "https://many.example/")
MANY = tuple(f"https://{number}.example/" for number in range(57))


def test_a_step_looks_at_the_first_twenty_subjects_in_the_order_of_the_listing() -> None:
    step = made("s", subjects=at(*MANY, *MANY))
    assert subjects_of(step, LISTING) == [
        *(Subject(address) for address in MANY[:20]),
        Subject("and 37 more", left_out=37),
    ]


def test_twenty_subjects_are_all_looked_at() -> None:
    step = made("s", subjects=at(*MANY[:20], MANY[0]))
    assert subjects_of(step, LISTING) == [Subject(address) for address in MANY[:20]]


def test_two_hundred_interfaces_are_a_run_of_a_bearable_size() -> None:
    servers = tuple(Interface("mcp-remote", url=f"https://{number}.example/mcp") for number in range(200))
    planned = plan(replace(LISTING, interfaces=servers))
    by_step = [[one.subject for one in planned if one.step.key == key] for key in {one.step.key for one in planned}]
    assert max(len(found) for found in by_step) == MOST_SUBJECTS + 1
    assert len(planned) < 200


def test_a_run_in_this_process_says_how_many_it_left_out(known: Known) -> None:
    known(made("s", subjects=at(*MANY)))
    last = run_inline(LISTING)[-1]
    assert (last.outcome.code, last.outcome.verdict) == ("too_many", "skipped")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("hints")
def test_the_run_says_how_many_it_left_out(known: Known, client: Client) -> None:
    known(made("s", subjects=at(*MANY)), made("t", subjects=at(*MANY), needs=("s",)))
    run, _ = services.start_run(tool=make.tool(), trigger="command")
    drain()
    assert Run.objects.get(pk=run.pk).counts == {"pass": 40, "skipped": 2}
    sentence = "Only the first 20 of 57 are looked at; nothing is said about the others."
    said = StepResult.objects.filter(code="too_many").values_list("key", "subject", "verdict", "sentence")
    assert sorted(said) == [(key, "and 37 more", "skipped", sentence) for key in ("s", "t")]
    told = run_json(Run.objects.select_related("tool").get(pk=run.pk))["steps"]
    assert [one["result"]["sentence"] for one in told if one["subject"] == "and 37 more"] == [sentence, sentence]
    assert client.get(run.get_absolute_url()).content.decode().count(sentence) == 2


def test_the_fingerprint_of_a_listing_is_made_once_and_changes_with_the_listing() -> None:
    fingerprint.cache_clear()
    again = replace(LISTING)
    assert fingerprint(LISTING) == fingerprint(again)
    assert fingerprint.cache_info().hits == 1
    assert fingerprint(replace(LISTING, tagline="x")) != fingerprint(LISTING)
