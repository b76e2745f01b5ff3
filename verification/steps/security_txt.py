"""The site says whom to tell about a security problem (RFC 9116)."""

from __future__ import annotations

import datetime as dt

from core import safehttp
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.reading import securitytxt
from verification.robots import origin_of
from verification.steps.dns import origin
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Read /.well-known/security.txt."""
    host = context.host(context.subject.address)
    answer = context.page(f"{origin_of(context.subject.address)}/.well-known/security.txt")
    trouble = context.trouble(answer)
    if trouble is not None:
        if trouble.verdict == Verdict.FAIL:  # nobody has to have the file, so its absence is nobody's failure
            return context.say("not_read", host=host, reason=trouble.sentence)
        return trouble
    if answer.status != 200 or answer.content_type in {"text/html", "application/xhtml+xml"}:
        return context.say("absent", host=host)
    found = securitytxt.parse(safehttp.text(answer))
    if found is None:
        return context.say("absent", host=host)
    detail = {
        "fields": {name: values[:10] for name, values in found.fields.items()},
        "signed": found.signed,
        "address": answer.final_url[:500],
    }
    if not found.contacts:
        return context.say("no_contact", host=host, detail=detail)
    if found.expires is None:
        return context.say("no_expiry", host=host, detail=detail)
    day = f"{found.expires:%Y-%m-%d}"
    code = "expired" if found.expires < dt.datetime.now(dt.UTC) else "valid"
    return context.say(code, host=host, day=day, detail=detail)


P, W, I, S = Verdict.PASS, Verdict.WARN, Verdict.INCONCLUSIVE, Verdict.SKIPPED  # noqa: E741
STEP = Step(
    key="security_txt",
    title="Security contact",
    group="site",
    proves="The host publishes a security.txt that names a contact and has not expired.",
    codes={
        "valid": Code(P, "security.txt of {host} names a contact and is valid until {day}."),
        "expired": Code(W, "security.txt of {host} expired on {day}, so its contact may no longer be right."),
        "no_contact": Code(W, "security.txt of {host} names no contact in the form that RFC 9116 asks for."),
        "no_expiry": Code(W, "security.txt of {host} does not say, in the form of RFC 9116, until when it is valid."),
        # most sites have none and nothing is held against them
        "absent": Code(S, "{host} publishes no security.txt; nobody has to."),
        "not_read": Code(I, "security.txt of {host} could not be read: {reason}"),
    },
    check=check,
    shared=True,
    needs=("home",),
    subjects=origin,
    requests=1,
)
