"""What each kind of error means and what to do about it: /api/docs/errors/ shows it, where a problem's type leads."""

from __future__ import annotations

from typing import NamedTuple

from api.problems import KINDS


class Told(NamedTuple):
    """A kind of error, in words."""

    kind: str
    status: int
    title: str
    why: str
    do: str


TOLD: dict[str, tuple[str, str]] = {
    "bad-parameter": (
        "Something in the address behind the question mark is unknown, given twice, too long, or has a value that it"
        " cannot have. A cursor that was changed, or sent to another list than the one that gave it, is one as well."
        " Nothing was looked up: an API that passes over what it does not know answers another question than yours.",
        "Read errors[].parameter, which names it, and the sentence beside it, which says what it may be. The reference"
        " lists the parameters of every operation. Send cursors as they came; begin anew without one when in doubt.",
    ),
    "bad-body": (
        "The body is no JSON that has one meaning: it is broken, not UTF-8, too deep, states a field twice, or holds"
        " NaN, half a character or a NUL. Nothing of it was used.",
        "Send one JSON object, written by a library and not by hand. The sentence gives the line and the column.",
    ),
    "bad-header": (
        "A header of the request cannot be what it has to be; the sentence names it. Nothing was done: without it, the"
        " request would have done something else than what was asked for.",
        "Send it as the reference of the operation says, or leave it out.",
    ),
    "invalid": (
        "The body could be read, but what it says cannot be: a field is missing, unknown, too long, or its value does"
        " not fit the others. Nothing was changed.",
        "Go through errors[]: every one has a pointer (RFC 6901) to the place in your body and a sentence. All that is"
        " wrong is listed, so one round of mending is enough.",
    ),
    "unauthorized": (
        "The address needs to know who asks and no key or token was sent; or one was sent that is mistyped, expired,"
        " revoked, or of an account that is closed or suspended. A key that is not valid is refused on public addresses"
        " too: else you would not notice that it has ended.",
        "Send “Authorization: Bearer” and a key of the portal or an access token. Leave the header out to read what is"
        " public. A key cannot be shown again: make a new one.",
    ),
    "forbidden": (
        "We know who asks, and this account may not do that, whatever its key may: the pages of the site would refuse"
        " it as well.",
        "Ask somebody who may, or look at the rules of what you want to do. Another key does not help.",
    ),
    "missing-scope": (
        "The key or token is valid, but was made without the scope that this needs. The header WWW-Authenticate and the"
        " sentence name the scope.",
        "Make a key with that scope in the portal, or ask for it when a person lets your app in. Scopes of a key that"
        " exists do not change.",
    ),
    "not-found": (
        "Nothing is at this address, or it is not yours to see: what is private of others answers exactly as what does"
        " not exist. A path has no slash at its end.",
        "Check the spelling in the reference. A tool that was renamed answers with a redirect to its new address, so"
        " follow redirects.",
    ),
    "method-not-allowed": (
        "There is something at this address, but not for this method. The header Allow lists those that there are.",
        "Use one of them. What is read is read by GET.",
    ),
    "not-acceptable": (
        "The header Accept asks for something that is not JSON, and the API speaks nothing else.",
        "Send “Accept: application/json”, or leave the header out.",
    ),
    "conflict": (
        "The request is in order, but what it is about is in a state that does not allow it: it was sent already, is"
        " decided, is the turn of somebody else, or a limit on how many there may be is reached. Nothing was changed.",
        "Read it anew; its state and the sentence say what can be done now. Sending the same again does not help.",
    ),
    "under-way": (
        "Another request with the same Idempotency-Key is being answered at this moment. Nothing was made by this one.",
        "Wait for as long as Retry-After says and send the same again: you get what the other one made.",
    ),
    "key-reused": (
        "An Idempotency-Key stands for one request. In the last 24 hours this one came with another address or another"
        " body, so it is not a repetition. Nothing was made.",
        "Make up a new key, such as a UUID, for each thing that you want to make; send the old one only with the very"
        " same request.",
    ),
    "gone": (
        "It was there once and is not kept any more: changes are kept for a time, evidence for 90 days.",
        "Begin anew from what there is now: for changes, read the whole list and go on from its serial.",
    ),
    "precondition-failed": (
        "You said which version you are changing (If-Match), and meanwhile somebody, or another program of yours,"
        " changed it. Nothing of yours was written, so nothing of theirs is lost.",
        "Read it anew, lay your change over what is there now, and send it with the new ETag.",
    ),
    "too-large": (
        "The body is larger than anything here needs, so it was not read.",
        "Send less. A record of a tool is a few kilobytes.",
    ),
    "unsupported-media-type": (
        "The body is sent as something that is not JSON, such as a form, or packed.",
        "Send “Content-Type: application/json” and the JSON as it is, not gzipped.",
    ),
    "too-many": (
        "Some things have a limit of their own, whatever units are left: making keys, reporting leaked ones. The limit"
        " was reached, and nothing was done.",
        "Wait for as many seconds as Retry-After says. Whoever needs more than that in good faith asks the operator.",
    ),
    "search-timeout": (
        "The search took longer than a search may, and was ended. It is rare, and mostly a fault of the machine,"
        " not yours.",
        "Wait as long as Retry-After says and ask again; with fewer words or more filters it is faster.",
    ),
    "unavailable": (
        "Something that the site needs does not answer just now. When it is what counts requests, reading goes on and"
        " changes wait: nothing was changed.",
        "Wait as long as Retry-After says and send the same again. /status/ says how the site does.",
    ),
    "server-error": (
        "A fault of the site. It has been written down with all that is needed to find it, without your key.",
        "Try again in a minute. If it stays, tell the operator the time and the address; the request itself is not to"
        " blame.",
    ),
}  # fmt: skip


def kinds() -> list[Told]:
    """Return all kinds of errors in the order of their table, each with its paragraph."""
    return [Told(kind, status, title, *TOLD[kind]) for kind, (status, title) in KINDS.items()]
