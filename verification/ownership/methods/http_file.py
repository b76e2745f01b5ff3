"""http-file: the token as a file at https://<host>/.well-known/<brand>-verification/<token-id>."""

from __future__ import annotations

import secrets

from core.safehttp import Answer, Limits
from verification.context import Context
from verification.contract import Outcome
from verification.ownership import asking
from verification.ownership.asking import KIB, Asked
from verification.ownership.tokens import brand

TYPES = {"text/plain", "application/octet-stream"}
LIMITS = Limits(total=12.0, body_bytes=4 * KIB, raw_bytes=4 * KIB)
ACCEPT = {"Accept": "text/plain, application/octet-stream;q=0.9"}
TOO_LONG = {"body_too_large", "content_length_too_large"}


def address(host: str, token_id: str) -> str:
    """Return where the file is looked for."""
    return f"https://{host}/.well-known/{brand()}-verification/{token_id}"


def instructions(host: str, token_id: str, token: str) -> str:
    """Return what has to be published."""
    return (
        f"Serve a file at\n\n    {address(host, token_id)}\n\nas text/plain, with status 200 and without a redirect,"
        f" that holds this line and nothing else:\n\n    {token}\n\nKeep it there: it is looked for every week."
    )


def judge(asked: Asked, answer: Answer, context: Context) -> Outcome | None:
    """Return what is wrong with the file's answer, None when it holds the token and nothing else."""
    where, detail = address(asked.name, asked.token_id), asking.seen_at(answer)
    status = answer.status or 0
    if 300 <= status < 400:
        return context.say(
            "redirected", where=where, target=asking.shown(answer.header("location") or "nowhere"), detail=detail
        )
    if answer.code in TOO_LONG:
        return context.say("too_long" if status == 200 else "bad_status", where=where, status=status, detail=detail)
    trouble = asking.trouble(context, answer)
    if trouble is not None:
        return trouble
    if status == 404:
        return context.say("missing", where=where, detail=detail)
    if status != 200:
        return context.say("bad_status", where=where, status=status, detail=detail)
    if answer.content_type not in TYPES:
        kind = answer.content_type or "no type"
        return context.say("wrong_type", where=where, kind=kind, wanted="text/plain", detail=detail)
    if not asked.fits(content(answer)):
        detail["content"] = asking.shown(content(answer))
        return context.say("other_content", where=where, detail=detail)
    return None


def content(answer: Answer) -> str:
    """Return a file's text without the one line break that may end it; "" for what is no ASCII."""
    body = answer.body.removesuffix(b"\n").removesuffix(b"\r") if answer.body.endswith(b"\n") else answer.body
    return body.decode("ascii") if body.isascii() else ""


def probe(asked: Asked, context: Context) -> Outcome:
    """Fetch the file, and then one of a name that nobody can have put there."""
    where = address(asked.name, asked.token_id)
    answer = context.fetch(where, headers=ACCEPT, follow=False)
    wrong = judge(asked, answer, context)
    if wrong is not None:
        return wrong
    sibling = context.fetch(address(asked.name, secrets.token_hex(8)), headers=ACCEPT, follow=False)
    if sibling.verdict != "ok" and sibling.code not in TOO_LONG:
        return context.say("sibling_unknown", name=asked.name, reason=sibling.message, detail=asking.seen_at(sibling))
    detail = {**asking.seen_at(answer), "sibling_status": sibling.status}
    if sibling.status == 200 and asked.fits(content(sibling)):
        return context.say("answers_alike", name=asked.name, where=where, detail=detail)
    return context.say("found", where=where, detail=detail)
