"""email: a link that works once, sent to an address that only the people who run a domain read."""

from __future__ import annotations

import datetime as dt

from core import safehttp
from core.safehttp import Limits
from verification.context import Context
from verification.contract import Outcome
from verification.domains import domain_of, host_of, registrable
from verification.models.ownership import MAILED
from verification.ownership.asking import KIB, Asked
from verification.reading import securitytxt

# RFC 2142, sections 4 and 5, and "admin", which authorities of certificates use too (CA/B baseline, 3.2.2.4.4)
MAILBOXES = ("hostmaster", "security", "webmaster", "postmaster", "admin")
LINK = dt.timedelta(hours=24)
LIMITS = Limits(total=10.0, body_bytes=64 * KIB, raw_bytes=64 * KIB)


def instructions(host: str, token_id: str, token: str) -> str:
    """Return what has to be done: nothing is published, and the token is in the mail only."""
    return (
        "Open the link in the mail and press the button on its page. Opening it alone changes nothing, so programs that"
        " look into mails do no harm. The link works once, for 24 hours."
    )


def is_mailbox(address: str, host: str) -> bool:
    """Whether an address is one of MAILBOXES at the registrable domain of `host`."""
    local, _, domain = address.lower().rpartition("@")
    return local in MAILBOXES and domain == registrable(host)


def contacts(text: str, host: str, at: dt.datetime) -> list[str]:
    """Return the mail addresses of a security.txt at the registrable domain of `host`; none when it has expired."""
    found = securitytxt.parse(text)
    if found is None or found.expires is None or found.expires <= at:
        return []
    mails = [one[7:].split("?", 1)[0].lower() for one in found.contacts if one.lower().startswith("mailto:")]
    return [one for one in mails if one.isascii() and one.rpartition("@")[2] == registrable(host)]


def is_contact(address: str, host: str, context: Context, at: dt.datetime) -> bool:
    """Ask the registrable domain's own security.txt (RFC 9116) whether it names the address."""
    domain = registrable(host)
    answer = context.fetch(f"https://{domain}/.well-known/security.txt")
    if answer.verdict != "ok" or answer.status != 200 or answer.content_type != "text/plain":
        return False
    final = answer.final_url
    if domain_of(final) != domain or not final.startswith("https:") or host_of(final) not in {domain, f"www.{domain}"}:
        return False
    return address.lower() in contacts(safehttp.text(answer), host, at)


def probe(asked: Asked, context: Context) -> Outcome:
    """Say whether the proof still holds: there is nothing to look for, so it does for 90 days."""
    assert asked.proved_at is not None  # what proves for the first time is the link
    if asked.at - asked.proved_at >= MAILED:
        return context.say("mail_due", days=MAILED.days)
    return context.say("mail_holds", since=f"{asked.proved_at:%Y-%m-%d}")
