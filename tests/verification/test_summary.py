"""What a run comes to: as tables."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from verification import trust_page
from verification.summary import ATTENTION, FAILING, NO_ANSWER, NOT_KNOWN, SEEN_WORKING, Said, in_words, seen, tally


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ([], NOT_KNOWN),
        ([Said("home", "pass")], SEEN_WORKING),
        ([Said("home", "pass"), Said("mcp_handshake", "pass")], SEEN_WORKING),
        ([Said("home", "pass"), Said("mcp_handshake", "fail")], FAILING),
        ([Said("home", "fail"), Said("mcp_handshake", "pass")], FAILING),
        ([Said("home", "pass"), Said("mcp_handshake", "fail", soft=True)], NO_ANSWER),
        ([Said("home", "fail", soft=True)], NO_ANSWER),
        ([Said("home", "warn"), Said("mcp_handshake", "fail", soft=True)], NO_ANSWER),
        ([Said("home", "warn"), Said("mcp_handshake", "pass")], ATTENTION),
        ([Said("home", "warn"), Said("rest_base", "fail")], FAILING),
        # what could not be told counts neither way
        ([Said("home", "inconclusive")], NOT_KNOWN),
        ([Said("home", "skipped"), Said("mcp_handshake", "inconclusive")], NOT_KNOWN),
        ([Said("home", "pass"), Said("mcp_handshake", "inconclusive")], SEEN_WORKING),
        # a domain for sale answers too, but the tool is not there
        ([Said("home", "pass"), Said("parked", "fail")], FAILING),
        ([Said("home", "pass"), Said("redirects", "warn")], ATTENTION),
        ([Said("home", "inconclusive"), Said("redirects", "pass"), Said("parked", "pass")], NOT_KNOWN),
        # nor do steps that do not call the tool itself
        ([Said("home", "pass"), Said("privacy", "fail"), Said("mcp_lint", "warn")], SEEN_WORKING),
        ([Said("privacy", "pass"), Said("no_longer_there", "fail")], NOT_KNOWN),
    ],
)
def test_how_a_tool_was_seen(results: list[Said], expected: tuple[str, str]) -> None:
    assert seen(results) == expected


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        ({"pass": 3}, "3 of 3 steps could tell. None failed, none needs attention."),
        ({"pass": 1, "fail": 1, "skipped": 2}, "2 of 4 steps could tell. 1 failed, none needs attention."),
        ({"warn": 1, "inconclusive": 1}, "1 of 2 steps could tell. None failed, 1 needs attention."),
        ({"warn": 2, "fail": 3}, "5 of 5 steps could tell. 3 failed, 2 need attention."),
        ({"skipped": 2}, "None of 2 steps could tell anything. That does not count against the tool."),
    ],
)
def test_the_numbers_of_a_run_in_words(counts: dict[str, int], sentence: str) -> None:
    assert in_words(counts) == sentence


def test_verdicts_are_drawn_in_one_order_and_only_those_that_occurred() -> None:
    counts = {"skipped": 1, "inconclusive": 2, "pass": 3, "fail": 0}
    assert tally(counts) == [("ok", "Passed", 3), ("unk", "Could not tell", 2), ("skip", "Skipped", 1)]


def test_the_measured_matrix_is_added_up_over_all_steps(tmp_path: Path) -> None:
    file = tmp_path / "zoo.json"
    assert trust_page.matrix(file) is None
    data = {
        "date": "2031-03-04",
        "checker": "1.0",
        "animals": 3,
        "expectations": 6,
        "agreed": 5,
        "matrix": {
            "home": {"pass": {"pass": 2}, "fail": {"fail": 1, "inconclusive": 1}},
            "tls": {"pass": {"pass": 1}, "fail": {"fail": 1}},
        },
        "disagreements": ["home: a silent server"],
        "earlier": [],
    }
    file.write_text(json.dumps(data))
    found = trust_page.matrix(file)
    assert found is not None
    assert [(row.expected, row.right, row.wrong, row.numbers) for row in found.rows] == [
        ("pass", 3, 0, [3, 0, 0, 0, 0]),
        ("fail", 2, 1, [0, 0, 2, 1, 0]),
    ]
    assert [(row.key, row.right, row.total) for row in found.steps] == [("home", 3, 4), ("tls", 2, 2)]
    assert (found.animals, found.agreed, found.expectations) == (3, 5, 6)
