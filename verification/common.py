"""What every step may say, and how a fetch that went wrong is read. These rules never accuse wrongly:

bot walls, 403, 429, robots and our own trouble are inconclusive; what may pass (no answer, 5xx) is a soft fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.safehttp import Answer
from verification import bot_walls
from verification.contract import Code, Outcome
from verification.verdicts import Verdict

if TYPE_CHECKING:
    from verification.context import Context

I, F, S = Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.SKIPPED  # noqa: E741

COMMON = {
    # nothing was asked
    "placeholder": Code(S, "{address} holds a part that each customer fills in, so it cannot be called as it stands."),
    "loopback": Code(S, "{address} is on the user's own machine, so it cannot be called from here."),
    "not_declared": Code(S, "The listing no longer names what this step would have looked at."),
    "too_many": Code(S, "Only the first {most} of {total} are looked at; nothing is said about the others."),
    "need_not_met": Code(S, "Not done: it reads what “{need}” finds, and that step says: {said}"),
    "host_silent": Code(
        S, "Not asked: {address} gave no usable answer for its home page, so this run leaves it alone."
    ),
    "probes_disabled": Code(I, "This site makes no requests to others (PROBES_ENABLED=0)."),
    "opted_out": Code(I, "{domain} asked us not to make requests to it."),
    "robots_unavailable": Code(I, "{domain}'s robots.txt could not be read, so we stay away from its pages."),
    "robots_disallow": Code(I, "{domain}'s robots.txt asks us not to fetch this page, so we did not."),
    "crawl_delay": Code(
        I, "{domain}'s robots.txt asks for a longer wait between two pages than one step can take, so we did not ask."
    ),
    "budget_spent": Code(I, "We have made as many requests to {domain} today as we allow ourselves."),
    "no_turn": Code(I, "We have to leave {key} alone for longer than this run lasts, so we did not ask."),
    "superseded": Code(I, "The listing changed while this run was under way; a new run looks at it as it is now."),
    "lost": Code(I, "Our own worker stopped at this step again and again; nothing was learned about the tool."),
    "too_late": Code(I, "The run's time was over before this step had its turn; nothing was learned about the tool."),
    "checker_error": Code(
        I, "A fault of our own ended this step, and we have it on record; nothing was learned of the tool."
    ),
    # what came back says nothing about whether it works
    "led_away": Code(
        I, "The home page leads to {domain}, and so does what this step reads; whether that is the tool, a person says."
    ),
    "bot_challenge": Code(I, "{host} answered with a test meant for browsers, so we could not see the page behind it."),
    "rate_limited": Code(I, "{host} asked us to come back later (429)."),
    "forbidden": Code(I, "{host} refused our request (403); it may answer others."),
    "unavailable_here": Code(I, "{host} does not serve the place we ask from (451)."),
    "our_side": Code(I, "Something on our side kept us from asking: {reason}"),
    "too_large": Code(I, "{host} answered with more than we read: {reason}"),
    "unreadable": Code(I, "{host} answered in a form that we cannot read: {reason}"),
    "client_certificate": Code(I, "{host} asks visitors for a certificate of their own, and we have none."),
    "not_asked_by_policy": Code(I, "Our own rules keep us from asking {address}: {reason}"),
    "ipv6_only": Code(I, "{host} has only IPv6 addresses, and we have no IPv6."),
    # seen once it may be a passing trouble
    "timeout": Code(F, "{host} did not answer in time: {reason}", soft=True),
    "down": Code(F, "{host} could not be reached: {reason}", soft=True),
    "dns_trouble": Code(F, "The name {host} could not be resolved just now: {reason}", soft=True),
    "server_error": Code(F, "{host} answered with an error of its own ({status}).", soft=True),
    "protocol": Code(F, "{host} did not answer in proper HTTP: {reason}", soft=True),
    "tls_broken": Code(F, "The TLS handshake with {host} broke off: {reason}", soft=True),
    "tls_not_yet": Code(F, "The certificate of {host} is not valid yet, by our clock.", soft=True),
    # structural
    "no_such_name": Code(F, "The name {host} does not exist."),
    "tls_invalid": Code(F, "{host} has no valid certificate: {reason}"),
    "blocked": Code(F, "{address} is an address that we do not call: {reason}"),
    "bad_redirect": Code(F, "{host} redirects in a way that leads nowhere: {reason}"),
    "gone": Code(F, "{address} is gone for good (410)."),
}

# the safe client's codes that mean more than its verdict says
BY_CODE = {
    "body_too_large": "too_large",
    "content_length_too_large": "too_large",
    "headers_too_large": "unreadable",
    "too_many_headers": "unreadable",
    "encoding": "unreadable",
    "bad_gzip": "unreadable",
    "redirect_loop": "bad_redirect",
    "too_many_redirects": "bad_redirect",
    "downgrade": "bad_redirect",
    "two_locations": "bad_redirect",
    "ipv6_only_unreachable": "ipv6_only",
    "dns_nxdomain": "no_such_name",
    "wrong_peer": "our_side",
    "http2_only": "unreadable",  # browsers speak it
    "certificate_not_yet_valid": "tls_not_yet",
    "tls_handshake": "tls_broken",
    "client_certificate": "client_certificate",
    # addresses that browsers may well open
    **dict.fromkeys(
        (
            "port",
            "bad_label",
            "userinfo",
            "ip_literal",
            "too_long",
            "control_or_space",
            "invisible_char",
            "backslash",
            "percent_in_host",
        ),
        "not_asked_by_policy",
    ),
}
NOT_ASKED = {"probes_disabled", "opted_out", "budget_spent", "crawl_delay", "robots_disallow", "robots_unavailable"}
ONLY_ROBOTS = " That was for its robots.txt, which comes first; the page itself was not asked for."
BY_VERDICT = {"blocked": "blocked", "timeout": "timeout", "tls": "tls_invalid", "protocol": "protocol", "down": "down"}


def is_challenge(answer: Answer) -> bool:
    """Whether a bot wall answered instead of the site; it may do so with 200, 403, 429 or 503."""
    told = (answer.header(name).lower() for name in ("cf-mitigated", "x-amzn-waf-action", "x-vercel-mitigated"))
    if any("challenge" in value or value == "captcha" for value in told):
        return True
    html = answer.content_type in {"", "text/html", "application/xhtml+xml"}
    return html and len(answer.body) < 200_000 and bot_walls.is_wall(answer.body)


def trouble(context: Context, answer: Answer) -> Outcome | None:
    """Return what a fetch that says nothing about the tool, or only that it does not work, means; None to go on.

    Left to the step: 2xx, 3xx, 401, 402, 404, 405 and other 4xx.
    """
    host = context.host(answer.final_url)
    if answer.verdict != "ok":
        return _no_answer(context, answer, host)
    status = answer.status or 0
    if is_challenge(answer) or status == 999:  # 999 is what some bot walls send
        return context.say("bot_challenge", host=host)
    if status in {403, 429, 451}:
        code = {403: "forbidden", 429: "rate_limited", 451: "unavailable_here"}[status]
        return context.say(code, host=host, detail={"retry_after": answer.retry_after} if status == 429 else {})
    if status >= 500:
        if status == 503 and answer.retry_after is not None:
            return context.say("rate_limited", host=host, detail={"retry_after": answer.retry_after})
        return context.say("server_error", host=host, status=status)
    if status == 410:
        return context.say("gone", address=answer.final_url)
    return None


def only_robots(answer: Answer) -> bool:
    """Whether robots.txt was asked for, which comes first, and the page itself was not: the host did not answer."""
    asked = answer.hops[0].url if answer.hops else ""
    return asked.endswith("/robots.txt") and not answer.url.endswith("/robots.txt")


def _no_answer(context: Context, answer: Answer, host: str) -> Outcome:
    reason = f"{answer.message}{ONLY_ROBOTS if only_robots(answer) else ''}"
    if answer.code in NOT_ASKED:
        return context.say(answer.code, domain=context.domain(answer.final_url))
    if answer.verdict == "inconclusive":
        return context.say("our_side", reason=reason)
    code = BY_CODE.get(answer.code) or ("dns_trouble" if answer.code.startswith("dns_") else BY_VERDICT[answer.verdict])
    return context.say(code, host=host, address=answer.url, reason=reason)
