"""What the steps for the privacy policy and for the terms have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping

from verification.context import Context
from verification.contract import Code, Outcome
from verification.reading import documents, likeness
from verification.verdicts import Verdict

WORDS = 400  # a shorter text hardly says what such a page has to say
P, W = Verdict.PASS, Verdict.WARN


def codes(noun: str) -> Mapping[str, Code]:
    """Return the codes of a step that looks for a page called `noun`."""
    return documents.CODES | {
        "found": Code(P, f"The {noun} at {{address}} has {{words}} words."),
        "short": Code(W, f"The {noun} at {{address}} has only {{words}} words."),
        "copy_of_home": Code(W, f"The link to the {noun} leads to {{address}}, which shows the home page."),
        # the home page may be a repository, and the page may be linked from elsewhere
        "missing": Code(W, f"The home page has no link to a {noun}."),
    }


def check(context: Context, wanted: re.Pattern[str]) -> Outcome:
    """Follow the home page's link and look at the length of what is there."""
    home = context.earlier("home")
    if home is None or "marks" not in home.detail:
        return context.unmet("home", "The home page answers")
    strange = documents.led_away(context)
    if strange is not None:
        return strange
    address = documents.find(documents.links_of(home), wanted, str(home.detail["final_url"]))
    shared = documents.shared_host(str(home.detail["final_url"]))
    if not address and shared:
        return context.say("shared_host", domain=shared)
    if not address:
        return context.say("home_unread" if home.detail["needs_javascript"] else "missing")
    page = documents.read(context, address)
    if isinstance(page, Outcome):
        return page
    own = likeness.marks(page.text)
    detail = {
        "address": address,
        "title": page.title,
        "words": page.words,
        "text_sha256": own["hash"],
        "other_domain": context.domain(address) != context.domain(str(home.detail["final_url"])),
    }
    if page.needs_javascript:
        return context.say("js_only", address=address, detail=detail)
    if likeness.alike(own, home.detail["marks"]):
        return context.say("copy_of_home", address=address, detail=detail)
    return context.say("found" if page.words >= WORDS else "short", address=address, words=page.words, detail=detail)
