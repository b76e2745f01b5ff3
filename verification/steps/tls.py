"""The site's certificate is valid, and not about to expire."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core.safehttp import Answer, Certificate
from verification.context import Context
from verification.contract import Code, Outcome, Step
from verification.domains import host_of
from verification.steps.dns import origin
from verification.verdicts import Verdict

DAY = 86_400.0
FAILURES = {
    "certificate_expired": "expired",
    "certificate_not_yet_valid": "not_yet_valid",
    "certificate_wrong_name": "wrong_name",
    "certificate_self_signed": "self_signed",
    "certificate_unknown_issuer": "unknown_issuer",
    "certificate_invalid": "invalid",
    "tls_version": "old_tls",
    "tls_handshake": "handshake_failed",
}


def check(context: Context) -> Outcome:
    """Connect over TLS. robots.txt is what is asked for: nothing can forbid that, and any answer will do."""
    host = host_of(context.subject.address)
    name = context.earlier("dns")
    if name is not None and name.verdict == Verdict.FAIL:
        return context.unmet("dns", "The name resolves")
    answer = context.fetch(f"https://{host}/robots.txt", method="HEAD", follow=False)
    certificate = answer.last.certificate if answer.last else None
    if answer.code in FAILURES:
        return _refused(context, host, answer, certificate)
    if certificate is None:
        return context.trouble(answer) or context.say("our_side", reason="the certificate was not recorded.")
    return _judge(context, host, certificate, dt.datetime.now(dt.UTC))


def _refused(context: Context, host: str, answer: Answer, certificate: Certificate | None) -> Outcome:
    """Say why it was refused, with its dates and names where it could be read."""
    values = {"when": "on a day that we could not read", "begins": "its first day could not be read", "names": "unread"}
    detail: dict[str, Any] = {"code": answer.code}
    if certificate is not None:
        detail |= _facts(certificate)
        values = {
            "when": f"on {detail['not_after'][:10]}",
            "begins": f"it begins on {detail['not_before'][:10]}",
            "names": ", ".join(certificate.names[:3]) or "none at all",
        }
    return context.say(FAILURES[answer.code], host=host, reason=answer.message, detail=detail, **values)


def _facts(certificate: Certificate) -> dict[str, Any]:
    return {
        "sha256": certificate.sha256,
        "subject": certificate.subject[:300],
        "issuer": certificate.issuer[:300],
        "names": [name[:300] for name in certificate.names[:50]],
        "not_before": dt.datetime.fromtimestamp(certificate.not_before, dt.UTC).isoformat(),
        "not_after": dt.datetime.fromtimestamp(certificate.not_after, dt.UTC).isoformat(),
        "version": certificate.version,
    }


def _judge(context: Context, host: str, certificate: Certificate, now: dt.datetime) -> Outcome:
    remaining = certificate.not_after - now.timestamp()
    detail = _facts(certificate)
    late = expires_soon(certificate.not_after - certificate.not_before, remaining)
    hours = max(int(remaining // 3600), 0)
    left = f"{hours} hours" if hours < 72 else f"{hours // 24} days"
    code = "expires_soon" if late else "valid"
    return context.say(code, host=host, day=detail["not_after"][:10], left=left, detail=detail)


def expires_soon(lifetime: float, remaining: float) -> bool:
    """Whether a certificate should have been renewed by now; both in seconds.

    Relative to its lifetime, because certificates of 90 days and of 160 hours live side by side: less than a tenth
    left or less than a day, and for those of more than 30 days less than a week.
    """
    if remaining < max(lifetime / 10, DAY) and lifetime <= 30 * DAY:
        return True
    return lifetime > 30 * DAY and remaining < 7 * DAY


P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
STEP = Step(
    key="tls",
    title="Valid certificate",
    group="site",
    proves="At that moment the host had a certificate for its name from an authority that browsers trust.",
    codes={
        "valid": Code(P, "The certificate of {host} is valid until {day}."),
        "expires_soon": Code(W, "The certificate of {host} expires in {left} and has not been renewed yet."),
        "expired": Code(F, "The certificate of {host} expired {when}."),
        "not_yet_valid": Code(F, "The certificate of {host} is not valid yet, by our clock; {begins}.", soft=True),
        "wrong_name": Code(F, "The certificate that {host} shows is for another name ({names})."),
        "self_signed": Code(F, "The certificate of {host} is signed by itself, so nobody vouches for it."),
        "unknown_issuer": Code(F, "The certificate of {host} does not lead to an authority that browsers trust."),
        "invalid": Code(F, "The certificate of {host} is not valid: {reason}"),
        "old_tls": Code(F, "{host} offers only versions of TLS older than 1.2, which browsers refuse."),
        # a handshake can also break on the way; it has to be seen again
        "handshake_failed": Code(F, "No TLS connection to {host} could be made: {reason}", soft=True),
    },
    check=check,
    shared=True,
    needs=("dns",),
    subjects=origin,
    requests=1,
)
