"""How well an MCP server's tools describe themselves. A hint for their makers, never a fault."""

from __future__ import annotations

from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.mcp import lint
from verification.verdicts import Verdict

GOOD = 0.7  # of 1
CODES = {
    "described": Code(Verdict.PASS, "Its tools are described well (score {score} of 1)."),
    "could_be_better": Code(Verdict.WARN, "Its tools could be described better (score {score} of 1): {rules}."),
}
SAYS = {
    "no-description": "some have no description",
    "tautological-description": "some descriptions only repeat the name",
    "undocumented-parameters": "some parameters are not described",
    "missing-annotations": "some do not say whether they only read",
    "shouting": "some descriptions shout",
}


def check(context: Context) -> Outcome:
    """Judge the list that the handshake left."""
    hello = context.earlier("mcp_handshake")
    found = hello.detail.get("tools") if hello is not None else None
    if not found:
        return context.unmet("mcp_handshake", "MCP handshake")
    result = lint.score(found)
    rules = "; ".join(SAYS[rule] for rule in lint.COST if rule in result["findings"])
    code = "described" if result["score"] >= GOOD else "could_be_better"
    return context.say(code, score=result["score"], rules=rules, detail=result)


STEP = Step(
    key="mcp_lint",
    title="MCP tool descriptions",
    group="endpoints",
    proves="The tools and their parameters have descriptions that a model can work with, by five simple rules.",
    codes=CODES,
    check=check,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    needs=("mcp_handshake",),
)
