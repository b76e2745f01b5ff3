"""Names, certificates, connections and answers: whether a site can be reached at all."""

from __future__ import annotations

import gzip
import time
from collections.abc import Iterator

from tests.zoo.animal import Animal, Expect, Raw, Reply, Request, page, routes
from tests.zoo.sites import LINKS, TEXT, home, honest, prose, redirect

P, W, F, I, S = "pass", "warn", "fail", "inconclusive", "skipped"  # noqa: E741
CHALLENGE = page("Just a moment...", "Checking your browser before accessing the site.")


def drip() -> Iterator[bytes]:
    """Send a letter a second."""
    for _ in range(60):
        yield b"x"
        time.sleep(1)


def certificate(kind: str, verdict: str, code: str, about: str, *more: Expect) -> Animal:
    """Return a site that differs by its certificate only."""
    return Animal(f"certificate_{kind}", about, (Expect("tls", verdict, code), *more), honest(), certificate=kind)


def answering(name: str, about: str, reply: Reply, verdict: str, code: str) -> Animal:
    """Return a site whose home page gives one answer."""
    return Animal(name, about, (Expect("home", verdict, code),), honest({"/": reply}))


NAMES = (
    Animal("dns_gone", "Its name does not exist.",
           (Expect("dns", F, "no_such_name"), Expect("home", F, "no_such_name"), Expect("tls", S, "need_not_met"),
            Expect("redirects", S, "host_silent"), Expect("parked", S, "host_silent"),
            Expect("https_upgrade", S, "host_silent"), Expect("contact", S, "host_silent"),
            Expect("robots", S, "host_silent"), Expect("security_txt", S, "host_silent")),
           dns="NXDOMAIN"),
    Animal("dns_servfail", "Its name servers fail.",
           (Expect("dns", F, "servers_failed"), Expect("home", F, "dns_trouble")), dns="SERVFAIL"),
    Animal("dns_silent", "Its name servers do not answer.",
           (Expect("dns", F, "no_answer"), Expect("home", F, "dns_trouble")), dns="TIMEOUT"),
    Animal("dns_empty", "Its name exists and has no address.",
           (Expect("dns", F, "no_address"), Expect("home", F, "dns_trouble")), dns=()),
    Animal("private_address", "Its name leads into a private network.",
           (Expect("dns", F, "private_address"), Expect("home", F, "blocked")), dns=("10.1.2.3",)),
    Animal("shared_address_space", "Its name leads into the space of a provider's own customers.",
           (Expect("dns", F, "private_address"),), dns=("100.64.0.7",)),
    Animal("mixed_addresses", "One of its addresses is public, the other private.",
           (Expect("dns", F, "mixed_addresses"), Expect("home", F, "blocked")), dns=("127.0.0.1", "10.0.0.5")),
)  # fmt: skip
CERTIFICATES = (
    certificate("expired", F, "expired", "Its certificate has expired.", Expect("home", F, "tls_invalid")),
    certificate("not_yet", F, "not_yet_valid", "Its certificate is not valid yet.", Expect("home", F, "tls_not_yet")),
    certificate("wrong_host", F, "wrong_name", "Its certificate is for another name."),
    certificate("self_signed", F, "self_signed", "Its certificate is signed by itself."),
    certificate("unknown_issuer", F, "unknown_issuer", "Its certificate leads to no known authority."),
    certificate(
        "soon", W, "expires_soon", "Its certificate of 90 days ends in 30 hours.", Expect("home", P, "answers")
    ),
    certificate("short", P, "valid", "Its certificate of 160 hours has more than half of its life left."),
    certificate("old_tls", F, "old_tls", "It speaks versions of TLS that browsers refuse."),
    certificate("no_tls", F, "handshake_failed", "It breaks off the handshake.", Expect("home", F, "tls_broken")),
    certificate("short_late", W, "expires_soon", "Its certificate of 160 hours ends in 16 hours."),
)
CONNECTIONS = (
    Animal("refusing", "Nobody listens at its address.",
           (Expect("home", F, "down"), Expect("tls", F, "down")), dns=("127.0.0.99",)),
    Animal("slow", "It takes half a minute for its home page.",
           (Expect("home", F, "timeout"), Expect("tls", P, "valid")), honest({"/": Reply(delay=30)})),
    Animal("dripping", "It sends a letter a second.",
           (Expect("home", F, "timeout"),), honest({"/": lambda _request: Reply(body=drip())})),
    Animal("hanging_up", "It closes the connection without a word.",
           (Expect("home", F, "down"),), honest({"/": lambda _request: Raw(lambda _connection: None)})),
    Animal("no_http", "It answers with something that is no HTTP.",
           (Expect("home", F, "protocol"),),
           honest({"/": lambda _request: Raw(lambda connection: connection.sendall(b"220 mail ready\r\n\r\n"))})),
    Animal("huge", "Its home page has 20 million bytes.",
           (Expect("home", I, "too_large"),), honest({"/": lambda _request: Reply(body=b"<p>long</p>" * 1_900_000)})),
    Animal("bomb", "Its home page unpacks to 30 million bytes.",
           (Expect("home", I, "too_large"),),
           honest({"/": lambda _request: Reply(body=gzip.compress(b" " * 30_000_000),
                                               headers=(("Content-Encoding", "gzip"),))})),
    Animal("large", "Its home page has two million bytes and is fine.",
           (Expect("home", P, "answers"),),
           honest({"/": lambda _request: Reply(body=home() + b"<!-- padding -->" * 130_000)})),
)  # fmt: skip
ANSWERS = (
    answering("challenge_200", "A bot wall answers 200 with a challenge.", Reply(200, CHALLENGE), I, "bot_challenge"),
    answering("challenge_403", "A bot wall answers 403 with its own header.",
              Reply(403, b"", headers=(("cf-mitigated", "challenge"),)), I, "bot_challenge"),
    answering("forbidding", "It answers 403.", Reply(403, page("Forbidden", "No.")), I, "forbidden"),
    answering("limiting", "It answers 429.", Reply(429, b"", headers=(("Retry-After", "120"),)), I, "rate_limited"),
    answering("not_in_our_country", "It answers 451.", Reply(451, b""), I, "unavailable_here"),
    answering("pausing", "It answers 503 and says when to come back.",
              Reply(503, b"", headers=(("Retry-After", "3600"),)), I, "rate_limited"),
    answering("broken", "It answers 500.", Reply(500, page("Error", "Something failed.")), F, "server_error"),
    answering("bad_gateway", "It answers 502.", Reply(502, b""), F, "server_error"),
    answering("not_found", "Its home page is 404.", Reply(404, page("Not found", "Nothing.")), F, "not_found"),
    answering("gone", "Its home page is 410.", Reply(410, b""), F, "gone"),
    answering("members_only", "It asks for a login.",
              Reply(401, b"", headers=(("WWW-Authenticate", 'Basic realm="beta"'),)), I, "login"),
    answering("teapot", "It answers 418.", Reply(418, b""), I, "odd_status"),
    answering("empty", "It answers with an empty page.", Reply(200, b""), W, "empty"),
    answering("json_home", "Its home page is JSON.", Reply(200, b'{"ok":true}', "application/json"), W, "no_page"),
    answering("pdf_home", "Its home page is a file.", Reply(200, b"%PDF-1.7", "application/pdf"), W, "no_page"),
)  # fmt: skip


def looping(request: Request) -> Reply:
    """Send everybody to the other of two addresses."""
    return redirect("/b" if request.path == "/a" else "/a")


def looping_with_cookie(request: Request) -> Reply:
    """Do the same until a cookie comes back."""
    return Reply(302, headers=(("Location", "/b" if request.path == "/a" else "/a"), ("Set-Cookie", "seen=1")))


def counting(request: Request) -> Reply:
    """Send everybody to the next number."""
    return redirect(f"/{int(request.path.strip('/') or 0) + 1}")


def login(request: Request) -> Reply:
    """Send visitors to their provider's login page."""
    if request.host == "accounts.google.com":
        return Reply(body=page("Sign in", prose(40)))
    return redirect("https://accounts.google.com/signin")


NO_ROBOTS = Reply(404)
REDIRECTS = (
    Animal("loop", "Its redirects lead in a circle.",
           (Expect("home", F, "redirects_fail"), Expect("redirects", F, "loop")),
           routes({"/robots.txt": NO_ROBOTS, "/": looping, "/a": looping, "/b": looping})),
    Animal("cookie_loop", "Its redirects lead in a circle unless one keeps cookies.",
           (Expect("home", I, "needs_cookies"), Expect("redirects", S, "need_not_met")),
           routes(dict.fromkeys(("/", "/a", "/b"), looping_with_cookie) | {"/robots.txt": NO_ROBOTS})),
    Animal("endless", "Each of its redirects leads to the next.",
           (Expect("home", F, "redirects_fail"), Expect("redirects", F, "too_many")),
           lambda request: NO_ROBOTS if request.path == "/robots.txt" else counting(request)),
    Animal("into_the_house", "It redirects into a private network.",
           (Expect("home", F, "blocked"),), honest({"/": redirect("https://private-address.example/")})),
    Animal("downgrading", "It redirects from https to plain http.",
           (Expect("home", F, "redirects_fail"), Expect("redirects", F, "downgrade")),
           honest({"/": redirect("http://downgrading.example/plain")}, upgrade=False)),
    Animal("moved_away", "It redirects to another domain.",
           (Expect("home", P, "answers"), Expect("redirects", W, "other_domain")),
           honest({"/": redirect("https://healthy.example/")})),
    Animal("renamed", "Its home page redirects to its new domain, where the listing says that its documentation is.",
           (Expect("redirects", W, "other_domain"), Expect("documentation", P, "documents"),
            Expect("pricing_page", P, "answers"), Expect("privacy", I, "led_away")),
           honest({"/": redirect("https://healthy.example/")}),
           {"docs_url": "https://healthy.example/docs", "pricing_url": "https://@/pricing"}),
    Animal("with_www", "It redirects to its www name.",
           (Expect("home", P, "answers"), Expect("redirects", P, "stays")),
           lambda request: (redirect("https://www.with-www.example/") if request.host == "with-www.example"
                            else honest()(request)),
           also=("www.with-www.example",)),
    Animal("login_elsewhere", "It sends visitors to the login page of a large provider.",
           (Expect("home", P, "answers"), Expect("redirects", P, "login")),
           routes({"/robots.txt": NO_ROBOTS, "/": login, "/signin": login}), also=("accounts.google.com",)),
    Animal("no_upgrade", "It answers plain http without leading to https.",
           (Expect("https_upgrade", W, "no_upgrade"), Expect("home", P, "answers")), honest(upgrade=False)),
    Animal("staying_away", "Its robots.txt asks all robots to stay away.",
           (Expect("robots", I, "robots_disallow"), Expect("home", I, "robots_disallow"),
            Expect("security_txt", I, "robots_disallow"), Expect("redirects", S, "need_not_met"),
            Expect("tls", P, "valid"), Expect("pricing_page", I, "robots_disallow")),
           honest({"/robots.txt": Reply(body=b"User-agent: *\nDisallow: /\n", type=TEXT)}),
           {"pricing_url": "https://@/pricing"}),
    Animal("away_from_us", "Its robots.txt names our robot.",
           (Expect("robots", I, "robots_disallow"), Expect("home", I, "robots_disallow")),
           honest({"/robots.txt": Reply(body=b"User-agent: AIAppsBot\nDisallow: /\n\nUser-agent: *\nAllow: /\n",
                                        type=TEXT)})),
    Animal("robots_broken", "Its robots.txt answers 500, which asks everybody to stay away.",
           (Expect("robots", I, "unavailable"), Expect("home", I, "robots_unavailable")),
           honest({"/robots.txt": Reply(500)})),
    Animal("robots_none", "It has no robots.txt.",
           (Expect("robots", P, "none"), Expect("home", P, "answers")), honest({"/robots.txt": NO_ROBOTS})),
    Animal("robots_a_page", "It serves a page instead of a robots.txt.",
           (Expect("robots", P, "none"), Expect("home", P, "answers")),
           honest({"/robots.txt": Reply(body=home(links=LINKS))})),
)  # fmt: skip

ANIMALS = (*NAMES, *CERTIFICATES, *CONNECTIONS, *ANSWERS, *REDIRECTS)
