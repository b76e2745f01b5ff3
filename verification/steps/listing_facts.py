"""The facts of the listing agree with each other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step
from verification.verdicts import Verdict

KEY = re.compile(r"(?i)key|token|secret|password")
MCP = {"mcp-remote", "mcp-package"}
PROGRAMS = {"rest", "graphql", "openai-compatible", "mcp-remote", "webhook", "a2a", "sdk"}
OPEN_LICENCES = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MPL-2.0", "Unlicense", "0BSD",
                 "GPL-2.0-only", "GPL-2.0-or-later", "GPL-3.0-only", "GPL-3.0-or-later", "LGPL-3.0-only",
                 "LGPL-3.0-or-later", "AGPL-3.0-only", "AGPL-3.0-or-later", "GPL-3.0", "AGPL-3.0"}  # fmt: skip


def check(context: Context) -> Outcome:
    """Look for facts that cannot all be true."""
    found = [*_money(context.listing), *_source(context.listing), *_interfaces(context.listing)][:50]
    if not found:
        return context.say("agree")
    detail = {"contradictions": [{"rule": rule, "sentence": sentence} for rule, sentence in found]}
    more = f" It is one of {len(found)} contradictions." if len(found) > 1 else ""
    return context.say("contradiction", sentence=found[0][1], more=more, detail=detail)


def _money(listing: Listing) -> Iterator[tuple[str, str]]:
    amounts = [plan.amount for plan in listing.plans]
    priced = [amount for amount in amounts if amount != "0"]
    gifts = {"donation", "byok"} & set(listing.price_model)
    if listing.access == "free" and priced and len(priced) == len(amounts) and not gifts:
        yield "free_but_priced", "It is listed as free, but every plan has a price."
    if listing.access == "paid_only" and len(priced) < len(amounts):
        yield "paid_but_free_plan", "It is listed as paid only, but one of its plans costs nothing."
    if listing.access == "contact_sales" and priced and len(priced) == len(amounts):
        yield "sales_but_priced", "Its price is listed as given on request only, but its plans have prices."
    if any(plan.period == "unit" and not plan.unit for plan in listing.plans):
        yield "unit_missing", "A plan has a price per unit, but not the unit."


def _source(listing: Listing) -> Iterator[tuple[str, str]]:
    packages = any(one.package or one.image for one in listing.interfaces)
    code_host = any(
        name in listing.homepage for name in ("github.com/", "gitlab.com/", "codeberg.org/", "huggingface.co/")
    )
    if listing.source == "open_source" and not (listing.licence or listing.repo_url or packages or code_host):
        yield "open_without_source", "It is listed as open source, but has neither a licence nor a repository."
    if listing.source == "proprietary" and listing.licence in OPEN_LICENCES:
        yield "proprietary_but_licence", f"It is listed as proprietary, but its licence is {listing.licence}."


def _interfaces(listing: Listing) -> Iterator[tuple[str, str]]:
    kinds = {one.kind for one in listing.interfaces}
    if listing.kind == "mcp_server" and not kinds & (MCP | {"container"}):
        yield "mcp_without_interface", "It is listed as an MCP server, but has no MCP interface."
    if listing.kind == "api" and not (kinds & PROGRAMS or listing.api_url or listing.docs_url):
        yield "api_without_interface", "It is listed as an API, but nothing says how to call it."
    if any(one.auth == "none" and KEY.search(one.env) for one in listing.interfaces):
        yield "no_auth_but_key", "An interface needs no login, but names a variable for a key."
    if any(url.startswith("http://") and "://localhost" not in url and "://127." not in url
           for one in listing.interfaces for url in (one.url, one.base_url)):  # fmt: skip
        yield "plain_http", "An interface has an address without https."


P, W = Verdict.PASS, Verdict.WARN
STEP = Step(
    key="listing_facts",
    title="Facts agree",
    group="listing",
    proves="No two facts of the listing contradict each other; not that they are true.",
    codes={
        "agree": Code(P, "The facts agree with each other."),
        "contradiction": Code(W, "{sentence}{more}"),
    },
    check=check,
)
