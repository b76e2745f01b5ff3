"""The declared status page answers; where it is machine-readable, what it says is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core import safehttp
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import documents
from verification.robots import origin_of
from verification.verdicts import Verdict


def subjects(listing: Listing) -> Sequence[Subject]:
    """Return the declared status page, if there is one."""
    return (Subject(listing.status_url),) if listing.status_url else ()


def check(context: Context) -> Outcome:
    """Fetch the page, and the summary in the form that Statuspage made common where it is there."""
    address = context.subject.address
    page = documents.read(context, address)
    if isinstance(page, Outcome):
        return page
    summary = _summary(context, address)
    if summary is not None:
        return context.say("summary", address=address, says=summary["description"] or "nothing", detail=summary)
    if not page.words and not page.scripts:
        return context.say("empty", address=address)
    return context.say("answers", address=address, detail={"title": page.title, "words": page.words})


def _summary(context: Context, address: str) -> dict[str, Any] | None:
    answer = context.page(f"{origin_of(address)}/api/v2/summary.json")
    if answer.verdict != "ok" or answer.status != 200:
        return None
    try:
        data = safehttp.load_json(answer.body)
    except safehttp.BadDocument:
        return None
    status = data.get("status") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(status, dict) or not isinstance(status.get("indicator"), str):
        return None
    components = data.get("components")
    return {
        "indicator": status["indicator"][:40],
        "description": str(status.get("description", ""))[:300],
        "components": [
            {"name": str(one.get("name", ""))[:100], "status": str(one.get("status", ""))[:40]}
            for one in (components if isinstance(components, list) else [])[:50]
            if isinstance(one, dict)
        ],
    }


P, W = Verdict.PASS, Verdict.WARN
STEP = Step(
    key="status_page",
    title="Status page",
    group="documents",
    proves="The declared status page answered; not that what it says is true.",
    codes=documents.CODES | {
        "summary": Code(P, "{address} answers; its data for programs says: {says}."),
        "answers": Code(P, "{address} answers."),
        "empty": Code(W, "{address} answers with an empty page."),
    },
    check=check,
    needs=("home",),
    subjects=subjects,
    requests=2,
    shared=True,
)  # fmt: skip
