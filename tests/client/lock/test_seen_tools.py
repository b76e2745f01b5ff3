"""What MCP servers list, where verification sees it only at times: nothing that was locked is lost in silence."""

from __future__ import annotations

import pytest

from catalog.models import Tool
from tests.client.lock.site import PARTS, REMOTE, REST, Run, changed, locked, look

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("_connections_end")]
NOT_SEEN = [
    "ok           papers",
    "  told       tools: The tools of mcp-remote were not seen lately, so they were not compared.",
]
TOO_LATE = [
    "ok           papers",
    "  told       tools: The tools of mcp-remote were seen only after it was locked, so they were not compared. Lock it"
    " again.",
]


def forget() -> Tool:
    """Let verification have seen nothing lately."""
    tool = Tool.objects.get(slug="papers")
    tool.runs.all().delete()
    return tool


def test_tools_that_were_not_seen_lately_are_told_and_fail_nothing(aicatalog: Run) -> None:
    aicatalog("lock", "papers")
    forget()
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (0, NOT_SEEN)


def test_what_is_renewed_while_they_are_not_seen_keeps_what_was_locked_and_finds_it_changed_later(
    aicatalog: Run,
) -> None:
    aicatalog("lock", "papers")
    tool = forget()
    changed(licence="Apache-2.0")
    assert aicatalog("lock")[0] == 0
    assert (locked()["papers"]["licence"], locked()["papers"]["tools"]["mcp-remote"]["each"]) == ("Apache-2.0", PARTS)
    look(tool, {"find": PARTS["find"] | {"input": "9" * 64}}, "b" * 64)
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (
        1,
        ["changed      papers", "  fails      tools: Of the tool “find” of mcp-remote, the input changed."],
    )


def test_what_was_locked_goes_with_its_server_to_another_id(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "--interface", "papers=mcp-remote")
    forget()
    changed(interfaces=[{"kind": "mcp-remote", "url": "https://eu.example.com/mcp"}, REMOTE, REST])
    assert aicatalog("lock")[0] == 0
    assert (locked()["papers"]["interface"], [*locked()["papers"]["tools"]]) == ("mcp-remote-2", ["mcp-remote-2"])


def test_what_was_locked_of_another_address_is_not_kept(aicatalog: Run) -> None:
    aicatalog("lock", "papers")
    forget()
    changed(interfaces=[REMOTE | {"url": "https://eu.example.com/mcp"}, REST])
    code, _, err = aicatalog("lock")
    assert (code, "tools" in locked()["papers"], err.splitlines()[-1]) == (
        0,
        False,
        "What the MCP server of papers lists was not seen yet: lock again when it was.",
    )


def test_an_interface_that_went_has_to_be_chosen_anew(aicatalog: Run) -> None:
    aicatalog("lock", "papers", "--interface", "papers=mcp-remote")
    changed(interfaces=[REST])
    code, _, err = aicatalog("lock")
    assert (code, err.splitlines()) == (
        2,
        [
            "Error: “papers” has no interface “mcp-remote”.",
            "It has: rest. --interface papers=ID; “papers=” stands for all again.",
        ],
    )
    assert aicatalog("lock", "--interface", "papers=")[0] == 0
    assert "interface" not in locked()["papers"]


def test_tools_that_were_seen_only_after_locking_are_told(aicatalog: Run) -> None:
    tool = forget()
    aicatalog("lock", "papers")
    look(tool)
    code, out, _ = aicatalog("check")
    assert (code, out.splitlines()) == (0, TOO_LATE)
    aicatalog("lock")
    assert aicatalog("check")[1].splitlines() == ["ok           papers"]
