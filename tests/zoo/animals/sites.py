"""Honest sites, parked domains, and what sites say about security."""

from __future__ import annotations

from tests.zoo.animal import Animal, Expect, Reply, Request, page, routes
from tests.zoo.sites import DESCRIPTION, TEXT, home, honest, prose, redirect
from verification.contract import Plan

P, W, F, I, S = "pass", "warn", "fail", "inconclusive", "skipped"  # noqa: E741
NO_ROBOTS = Reply(404)
ICON = b"\x00\x00\x01\x00\x01\x00\x10\x10\x00\x00"
FOR_SALE = page(
    "parked.example",
    "This domain is for sale.",
    "Related searches: insurance, loans, hotels.",
    head='<script src="https://img.sedoparking.com/lander.js"></script>',
)
SINGLE = page(  # one page for every address, with all its parts inside
    "Paper Boat", prose(30, "A page about one product"), links={"Write to us": "mailto:hello@paper.example"}
)

HEALTHY = (
    Expect("content_lint", P, "fit"),
    Expect("listing_facts", P, "agree"),
    Expect("blocklist", S, "no_list"),
    Expect("dns", P, "resolves"),
    Expect("tls", P, "valid"),
    Expect("robots", P, "allows"),
    Expect("home", P, "answers"),
    Expect("redirects", P, "stays"),
    Expect("https_upgrade", P, "upgrades"),
    Expect("parked", P, "in_use"),
    Expect("security_txt", P, "valid"),
    Expect("favicon", P, "present"),
    Expect("privacy", P, "found"),
    Expect("terms", P, "found"),
    Expect("pricing_page", P, "answers"),
    Expect("pricing_claim", P, "seen"),
    Expect("contact", P, "mail"),
    Expect("documentation", P, "documents"),
    Expect("status_page", P, "summary"),
)
SUMMARY = (
    b'{"page":{"name":"Library Helper"},"status":{"indicator":"none","description":"All Systems Operational"},'
    b'"components":[{"name":"API","status":"operational"}]}'
)


def on_github(request: Request) -> Reply:
    """Show a repository, with the links of the host around it."""
    if request.host != "github.com":
        return redirect("https://github.com/library/helper")
    if request.path != "/library/helper":
        return NO_ROBOTS
    host = {"Pricing": "/pricing", "Privacy": "https://docs.github.com/privacy", "Terms": "https://docs.github.com/terms",
            "Contact": "https://support.github.com/contact"}  # fmt: skip
    return Reply(body=home(links=host))


def status_page(extra: dict[str, Reply] | None = None) -> dict[str, Reply]:
    """Return a status page as a path of a site."""
    return {"/status": Reply(body=page("Status", "All systems operational."))} | (extra or {})


HONEST = (
    Animal("healthy", "Reads the documents of a team and answers questions", HEALTHY,
           honest(dict(status_page({"/api/v2/summary.json": Reply(body=SUMMARY, type="application/json"),
                                    "/favicon.ico": Reply(body=ICON, type="image/x-icon")}))),
           {"description": DESCRIPTION, "access": "free_tier", "pricing_url": "https://@/pricing",
            "docs_url": "https://@/docs", "status_url": "https://@/status",
            "plans": (Plan("Pro", "20", "USD", "month"),)},
           records={"NS": ("ns1.registrar.example.",), "MX": ("10 mail.@.",)}),
    Animal("needs_javascript", "Its page is drawn by a script, for every address.",
           (Expect("home", P, "needs_javascript"), Expect("parked", P, "in_use"),
            Expect("privacy", I, "home_unread"), Expect("terms", I, "home_unread"),
            Expect("contact", I, "home_unread"), Expect("pricing_page", I, "home_unread")),
           routes({"/robots.txt": NO_ROBOTS},
                  Reply(body=b'<!doctype html><title>App</title><div id="root"></div>'
                             b'<noscript>You need to enable JavaScript to run this app.</noscript>'
                             b'<script type="module" src="/main.js"></script>'))),
    Animal("behind_cloudflare", "An ordinary page that a bot wall has added its script to.",
           (Expect("home", P, "answers"), Expect("privacy", P, "found")),
           honest({"/": Reply(body=home(head="<script>a.src='/cdn-cgi/challenge-platform/scripts/jsd/main.js'</script>"
                                             '<script src="https://client.perimeterx.net/PX1/main.min.js"></script>'))})),
    Animal("repository_home", "Its home page is a repository on a host that many projects share.",
           (Expect("home", P, "answers"), Expect("parked", P, "in_use"), Expect("redirects", W, "other_domain"),
            Expect("privacy", S, "shared_host"), Expect("terms", S, "shared_host"), Expect("contact", S, "shared_host"),
            Expect("pricing_page", S, "none_needed")),
           on_github, also=("github.com",)),
    Animal("about_domains", "A long article that quotes the words of parked domains.",
           (Expect("parked", P, "in_use"),),
           honest({"/": Reply(body=home(text=prose(500, "On the words “buy this domain” and what they mean")))})),
    Animal("one_page", "It shows its one page for every address.",
           (Expect("home", P, "answers"), Expect("parked", W, "same_page"),
            Expect("security_txt", S, "absent"), Expect("contact", P, "mail")),
           routes({"/robots.txt": NO_ROBOTS}, Reply(body=SINGLE))),
)  # fmt: skip


def sold(request: Request) -> Reply:
    """Send everybody to a marketplace for domain names."""
    if request.host == "www.hugedomains.com":
        return Reply(body=page("Domain", "This domain is for sale. Buy this domain today."))
    return redirect("https://www.hugedomains.com/domain_profile")


PARKED = (
    Animal("parked_page", "A parking service shows its own page.",
           (Expect("home", P, "needs_javascript"), Expect("parked", F, "parked")), routes({"/": Reply(body=FOR_SALE)})),
    Animal("parked_servers", "A parking service runs its name servers and shows one page for every address.",
           (Expect("parked", F, "parked"),),
           routes({"/robots.txt": NO_ROBOTS}, Reply(body=page("Welcome", prose(30, "Sponsored results")))),
           records={"NS": ("ns1.sedoparking.com.", "ns2.sedoparking.com.")}),
    Animal("parked_market", "It redirects to a marketplace for domain names.",
           (Expect("parked", F, "parked"), Expect("redirects", W, "other_domain")),
           routes({"/": sold, "/domain_profile": sold}), also=("www.hugedomains.com",)),
    Animal("perhaps_parked", "It says that it is for sale, on a site of its own.",
           (Expect("parked", W, "one_sign"),),
           honest({"/": Reply(body=home(text=prose(60, "By the way, make an offer on this domain")))})),
)  # fmt: skip


def security(name: str, about: str, text: str, verdict: str, code: str, kind: str = TEXT) -> Animal:
    """Return a site that differs by its security.txt only."""
    reply = Reply(body=text.encode(), type=kind)
    return Animal(f"security_{name}", about, (Expect("security_txt", verdict, code),),
                  honest({"/.well-known/security.txt": reply}))  # fmt: skip


CONTACT = "Contact: https://library.example/security\n"
SECURITY = (
    security("signed", "Its security.txt is signed.", "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + CONTACT
             + "Expires: 2099-12-31T18:37:07z\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n", P, "valid"),
    security("expired", "Its security.txt has expired.", CONTACT + "Expires: 2021-01-01T00:00:00.000Z\n", W, "expired"),
    security("mute", "Its security.txt names no contact.",
             "Contact: security at library\nExpires: 2099-01-01T00:00:00Z\n", W, "no_contact"),
    security("endless", "Its security.txt never expires.", CONTACT, W, "no_expiry"),
    security("twice", "Its security.txt expires twice.",
             CONTACT + "Expires: 2098-01-01T00:00:00Z\nExpires: 2099-01-01T00:00:00Z\n", W, "no_expiry"),
    security("page", "A page stands where its security.txt would be.", "<p>Contact: us</p>", S, "absent", "text/html"),
    security("prose", "A text without any field stands there.", "Please be kind to us.", S, "absent"),
    Animal("security_missing", "It has no security.txt.", (Expect("security_txt", S, "absent"),),
           honest({"/.well-known/security.txt": Reply(404)})),
    Animal("security_broken", "Its security.txt answers 500.", (Expect("security_txt", I, "not_read"),),
           honest({"/.well-known/security.txt": Reply(500)})),
)  # fmt: skip


def icon(name: str, about: str, reply: Reply, verdict: str, code: str, head: str = "") -> Animal:
    """Return a site that differs by its icon only."""
    table = {"/": Reply(body=home(head=head)), "/favicon.ico" if not head else "/i.png": reply}
    return Animal(f"icon_{name}", about, (Expect("favicon", verdict, code),), honest(table))


ICONS = (
    icon("named", "Its home page names its icon.", Reply(body=b"\x89PNG\r\n\x1a\n0", type="image/png"), P, "present",
         '<link rel="shortcut icon" href="/i.png">'),
    icon("missing", "It has no icon.", Reply(404), S, "absent"),
    icon("a_page", "A page stands where its icon would be.", Reply(body=home()), S, "absent"),
    icon("a_lie", "What it calls an icon is a program.", Reply(body=b"MZ\x90\x00", type="image/png"), S, "absent"),
    icon("huge", "Its icon has a megabyte.", Reply(body=ICON + b"0" * 1_048_576, type="image/x-icon"), I, "too_large"),
    icon("broken", "Its icon answers 500.", Reply(500), I, "not_now"),
)  # fmt: skip

ANIMALS = (*HONEST, *PARKED, *SECURITY, *ICONS)
