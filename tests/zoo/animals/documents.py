"""What sites say in their own documents: policies, prices, contact, documentation, status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.zoo.animal import Animal, Expect, Reply, page
from tests.zoo.sites import DESCRIPTION, LINKS, TEXT, home, honest, policy, prose
from verification.contract import Plan

P, W, F, I, S = "pass", "warn", "fail", "inconclusive", "skipped"  # noqa: E741
PRO = (Plan("Pro", "20", "USD", "month"),)
SCRIPTED = b'<!doctype html><title>Pricing</title><div id="root"></div><script src="/app.js"></script>'


def without(*texts: str, **more: str) -> Reply:
    """Return the home page without some of its links."""
    return Reply(body=home(links={text: href for text, href in LINKS.items() if text not in texts} | more))


POLICIES = (
    Animal("no_policies", "Its home page links to neither privacy policy nor terms.",
           (Expect("privacy", W, "missing"), Expect("terms", W, "missing")),
           honest({"/": without("Privacy policy", "Terms of service")})),
    Animal("short_policies", "Its policies are a few lines.",
           (Expect("privacy", W, "short"), Expect("terms", W, "short")),
           honest({"/privacy": Reply(body=page("Privacy", "We keep nothing about anybody.")),
                   "/terms": Reply(body=page("Terms", "Be kind. All rights reserved by the library."))})),
    Animal("copied_policy", "The links to its policies show the home page.",
           (Expect("privacy", W, "copy_of_home"), Expect("terms", W, "copy_of_home")),
           honest({"/privacy": Reply(body=home()), "/terms": Reply(body=home())})),
    Animal("dead_policy", "The link to its privacy policy is dead.",
           (Expect("privacy", W, "dead_link"), Expect("terms", W, "dead_link")),
           honest({"/privacy": Reply(404), "/terms": Reply(410)})),
    Animal("scripted_policy", "Its privacy policy is drawn by a script.",
           (Expect("privacy", I, "js_only"),), honest({"/privacy": Reply(body=SCRIPTED)})),
    Animal("printed_policy", "Its privacy policy is a PDF file.",
           (Expect("privacy", I, "not_html"),), honest({"/privacy": Reply(body=b"%PDF-1.7", type="application/pdf")})),
    Animal("walled_policy", "A bot wall stands before its privacy policy.",
           (Expect("privacy", I, "bot_challenge"), Expect("terms", F, "server_error")),
           honest({"/privacy": Reply(403, page("Just a moment...")), "/terms": Reply(500)})),
    Animal("odd_policy", "Its privacy policy answers 418, and its terms go round in circles.",
           (Expect("privacy", I, "odd_status"), Expect("terms", I, "redirects")),
           honest({"/privacy": Reply(418), "/terms": Reply(302, headers=(("Location", "/terms"),))})),
    Animal("german_policies", "It speaks German.",
           (Expect("privacy", P, "found"), Expect("terms", P, "found"), Expect("contact", P, "page")),
           honest({"/": Reply(body=home(links={"Datenschutz": "/daten", "AGB": "/agb", "Impressum": "/impressum"})),
                   "/daten": policy("Datenschutz"), "/agb": policy("AGB")})),
)  # fmt: skip


def selling(name: str, about: str, body: bytes | Reply, expect: tuple[Expect, ...], **listing: Any) -> Animal:
    """Return a site with a page for prices; `listing` says what the catalog claims."""
    reply = body if isinstance(body, Reply) else Reply(body=body)
    stated: Mapping[str, Any] = {"pricing_url": "https://@/pricing", "access": "paid_only", "plans": PRO} | listing
    return Animal(f"prices_{name}", about, expect, honest({"/pricing": reply}), stated)


def answers(verdict: str, code: str) -> tuple[Expect, ...]:
    """Return what a readable page with prices and some result of the comparison look like."""
    return (Expect("pricing_page", P, "answers"), Expect("pricing_claim", verdict, code))


def priced(*lines: str) -> bytes:
    """Return a page with prices."""
    return page("Pricing", *lines, prose(40, "What the plans hold"))


OFFERS = (
    b'<!doctype html><title>Pricing</title><div id="root"></div><script src="/app.js"></script>'
    b'<script type="application/ld+json">{"@type":"Product","offers":[{"@type":"Offer","name":"Pro","price":"20.00",'
    b'"priceCurrency":"USD"}]}</script>'
)
PRICES = (
    selling("euro", "Its price is in euros, as listed.", priced("Pro: 20 € pro Monat"), answers(P, "seen"),
            plans=(Plan("Pro", "20", "EUR", "month"),)),
    selling("yearly", "Its yearly price is shown by the month.", priced("Pro: $8.33/mo, billed yearly"),
            answers(P, "seen"), plans=(Plan("Pro", "100", "USD", "year"),)),
    selling("jsonld", "Only its JSON-LD holds the price.", OFFERS, answers(P, "seen")),
    selling("lying", "Its page shows other prices than the listing.", priced("Pro: $49 per month"),
            answers(W, "other_amounts")),
    selling("partly", "One of its two prices is shown.", priced("Pro: $20 per month", "Team: talk to us"),
            answers(W, "partly_seen"), plans=(*PRO, Plan("Team", "60", "USD", "month"))),
    selling("abroad", "It shows prices in another currency to us.", priced("Pro: £18 per month"),
            answers(I, "other_currency")),
    selling("secret", "Its page names no amount.", priced("Talk to our sales team"), answers(I, "no_amounts")),
    selling("scripted", "Its prices are drawn by a script.", SCRIPTED,
            (Expect("pricing_page", I, "js_only"), Expect("pricing_claim", I, "page_unread"))),
    selling("scripted_raise", "Its page raised money and has no price.", priced("We raised $20M from investors"),
            answers(I, "no_amounts")),
    selling("vanished", "Its page with prices has vanished.", Reply(404),
            (Expect("pricing_page", W, "dead_link"), Expect("pricing_claim", S, "need_not_met"))),
    selling("file", "Its prices are a file of another kind.", Reply(body=b"PK", type="application/zip"),
            (Expect("pricing_page", I, "not_html"), Expect("pricing_claim", I, "page_unread"))),
    selling("blank", "Its page with prices is blank.", page("Pricing"),
            (Expect("pricing_page", W, "no_text"), Expect("pricing_claim", I, "no_amounts"))),
    selling("trial_only", "It is listed as free and offers a trial only.",
            priced("Start your free 14-day trial", "After the trial $30 per month"), answers(W, "only_trial"),
            access="free", plans=()),
    selling("free", "It is listed with a free tier and has one.", priced("Free forever for one person"),
            answers(P, "free_seen"), access="free_tier", plans=()),
    selling("free_unsaid", "It is listed as free and does not say so.", priced("Write to us"),
            answers(I, "not_mentioned"), access="free", plans=()),
    selling("trial", "It is listed with a trial and has one.", priced("Try it: the trial takes two weeks"),
            answers(P, "trial_seen"), access="trial", plans=()),
    Animal("prices_linked", "The listing names no page with prices, but its home page does.", answers(P, "seen"),
           honest(),
           {"access": "paid_only", "plans": PRO}),
    Animal("prices_nowhere", "It costs money and says nowhere how much.",
           (Expect("pricing_page", W, "missing"), Expect("pricing_claim", S, "need_not_met")),
           honest({"/": without("Pricing")}), {"access": "paid_only", "plans": PRO}),
    Animal("prices_unneeded", "Nobody claims anything about its price.",
           (Expect("pricing_page", S, "none_needed"), Expect("pricing_claim", S, "not_declared")),
           honest({"/": without("Pricing")})),
)  # fmt: skip

OTHERS = (
    Animal("no_contact", "Nobody can be written to.",
           (Expect("contact", W, "none"),), honest({"/": without("Contact")})),
    Animal("mail_only", "It takes mail, but does not say where.",
           (Expect("contact", W, "mail_servers"),), honest({"/": without("Contact")}), records={"MX": ("10 mx.@.",)}),
    Animal("no_mail", "It gives an address at a domain that takes no mail.",
           (Expect("contact", W, "no_mail"),),
           honest({"/": without("Contact", Write="mailto:people@no-mail.example")}), records={"MX": ("0 .",)}),
    Animal("thin_docs", "Its documentation is a picture and a few words.",
           (Expect("documentation", W, "thin"),), honest({"/docs": Reply(body=page("Soon", "More to come."))}),
           {"docs_url": "https://@/docs"}),
    Animal("dead_docs", "Its documentation is gone.",
           (Expect("documentation", W, "dead_link"),), honest({"/docs": Reply(404)}), {"docs_url": "https://@/docs"}),
    Animal("scripted_docs", "Its documentation is drawn by a script.",
           (Expect("documentation", I, "js_only"),), honest({"/docs": Reply(body=SCRIPTED)}),
           {"docs_url": "https://@/docs"}),
    Animal("plain_docs", "Its documentation is a plain text.",
           (Expect("documentation", P, "documents"),),
           honest({"/docs": Reply(body=b"Installation and usage. " + prose(40).encode(), type=TEXT)}),
           {"docs_url": "https://@/docs"}),
    Animal("plain_status", "Its status page is for people only.",
           (Expect("status_page", P, "answers"),), honest({"/status": Reply(body=page("Status", "All is well."))}),
           {"status_url": "https://@/status"}),
    Animal("empty_status", "Its status page is empty.",
           (Expect("status_page", W, "empty"),), honest({"/status": Reply(body=b" ")}),
           {"status_url": "https://@/status"}),
    Animal("dead_status", "Its status page is gone.",
           (Expect("status_page", W, "dead_link"),), honest({"/status": Reply(404)}),
           {"status_url": "https://@/status"}),
    Animal("odd_status_json", "Its status page has a summary that is none.",
           (Expect("status_page", P, "answers"),),
           honest({"/status": Reply(body=page("Status", "Fine.")),
                   "/api/v2/summary.json": Reply(body=b'{"status": []}', type="application/json")}),
           {"status_url": "https://@/status"}),
)  # fmt: skip


def written(name: str, about: str, verdict: str, code: str, /, **listing: Any) -> Animal:
    """Return a listing that differs by its texts or facts only."""
    step = "listing_facts" if code in {"agree", "contradiction"} else "content_lint"
    return Animal(f"written_{name}", about, (Expect(step, verdict, code),), honest(),
                  {"description": DESCRIPTION, "tagline": "Answers questions about documents"} | listing)  # fmt: skip


KEY = "sk-" + "proj-" + "Ab3dEf6hIj9lMn2pQr5tUv8x"  # nobody's, and in pieces so that no scanner takes it for one
LISTINGS = (
    written("secret", "Its description holds a key.", F, "secret", description=f"{DESCRIPTION} Use {KEY} to log in."),
    written("bidi", "Its tagline turns the direction of text.", F, "bidi", tagline="Answers \u202equestions about it"),
    written("invisible", "Its name holds a zero-width space.", F, "invisible", name="Paper\u200bBoat"),
    written("html", "Its description holds markup.", W, "html", description=f"<b>Bold</b> {DESCRIPTION}"),
    written("links", "Its tagline holds an address.", W, "links", tagline="Answers at https://library.example"),
    written("shouting", "Its tagline shouts.", W, "shouting", tagline="BEST QUICK ANSWERS about documents"),
    written("emoji", "Its tagline is full of pictures.", W, "emoji", tagline="Answers 🚀🚀🔥🔥 about documents"),
    written("best", "It calls itself the first of all.", W, "superlative", tagline="The #1 tool for documents"),
    written("short", "Its tagline says nothing.", W, "length", tagline="Answers"),
    written("contradicting", "It is an MCP server without an MCP interface.", W, "contradiction", kind="mcp_server"),
)

ANIMALS = (*POLICIES, *PRICES, *OTHERS, *LISTINGS)
