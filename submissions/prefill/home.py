"""What the head and the links of a home page say beyond what the crawl reads (verification/published)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from catalog.text import key
from submissions.prefill.result import Hint, LogoCandidate
from verification.domains import domain_of, host_of
from verification.published import proposal
from verification.published.pages import SOFTWARE
from verification.published.proposal import Found, Source
from verification.reading.html import Page, json_nodes

# between the name and what is said about it, in titles
PARTS = re.compile(r"\s+[|\u2013\u2014\u00b7\u2022-]\s+|\s*[|\u2014]\s*|:\s+")
SENTENCE = re.compile(r"(.{20,90}?)[.!?](?:\s|$)")
STORES = {
    "apps.apple.com": "ios", "itunes.apple.com": "ios", "play.google.com": "android",
    "chromewebstore.google.com": "browser-extension", "addons.mozilla.org": "browser-extension",
    "marketplace.visualstudio.com": "ide", "plugins.jetbrains.com": "ide",
}  # fmt: skip
MCP = {"mcp", "mcp-server"}  # relations by which sites point at their MCP server
LOGOS = 6
TEXT_FIELDS = (("description", "meta description"), ("og:description", "og:description"))


def look(page: Page, source: Source) -> Found:
    """Return what a home page states in its title, its properties, its relations and its links to stores."""
    found = Found(source)
    for name in ("application-name", "og:site_name"):
        found.say("name", page.properties.get(name), f"{name}: {page.properties.get(name)}")
    name, rest = named(page.title, source.url)
    found.say("name", name, f"title: {page.title}")
    for text, label in texts(page):
        found.say("tagline", text, f"{label}: {text}")
        found.say("description", text, f"{label}: {text}")
    for part in rest:
        found.say("tagline", part, f"title: {page.title}")
    for kind, href, _sizes in page.relations:
        if kind in MCP:
            found.say("interface", {"kind": "mcp-remote", "url": href}, f'link rel="{kind}": {href}')
        elif kind == "service-doc":
            found.say("docs_url", href, f'link rel="{kind}": {href}')
        elif kind == "status":
            found.say("status_url", href, f'link rel="{kind}": {href}')
    stores = {link.href: STORES[host_of(link.href)] for link in page.links if host_of(link.href) in STORES}
    if stores:
        found.say("platforms", {*stores.values()}, f"links: {', '.join(stores)}")
    return found


def named(title: str, url: str) -> tuple[str, list[str]]:
    """Return the part of a title that is the name, which is that of the domain, and the other parts; "" for none."""
    parts = [part.strip() for part in PARTS.split(title) if part.strip()]
    label = key(domain_of(url).split(".", 1)[0])
    for part in parts:
        if key(part) and (key(part) in {label, key(domain_of(url))} or label in {key(part + "ai"), key("get" + part)}):
            return part, [one for one in parts if one != part]
    return "", parts


def texts(page: Page) -> Iterator[tuple[str, str]]:
    """Yield the texts that say what the tool does, with where they stand."""
    for name, label in TEXT_FIELDS:
        if page.properties.get(name):
            yield page.properties[name], label
    for node in json_nodes(page.jsonld):
        kinds = node.get("@type")
        if SOFTWARE & {*map(str, kinds if isinstance(kinds, list) else [kinds])} and isinstance(
            node.get("description"), str
        ):
            yield node["description"], "JSON-LD description"


def hints(page: Page, source: Source, have: set[str]) -> list[Hint]:
    """Return texts that do not fit their field, for a person to shorten or to go on with; none for fields in `have`."""
    found: list[Hint] = []

    def offer(field: str, value: str, why: str) -> None:
        if field not in have and all(value != one.value or field != one.field for one in found):
            found.append(Hint(field, value, why, source.kind, source.url))

    label = domain_of(source.url).split(".", 1)[0]
    offer("name", label.capitalize(), "The page does not say its name plainly; this is that of its domain.")
    for raw, label in texts(page):
        text = proposal.text(raw, 1, 2_000)
        if text is None:
            continue
        words, first = len(text.split()), SENTENCE.match(f"{text}.")
        if first and len(text) > 90:
            offer("tagline", first[1], f"The first sentence of its {label}.")
        offer("description", text, f"Its {label} has {words} words; a description has 35 to 90.")
    return found[:6]


def logos(page: Page, source: Source) -> list[LogoCandidate]:
    """Return pictures that may be the logo, the likeliest first: named as one, then icons by size, then previews."""
    ranked: list[tuple[int, str, str]] = []
    for node in json_nodes(page.jsonld):
        logo = node.get("logo")
        href = logo.get("url") if isinstance(logo, dict) else logo
        if isinstance(href, str):
            ranked.append((1_000, href, "The page names it as the logo (JSON-LD)."))
    for kind, href, sizes in page.relations:
        edge = max((int(one) for one in re.findall(r"(\d{1,4})x\d", sizes)), default=0)
        if kind.startswith("apple-touch-icon"):
            ranked.append((500 + (edge or 180), href, "The icon for the start screens of phones."))
        elif kind == "icon" and not href.lower().split("?")[0].endswith(".svg"):
            ranked.append((edge, href, f"The icon of the page{f', {edge} pixels wide' if edge else ''}."))
    image = page.properties.get("og:image")
    ranked += [(-1, image, "The picture for shared links.")] if image else []
    found: dict[str, LogoCandidate] = {}
    for _rank, href, why in sorted(ranked, key=lambda one: -one[0]):
        url = proposal.address(href, source.policy)
        if url:
            found.setdefault(url, LogoCandidate(url, why))
    return list(found.values())[:LOGOS]
