"""The API's base address: does anything answer there."""

from __future__ import annotations

from core import safehttp
from core.safehttp import Answer, BadDocument
from verification import common, interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading.addresses import joined
from verification.verdicts import Verdict

ENOUGH = 65_536  # bytes; that it answers is known by then, also where the answer never ends
CODES = {
    "responds": Code(Verdict.PASS, "The API's address answers ({status})."),
    "redirects_away": Code(Verdict.WARN, "The API's address leads to another domain, {target}."),
}


def check(context: Context) -> Outcome:
    """Ask the base address once. 401 and 404 are answers too: an API has to answer its own paths, with a key."""
    accept = {"Accept": "application/json, */*;q=0.5"}
    answer = context.fetch(context.subject.address, headers=accept, follow=False, until=lambda body: len(body) > ENOUGH)
    if refuses_in_json(answer):
        return _responds(context, answer)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    target = joined(answer.final_url, answer.header("location"))
    if 300 <= (answer.status or 0) < 400 and context.domain(target) != context.domain(answer.final_url):
        return context.say("redirects_away", target=target, detail={"status": answer.status, "target": target[:300]})
    return _responds(context, answer)


def refuses_in_json(answer: Answer) -> bool:
    """Whether a 403 comes from the API itself: it says so in JSON, where bot walls send pages."""
    if answer.verdict != "ok" or answer.status != 403 or common.is_challenge(answer):
        return False
    try:
        return isinstance(safehttp.load_json(answer.body), dict)
    except BadDocument:
        return False


def _responds(context: Context, answer: Answer) -> Outcome:
    return context.say(
        "responds", status=answer.status, detail={"status": answer.status, "type": answer.content_type[:100]}
    )


STEP = Step(
    key="rest_base",
    title="REST API",
    group="endpoints",
    proves="A server answered at the address of the API. It does not prove that any call works.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=interfaces.addresses(["rest"], "base_url", "url"),
    requests=1,
    endpoint=True,
)
