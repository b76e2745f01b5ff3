"""The picture by which a site is known in a browser's tab: one sign among others of whose site it is."""

from __future__ import annotations

import hashlib

from core.safehttp import Limits
from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.reading import selfdescription
from verification.verdicts import Verdict

KIB = 1_024
STARTS = (b"\x00\x00\x01\x00", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"RIFF", b"<svg", b"<?xml")


def check(context: Context) -> Outcome:
    """Fetch the picture that the home page names, else /favicon.ico, and keep its hash."""
    home = context.earlier("home")
    if home is None or "marks" not in home.detail:
        return context.unmet("home", "The home page answers")
    final = str(home.detail["final_url"])
    named = str(home.detail.get("icon", ""))
    answer = context.page(named or selfdescription.at_origin(final, "/favicon.ico"))
    nothing = selfdescription.optional(context, answer)
    if nothing is not None:
        return nothing
    if not answer.body.lstrip().startswith(STARTS):
        return context.say("absent")
    detail = {"sha256": hashlib.sha256(answer.body).hexdigest(), "address": answer.final_url[:500]}
    return context.say("present", bytes=len(answer.body), detail=detail)


STEP = Step(
    key="favicon",
    title="Site icon",
    group="site",
    proves="The site has an icon. Its hash is one of five signs by which a later run sees whether it is the same site.",
    codes=selfdescription.codes({"present": Code(Verdict.PASS, "It has an icon of {bytes} bytes.")}),
    check=check,
    shared=True,
    needs=("home",),
    subjects=homepage,
    requests=2,
    limits=Limits(raw_bytes=64 * KIB, body_bytes=64 * KIB),
)
