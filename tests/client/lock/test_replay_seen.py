"""Every field of a pin is changed, one at a time: one finding, of its area and state; and which interface is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from aicatalog.lock.comparing import compare, state_of
from tests.client.lock.full import FULL, built, changed, entry, pin
from tests.client.lock.replaying import NEW, found, only, put, without


def pinned(change: Callable[[Any], Any]) -> Any:
    """Return a pin in which one thing is otherwise."""
    made = pin()
    change(made)
    return made


def remote(now: Any) -> Any:
    return now["interfaces"][1]


def another(part: str) -> Callable[[Any], Any]:
    """Return what gives a part of a tool another hash, and so the whole list."""

    def change(now: Any) -> None:
        tools = remote(now)["tools"]
        tools["sha256"], tools["each"]["find"][part] = "b" * 64, "9" * 64

    return change


PINS: dict[str, tuple[Callable[[Any], Any], tuple[str, str, bool], str]] = {
    "slug": (lambda now: now.update(slug="uno"), ("address", "changed", True), "/tool"),
    "status": (lambda now: now.update(status="watch"), ("status", "deprecated", True), "/status"),
    "away, problems": (lambda now: now.update(away="problems"), ("reach", "unreachable", False), "/away"),
    "away, unreachable": (lambda now: now.update(away="unreachable"), ("reach", "unreachable", True), "/away"),
    "away, long": (lambda now: now.update(away="long"), ("reach", "unreachable", True), "/away"),
    "away, archived": (lambda now: now.update(away="archived"), ("reach", "unreachable", True), "/away"),
    "away, something newer": (lambda now: now.update(away="lost"), ("reach", "unreachable", True), "/away"),
    "an interface": (
        lambda now: now["interfaces"][0].update(state="unreachable"),
        ("reach", "unreachable", True),
        "/interfaces/rest/state",
    ),
    "an interface and the tool": (
        lambda now: (now["interfaces"][0].update(state="unreachable"), now.update(away="problems")),
        ("reach", "unreachable", True),
        "/interfaces/rest/state",
    ),
    "the list of tools": (
        lambda now: remote(now)["tools"].update(sha256="b" * 64),
        ("tools", "changed", True),
        "/tools/mcp-remote/sha256",
    ),
    "the list, of which no parts are known": (
        lambda now: remote(now)["tools"].update(sha256="b" * 64, each={}),
        ("tools", "changed", True),
        "/tools/mcp-remote/sha256",
    ),
    "a tool less": (
        lambda now: (remote(now)["tools"].update(sha256="b" * 64), remote(now)["tools"]["each"].pop("get~/")),
        ("tools", "changed", True),
        "/tools/mcp-remote/each/get~0~1",
    ),
    "a tool more": (
        lambda now: (remote(now)["tools"].update(sha256="b" * 64), remote(now)["tools"]["each"].update(new={})),
        ("tools", "changed", True),
        "/tools/mcp-remote/each/new",
    ),
    **{
        f"the {part} of a tool": (another(part), ("tools", "changed", True), f"/tools/mcp-remote/each/find/{part}")
        for part in ("input", "output", "words", "hints")
    },
    "the output of a tool is gone": (
        lambda now: remote(now)["tools"]["each"]["find"].pop("output"),
        ("tools", "changed", True),
        "/tools/mcp-remote/each/find/output",
    ),
    "a tool has output now": (
        lambda now: remote(now)["tools"]["each"]["get~/"].update(output="9" * 64),
        ("tools", "changed", True),
        "/tools/mcp-remote/each/get~0~1/output",
    ),
}


@pytest.mark.parametrize("name", PINS)
def test_what_was_seen_otherwise_is_one_finding(name: str) -> None:
    change, said, where = PINS[name]
    now = pinned(change)
    assert only(None, now) == said
    assert [one.where for one in found(None, now)] == [where]


SAME: dict[str, Callable[[Any], Any]] = {
    "slower than usual": lambda now: now["interfaces"][0].update(state="degraded"),
    "not known": lambda now: now["interfaces"][0].update(state="unknown", since=None, looked_at=None),
    "since when": lambda now: now["interfaces"][0].update(since="2026-11-02T00:00:00Z"),
    "seen when": lambda now: remote(now)["tools"].update(seen_at="2026-11-28T00:00:00Z"),
    "tools that were not seen lately": lambda now: remote(now).update(tools=None),
    "parts that are not known": lambda now: remote(now)["tools"].update(each={}),
    "in another order": lambda now: now["interfaces"].reverse(),
    "what this version does not know": lambda now: now.update(colour="red"),
}


@pytest.mark.parametrize("name", SAME)
def test_what_says_nothing_against_a_tool_is_no_finding(name: str) -> None:
    assert found(None, pinned(SAME[name])) == []


def test_what_is_listed_no_more_is_removed_and_nothing_else_is_said() -> None:
    (one,) = compare("one", entry(), None, None)
    assert (one.area, one.state, one.where, one.was, one.now, one.fails) == (
        "status", "removed", "/status", "active", None, True,
    )  # fmt: skip


def test_a_listing_whose_manifest_is_not_made_yet_fails_as_nobody_knows_what_it_says() -> None:
    now = pinned(lambda one: one.update(manifest=None))
    (one,) = compare("one", entry(), now, None)
    assert (one.area, one.where, one.was, one.now, one.fails) == ("status", "/manifest", 3, None, True)


def test_the_pin_and_the_manifest_say_one_thing_once() -> None:
    def change(document: dict[str, Any]) -> None:
        document["status"], document["tool"] = "watch", "uno"

    manifest = changed(change)
    assert sorted(one.where for one in found(manifest, pin(manifest))) == ["/status", "/tool"]


def test_what_became_better_is_told_and_fails_nothing() -> None:
    locked = entry()
    locked["manifest"]["status"] = "watch"
    (one,) = compare("one", locked, pin(), built(FULL))
    assert (one.state, one.was, one.now, one.fails) == ("changed", "watch", "active", False)


@pytest.mark.parametrize(
    ("pinned_to", "change", "fails"),
    [
        ("rest", put(("interfaces", 1, "url"), "https://other.example.com"), False),
        ("mcp-remote", put(("interfaces", 1, "url"), "https://other.example.com"), True),
        ("rest", put(("authSchemes", "apiKey", "env"), "OTHER"), True),
        ("mcp-remote", put(("authSchemes", "apiKey", "env"), "OTHER"), False),
        ("mcp-remote", put(("authSchemes", "oauth2", "type"), "http"), True),
        ("sdk", put(("limits", "day", "quota"), 1), False),
        ("rest", put(("limits", "day", "quota"), 1), True),
        ("rest", without(("interfaces", 2)), False),
        ("container", without(("interfaces", 2)), True),
        ("mcp-remote", without(("interfaces", 0)), False),
        ("rest", without(("interfaces", 0)), True),
        ("rest", lambda document: document["interfaces"].insert(0, NEW), False),
        ("sdk", put(("licence",), "GPL-3.0-only"), True),
        ("sdk", put(("pricing", "plans", 0, "amount"), "1000"), True),
    ],
)
def test_of_a_tool_of_which_one_interface_is_used_the_others_are_told_and_do_not_fail(
    pinned_to: str, change: Callable[[dict[str, Any]], None], fails: bool
) -> None:
    (one,) = compare("one", entry(pinned_to), pin(), changed(change))
    assert one.fails is fails


@pytest.mark.parametrize(
    ("pinned_to", "name", "fails"),
    [
        ("rest", "an interface", True),
        ("sdk", "an interface", False),
        ("mcp-remote", "the input of a tool", True),
        ("rest", "the input of a tool", False),
        ("rest", "away, long", False),  # the one that is used answers
        ("rest", "status", True),
    ],
)
def test_what_was_seen_of_other_interfaces_does_not_fail_either(pinned_to: str, name: str, fails: bool) -> None:
    (one,) = compare("one", entry(pinned_to), pinned(PINS[name][0]), built(FULL))
    assert one.fails is fails


def test_a_tool_that_is_away_fails_where_it_is_not_known_whether_the_interface_answers() -> None:
    def change(now: Any) -> None:
        now["away"] = "long"
        now["interfaces"][0]["state"] = "unknown"

    (one,) = compare("one", entry("rest"), pinned(change), built(FULL))
    assert one.fails is True


def test_the_worst_comes_first_and_is_the_state() -> None:
    def change(now: Any) -> None:
        now["status"], now["away"] = "watch", "long"

    every = found(changed(put(("name",), "Two")), pinned(change))
    assert [one.state for one in every] == ["unreachable", "deprecated", "changed"]
    assert state_of(every) == "unreachable"


def test_a_tool_that_is_away_fails_also_where_another_interface_is_known_not_to_answer() -> None:
    def change(now: Any) -> None:
        now["away"] = "archived"
        now["interfaces"][0]["state"] = "unknown"
        now["interfaces"][1]["state"] = "unreachable"

    every = compare("one", entry("rest"), pinned(change), built(FULL))
    assert [(one.where, one.fails) for one in every] == [("/away", True), ("/interfaces/mcp-remote/state", False)]


def test_a_status_that_is_neither_active_nor_watch_fails() -> None:
    (one,) = found(None, pinned(lambda now: now.update(status="delisted")))
    assert (one.state, one.fails) == ("changed", True)
