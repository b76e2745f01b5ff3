"""None of the listing's addresses is on this site's blocklist."""

from __future__ import annotations

from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step
from verification.reading import blocklist
from verification.verdicts import Verdict


def check(context: Context) -> Outcome:
    """Compare every declared address with the list."""
    known = blocklist.load()
    if known is None:
        return context.say("no_list")
    hits = {address: entry for address in addresses(context.listing) if (entry := known.match(address))}
    if not hits:
        return context.say("not_listed")
    address, entry = next(iter(hits.items()))
    return context.say("listed", address=address, entry=entry, detail={"hits": dict(list(hits.items())[:50])})


def addresses(listing: Listing) -> list[str]:
    """Return every address that a listing holds."""
    found = [
        listing.homepage,
        listing.docs_url,
        listing.repo_url,
        listing.pricing_url,
        listing.api_url,
        listing.status_url,
    ]
    for one in listing.interfaces:
        found += [one.url, one.base_url, one.openapi, one.docs]
    return [address for address in dict.fromkeys(found) if address]


P, F, S = Verdict.PASS, Verdict.FAIL, Verdict.SKIPPED
STEP = Step(
    key="blocklist",
    title="Blocklist",
    group="listing",
    proves="On that day none of the declared addresses was on this site's own blocklist.",
    codes={
        "not_listed": Code(P, "None of the addresses is on this site's blocklist."),
        "listed": Code(F, "{address} is on this site's blocklist ({entry}); a person decides what follows."),
        "no_list": Code(S, "This catalog keeps no blocklist, so there was none to look in."),
    },
    check=check,
)
