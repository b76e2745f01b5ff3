"""All that a check of ownership may say by itself; what the network does is said by verification/common.py.

A pass proves, a fail says what to change, inconclusive never counts against anybody. docs/ownership.md has this table,
and a test compares the two.
"""

from __future__ import annotations

from verification.contract import Code
from verification.verdicts import Verdict

P, F, I = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE  # noqa: E741

CODES: dict[str, Code] = {
    "found": Code(P, "The token was found at {where}."),
    "missing": Code(F, "There is no token at {where}. Publish it there as it was shown, then check again."),
    "other_token": Code(
        F,
        "At {where} there is a token, but not this one. Tokens are bound to account, name and method: publish the"
        " one that was shown for this challenge.",
    ),
    # DNS
    "wildcard_dns": Code(
        F,
        "Every name below {name} answers with that record, so it shows nothing about this one. Put the record on"
        " {where} itself or on {name}, not on a wildcard.",
    ),
    "resolvers_disagree": Code(
        I,
        "{found} of {asked} name servers have the record, the others not yet. It often takes as long as the record's"
        " TTL: check again later.",
    ),
    "dns_unanswered": Code(
        I, "Only {answered} of {asked} name servers gave an answer for {where} ({reason}), too few to tell."
    ),
    "no_name_server": Code(I, "This machine knows no name server to ask."),
    # the file
    "redirected": Code(
        F,
        "{where} redirects to {target}. The file must be served at its own address with status 200, without a"
        " redirect.",
    ),
    "bad_status": Code(F, "{where} answered {status}. It must answer 200 with the token."),
    "wrong_type": Code(F, "{where} is served as “{kind}”. Serve it as {wanted}."),
    "too_long": Code(F, "{where} is longer than 4 KiB. The file must hold the token and nothing else."),
    "other_content": Code(
        F, "{where} holds something else than the token. The file must hold the token alone; one line break may end it."
    ),
    "answers_alike": Code(
        I,
        "{name} answers with the token under other file names too, so the file shows nothing. Serve it at {where}"
        " only.",
    ),
    "sibling_unknown": Code(
        I, "The file is right, but {name} did not say in time what it answers under another file name: {reason}"
    ),
    # the tag
    "user_content": Code(F, "On {name} others write the pages, so a tag proves nothing. Use the file or DNS."),
    "other_host": Code(
        F, "{where} redirects to {target}. A tag proves the host that shows it: claim that one, or use DNS."
    ),
    "no_tag": Code(
        F,
        "The <head> of {where} has no {tag} in its first 64 KiB. A tag in a comment, <noscript>, <template>, a"
        " script or the <body> does not count.",
    ),
    # e-mail
    "mail_open": Code(
        I,
        "The link in the mail to {address} was not used yet. It works once, until {until} UTC. Opening it changes"
        " nothing; the button on its page does.",
    ),
    "confirmed": Code(P, "The button behind the link that was sent to {address} was pressed."),
    "wrong_link": Code(F, "The link is not complete, or is an old one. Open the latest mail, or ask for a new link."),
    "mail_holds": Code(P, "The proof by e-mail of {since} still holds."),
    "mail_due": Code(F, "A proof by e-mail holds for {days} days. Ask for a new link."),
    # packages
    "no_registry": Code(I, "This site asks no registry of that kind; its operator can name one with {setting}."),
    "no_package": Code(F, "There is no package {name} in the registry."),
    "registry_trouble": Code(I, "The registry gave no usable answer: {reason}"),
    # the challenge itself
    "expired": Code(F, "The challenge ran out on {until} UTC. Begin a new one; its token is another."),
    "not_open": Code(F, "The challenge is closed ({state}). Begin a new one."),
    "too_soon": Code(I, "It was checked less than {seconds} seconds ago. Try again in a moment."),
    "no_turn": Code(I, "We have to leave {key} alone for another {seconds} seconds. Try again then."),
    # the registry of the domain
    "domain_reregistered": Code(
        F, "{domain} was registered anew on {registered} UTC, after the proof of {proved} UTC. Prove it again."
    ),
}
