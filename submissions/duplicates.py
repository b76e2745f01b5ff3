"""Whether a tool is listed already: by its addresses, its code, its packages, its name. At most three queries.

Tools that were taken out or merged count too: who submits one again should know.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q, QuerySet
from django.utils.text import slugify

from catalog.choices import Status
from catalog.models import Alias, Interface, Tool
from catalog.text import fold, key
from catalog.vocabulary import distance
from core import safehttp
from core.safehttp import Refused
from verification.domains import domain_of
from verification.published.crawl import platform_of
from verification.reading.plain import OWN_PACKAGE, plain
from verification.reading.repositories import place

SAME, LIKELY, MAYBE = STRENGTHS = ("same", "likely", "maybe")
PUBLIC = (Status.ACTIVE, Status.WATCH, Status.DELISTED)
MOST = 10  # matches that are returned
ENDINGS = ("app", "ai", "io", "hq")  # of names: "Exa AI" is "Exa"


@dataclass(frozen=True)
class Match:
    """A tool that may be the same one. `code` is for programs, `why` a sentence for people."""

    tool: Tool
    strength: str  # one of STRENGTHS
    code: str
    why: str


@dataclass(frozen=True)
class _Asked:
    url: str
    name: str
    repo: str
    vendor: str
    packages: frozenset[tuple[str, str]]

    @property
    def places(self) -> set[str]:
        """Repositories and pages at code hosts, in one spelling."""
        return {place(one) for one in (self.repo, self.url if platform_of(self.url) else "") if one}

    @property
    def domain(self) -> str:
        """The domain of the home page where it is the tool's own, else ""."""
        return "" if platform_of(self.url) else domain_of(self.url)


def find(  # noqa: PLR0913 - by name
    *,
    url: str = "",
    name: str = "",
    repo: str = "",
    packages: Iterable[tuple[str, str]] = (),
    vendor: str = "",
    among: QuerySet[Tool] | None = None,
) -> list[Match]:
    """Return the tools that may be this one, the surest first, each once; at most ten.

    `packages` are pairs of registry (catalog.choices.Registry, "image" for container images) and name. Looked for
    `among` these tools, by default all that are or were listed (a submission's shadow is neither).
    """
    wanted = frozenset(("" if registry == "image" else registry, one.lower()) for registry, one in packages if one)
    asked = _Asked(_canonical(url), " ".join(name.split()), _canonical(repo), vendor.strip(), wanted)
    tools = Tool.objects.filter(status__in=PUBLIC) if among is None else among
    found = [match for tool in _near(asked, tools) if (match := _judge(asked, tool)) is not None]
    if asked.packages:
        found += _by_package(asked, tools)
    return _followed(asked, found, tools)


def _canonical(address: str) -> str:
    text = address.strip()
    try:
        return safehttp.canonical(text if "://" in text or not text else f"https://{text}")
    except Refused:
        return ""


def _near(asked: _Asked, tools: QuerySet[Tool]) -> list[Tool]:
    """Return the tools that share a domain, an address at a platform, a repository, a vendor or a name. One query."""
    near = Q()
    if asked.domain:
        near |= Q(homepage__icontains=f"//{asked.domain}") | Q(homepage__icontains=f".{asked.domain}")
    for one in asked.places:
        near |= Q(homepage__icontains=one) | Q(repo_url__icontains=one)
    if asked.name:
        near |= Q(sort_name=fold(asked.name)[:100])
    if asked.vendor:
        near |= Q(vendor__iexact=asked.vendor)
    return list(tools.filter(near).order_by("slug")) if near else []


def _judge(asked: _Asked, tool: Tool) -> Match | None:
    """Return what speaks most for a tool being the one, None when nothing does."""
    alike = bool(asked.name) and _alike(asked.name, tool.name)
    same_domain = bool(asked.domain) and domain_of(tool.homepage) == asked.domain
    theirs = {place(one) for one in (tool.repo_url, tool.homepage if platform_of(tool.homepage) else "") if one}
    if asked.url and plain(tool.homepage) == plain(asked.url):
        return Match(tool, SAME, "same_address", f"{tool.name} has the same home page, {tool.homepage}.")
    shared = sorted(asked.places & theirs)
    if shared:
        strength = SAME if alike or same_domain else LIKELY
        return Match(tool, strength, "same_repository", f"{tool.name} has the same repository, {shared[0]}.")
    if same_domain and _path(asked.url) == _path(tool.homepage):
        return Match(tool, LIKELY, "same_domain", f"{tool.name} is on the same domain, at {tool.homepage}.")
    if alike and same_domain:
        why = f"{tool.name} has nearly the same name, on the same domain ({asked.domain})."
        return Match(tool, LIKELY, "name_and_domain", why)
    if alike and asked.vendor and fold(asked.vendor) == fold(tool.vendor):
        return Match(tool, LIKELY, "name_and_vendor", f"{tool.name} by {tool.vendor} has nearly the same name.")
    if asked.name and key(asked.name) and key(asked.name) == key(tool.name):
        return Match(tool, MAYBE, "same_name", f"{tool.name} has the same name, at {tool.homepage}.")
    return None


def _by_package(asked: _Asked, tools: QuerySet[Tool]) -> list[Match]:
    """Return the tools that have one of the packages; an SDK often serves several tools of its vendor. One query."""
    near = Q()
    for registry, name in asked.packages:
        near |= Q(registry=registry, package__iexact=name) if registry else Q(image__iexact=name)
    rows = Interface.objects.filter(near, tool__in=tools).select_related("tool").order_by("tool__slug", "position")
    found = []
    for row in rows:
        strength = SAME if row.kind in OWN_PACKAGE else MAYBE
        what = f"{row.get_registry_display()} package {row.package}" if row.package else f"image {row.image}"
        found.append(Match(row.tool, strength, "same_package", f"{row.tool.name} has the same {what}."))
    return found


def _followed(asked: _Asked, found: list[Match], tools: QuerySet[Tool]) -> list[Match]:
    """Return each tool once, the surest reason first; of a tool that was merged, the one it went into. One query."""
    gone = {match.tool.slug for match in found if match.tool.status == Status.DELISTED}
    slugs = gone | ({slugify(asked.name)[:80]} - {""})
    aliases: dict[str, Any] = {}
    if slugs:
        rows = Alias.objects.filter(slug__in=slugs, tool__in=tools).select_related("tool")
        aliases = {row.slug: row.tool for row in rows}
    kept: dict[int, Match] = {}
    for match in sorted(found, key=lambda one: (STRENGTHS.index(one.strength), one.tool.slug)):
        into = aliases.get(match.tool.slug) if match.tool.slug in gone else None
        if into is not None:
            one = Match(into, match.strength, match.code, f"{match.why} It is part of {into.name} now.")
        elif match.tool.slug in gone:
            one = Match(match.tool, match.strength, match.code, f"{match.why} It is not listed any more.")
        else:
            one = match
        kept.setdefault(one.tool.pk, one)
    named = aliases.get(slugify(asked.name)[:80]) if asked.name else None
    if named is not None:
        why = f"{named.name} was listed under this name before."
        kept.setdefault(named.pk, Match(named, MAYBE, "old_name", why))
    return list(kept.values())[:MOST]


def _alike(one: str, other: str) -> bool:
    """Whether two names are nearly the same: but for one letter of longer ones, and for an "AI" at their end.

    Numbers tell tools apart: "Veo 2" is not "Veo 3".
    """
    first, second = _stem(one), _stem(other)
    if not first or not second or [*filter(str.isdigit, first)] != [*filter(str.isdigit, second)]:
        return False
    return first == second or (min(len(first), len(second)) > 5 and distance(first, second) <= 1)


def _stem(name: str) -> str:
    short = key(name)
    for ending in ENDINGS:
        if short.endswith(ending) and len(short) > len(ending) + 2:
            return short.removesuffix(ending)
    return short


def _path(address: str) -> str:
    return urlsplit(address).path.rstrip("/").lower()
