"""A catalog of the site's APIs at its well-known address (RFC 9727)."""

from __future__ import annotations

from typing import Any

from core import safehttp
from core.safehttp import BadDocument
from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.reading import selfdescription
from verification.verdicts import Verdict

LINKSET = "application/linkset+json"
CODES = selfdescription.codes({
    "present": Code(Verdict.PASS, "It has an API catalog with {items}."),
    "not_a_linkset": Code(Verdict.WARN, "Its API catalog is not a set of links in JSON."),
    "other_type": Code(Verdict.WARN, "It has an API catalog, but sends it as {type}, not application/linkset+json."),
})  # fmt: skip


def check(context: Context) -> Outcome:
    """Fetch it from the well-known address."""
    address = selfdescription.at_origin(context.subject.address, "/.well-known/api-catalog")
    answer = context.fetch(address, headers={"Accept": f"{LINKSET}, application/json;q=0.5"})
    nothing = selfdescription.optional(context, answer)
    if nothing is not None:
        return nothing
    try:
        value = safehttp.load_json(answer.body)
    except BadDocument:
        value = None
    found = items(value)
    if found is None:
        return context.say("not_a_linkset")
    detail = {"items": found[:50], "profile": "profile=" in answer.header("content-type")}
    if answer.content_type != LINKSET:
        return context.say("other_type", type=answer.content_type or "nothing", detail=detail)
    return context.say("present", items=plural(len(found), "entry,entries"), detail=detail)


def items(value: object) -> list[str] | None:
    """Return the addresses that a linkset names as items or anchors, None when it is none (RFC 9264)."""
    linkset: Any = value.get("linkset") if isinstance(value, dict) else None
    if not isinstance(linkset, list) or not all(isinstance(one, dict) for one in linkset):
        return None
    found = []
    for one in linkset:
        several = one.get("item")
        targets = [item.get("href") for item in several if isinstance(item, dict)] if isinstance(several, list) else []
        found += [target for target in targets or [one.get("anchor")] if isinstance(target, str)]
    return [target[:300] for target in found]


STEP = Step(
    key="api_catalog",
    title="API catalog",
    group="descriptions",
    proves="The site has a machine-readable list of its APIs at the well-known address.",
    codes=CODES,
    check=check,
    shared=True,
    needs=("home",),
    subjects=homepage,
    requests=1,
)
