"""meta: <meta name="<brand>-verification" content="TOKEN"> in the <head> of a host's home page."""

from __future__ import annotations

from dataclasses import replace

from core import safehttp
from core.safehttp import Answer, Limits
from verification.context import Context
from verification.contract import Outcome
from verification.domains import host_of
from verification.ownership import asking, head, scope
from verification.ownership.asking import KIB, Asked
from verification.ownership.tokens import TOKEN, brand

READ = 64 * KIB  # bytes of the page
TYPES = {"text/html"}  # XHTML has comments that end elsewhere than in HTML, which is what is read here
LIMITS = Limits(total=15.0)
MOST = 50  # tags of that name


def address(host: str) -> str:
    """Return the home page."""
    return f"https://{host}/"


def instructions(host: str, token_id: str, token: str) -> str:
    """Return what has to be published."""
    return (
        f"Put this tag into the <head> of {address(host)}, near its beginning:\n\n"
        f'    <meta name="{brand()}-verification" content="{token}">\n\nKeep it there: it is looked for every week.'
    )


def tokens(page: str) -> list[str]:
    """Return what the tags of our name in a page's head say."""
    wanted = f"{brand()}-verification"
    said = (tag.get("content", "").strip() for tag in head.metas(page) if tag.get("name", "").strip().lower() == wanted)
    return [text for text, _ in zip(said, range(MOST), strict=False)]


def judge(asked: Asked, answer: Answer, context: Context) -> Outcome:
    """Return what the home page shows. Redirects may lead to other pages of the same host, not to another host."""
    where, detail = address(asked.name), asking.seen_at(answer)
    trouble = asking.trouble(context, answer)
    if trouble is not None:
        return trouble
    if host_of(answer.final_url) != asked.name or not answer.final_url.startswith("https:"):
        return context.say("other_host", where=where, target=asking.shown(answer.final_url), detail=detail)
    if answer.status != 200:
        return context.say("bad_status", where=where, status=answer.status, detail=detail)
    if answer.content_type not in TYPES:
        kind = answer.content_type or "no type"
        return context.say("wrong_type", where=where, kind=kind, wanted="text/html", detail=detail)
    found = tokens(safehttp.text(replace(answer, body=answer.body[:READ])))
    detail["tags"] = [asking.shown(text) for text in found[:5]]
    if any(TOKEN.fullmatch(text) and asked.fits(text) for text in found):
        return context.say("found", where=where, detail=detail)
    if found:
        return context.say("other_token", where=where, detail=detail)
    return context.say("no_tag", where=where, tag=f'<meta name="{brand()}-verification">', detail=detail)


def probe(asked: Asked, context: Context) -> Outcome:
    """Fetch the beginning of the home page, if robots.txt lets us: it is a page for people."""
    if scope.is_user_content(asked.name):  # the list may have grown since the challenge began
        return context.say("user_content", name=asked.name)
    return judge(asked, context.page(address(asked.name), until=lambda body: len(body) >= READ), context)
