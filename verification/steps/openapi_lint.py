"""What an OpenAPI document says: where the API is, how to get in, and names that programs can use."""

from __future__ import annotations

from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.steps.openapi_document import subjects
from verification.verdicts import Verdict

P, W, S = Verdict.PASS, Verdict.WARN, Verdict.SKIPPED
# The worst first: the first that fits is said, all are in the detail.
CODES = {
    "other_domain": Code(W, "It says that the API is at {server}, which is not the tool's own domain."),
    "duplicate_ids": Code(W, "Several operations have the same operationId ({name}), so programs mix them up."),
    "no_operations": Code(W, "It describes no operations."),
    "no_servers": Code(W, "It does not say where the API is."),
    "no_security": Code(W, "It does not say how to authenticate, and the listing says that one has to."),
    "in_order": Code(P, "It describes {operations} at the tool's own domain, each with a name of its own."),
}


def check(context: Context) -> Outcome:
    """Judge the summary that openapi_document left."""
    document = context.earlier("openapi_document")
    if document is None or "operations" not in document.detail:
        return context.unmet("openapi_document", "OpenAPI document")
    said = document.detail
    own = {context.domain(context.listing.homepage), context.domain(context.listing.api_url)}
    for one in context.listing.interfaces:
        own |= {context.domain(one.base_url), context.domain(one.url)}  # the listing may name an API elsewhere
    servers = said["servers"]
    others = [one for one in servers if "{" not in context.host(one) and context.domain(one) not in {"", *own}]
    needs_key = context.subject.interface is not None and context.subject.interface.auth not in {"", "none"}
    problems = {
        "other_domain": bool(servers) and len(others) == len(servers),
        "duplicate_ids": bool(said["duplicate_ids"]),
        "no_operations": not said["operations"],
        # without servers it is the document's own host, which is fine where that is the tool's
        "no_servers": not servers and context.domain(context.subject.address) not in own,
        "no_security": needs_key and not said["security"]["schemes"],
    }
    found = [code for code, is_so in problems.items() if is_so]
    values = {
        "server": others[0] if others else "",
        "name": (said["duplicate_ids"] or [""])[0],
        "operations": plural(said["operations"], "operation"),
    }
    return context.say(found[0] if found else "in_order", detail={"problems": found}, **values)


STEP = Step(
    key="openapi_lint",
    title="What the OpenAPI document says",
    group="endpoints",
    proves="The document points at the tool's own domain, says how to authenticate where that is needed, and gives"
    " its operations different names.",
    codes=CODES,
    check=check,
    subjects=subjects,
    needs=("openapi_document",),
)
