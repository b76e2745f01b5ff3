"""Packages in registries: what PyPI and npm say about one, and whether it points back to the tool."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from core import safehttp
from core.safehttp import Answer, BadDocument
from verification.context import Context
from verification.contract import Code, Listing, Outcome
from verification.domains import domain_of
from verification.reading.addresses import split
from verification.verdicts import Verdict

P, W, F, S, I = Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.SKIPPED, Verdict.INCONCLUSIVE  # noqa: E741
FRESH = 7  # days
CODES = {
    "no_registry": Code(
        S, "This site asks no registry of that kind; its operator can name one with the setting {setting}."
    ),
    "registry_trouble": Code(
        I, "The registry gave no usable answer, so nothing was learned about the package: {reason}"
    ),
    "missing": Code(F, "There is no package called {package} in the registry."),
    "no_version": Code(F, "The package {package} has no version that can be installed."),
    "yanked": Code(F, "Every version of {package} was withdrawn by its makers."),
    "deprecated": Code(W, "Its makers say that {package} is deprecated: {reason}"),
    "fresh": Code(W, "The package {package} was first published less than {days} days ago."),
    "no_back_reference": Code(W, "Nothing in {package} {version} points back to the tool's site or repository."),
    "found": Code(P, "{package} {version} is published and points back to {reference}."),
}
# npm has no withdrawn versions, PyPI no deprecated ones.
PYPI_CODES = {code: known for code, known in CODES.items() if code != "deprecated"}
NPM_CODES = {code: known for code, known in CODES.items() if code != "yanked"}
CODE_HOSTS = {"github.com", "gitlab.com", "codeberg.org", "bitbucket.org"}
ADDRESS = re.compile(r"(?:git\+)?(?:https?|git|ssh)://\S{1,500}")


@dataclass(frozen=True)
class Package:
    """What a registry says."""

    name: str
    version: str
    links: tuple[str, ...]
    first: dt.datetime | None = None  # when it was published first
    yanked: bool = False
    deprecated: str = ""


class Missing(LookupError):
    """The registry knows no such package."""


def read(answer: Answer) -> dict[str, Any]:
    """Return a registry's JSON object. Raises Missing, BadDocument."""
    if answer.status in {404, 410}:
        raise Missing
    value = safehttp.load_json(answer.body)
    if answer.status != 200 or not isinstance(value, dict):
        raise BadDocument("not_json")
    return value


def from_pypi(name: str, data: Mapping[str, Any]) -> Package:
    """Return what PyPI's JSON says (`info` and `releases`)."""
    info = data["info"] if isinstance(data.get("info"), dict) else {}
    urls = info.get("project_urls")
    links = [info.get("home_page"), *(urls.values() if isinstance(urls, dict) else ())]
    releases = data.get("releases")
    files = [
        one
        for release in (releases.values() if isinstance(releases, dict) else ())
        for one in (release if isinstance(release, list) else ())
        if isinstance(one, dict)
    ]
    version = str(info.get("version") or "")
    return Package(
        name,
        version[:60] if files or not isinstance(releases, dict) else "",
        _links(links),
        min(filter(None, (_time(one.get("upload_time_iso_8601")) for one in files)), default=None),
        yanked=bool(files) and all(one.get("yanked") for one in files),
    )


def from_npm(name: str, data: Mapping[str, Any], times: Mapping[str, Any] | None) -> Package:
    """Return what npm's manifest of the latest version says; `times` from the whole document, when it was read."""
    repository = data.get("repository")
    repository = repository.get("url") if isinstance(repository, dict) else repository
    if isinstance(repository, str) and re.fullmatch(r"(?:github:)?[\w.-]{1,100}/[\w.-]{1,100}", repository):
        repository = f"https://github.com/{repository.removeprefix('github:')}"
    bugs = data.get("bugs")
    links = [data.get("homepage"), repository, bugs.get("url") if isinstance(bugs, dict) else bugs]
    deprecated = data.get("deprecated")
    reason = deprecated if isinstance(deprecated, str) else "no reason given" if deprecated else ""
    first = _time(times.get("created")) if times else None
    return Package(name, str(data.get("version") or "")[:60], _links(links), first, deprecated=reason[:300])


def judge(context: Context, package: Package) -> Outcome:
    """Return the outcome for a package that exists."""
    name = package.name
    reference = next(points_back(context.listing, package.links), "")
    detail = {
        "package": name,
        "version": package.version,
        "first_published": package.first.isoformat() if package.first else None,
        "links": list(package.links[:50]),
        "reference": reference,
    }
    if not package.version:
        return context.say("no_version", package=name, detail=detail)
    if package.yanked:
        return context.say("yanked", package=name, detail=detail)
    if package.deprecated:
        return context.say("deprecated", package=name, reason=package.deprecated, detail=detail)
    if package.first is not None and dt.datetime.now(dt.UTC) - package.first < dt.timedelta(days=FRESH):
        return context.say("fresh", package=name, days=FRESH, detail=detail)
    code = "found" if reference else "no_back_reference"
    return context.say(code, package=name, version=package.version, reference=reference, detail=detail)


def points_back(listing: Listing, links: Iterable[str]) -> Iterator[str]:
    """Yield the links that lead to the tool: to its domain, or to its repository (or another of the same owner)."""
    own = {domain_of(listing.homepage), domain_of(listing.docs_url)} - {"", *CODE_HOSTS}
    owners = {owner_of(one) for one in (listing.repo_url, listing.homepage)} - {""}
    for link in links:
        if domain_of(link) in own or owner_of(link) in owners:
            yield link


def owner_of(url: str) -> str:
    """Return "github.com/owner" of an address at a code host, "" of others."""
    parts = split(url)
    host = (parts.hostname or "").removeprefix("www.")
    owner = parts.path.strip("/").split("/", 1)[0].lower()
    return f"{host}/{owner}" if host in CODE_HOSTS and owner else ""


def _links(values: Iterable[object]) -> tuple[str, ...]:
    found = []
    for value in values:
        if isinstance(value, str) and ADDRESS.fullmatch(value.strip()):
            address = value.strip().removeprefix("git+")
            address = re.sub(r"^(?:git|ssh)://(?:[^/@]{1,60}@)?", "https://", address)
            if split(address).netloc:
                found.append(address[:300])
    return tuple(dict.fromkeys(found))


def _time(value: object) -> dt.datetime | None:
    try:
        when = dt.datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=dt.UTC)
