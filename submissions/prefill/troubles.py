"""Why a site could not be read, in words for the person who gave its address, with what to do next."""

from __future__ import annotations

from core.site import absolute
from submissions.prefill.result import Trouble
from verification import robots

BY_HAND = "fill the form in by hand: nothing that you typed is lost."
BROWSER = "Look whether the address opens in your browser; if it does, read it again in a few minutes."
WALL = "Let our robot, {agent}, through (what it does stands at {bot}), then read it again."
CERTIFICATE = "Have the certificate renewed or its chain completed, then read it again."
SPELLING = "Check how the address is spelt."
LATER = "Read it again in a few minutes."
ADVICE = {
    **dict.fromkeys(("bot_challenge", "forbidden"), WALL),
    "robots_disallow": "Allow {agent} in your robots.txt (what it does stands at {bot}), then read it again.",
    "robots_unavailable": "Let your robots.txt answer with the file or with 404, then read it again.",
    "opted_out": "Who runs the domain asked us to stay away, and can tell us otherwise: {bot} says how.",
    **dict.fromkeys(("rate_limited", "no_turn", "crawl_delay", "budget_spent", "our_side", "probes_disabled"), LATER),
    **dict.fromkeys(("down", "timeout", "dns_trouble", "server_error", "protocol", "tls_broken"), BROWSER),
    **dict.fromkeys(("tls_invalid", "tls_not_yet"), CERTIFICATE),
    "not_https": "Give the site a certificate, then read it again.",
    **dict.fromkeys(("no_such_name", "absent", "gone", "not_a_page"), SPELLING),
    "blocked": "Give the public address of the tool's home page.",
    "other_domain": "If that is the tool's own site, give its address instead.",
    "platform": "If the tool has a site of its own, give the address of that.",
    **dict.fromkeys(("too_large", "unreadable", "unavailable_here", "client_certificate", "ipv6_only"), ""),
    "bad_redirect": "Give the address at which the site's redirects end.",
}


def trouble(code: str, sentence: str, *, target: str = "") -> Trouble:
    """Return a trouble with its advice; a code without one of its own is about how the address is written."""
    advice = ADVICE.get(code, "Give the address of the tool's home page as it stands in your browser.")
    told = advice.format(agent=robots.agent(), bot=absolute("/bot/"))
    return Trouble(code, sentence, f"{told} Or {BY_HAND}" if told else f"Please {BY_HAND}", target)
