"""The home page answers. It is read once, here, and later steps look at what this one keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core import safehttp
from core.safehttp import Answer, Limits
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.domains import domain_of
from verification.reading import html, likeness, parked_signals
from verification.reading.documents import HTML_TYPES
from verification.reading.html import Page
from verification.verdicts import Verdict

REDIRECTS = {"redirect_loop", "too_many_redirects", "downgrade", "two_locations"}


def check(context: Context) -> Outcome:
    """Fetch the home page and keep what it says."""
    answer = context.page(context.subject.address)
    outcome = _judge(context, answer)
    way = {
        "chain": [hop.url[:500] for hop in answer.hops][:10],
        "final_url": answer.final_url[:500],
        "status": answer.status,
        "fetch": answer.code,
    }
    return replace(outcome, detail=way | dict(outcome.detail))


def _judge(context: Context, answer: Answer) -> Outcome:
    if answer.code in REDIRECTS:
        if answer.code != "downgrade" and any(
            name.lower() == "set-cookie" for hop in answer.hops for name, _ in hop.headers
        ):
            return context.say("needs_cookies", host=context.host(answer.final_url))
        return context.say("redirects_fail", reason=answer.message)
    trouble = context.trouble(answer)
    if trouble is not None:
        return trouble
    host = context.host(answer.final_url)
    if not 200 <= (answer.status or 0) < 300:
        code = {401: "login", 404: "not_found"}.get(answer.status or 0, "odd_status")
        return context.say(code, host=host, address=answer.final_url, status=answer.status)
    if answer.content_type not in HTML_TYPES:
        return context.say("no_page", host=host, kind=answer.content_type)
    page = html.read(safehttp.text(answer), answer.final_url)
    if not page.words and not page.scripts and not page.title:
        return context.say("empty", host=host)
    code = "needs_javascript" if page.needs_javascript else "answers"
    return context.say(code, host=host, title=page.title or "no title", detail=facts(page, answer.final_url))


def facts(page: Page, url: str) -> Mapping[str, Any]:
    """Return what later steps read of a home page, as JSON."""
    own = domain_of(url)
    domains = [domain_of(asset) for asset in page.assets]
    return {
        "title": page.title,
        "description": page.description,
        "lang": page.lang,
        "canonical": page.canonical,
        "generator": page.generator,
        "icon": page.icon,
        "refresh": page.refresh,
        "words": page.words,
        "text": page.text[:300],
        "marks": likeness.marks(page.text),
        "needs_javascript": page.needs_javascript,
        "jsonld_types": page.jsonld_types,
        "links": [[link.href, link.text] for link in page.links],
        "own_assets": domains.count(own),
        "other_assets": len(domains) - domains.count(own),
        "parking_phrase": parked_signals.phrase(page.title, page.text, page.words),
        "parking_part": parked_signals.parking_host([*page.assets, *(link.href for link in page.links)]),
    }


P, W, F, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741
STEP = Step(
    key="home",
    title="The home page answers",
    group="site",
    proves="The declared home page answered with a page.",
    codes={
        "answers": Code(P, "{host} answers; its page is called “{title}”."),
        "needs_javascript": Code(P, "{host} answers; without JavaScript its page shows almost nothing."),
        "empty": Code(W, "{host} answers with an empty page."),
        # an API may well have JSON at its root, but visitors are sent there
        "no_page": Code(W, "{host} answers with a file ({kind}) instead of a page."),
        "login": Code(I, "{host} asks for a login before it shows anything."),
        # in a browser, which keeps them, the same redirects may lead somewhere
        "needs_cookies": Code(I, "{host} sends visitors without cookies, such as us, round in a circle of redirects."),
        "odd_status": Code(I, "{host} answered our request with {status}; it may answer others."),
        "not_found": Code(F, "{address} is not found (404)."),
        "redirects_fail": Code(F, "The home page cannot be reached through its redirects: {reason}"),
    },
    check=check,
    shared=True,
    endpoint=True,
    subjects=homepage,
    requests=1,
    limits=Limits(raw_bytes=4_194_304, body_bytes=8_388_608),  # pages with their data inside are often above 1 MiB
)
