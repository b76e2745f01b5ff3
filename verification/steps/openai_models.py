"""An endpoint that says it is compatible with OpenAI's: its list of models, asked without a key."""

from __future__ import annotations

from typing import Any

from core import safehttp
from core.safehttp import Answer, BadDocument, Limits
from core.templatetags.ui import plural
from verification import common, interfaces
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading import selfdescription
from verification.verdicts import Verdict

MIB = 1_048_576
P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
CODES = {
    "models": Code(P, "It lists {models} to anybody, as such APIs do."),
    "key_needed": Code(P, "It asks for a key ({status}), as such APIs do."),
    "key_needed_otherwise": Code(W, "It asks for a key ({status}), but not in the way such APIs do."),
    # Some of these APIs have chat completions only, so a missing list is no fault by itself.
    "no_list": Code(W, "It has no list of models ({status})."),
    "not_a_list": Code(W, "It answers with JSON, but not with a list of models."),
    "not_json": Code(F, "It answers with something that is not JSON: neither a list of models nor an error."),
    "page": Code(F, "It answers with a web page instead of a list of models."),
}


def check(context: Context) -> Outcome:
    """Ask for {base_url}/models."""
    address = f"{context.subject.address.split('?', 1)[0].rstrip('/')}/models"
    answer = context.fetch(address, headers={"Accept": "application/json"}, follow=False)
    value = _value(answer)
    if answer.verdict == "ok" and answer.status in {401, 403} and not common.is_challenge(answer):
        if is_error(value):
            return context.say("key_needed", status=answer.status)
        if answer.status == 401:
            return context.say("key_needed_otherwise", status=answer.status)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    if answer.status != 200:
        return context.say("no_list", status=answer.status)
    names = models(value)
    if names is not None:
        return context.say(
            "models", models=plural(len(names), "model"), detail={"count": len(names), "models": names[:50]}
        )
    if value is not None:
        return context.say("not_a_list")
    return context.say("page" if selfdescription.is_page(answer) else "not_json")


def models(value: object) -> list[str] | None:
    """Return the ids in a list of models, None when it is none. Some give the list without the object around it."""
    found: Any = value.get("data") if isinstance(value, dict) else value
    if not isinstance(found, list) or not all(
        isinstance(one, dict) and isinstance(one.get("id"), str) for one in found
    ):
        return None
    return [one["id"][:100] for one in found]


def is_error(value: object) -> bool:
    """Whether a JSON value is an error as these APIs have it: {"error": {"message": …}}, or with a text as error."""
    error = value.get("error") if isinstance(value, dict) else None
    return isinstance(error, str) or (isinstance(error, dict) and isinstance(error.get("message"), str))


def _value(answer: Answer) -> object:
    try:
        return safehttp.load_json(answer.body) if answer.body else None
    except BadDocument:
        return None


STEP = Step(
    key="openai_models",
    title="OpenAI-compatible API",
    group="endpoints",
    proves="The endpoint answered the question for its models as such APIs do. It does not prove that a model works.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=interfaces.addresses(["openai-compatible"], "base_url", "url"),
    requests=1,
    limits=Limits(raw_bytes=8 * MIB, body_bytes=8 * MIB),  # some list thousands of models
    endpoint=True,
)
