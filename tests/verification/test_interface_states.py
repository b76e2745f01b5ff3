"""What the tool's page says of each interface."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests import make
from verification.interface_states import states, subjects, summed_up
from verification.models import Run, RunStep, StepResult

NOW = timezone.now()


def result(verdict: str, *, soft: bool = False) -> StepResult:
    return StepResult(key="rest_base", verdict=verdict, soft=soft, sentence=f"It was {verdict}.", ended_at=NOW)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (["pass"], ("ok", "Seen working")),
        (["pass", "skipped", "inconclusive"], ("ok", "Seen working")),
        (["pass", "warn"], ("warn", "Attention")),
        (["pass", "warn", "fail"], ("fail", "Failing")),
        (["inconclusive", "skipped"], ("unk", "Could not tell")),
        (["skipped"], ("unk", "Not checked")),
    ],
)
def test_what_several_steps_come_to(verdicts: list[str], expected: tuple[str, str]) -> None:
    seen = summed_up([result(verdict) for verdict in verdicts], package=False)
    assert (seen.state, seen.words) == expected


def test_a_soft_fail_says_neither_that_it_works_nor_that_it_fails() -> None:
    seen = summed_up([result("fail", soft=True)], package=False)
    assert (seen.state, seen.words, seen.sentence) == ("warn", "No good answer", "It was fail.")


def test_a_package_is_published_not_working() -> None:
    assert summed_up([result("pass")], package=True).words == "Seen published"


@pytest.mark.django_db
def test_results_find_their_interface_by_the_one_spelling_of_its_address() -> None:
    tool = make.tool(
        interfaces=[
            {"kind": "rest", "base_url": "https://API.made.example.com:443/v1", "said_by": "docs"},
            {"kind": "sdk", "registry": "pypi", "package": "made", "said_by": "docs"},
            {"kind": "graphql", "url": "https://api.made.example.com/graphql", "said_by": "docs"},
        ]
    )
    rest, sdk, graphql = tool.interfaces.all()
    assert subjects(rest) == {"https://api.made.example.com/v1"}
    assert subjects(sdk) == {"pkg:pypi/made"}
    run = Run.objects.create(
        tool=tool, trigger="staff", fingerprint="0", checker="1", deadline=NOW, state="finished", finished_at=NOW
    )
    for position, (key, subject, verdict) in enumerate(
        [("rest_base", "https://api.made.example.com/v1", "pass"), ("package_pypi", "pkg:pypi/made", "warn"),
         ("home", "https://api.made.example.com/graphql", "fail")]
    ):  # fmt: skip
        step = RunStep.objects.create(run=run, position=position, key=key, subject=subject, state="done")
        StepResult.objects.create(
            run=run,
            step=step,
            key=key,
            subject=subject,
            verdict=verdict,
            code="x",
            sentence="",
            attempt=1,
            started_at=NOW,
        )
    found = states(tool, run)
    assert {pk: one.words for pk, one in found.items()} == {rest.pk: "Seen working", sdk.pk: "Attention"}
    assert graphql.pk not in found
