"""What went wrong on our side, in passing or by our own rules is never held against a tool."""

from __future__ import annotations

import pytest

from core.safehttp import Answer, Hop
from core.safehttp.reasons import CODES
from verification import common
from verification.context import Context
from verification.contract import Listing, Outcome, Subject
from verification.steps import registry

URL = "https://one.example/"


def outcome_of(answer: Answer, key: str = "home") -> Outcome | None:
    """Return what the common rules make of an answer."""
    return common.trouble(Context(registry()[key], Listing(slug="one", name="One", homepage=URL), Subject(URL)), answer)


def ended(code: str) -> Answer:
    """Return the end of a fetch with one of the safe client's codes."""
    return Answer(URL, CODES[code][0], code, "It went wrong.", hops=(Hop("GET", URL),))


@pytest.mark.parametrize(
    ("code", "verdict", "said", "soft"),
    [
        ("local_failure", "inconclusive", "our_side", False),
        ("ipv6_only_unreachable", "inconclusive", "ipv6_only", False),
        ("wrong_peer", "inconclusive", "our_side", False),
        ("certificate_not_yet_valid", "fail", "tls_not_yet", True),
        ("certificate_expired", "fail", "tls_invalid", False),
        ("certificate_wrong_name", "fail", "tls_invalid", False),
        ("tls_handshake", "fail", "tls_broken", True),
        ("client_certificate", "inconclusive", "client_certificate", False),
        ("http2_only", "inconclusive", "unreadable", False),
        ("body_cut_short", "fail", "protocol", True),
        ("not_http", "fail", "protocol", True),
        ("bad_answer", "fail", "protocol", True),
        ("no_answer", "fail", "down", True),
        ("port", "inconclusive", "not_asked_by_policy", False),
        ("bad_label", "inconclusive", "not_asked_by_policy", False),
        ("userinfo", "inconclusive", "not_asked_by_policy", False),
        ("ip_literal", "inconclusive", "not_asked_by_policy", False),
        ("private_address", "fail", "blocked", False),
        ("special_host", "fail", "blocked", False),
    ],
)
def test_what_the_end_of_a_fetch_comes_to(code: str, verdict: str, said: str, soft: bool) -> None:
    outcome = outcome_of(ended(code))
    assert outcome is not None
    assert (str(outcome.verdict), outcome.code, outcome.soft) == (verdict, said, soft)


def page(body: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Return an answer with this page."""
    hop = Hop("GET", URL, status=status, headers=(("Content-Type", "text/html"), *headers))
    return Answer(URL, "ok", str(status), "It answered.", hops=(hop,), body=body.encode())


WALLS = {
    "Vercel": "<title>Vercel Security Checkpoint</title><p>We're verifying your browser</p>",
    "Vercel, other title": "<title>Verifying your browser | Vercel Security Checkpoint</title>",
    "Anubis": "<!doctype html><title>Making sure you&#39;re not a bot!</title><p>Protected by Anubis</p>",
    "Anubis by its script": '<script src="/.within.website/x/cmd/anubis/static/js/main.mjs"></script>',
    "Imperva": "<title>Pardon Our Interruption</title><p>As you were browsing something made us think of a bot.</p>",
    "Incapsula": "<html><script src='/_Incapsula_Resource?x'></script></html>",
    "AWS": "<title>Human Verification</title><p>Please verify you are a human</p>",
    "Fastly": "<html><head><title>Client Challenge</title></head></html>",
    "Cloudflare 1020": "<title>Access denied</title><h1>Error 1020</h1> Ray ID: 12345",
    "Cloudflare": "<title>Just a moment...</title>",
    "DataDome": "<title>one.example</title><script src='https://ct.captcha-delivery.com/c.js'></script>",
    "Akamai": "<TITLE>Access Denied</TITLE><H1>Access Denied</H1>You have no permission. Reference&#32;&#35;18&#46;5c1",
    "Kasada": "<html><script>window.KPSDK={};</script><script src='/149e/ips.js?KP_UIDz=1'></script></html>",
    "F5": "<title>Request Rejected</title>The requested URL was rejected. Please consult with your administrator.",
    "a check": "<title>Security check</title><div class=g-recaptcha></div>",
    "Amazon": "<title>Robot Check</title>",
    "any": "<title>Bot Verification</title><script>hcaptcha</script>",
}
PROSE = " ".join(f"Sentence {number} says more about what it does." for number in range(60))


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("body", WALLS.values(), ids=WALLS)
def test_bot_walls_say_nothing_about_the_tool(body: str, status: int) -> None:
    outcome = outcome_of(page(f"<html>{body}</html>", status))
    assert outcome is not None
    assert outcome.code == "bot_challenge"


def test_a_header_tells_a_wall_too() -> None:
    outcome = outcome_of(page("<p>x</p>", 403, (("x-vercel-mitigated", "challenge"),)))
    assert outcome is not None
    assert outcome.code == "bot_challenge"


@pytest.mark.parametrize(
    "body",
    [
        *(f"<title>Ways around walls</title><p>They answer “{wall.replace('<', '&lt;')}”.</p><p>{PROSE}</p>"
          for name, wall in WALLS.items() if name not in {"DataDome", "Anubis by its script"}),
        f"<title>Human Verification</title><p>{PROSE}</p>",
        "<title>Human Verification API</title><p>We tell people from robots.</p>",
        "<title>Acme</title><div id=app></div><script src='/_Incapsula_Resource?SWJIYLWA=1&ns=1' async></script>",
        "<title>Acme</title><script src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'></script><p>Welcome</p>",
        "<title>Security checks for your code</title><p>Access denied? We find out why.</p>",
    ],
)  # fmt: skip
def test_pages_that_speak_of_walls_are_none(body: str) -> None:
    assert outcome_of(page(f"<html>{body}</html>")) is None


def test_no_page_makes_the_look_slow() -> None:
    for piece in ("<script ", "<title>", "access denied ", "<", "reference&#32;"):
        assert outcome_of(page(piece * (150_000 // len(piece)))) is None
