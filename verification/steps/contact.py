"""Somebody can be written to."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from verification.context import Context
from verification.contract import Code, Outcome, Step, homepage
from verification.reading import documents
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Look for an address or a page for contact among the links of the home page, and at the domain's mail servers."""
    home, dns = context.earlier("home"), context.earlier("dns")
    if home is None or "marks" not in home.detail:
        return context.unmet("home", "The home page answers")
    strange = documents.led_away(context)
    if strange is not None:
        return strange
    links = documents.links_of(home)
    mails = [unquote(urlsplit(link["href"]).path) for link in links if link["href"].lower().startswith("mailto:")]
    domains = sorted({mail.rpartition("@")[2].lower()[:100] for mail in mails if "@" in mail})[:10]
    page = documents.find(links, documents.CONTACT, str(home.detail["final_url"]))
    names = dns.detail if dns else {}
    servers = [str(one) for one in names.get("mx", ())]
    takes_mail = None if not names.get("mx_known") else bool(servers) and servers != ["0 ."]
    detail = {"mail_domains": domains, "page": page, "domain_takes_mail": takes_mail}
    own = context.domain(str(home.detail["final_url"]))
    if servers == ["0 ."] and domains == [own] and not page:  # RFC 7505: says itself that it takes no mail
        return context.say("no_mail", domain=own, detail=detail)
    if domains:
        return context.say("mail", host=context.host(str(home.detail["final_url"])), detail=detail)
    if page:
        return context.say("page", address=page, detail=detail)
    if documents.shared_host(str(home.detail["final_url"])):
        return context.say("shared_host", domain=own, detail=detail)
    if home.detail["needs_javascript"]:
        return context.say("home_unread", detail=detail)
    return context.say("mail_servers" if takes_mail else "none", domain=own, detail=detail)


P, W = Verdict.PASS, Verdict.WARN
STEP = Step(
    key="contact",
    title="Contact",
    group="documents",
    proves="The home page gives a way to write to somebody; not that anybody answers.",
    codes={
        "mail": Code(P, "The home page of {host} gives a mail address."),
        "page": Code(P, "The home page links to {address} for contact."),
        "none": Code(W, "The home page gives no mail address and links to no page for contact."),
        "mail_servers": Code(W, "The home page names no contact. ({domain} does accept mail.)"),
        "no_mail": Code(W, "The home page gives a mail address at {domain}, but that domain says it accepts no mail."),
        "home_unread": documents.CODES["home_unread"],
        "shared_host": documents.CODES["shared_host"],
    },
    check=check,
    subjects=homepage,
    needs=("home", "dns"),
)
