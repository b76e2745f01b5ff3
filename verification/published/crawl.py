"""One polite look at the places where vendors publish facts about a tool. Nothing is written here."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from core import safehttp
from core.safehttp import Answer, BadDocument, Limits, Policy
from verification import robots
from verification.context import Context, Exchange, Gate, OpenGate
from verification.contract import Listing, Outcome, Step, Subject
from verification.domains import domain_of, host_of
from verification.polite import Postponed
from verification.published import documents, pages
from verification.published.proposal import Found, Proposal, Source
from verification.reading import documents as site_documents
from verification.reading import html, openapi, selfdescription
from verification.reading.html import Page

MIB = 1_048_576
PATIENCE = 15.0  # seconds that a crawl waits for its turn; a longer wait ends it
SOURCES = {
    "jsonld": "JSON-LD and links of the home page",
    "ai_catalog": "AI catalog",
    "server_json": "server.json",
    "agent_card": "agent card",
    "openapi": "OpenAPI document",
    "llms_txt": "llms.txt",
    "pricing_page": "page with prices",
}
PATHS = {
    "ai_catalog": "/.well-known/ai-catalog.json",
    "server_json": "/server.json",
    "agent_card": "/.well-known/agent-card.json",
    "openapi": "/openapi.json",
    "llms_txt": "/llms.txt",
}
READERS: dict[str, Callable[[object, Found], None]] = {
    "ai_catalog": documents.ai_catalog,
    "server_json": documents.server_json,
    "agent_card": documents.agent_card,
    "openapi": documents.openapi_document,
}


def _not_run(_context: Context) -> Outcome:
    raise NotImplementedError("A crawl is no step of a run; it borrows the limits and manners of one.")


# the manners of a step: limits, evidence, robots.txt, turns
MANNERS = Step(
    key="published", title="What the vendor publishes", group="descriptions", proves="Nothing.", codes={},
    check=_not_run, requests=10, limits=Limits(raw_bytes=8 * MIB, body_bytes=8 * MIB),
)  # fmt: skip


@dataclass
class Look:
    """One source: where we looked, why nothing was read there ("" when something was), what it says."""

    kind: str
    url: str = ""
    nothing: str = ""
    proposals: list[Proposal] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    code: str = ""  # the same as `nothing` for programs, of the home page
    page: Page | None = None  # the home page
    answered: bool = False  # it was read, or it is gone: what it does not say now, it no longer says


@dataclass
class Crawl:
    """What one look at a site brought."""

    homepage: str
    looks: list[Look] = field(default_factory=list)

    @property
    def proposals(self) -> list[Proposal]:
        """Return all proposals, in the order of the sources."""
        return [one for look in self.looks for one in look.proposals]

    @property
    def exchanges(self) -> list[Exchange]:
        """Return every request that was made."""
        return [one for look in self.looks for one in look.exchanges]


def crawl(listing: Listing, *, gate: Gate | None = None, policy: Policy | None = None) -> Crawl:
    """Look at the sources of a listing, whose `homepage` is enough; at most ten requests, each in its turn."""
    found = Crawl(listing.homepage)
    found.looks.extend(steps(listing, gate=gate, policy=policy))
    return found


def steps(listing: Listing, *, gate: Gate | None = None, policy: Policy | None = None) -> Iterator[Look]:
    """Yield each source as it has been looked at, for those who show progress."""
    platform = platform_of(listing.homepage)
    if platform:
        yield Look("jsonld", listing.homepage, (
            f"The home page is on {platform}, where others have theirs too: what is published there is not read as "
            "the tool's."
        ), code="platform")  # fmt: skip
        return
    gate = gate or OpenGate()  # one memory of robots.txt for all sources
    home, page = _home(listing, gate, policy)
    yield home
    if page is None:  # a site that does not show its home page is not asked six times more
        return
    for kind, path in PATHS.items():
        declared = _declared_openapi(listing, page) if kind == "openapi" else ""
        own = domain_of(declared) == domain_of(listing.homepage)
        url = declared if own else f"{robots.origin_of(home.url)}{path}"
        yield _document(kind, url, listing, gate, policy)
    yield _prices(listing, home, page, gate, policy)


def _declared_openapi(listing: Listing, page: Page) -> str:
    """Return the address that the listing states for the OpenAPI document, else the home page (RFC 8631)."""
    stated = [one.openapi for one in listing.interfaces if one.openapi]
    return next(iter(stated or [href for kind, href, _ in page.relations if kind == "service-desc"]), "")


def platform_of(homepage: str) -> str:
    """Return the host of a home page when many have theirs there, "" for one's own and for the platform's own."""
    host = host_of(homepage)
    labels = host.split(".")
    above = [".".join(labels[at:]) for at in range(len(labels))]
    shared = domain_of(homepage) in site_documents.SHARED_HOSTS
    if not shared and not site_documents.USER_CONTENT & {*above}:
        return ""
    root = urlsplit(homepage).path in {"", "/"} and host.removeprefix("www.") == domain_of(homepage)
    return "" if root else host


def _home(listing: Listing, gate: Gate | None, policy: Policy | None) -> tuple[Look, Page | None]:
    look = Look("jsonld", listing.homepage)
    answer = _ask(look, listing, gate, policy)
    if answer is None:
        return look, None
    if answer.content_type not in site_documents.HTML_TYPES:
        look.nothing, look.code = f"The home page is a file of the kind {answer.content_type}.", "not_a_page"
        return look, None
    look.url = answer.final_url
    if domain_of(look.url) != domain_of(listing.homepage):
        # what somebody else's site says is not said by this vendor; where the tool went, the run's steps tell
        look.nothing, look.code = f"The home page leads to another domain, {domain_of(look.url)}.", "other_domain"
        return look, None
    page = look.page = html.read(safehttp.text(answer), answer.final_url)
    found = _found(look, listing, policy)
    pages.jsonld(page, found)
    pages.links(((link.text, link.href) for link in page.links), answer.final_url, found)
    _read(look, found, "The home page says nothing in a form that we read.")
    return look, page


def _document(kind: str, url: str, listing: Listing, gate: Gate | None, policy: Policy | None) -> Look:
    look = Look(kind, url)
    answer = _ask(look, listing, gate, policy)
    if answer is None:
        return look
    if selfdescription.is_page(answer):
        look.answered = True
        look.nothing = "A web page is there instead."
        return look
    found = _found(look, listing, policy)
    if kind == "llms_txt":
        pages.llms_txt(safehttp.text(answer), found)
    else:
        try:
            READERS[kind](openapi.read(answer) if kind == "openapi" else safehttp.load_json(answer.body), found)
        except BadDocument as error:
            look.nothing = error.message
            return look
    _read(look, found, "It says nothing in a form that we read.")
    return look


def _prices(listing: Listing, home: Look, page: Page, gate: Gate | None, policy: Policy | None) -> Look:
    pairs = [{"href": link.href, "text": link.text} for link in page.links]
    url = listing.pricing_url or site_documents.find(pairs, site_documents.PRICING, home.url)
    look = Look("pricing_page", url)
    if not url or domain_of(url) != domain_of(listing.homepage):
        look.nothing = "No page of this site with prices is known."
        return look
    answer = _ask(look, listing, gate, policy)
    if answer is None:
        return look
    if answer.content_type not in site_documents.HTML_TYPES:
        look.nothing = f"It is a file of the kind {answer.content_type}."
        return look
    read = html.read(safehttp.text(answer), answer.final_url)
    found = _found(look, listing, policy)
    pages.pricing_page(read, found)
    pages.jsonld(Page(jsonld=read.jsonld), found)
    _read(look, found, "It states no plan with its price on one line.")
    return look


def _read(look: Look, found: Found, nothing: str) -> None:
    look.proposals, look.answered = found.proposals, True
    look.nothing = "" if found.proposals else nothing


def _ask(look: Look, listing: Listing, gate: Gate | None, policy: Policy | None) -> Answer | None:
    """Fetch what a look is at; None, with the reason in `look.nothing`, when there is nothing to read."""
    context = Context(MANNERS, listing, Subject(look.url), gate=gate, policy=policy)
    answer = _in_turn(context, look)
    look.exchanges = context.exchanges
    if answer is None:
        return None
    trouble = context.trouble(answer)
    if trouble is not None:
        look.nothing, look.code = trouble.sentence, trouble.code
    elif answer.status != 200 or not answer.body.strip():
        look.nothing, look.code = f"There is none ({answer.status}).", "absent"
        look.answered = answer.status in {404, 410}
    elif domain_of(answer.final_url) != domain_of(listing.homepage) and look.kind != "jsonld":
        look.nothing = f"It leads to another domain, {domain_of(answer.final_url)}."
    return None if look.nothing else answer


def _in_turn(context: Context, look: Look) -> Answer | None:
    """Fetch a page, waiting for our turn at its domain."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return context.page(look.url)
        except Postponed as later:
            if time.monotonic() + later.seconds > until:
                look.nothing = f"It is not our turn at {later.key} for another {later.seconds:.0f} seconds."
                look.code = "no_turn"
                return None
            time.sleep(later.seconds)


def _found(look: Look, listing: Listing, policy: Policy | None) -> Found:
    now = dt.datetime.now(dt.UTC)
    return Found(Source(look.kind, look.url, now, domain_of(listing.homepage), policy))
