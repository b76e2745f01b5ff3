"""The declared documentation answers and reads like documentation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step, Subject
from verification.reading import documents
from verification.verdicts import Verdict

WORDS = re.compile(
    r"(?i)\b(?:documentation|docs|install(?:ation|ing)?|quick ?start|getting started|get started|guides?|reference"
    r"|tutorials?|examples?|usage|api|sdk|configur(?:e|ation)|how to|overview|introduction|changelog|faq"
    r"|parameters?|authentication|dokumentation|anleitung|guía|documentación)\b|文档|ドキュメント|指南"
)


def subjects(listing: Listing) -> Sequence[Subject]:
    """Return the declared documentation, if there is any."""
    return (Subject(listing.docs_url),) if listing.docs_url else ()


def check(context: Context) -> Outcome:
    """Read the page and look for words that documentation has."""
    address = context.subject.address
    page = documents.read(context, address)
    if isinstance(page, Outcome):
        return page
    text = f"{page.title}\n{page.description}\n{page.text}"
    found = sorted({match[0].lower() for match in WORDS.finditer(text)})[:50]
    detail = {"title": page.title, "words": page.words, "found": found}
    if page.needs_javascript:
        return context.say("js_only", address=address, detail=detail)
    code = "documents" if len(found) >= 2 and page.words >= 30 else "thin"
    return context.say(code, address=address, words=page.words, detail=detail)


P, W = Verdict.PASS, Verdict.WARN
STEP = Step(
    key="documentation",
    title="Documentation",
    group="documents",
    proves="The declared address answered with a page that uses the words of documentation; nobody judged its quality.",
    codes=documents.CODES | {
        "documents": Code(P, "{address} answers with {words} words of documentation."),
        "thin": Code(W, "{address} answers, but its {words} words do not read like documentation."),
    },
    check=check,
    shared=True,
    needs=("home",),
    subjects=subjects,
    requests=1,
)  # fmt: skip
