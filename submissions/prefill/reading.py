"""Read the site of a tool that is not listed yet: what it states becomes a partial record with its sources."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from core import safehttp
from core.safehttp import Policy, Refused
from submissions.prefill import assembling, home, packages, suggesting
from submissions.prefill.gate import Deadline
from submissions.prefill.result import Prefilled
from submissions.prefill.troubles import trouble
from verification.context import Context, Gate
from verification.contract import Listing, Subject
from verification.domains import domain_of, host_of
from verification.polite import PoliteGate, Postponed
from verification.published import crawl
from verification.published.crawl import Look
from verification.published.proposal import Found, Source
from verification.reading import html, repositories
from verification.reading.documents import HTML_TYPES
from verification.reading.html import Page
from verification.reading.packages import CODE_HOSTS
from verification.reading.plain import TRACKING

SECONDS = 45.0  # after so many no further request is begun; one that is under way takes at most ten more
STEPS = {
    "jsonld": "Reading the home page", "ai_catalog": "Looking for an AI catalog",
    "server_json": "Looking for the description of an MCP server",
    "agent_card": "Looking for the card of an agent", "openapi": "Looking for an OpenAPI document",
    "llms_txt": "Looking for llms.txt", "pricing_page": "Reading the page with prices",
}  # fmt: skip
TOO_LATE = f"We stopped after {SECONDS:.0f} seconds, so some places were not looked at."
# "GitHub - acme/tool: What its owner says it is", as code hosts title the page of a repository
TITLE = re.compile(r"^(?:GitHub - )?[\w.-]+ ?/ ?[\w.-]+: (.{1,350})$")
WRONG = ("tls_invalid", "tls_broken", "down", "timeout", "protocol")


def read(
    typed: str,
    *,
    tell: Callable[[str], None] = lambda _sentence: None,
    gate: Gate | None = None,
    policy: Policy | None = None,
    seconds: float = SECONDS,
) -> Prefilled:
    """Look at the site at an address that a person typed; never raises for what is there.

    `tell` gets one sentence before each step. At most 14 requests, each in its turn and only where robots.txt lets us;
    none is begun after `seconds`. With `trouble` set the record holds no more than the address.
    """
    now = dt.datetime.now(dt.UTC)
    try:
        homepage = address(typed, policy)
    except Refused as refused:
        return Prefilled(typed[:500], trouble=trouble(refused.code, refused.message))
    found = assembling.begin(typed[:500], homepage, now.isoformat(timespec="seconds"))
    deadline = Deadline(gate or PoliteGate(asked_for=True, policy=policy), seconds)
    listing = Listing("", host_of(homepage), homepage)
    page = _crawl(found, listing, tell, deadline, policy)
    if found.trouble is not None:
        return found
    named = [*packages.named(page, "home_page", homepage)] if page else []
    repository = found.record.get("links", {}).get("repo", "")
    if repository and not deadline.over:
        tell("Reading the page of the repository")
        named += _repository(found, repository, listing, deadline, policy)
    _packages(found, named, tell, deadline, policy)
    tell("Choosing categories and tags to suggest")
    found.suggestions = suggesting.suggest(found.record, page)
    if deadline.over:
        found.notes.append(TOO_LATE)
    return found


def address(typed: str, policy: Policy | None = None) -> str:
    """Return the address of a home page in its one spelling: with https, without tracking. Raises Refused."""
    text = typed.strip()
    if "://" not in text and not text.startswith(("javascript:", "data:", "mailto:", "file:")):
        text = f"https://{text.removeprefix('//')}"
    parts = urlsplit(safehttp.parse(text, policy).url)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if name.lower() not in TRACKING and not name.lower().startswith("utm_")]  # fmt: skip
    scheme, netloc = ("https", parts.netloc.removesuffix(":80")) if parts.scheme == "http" else parts[:2]
    return urlunsplit((scheme, netloc, parts.path or "/", urlencode(kept), ""))


def _crawl(
    found: Prefilled, listing: Listing, tell: Callable[[str], None], gate: Deadline, policy: Policy | None
) -> Page | None:
    """Look at the seven places of verification/published; return the home page, None where none was read."""
    page = None
    looks = crawl.steps(listing, gate=gate, policy=policy)
    for kind, sentence in STEPS.items():
        tell(sentence)
        look = next(looks)
        found.looked.append({"kind": kind, "url": look.url, "nothing": look.nothing})
        if kind == "jsonld" and look.page is None:
            _no_home(found, listing, look, policy)
            return None
        assembling.add(found, look.proposals)
        page = look.page or page
        if kind == "pricing_page" and look.answered:  # found by more than its plain name
            linked = Found(_source("home_page", found.looked[0]["url"], listing, policy))
            linked.say("pricing_url", look.url, f"link: {look.url}")
            assembling.add(found, linked.proposals)
    source = _source("home_page", found.looked[0]["url"], listing, policy)
    if page is not None:
        assembling.add(found, home.look(page, source).proposals)
        found.hints += home.hints(page, source, {*found.record})
        found.logos = home.logos(page, source)
        if page.needs_javascript:
            found.notes.append("The home page shows almost no text without JavaScript, so little could be read there.")
    return page


def _no_home(found: Prefilled, listing: Listing, look: Look, policy: Policy | None) -> None:
    homepage = listing.homepage
    if look.code == "platform" and host_of(homepage) in CODE_HOSTS and assembling.is_repository(homepage):
        source = _source("typed", homepage, listing, policy)
        stated = Found(source)
        stated.say("repo_url", homepage, homepage)
        stated.say("name", urlsplit(homepage).path.strip("/").split("/")[1].removesuffix(".git"), homepage)
        assembling.add(found, stated.proposals)
        found.notes.append(f"The home page is a repository on {host_of(homepage)}: only that page was read.")
    elif look.code == "other_domain":
        found.trouble = trouble(look.code, look.nothing, target=look.url)
    elif look.code in WRONG and urlsplit(found.asked).scheme == "http":
        why = f"The site does not answer over https, and a listing needs an address with https://: {look.nothing}"
        found.trouble = trouble("not_https", why)
    elif look.code == "absent":
        answer = look.exchanges[-1].answer
        found.trouble = trouble(look.code, f"{answer.final_url} answers with {answer.status} and shows no page.")
    else:
        found.trouble = trouble(look.code, look.nothing)


def _repository(
    found: Prefilled, url: str, listing: Listing, gate: Gate, policy: Policy | None
) -> list[packages.Named]:
    """Read the licence that the page of a repository shows, and what its owner says; return the packages it names."""
    context = Context(crawl.MANNERS, listing, Subject(url), gate=gate, policy=policy)
    try:
        answer = context.page(url)
    except Postponed:
        return []
    wrong = context.trouble(answer)
    nothing = wrong.sentence if wrong else "" if answer.status == 200 else f"There is none ({answer.status})."
    found.looked.append({"kind": "repository", "url": url, "nothing": nothing})
    if nothing or answer.content_type not in HTML_TYPES:
        return []
    text = safehttp.text(answer)
    page = html.read(text, answer.final_url)
    archived, licence = repositories.read(text)
    if archived:
        found.notes.append("The repository is archived by its owner.")
    stated = Found(_source("repository", answer.final_url, listing, policy))
    stated.say("licence", licence, f"The page shows the licence {licence}.")
    title = TITLE.match(page.title)
    if title:
        stated.say("tagline", title[1], page.title)
    assembling.add(found, stated.proposals)
    return [*packages.named(page, "repository", answer.final_url)]


def _packages(
    found: Prefilled, named: list[packages.Named], tell: Callable[[str], None], gate: Gate, policy: Policy | None
) -> None:
    record = found.record
    links = record.get("links", {})
    listing = Listing("", record.get("name", ""), record["homepage"], docs_url=links.get("docs", ""),
                      repo_url=links.get("repo", ""))  # fmt: skip
    have = {row.get("package") or row.get("image", "") for row in record.get("interfaces", [])}
    facts, hints = packages.look(named, listing, have=have, gate=gate, policy=policy, tell=tell)
    for one in facts:
        assembling.add(found, one.proposals)
    found.hints += hints


def _source(kind: str, url: str, listing: Listing, policy: Policy | None) -> Source:
    return Source(kind, url, dt.datetime.now(dt.UTC), domain_of(listing.homepage), policy)
