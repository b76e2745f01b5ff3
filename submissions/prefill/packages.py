"""Packages that a page links to or tells people to install, and what their registry says of them.

A page names packages of others too. So only one that points back to the tool's site or repository is filled in, which
takes a registry that this site may ask (PYPI_URL, NPM_URL); all others are offered as hints.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from catalog.validation import PACKAGE
from core.safehttp import Answer, BadDocument, Policy
from submissions.prefill.result import Hint
from verification.context import Context, Gate
from verification.contract import Interface, Listing, Step, Subject
from verification.polite import Postponed
from verification.published.proposal import Found, Source
from verification.reading import packages
from verification.reading.addresses import split
from verification.reading.html import Page
from verification.steps import package_npm, package_pypi

MOST, ASKED = 6, 2  # packages that are offered, and that a registry is asked about
HOSTS: dict[str, tuple[str, re.Pattern[str]]] = {
    "pypi.org": ("pypi", re.compile(r"^/(?:project|p)/([A-Za-z0-9][\w.-]{0,100})")),
    "npmjs.com": ("npm", re.compile(r"^/package/((?:@[\w.-]{1,100}/)?[\w.-]{1,100})")),
    "crates.io": ("cargo", re.compile(r"^/crates/([\w-]{1,100})")),
    "rubygems.org": ("rubygems", re.compile(r"^/gems/([\w.-]{1,100})")),
    "nuget.org": ("nuget", re.compile(r"^/packages/([\w.-]{1,100})")),
    "packagist.org": ("packagist", re.compile(r"^/packages/([\w.-]{1,100}/[\w.-]{1,100})")),
    "pkg.go.dev": ("go", re.compile(r"^/([\w-]{1,60}\.[\w./-]{3,150})")),
    "formulae.brew.sh": ("homebrew", re.compile(r"^/formula/([\w.@+-]{1,100})")),
    "hub.docker.com": ("image", re.compile(r"^/r/([\w.-]{1,100}/[\w.-]{1,100})")),
    "ghcr.io": ("image", re.compile(r"^/([\w.-]{1,100}/[\w./-]{1,150})")),
    "github.com": (
        "image", re.compile(r"^/(?:orgs/)?([\w.-]{1,100})/(?:[\w.-]{1,100}/)?pkgs/container/([\w.-]{1,100})")
    ),
}  # fmt: skip
COMMANDS = (
    ("pypi", re.compile(r"\bpip3? install (?:-U |--upgrade )?([A-Za-z0-9][\w.-]{1,100})(?=[\s\[\"'=]|$)")),
    ("npm", re.compile(r"\bnpm (?:i|install) (?:-g |--save )?((?:@[\w.-]{1,60}/)?[a-z0-9][\w.-]{1,100})(?=\s|$)")),
    ("image", re.compile(r"\bdocker pull ([a-z0-9][\w./-]{3,150})(?=[\s:@]|$)")),
)
STEPS: dict[str, Step] = {"pypi": package_pypi.STEP, "npm": package_npm.STEP}
LABELS = {"image": "container image", "pypi": "PyPI package", "npm": "npm package"}


@dataclass(frozen=True)
class Named:
    """A package that a page names. `registry` is one of choices.Registry, or "image"."""

    registry: str
    name: str
    source: str  # kind and address of the page
    url: str

    @property
    def row(self) -> dict[str, str]:
        """Return it as an interface of a record."""
        if self.registry == "image":
            return {"kind": "container", "image": self.name}
        kind = "mcp-package" if re.search(r"(?i)(?:^|[-_/.])mcp(?:$|[-_.])", self.name) else "sdk"
        return {"kind": kind, "registry": self.registry, "package": self.name}


def named(page: Page, source: str, url: str) -> Iterator[Named]:
    """Yield the packages that a page names, links before commands."""
    for link in page.links:
        parts = split(link.href)
        host = (parts.hostname or "").removeprefix("www.")
        registry, pattern = HOSTS.get(host, ("", None))
        found = pattern.match(parts.path) if pattern else None
        if found:
            name = "/".join(found.groups()).rstrip("/.")
            prefix = "ghcr.io/" if host in {"ghcr.io", "github.com"} else ""
            yield from _fit(Named(registry, prefix + (name.lower() if prefix else name), source, url))
    for registry, pattern in COMMANDS:
        for match in pattern.finditer(page.text):
            yield from _fit(Named(registry, match[1].rstrip("."), source, url))


def _fit(one: Named) -> list[Named]:
    """Return it, unless it is no name that a package manager takes."""
    return [one] if PACKAGE.fullmatch(one.name) else []


def look(  # noqa: PLR0913 - by name
    wanted: list[Named], listing: Listing, *, have: set[str], gate: Gate, policy: Policy | None,
    tell: Callable[[str], None],
) -> tuple[list[Found], list[Hint]]:  # fmt: skip
    """Ask registries about packages; return what those that point back to the tool state, and hints about others.

    `have`: names of packages and images that the record has already.
    """
    facts: list[Found] = []
    hints: list[Hint] = []
    asked = 0
    different: dict[tuple[str, str], Named] = {}
    for one in wanted:
        different.setdefault((one.registry, one.name.lower()), one)
    for one in (one for one in different.values() if one.name not in have):
        if len(facts) + len(hints) >= MOST:
            break
        label, why = LABELS.get(one.registry, f"{one.registry} package"), "Nobody was asked whether it is yours."
        if one.registry in STEPS and asked < ASKED:
            tell(f"Asking the registry about the {label} {one.name}")
            code, found = _ask(one, listing, gate, policy)
            asked += code != "no_registry"
            if found is not None:
                facts.append(found)
                continue
            if code == "missing":
                continue
            why = {"no_back_reference": "The package itself does not point back to your site or repository.",
                   "fresh": "It is only a few days old."}.get(code, why)  # fmt: skip
        hints.append(Hint("interfaces", one.row, f"The page names this {label}. {why}", one.source, one.url))
    return facts, hints


def _ask(one: Named, listing: Listing, gate: Gate, policy: Policy | None) -> tuple[str, Found | None]:
    """Return the code of the step on packages and, for a package that points back, what it states."""
    interface = Interface("sdk", registry=one.registry, package=one.name)
    subject = Subject(f"pkg:{one.registry}/{one.name}", interface)
    context = Context(STEPS[one.registry], listing, subject, gate=gate, policy=policy)
    try:
        outcome = STEPS[one.registry].check(context)
    except Postponed:
        return "registry_trouble", None
    if outcome.code != "found":
        return outcome.code, None
    answer = context.exchanges[0].answer
    source = Source(one.registry, answer.final_url, context.exchanges[0].at, "", policy)
    found = Found(source)
    points = str(outcome.detail.get("reference", ""))
    found.say("interface", one.row, f"{one.name} {outcome.detail.get('version')} points to {points}")
    licence = _licence(answer)
    found.say("licence", licence, f"license: {licence}")
    return outcome.code, found


def _licence(answer: Answer) -> Any:
    try:
        data = packages.read(answer)
    except (packages.Missing, BadDocument):
        return None
    info = data["info"] if isinstance(data.get("info"), dict) else data
    return info.get("license_expression") or info.get("license")
