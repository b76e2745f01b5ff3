"""The tools that an MCP server lists: names and schemas that programs can use."""

from __future__ import annotations

from core.templatetags.ui import plural
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.mcp import tools
from verification.verdicts import Verdict

P, W, F, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741
# The worst first: the first that fits is said, all are in the detail.
CODES = {
    "bad_schema": Code(F, "The tool “{tool}” has no valid JSON Schema as inputSchema, so no program can call it."),
    "duplicate_names": Code(F, "Several tools are called “{tool}”, so a program cannot tell them apart."),
    "deep_schema": Code(W, "The schema of the tool “{tool}” is nested deeper than 32 levels, too deep for clients."),
    "remote_ref": Code(W, "The schema of the tool “{tool}” refers to another document, which no client fetches."),
    "bad_name": Code(
        W, "The tool “{tool}” has a name that clients may refuse: 1 to 128 letters, digits and _ . - are allowed."
    ),
    "paging_loop": Code(W, "The list of tools never ends: one of its pages leads back to an earlier one."),
    "not_all_seen": Code(
        I, "What we read of the list is in order, but it is longer than what we look at ({tools} seen)."
    ),
    "none": Code(W, "It says that it has tools, but lists none."),
    "in_order": Code(P, "It lists {tools}, each with a name and a schema that programs can use."),
}


def check(context: Context) -> Outcome:
    """Judge the list that the handshake left; nothing is asked again."""
    hello = context.earlier("mcp_handshake")
    found = hello.detail.get("tools") if hello is not None else None
    if hello is None or found is None:
        return context.unmet("mcp_handshake", "MCP handshake")
    problems = tools.problems(found)
    seen = {one["code"] for one in problems}
    said = {
        "paging_loop": bool(hello.detail.get("paging_loop")),
        "not_all_seen": bool(hello.detail.get("more_tools") or hello.detail.get("tools_cut")),
        "none": not found,
        "in_order": True,
    }
    code = next(code for code in CODES if code in seen or said.get(code))
    tool = next((one["tool"] for one in problems if one["code"] == code), "")
    detail = {
        "count": hello.detail["tools_count"],
        "tools_hash": hello.detail["tools_hash"],
        "problems": problems[:50],
        "names": [str(one.get("name"))[:128] for one in found[:50]],
    }
    return context.say(code, tool=tool, tools=plural(len(found), "tool"), detail=detail)


STEP = Step(
    key="mcp_tools",
    title="MCP tools",
    group="endpoints",
    proves="Each tool has a usable, unique name and a valid schema for its input. No tool was tried.",
    codes=CODES,
    check=check,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    needs=("mcp_handshake",),
)
