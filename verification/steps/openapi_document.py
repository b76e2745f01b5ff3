"""The OpenAPI document: can it be read, and is it valid."""

from __future__ import annotations

import hashlib
from typing import Any

from core.safehttp import BadDocument, Limits
from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import openapi, selfdescription
from verification.verdicts import Verdict

P, W, F, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741
MIB = 1_048_576
CODES = {
    "valid": Code(P, "It is a valid OpenAPI {version} document with {operations}."),
    # 9 of 100 published documents are invalid, and most of those still work in most programs
    "invalid": Code(W, "It is an OpenAPI {version} document, but not a valid one: {reason}"),
    "newer_version": Code(I, "It says that it is OpenAPI {version}, which we cannot validate."),
    "too_slow": Code(I, "Validating it took more time or memory than we allow, so we do not know whether it is valid."),
    "needs_credentials": Code(I, "The document asks for credentials (401), so we could not read it."),
    "not_there": Code(F, "There is no document at this address ({status})."),
    "page": Code(F, "A web page is at this address, not the document."),
    "unreadable": Code(F, "It can be read neither as JSON nor as YAML: {reason}"),
    "not_openapi": Code(F, "It can be read, but it does not say that it is an OpenAPI document."),
}


def subjects(listing: Listing) -> list[Subject]:
    """Return every declared document."""
    return [Subject(one.openapi, one) for one in listing.interfaces if one.openapi]


def check(context: Context) -> Outcome:
    """Fetch, read and validate it."""
    accept = {"Accept": "application/json, application/yaml, application/vnd.oai.openapi, */*;q=0.5"}
    answer = context.fetch(context.subject.address, headers=accept)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    if answer.status != 200:
        return context.say("needs_credentials" if answer.status == 401 else "not_there", status=answer.status)
    if selfdescription.is_page(answer):
        return context.say("page")
    try:
        document = openapi.read(answer)
    except BadDocument as error:
        return context.say("unreadable", reason=error.message)
    if not isinstance(document, dict) or not openapi.version_of(document):
        return context.say("not_openapi")
    return _validated(context, document, hashlib.sha256(answer.body).hexdigest())


def _validated(context: Context, document: dict[str, Any], digest: str) -> Outcome:
    found = openapi.validity(document)
    detail = openapi.summary(document)
    detail |= {"sha256": digest, "errors": list(found.errors), "outside_references": found.outside}
    code = {"unknown_version": "newer_version"}.get(found.state, found.state)
    reason = found.errors[0] if found.errors else ""
    values = {"version": detail["version"], "operations": plural(detail["operations"], "operation"), "reason": reason}
    return context.say(code, detail=detail, **values)


STEP = Step(
    key="openapi_document",
    title="OpenAPI document",
    group="endpoints",
    proves="The document can be read and follows the OpenAPI rules. Documents that it refers to were not looked at.",
    codes=CODES,
    check=check,
    shared=True,
    subjects=subjects,
    requests=1,
    limits=Limits(total=15, raw_bytes=8 * MIB, body_bytes=8 * MIB),
)
