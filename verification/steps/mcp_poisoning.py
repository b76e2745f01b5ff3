"""Orders hidden in what an MCP server says about its tools. The rules only call a person; they judge nobody."""

from __future__ import annotations

from dataclasses import asdict

from core.templatetags.ui import plural
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.domains import domain_of
from verification.mcp import poisoning
from verification.verdicts import Verdict

P, W, F, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741
CODES = {
    "high": Code(
        F, "{place} reads like orders to an AI that go beyond the tool's own job ({rules}); a person has to look at it."
    ),
    "medium": Code(
        W, "{place} has words that are unusual in a tool's description ({rules}); a person may want to look."
    ),
    "not_all_seen": Code(I, "What we read shows nothing unusual, but the list is longer than what we look at."),
    "nothing_found": Code(P, "Our rules found no hidden orders in the words of {tools}."),
}
SAYS = {
    "instruction-override": "asks to set other instructions aside",
    "new-role": "gives the AI another role",
    "exfiltration": "asks to send private data to an address",
    "redirection": "asks to send things to a fixed mail address",
    "secret-file": "asks to read private files and pass them on",
    "secret-file-named": "names private files",
    "secrecy": "asks to keep something from the user",
    "order-tag": "marks words as orders",
    "role-play": "gives the AI another role",
    "shadowing": "speaks about the use of other tools",
    "secret-wanted": "asks to collect private data first",
    "invisible-text": "holds invisible text",
    "invisible": "holds invisible characters",
    "base64": "holds coded text",
}


def check(context: Context) -> Outcome:
    """Look through the words that the handshake left."""
    hello = context.earlier("mcp_handshake")
    if hello is None or "tools" not in hello.detail:
        return context.unmet("mcp_handshake", "MCP handshake")
    tools = hello.detail["tools"]
    found = poisoning.look(tools, hello.detail.get("instructions", ""), own=domain_of(context.subject.address))
    detail = {"findings": [asdict(one) for one in found], "tools_hash": hello.detail.get("tools_hash", "")}
    if found:
        worst = [one for one in found if one.level == found[0].level]
        place = f"The tool “{worst[0].tool}”" if worst[0].tool else "The server's instructions"
        rules = ", ".join(SAYS[rule] for rule in dict.fromkeys(one.rule for one in worst if one.tool == worst[0].tool))
        return context.say(worst[0].level, place=place, rules=rules, detail=detail)
    if hello.detail.get("more_tools") or hello.detail.get("tools_cut"):
        return context.say("not_all_seen", detail=detail)
    return context.say("nothing_found", tools=plural(len(tools), "tool"), detail=detail)


STEP = Step(
    key="mcp_poisoning",
    title="Hidden orders in MCP tools",
    group="safety",
    proves="Our rules found no orders to an AI in the names, descriptions and schemas of the tools as they were listed"
    " that day. Rules do not find everything.",
    codes=CODES,
    check=check,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    needs=("mcp_handshake",),
)
