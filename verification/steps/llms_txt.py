"""llms.txt: a table of contents for language models (a proposal, no standard)."""

from __future__ import annotations

import re

from core import safehttp
from core.templatetags.ui import plural
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.reading import selfdescription
from verification.verdicts import Verdict

CODES = selfdescription.codes({
    "present": Code(Verdict.PASS, "It has an llms.txt with {links}."),
    "no_heading": Code(Verdict.WARN, "It has an llms.txt, but the file does not begin with a heading."),
})  # fmt: skip
LINK = re.compile(r"\[[^\]\n]{1,300}\]\([^)\s]{1,2000}\)")


def check(context: Context) -> Outcome:
    """Fetch it from the site's root."""
    answer = context.page(selfdescription.at_origin(context.subject.address, "/llms.txt"))
    nothing = selfdescription.optional(context, answer)
    if nothing is not None:
        return nothing
    lines = safehttp.text(answer).removeprefix("\ufeff").splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if not first.startswith("# "):
        return context.say("no_heading")
    links = sum(len(LINK.findall(line)) for line in lines[:5_000])
    return context.say("present", links=plural(links, "link"), detail={"title": first[2:302], "links": links})


STEP = Step(
    key="llms_txt",
    title="llms.txt",
    group="descriptions",
    proves="The site has a file for language models in the proposed form.",
    codes=CODES,
    check=check,
    shared=True,
    needs=("home",),
    subjects=homepage,
    requests=1,
)
