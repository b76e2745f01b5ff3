"""What became of a locked tool: pure functions over its entry, its pin of now and its manifest of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from aicatalog.lock import matching
from aicatalog.lock.areas import TOLD, area_of
from aicatalog.lock.differing import Difference, differences, pointer_of
from aicatalog.lock.shapes import Entry, LockedTools
from aicatalog.shapes import Pin, SeenTools

State = Literal["ok", "changed", "deprecated", "unreachable", "removed"]
WORST: tuple[State, ...] = ("removed", "unreachable", "deprecated", "changed", "ok")
DEPRECATED = "watch"  # the status that says: signs of inactivity
UNREACHABLE: State = "unreachable"
AWAY = {"problems": False, UNREACHABLE: True, "long": True, "archived": True}  # whether that fails
TOP = ("tool", "status")  # of the manifest, and in the pin as well, which may be a minute ahead


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was locked, or a tool that does not answer.

    `where` is a JSON pointer: into the manifest of now (of what is gone: into the locked one), or below /tools, /away,
    /interfaces/ID/state into what was seen. `fails`: it makes the check fail.
    """

    tool: str
    state: State
    area: str
    where: str
    was: Any
    now: Any
    fails: bool


def compare(
    slug: str, entry: Entry, pin: Pin | None, manifest: Mapping[str, Any] | None, *, strict: bool = False
) -> list[Finding]:
    """Return what is to be said of a locked tool, in the order of importance; nothing where all is as it was.

    `pin`: None where it is listed no more. `manifest`: of the version that the pin names; None where there is none yet.
    """
    if pin is None:
        return [Finding(slug, "removed", "status", "/status", entry["manifest"]["status"], None, fails=True)]
    ids = names(entry, manifest)
    found = [*_reach(slug, entry, pin, ids), *_tools(slug, entry, pin, ids), *_said(slug, entry, pin, manifest)]
    found.sort(key=lambda one: (WORST.index(one.state), not one.fails))
    return [replace(one, fails=True) for one in found] if strict else found


def names(entry: Entry, manifest: Mapping[str, Any] | None) -> dict[str, str]:
    """Return the ids of today of interfaces that are locked, by the ids that they had; what is gone is not there."""
    return matching.ids(entry["manifest"], entry["manifest"] if manifest is None else manifest)


def state_of(findings: list[Finding]) -> State:
    """Return the state of a tool: the worst of what was found."""
    return min((one.state for one in findings), key=WORST.index, default="ok")


def _reach(slug: str, entry: Entry, pin: Pin, ids: Mapping[str, str]) -> Iterator[Finding]:
    """Yield which interfaces do not answer; where that says nothing of those used, whether the tool is away."""
    only = entry.get("interface")
    pinned = ids.get(only, "") if only else None
    down = [one for one in pin["interfaces"] if one["state"] == UNREACHABLE]
    for one in down:
        where = pointer_of(("interfaces", one["id"], "state"))
        yield Finding(slug, UNREACHABLE, "reach", where, None, UNREACHABLE, fails=pinned in {None, one["id"]})
    if pin["away"] and not any(pinned in {None, one["id"]} for one in down):
        answers = any(one["id"] == pinned and one["state"] in {"healthy", "degraded"} for one in pin["interfaces"])
        fails = AWAY.get(pin["away"], True) and not answers
        yield Finding(slug, UNREACHABLE, "reach", "/away", None, pin["away"], fails=fails)


def _tools(slug: str, entry: Entry, pin: Pin, ids: Mapping[str, str]) -> Iterator[Finding]:
    """Yield which tools of MCP servers differ. A list that was not seen lately says nothing."""
    seen = _seen(pin)
    for name, was in entry.get("tools", {}).items():
        today = ids.get(name, "")
        if now := seen.get(today):
            fails = entry.get("interface") in {None, name}
            for path, before, after in _parts(was, now):
                yield Finding(slug, "changed", "tools", pointer_of(("tools", today, *path)), before, after, fails=fails)


def _seen(pin: Pin) -> dict[str, SeenTools]:
    return {one["id"]: one["tools"] for one in pin["interfaces"] if one["tools"] is not None}


def _parts(was: LockedTools, now: SeenTools) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Yield which parts of which tools differ; where that is not known, that the list does."""
    known, told = bool(was["each"] and now["each"]), False
    for tool in sorted({*was["each"], *now["each"]}) if known else ():
        before, after = was["each"].get(tool), now["each"].get(tool)
        if before is None or after is None:
            yield ("each", tool), before, after
            told = True
            continue
        for part in sorted({*before, *after}):
            if before.get(part) != after.get(part):
                yield ("each", tool, part), before.get(part), after.get(part)
                told = True
    if not told and was["sha256"] != now["sha256"]:
        yield ("sha256",), was["sha256"], now["sha256"]


def _said(slug: str, entry: Entry, pin: Pin, manifest: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Yield what the listing says otherwise."""
    was = entry["manifest"]
    if manifest is None:
        yield Finding(slug, "changed", "status", "/manifest", entry["version"], None, fails=True)
    now = {**(was if manifest is None else manifest)}
    for name, newer in zip(TOP, (pin["slug"], pin["status"]), strict=True):
        if now.get(name) == was.get(name):
            now[name] = newer
    for one in differences(was, now):
        yield _finding(slug, entry, one)


def _finding(slug: str, entry: Entry, one: Difference) -> Finding:
    area = area_of(one.path)
    pinned = entry.get("interface")
    others = pinned is not None and one.concerns is not None and pinned not in one.concerns
    state: State = "deprecated" if one.path == ("status",) and one.now == DEPRECATED else "changed"
    better = one.path == ("status",) and one.now == "active"
    fails = area not in TOLD and not others and not better
    return Finding(slug, state, area, pointer_of(one.path), one.was, one.now, fails=fails)


def not_compared(entry: Entry, pin: Pin, manifest: Mapping[str, Any] | None) -> tuple[list[str], list[str]]:
    """Return ids of interfaces whose tools are locked and were not seen lately, and of those the other way."""
    seen, ids, locked = _seen(pin), names(entry, manifest), entry.get("tools", {})
    there = {one["id"] for one in pin["interfaces"]}
    used = {name: today for name, today in ids.items() if entry.get("interface") in {None, name} and today in there}
    unseen = [today for name, today in used.items() if name in locked and today not in seen]
    return unseen, [today for name, today in used.items() if name not in locked and today in seen]
