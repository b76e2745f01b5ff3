"""An MCP server's card: what it says about itself before anybody connects (an experimental extension)."""

from __future__ import annotations

from typing import Any

from core import safehttp
from core.safehttp import BadDocument
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading import selfdescription
from verification.verdicts import Verdict

CODES = selfdescription.codes({
    "present": Code(Verdict.PASS, "The server has a card: {name}."),
    "not_a_card": Code(Verdict.WARN, "The server's card is not one that clients can use: it names no server."),
    "contradicts": Code(Verdict.WARN, "The server's card sends clients to another domain, {address}."),
})  # fmt: skip


def check(context: Context) -> Outcome:
    """Look at both places where cards are: below the server's address and at the well-known one."""
    url = context.subject.address
    places = [f"{url.split('?', 1)[0].rstrip('/')}/server-card"]
    places.append(selfdescription.at_origin(url, "/.well-known/mcp/server-card.json"))
    outcome = context.say("absent")
    for place in places:
        answer = context.fetch(
            place, headers={"Accept": "application/mcp-server-card+json, application/json"}, follow=False
        )
        outcome = selfdescription.optional(context, answer) or _judge(context, answer.body)
        if outcome.code != "absent":
            break
    return outcome


def _judge(context: Context, body: bytes) -> Outcome:
    try:
        card = safehttp.load_json(body)
    except BadDocument:
        return context.say("absent")  # many servers answer everything with something
    if not isinstance(card, dict) or "jsonrpc" in card or "error" in card:
        return context.say("absent")
    info = card.get("serverInfo")
    named = info if isinstance(info, dict) else card
    name = named.get("name")
    if not isinstance(name, str) or not name:
        return context.say("not_a_card")
    where = addresses(card)
    others = [one for one in where if context.domain(one) != context.domain(context.subject.address)]
    detail = {"name": name[:300], "version": str(named.get("version", ""))[:60], "addresses": where}
    if where and len(others) == len(where):
        return context.say("contradicts", address=others[0], detail=detail)
    return context.say("present", name=name, detail=detail)


def addresses(card: dict[str, Any]) -> list[str]:
    """Return the addresses a card sends clients to; relative ones and templates left out."""
    remotes = card.get("remotes")
    found = [one.get("url") for one in remotes if isinstance(one, dict)] if isinstance(remotes, list) else []
    return [one[:300] for one in found if isinstance(one, str) and "://" in one and "{" not in one][:50]


STEP = Step(
    key="server_card",
    title="MCP server card",
    group="descriptions",
    proves="The server describes itself in a card that does not contradict the listing. A card proves nothing else.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=interfaces.addresses(["mcp-remote"], "url", "base_url"),
    requests=2,
)
