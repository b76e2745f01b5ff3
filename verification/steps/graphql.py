"""A GraphQL endpoint, asked by GET: POST is not ours to send, and many servers answer nothing else."""

from __future__ import annotations

from urllib.parse import urlencode

from core import safehttp
from core.safehttp import BadDocument
from verification import interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading import selfdescription
from verification.reading.addresses import split
from verification.steps.rest_base import refuses_in_json
from verification.verdicts import Verdict

P, I = Verdict.PASS, Verdict.INCONCLUSIVE  # noqa: E741
CODES = {
    "answers": Code(P, "It answers the query {{__typename}} as GraphQL does."),
    "answers_errors": Code(P, "It answers with an error as GraphQL servers do."),
    "needs_credentials": Code(P, "It answers and asks for credentials ({status})."),
    # Servers may refuse GET (GraphQL over HTTP, 5), with any of these; nothing is wrong with that.
    "not_by_get": Code(I, "It does not answer queries by GET ({status}), and we send no POST, so we cannot tell more."),
    "page": Code(I, "It answers GET with a page for people, and we send no POST, so we cannot tell more."),
    "other": Code(I, "It answers GET with something that is not GraphQL, and we send no POST, so we cannot tell more."),
}


def check(context: Context) -> Outcome:
    """Ask {__typename}, which every schema can answer."""
    address = context.subject.address
    query = urlencode({"query": "{__typename}"})
    joined = f"{address}{'&' if split(address).query else '?'}{query}"
    accept = "application/graphql-response+json, application/json"
    answer = context.fetch(joined, headers={"Accept": accept, "GraphQL-Require-Preflight": "1"}, follow=False)
    if refuses_in_json(answer):
        return context.say("needs_credentials", status=answer.status)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    if answer.status == 401:
        return context.say("needs_credentials", status=answer.status)
    try:
        value = safehttp.load_json(answer.body)
    except BadDocument:
        value = None
    if isinstance(value, dict):
        data = value.get("data")
        if isinstance(data, dict) and isinstance(data.get("__typename"), str):
            return context.say("answers", detail={"type": data["__typename"][:100]})
        errors = value.get("errors")
        if isinstance(errors, list) and errors and isinstance(errors[0], dict) and "message" in errors[0]:
            return context.say("answers_errors", detail={"error": str(errors[0]["message"])[:300]})
    if answer.status != 200:
        return context.say("not_by_get", status=answer.status)
    return context.say("page" if selfdescription.is_page(answer) else "other")


STEP = Step(
    key="graphql",
    title="GraphQL",
    group="endpoints",
    proves="A GraphQL server answered at this address. It does not prove that any query works.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=interfaces.addresses(["graphql"], "base_url", "url"),
    requests=1,
    endpoint=True,
)
