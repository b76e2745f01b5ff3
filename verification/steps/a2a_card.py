"""The card of an A2A agent that the listing declares."""

from __future__ import annotations

from typing import Any

from core import safehttp
from core.safehttp import BadDocument
from core.templatetags.ui import plural
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading.addresses import origin, split
from verification.verdicts import Verdict

P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
CODES = {
    "complete": Code(P, "The agent's card says what an A2A client needs: {skills}, version {version}."),
    "incomplete": Code(W, "The agent's card leaves out what the protocol asks for: {missing}."),
    "other_domain": Code(W, "The agent's card sends clients to another domain, {address}."),
    "needs_credentials": Code(P, "The agent's card is there and asks for credentials (401)."),
    "no_card": Code(F, "There is no card of an A2A agent at this address ({status})."),
    "not_a_card": Code(F, "The agent's card is not JSON."),
}
REQUIRED = ("name", "description", "version", "capabilities", "skills", "defaultInputModes", "defaultOutputModes")


def check(context: Context) -> Outcome:
    """Fetch the card and look for what A2A requires; an older name of the file counts too."""
    answer = None
    for address in addresses(context.subject.address):
        answer = context.fetch(address, headers={"Accept": "application/json"})
        trouble = context.trouble(answer)
        if trouble is not None:
            return trouble
        if answer.status != 404:
            break
    assert answer is not None
    if answer.status == 401:
        return context.say("needs_credentials")
    if answer.status != 200:
        return context.say("no_card", status=answer.status)
    try:
        card = safehttp.load_json(answer.body)
    except BadDocument:
        card = None
    if not isinstance(card, dict):
        return context.say("not_a_card")
    missing = lacks(card)
    where = places(card)
    detail = {"name": str(card.get("name", ""))[:300], "missing": missing, "addresses": where}
    if missing:
        return context.say("incomplete", missing=", ".join(missing), detail=detail)
    own = {context.domain(answer.final_url), context.domain(context.listing.homepage)}
    others = [one for one in where if context.domain(one) not in own]
    if others:
        return context.say("other_domain", address=others[0], detail=detail)
    return context.say("complete", skills=plural(len(card["skills"]), "skill"), version=card["version"], detail=detail)


def addresses(address: str) -> list[str]:
    """Return where a card may be: the address itself when it names a file, else the well-known places."""
    if split(address).path.endswith(".json"):
        return [address]
    return [f"{origin(address)}/.well-known/{name}" for name in ("agent-card.json", "agent.json")]


def lacks(card: dict[str, Any]) -> list[str]:
    """Return what a card leaves out. 1.0 has supportedInterfaces, older versions url."""
    missing = [name for name in REQUIRED if card.get(name) in (None, "")]
    if not isinstance(card.get("skills"), list) and "skills" not in missing:
        missing.append("skills")
    if not places(card):
        missing.append("supportedInterfaces")
    return missing


def places(card: dict[str, Any]) -> list[str]:
    """Return the addresses a card sends clients to."""
    several = card.get("supportedInterfaces")
    found = [one.get("url") for one in several if isinstance(one, dict)] if isinstance(several, list) else []
    return [one[:300] for one in [*found, card.get("url")] if isinstance(one, str) and one][:50]


STEP = Step(
    key="a2a_card",
    title="A2A agent card",
    group="endpoints",
    proves="The agent describes itself as A2A asks for. It does not prove that the agent does what the card says.",
    codes=CODES,
    check=check,
    subjects=interfaces.addresses(["a2a"], "url", "base_url"),
    requests=2,
)
