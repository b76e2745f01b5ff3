"""The tool is not listed already. Reads the catalog; at most three queries, however many tools there are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Value
from django.db.models.functions import Concat

from catalog.models import Tool
from catalog.text import fold
from verification.context import Context
from verification.contract import Code, Listing, Outcome, Step
from verification.domains import domain_of, host_of
from verification.reading.plain import OWN_PACKAGE, plain
from verification.verdicts import Verdict

ALIKE = 0.6  # trigram similarity of name and tagline from which a person should look
Hit = dict[str, Any]


def check(context: Context) -> Outcome:
    """Look for the same address, package or endpoint, then for a similar name."""
    listing = context.listing
    hits = [*_same_address(listing), *_same_interface(listing)]
    if not hits:
        hits = list(_near(listing))
    if not hits:
        return context.say("none")
    first = min(hits, key=lambda hit: list(CODES).index(hit["code"]))
    return context.say(first["code"], name=first["name"], what=first["what"], detail={"hits": hits[:50]})


def _same_address(listing: Listing) -> Iterator[Hit]:
    host = host_of(listing.homepage).removeprefix("www.")
    if not host:
        return
    own = plain(listing.homepage)
    others = Tool.objects.listed().exclude(slug=listing.slug).filter(homepage__icontains=host)
    for slug, name, homepage in others.order_by("slug").values_list("slug", "name", "homepage"):
        if plain(homepage) == own:
            yield {"code": "same_address", "slug": slug, "name": name, "what": homepage}


def _same_interface(listing: Listing) -> Iterator[Hit]:
    packages = {_package(one.registry, one.package, one.image) for one in listing.interfaces if one.kind in OWN_PACKAGE}
    packages.discard(("", ""))  # an interface that names neither
    endpoints = {plain(one.url) for one in listing.interfaces if one.kind == "mcp-remote" and _whole(one.url)}
    if not packages and not endpoints:
        return
    # all that could be the same is fetched whole: what counts is also what a tool has beside it
    others = Tool.objects.listed().exclude(slug=listing.slug).filter(interfaces__kind__in=_kinds(packages, endpoints))
    columns = ("slug", "name", "vendor", "kind", "homepage", "interfaces__kind", "interfaces__registry",
               "interfaces__package", "interfaces__image", "interfaces__url")  # fmt: skip
    theirs: dict[str, set[tuple[str, str]]] = {}
    names: dict[str, str] = {}
    for row in others.order_by("slug", "interfaces__position").values(*columns):
        slug, url = row["slug"], row["interfaces__url"]
        names[slug] = row["name"]
        if row["interfaces__kind"] in OWN_PACKAGE:
            package = _package(row["interfaces__registry"], row["interfaces__package"], row["interfaces__image"])
            theirs.setdefault(slug, set()).add(package)
        elif _whole(url) and plain(url) in endpoints:
            code = _endpoint_code(listing, row)
            if code:
                yield {"code": code, "slug": slug, "name": row["name"], "what": url}
    for slug, found in theirs.items():
        if found & packages:
            # a collection holds the packages of several tools, each of which may be listed by itself
            code = "same_package" if found == packages else "shared_package"
            yield {
                "code": code,
                "slug": slug,
                "name": names[slug],
                "what": " ".join(sorted(found & packages)[0]).strip(),
            }


def _kinds(packages: set[tuple[str, str]], endpoints: set[str]) -> list[str]:
    return [*(sorted(OWN_PACKAGE) if packages else ()), *(["mcp-remote"] if endpoints else ())]


def _package(registry: str, package: str, image: str) -> tuple[str, str]:
    return (registry, package.lower()) if package else ("", image.lower())


def _endpoint_code(listing: Listing, other: dict[str, str]) -> str:
    """Return what it means that another tool names the same MCP address.

    Two MCP servers at one address are one server. A platform names the address of its own MCP server, and that server
    may be listed too: nothing to see where both are of one vendor or at home on one domain.
    """
    if listing.kind == other["kind"] == "mcp_server":
        return "same_endpoint"
    one_vendor = {fold(listing.vendor or listing.name)} & {fold(other["vendor"] or other["name"])}
    one_domain = domain_of(listing.homepage) == domain_of(other["homepage"])
    return "" if one_vendor or one_domain else "shared_endpoint"


def _whole(url: str) -> bool:
    """Whether an address is one that can be compared: not empty, and not with a part that customers fill in."""
    return bool(url) and "{" not in url and "<" not in url


def _near(listing: Listing) -> Iterator[Hit]:
    text = f"{listing.name} {listing.tagline}"
    likeness = TrigramSimilarity(Concat("name", Value(" "), "tagline"), text)
    others = Tool.objects.listed().exclude(slug=listing.slug).annotate(likeness=likeness)
    found = others.filter(likeness__gte=ALIKE).order_by("-likeness", "slug")[:10]
    for slug, name, homepage, score in found.values_list("slug", "name", "homepage", "likeness"):
        same = domain_of(homepage) == domain_of(listing.homepage)
        yield {"code": "near", "slug": slug, "name": name, "what": "name and tagline", "score": round(score, 3),
               "same_domain": same}  # fmt: skip


P, W, F = Verdict.PASS, Verdict.WARN, Verdict.FAIL
# in the order in which they count; the same domain alone is no duplicate: one host fronts thousands of tools
CODES = {
    "same_address": Code(F, "{name} is listed with the same home page ({what}); a person decides which one stays."),
    "same_endpoint": Code(F, "{name} is listed with the same MCP address ({what}); a person decides which one stays."),
    "same_package": Code(F, "{name} is listed with the same package ({what}); a person decides which one stays."),
    "shared_endpoint": Code(W, "{name} names the same MCP address ({what}); a person should see whose it is."),
    "shared_package": Code(W, "{name} has the same package among others ({what}); a person should see whose it is."),
    "near": Code(W, "{name} has nearly the same {what}; a person should see whether it is the same tool."),
    "none": Code(
        P, "No listed tool has the same home page, package or MCP address, or nearly the same name and tagline."
    ),
}
STEP = Step(
    key="duplicates",
    title="Not listed already",
    group="listing",
    proves="No other listed tool had the same home page, package or MCP address on that day.",
    codes=CODES,
    check=check,
)
