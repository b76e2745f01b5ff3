"""package: the token in what a package says of itself on PyPI or npm; grants that package and nothing else.

The address of a listing alone is not enough: it is the same for every account that would claim the package.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from core.safehttp import BadDocument, Limits
from core.site import absolute
from verification.context import Context
from verification.contract import Outcome
from verification.ownership import asking
from verification.ownership.asking import Asked
from verification.ownership.tokens import TOKEN, brand
from verification.reading import packages

MIB = 1_048_576
LIMITS = Limits(total=20.0, raw_bytes=8 * MIB, body_bytes=16 * MIB)
ADDRESS = re.compile(rf"https?://[^\s#]{{1,300}}#{TOKEN.pattern}")
README = 500_000  # characters
MOST = 50


def registry(name: str) -> tuple[str, str]:
    """Return the setting that names the registry of a package URL, and its value ("" when it is not set)."""
    setting = "PYPI_URL" if name.startswith("pkg:pypi/") else "NPM_URL"
    return setting, getattr(settings, setting)


def address(name: str) -> str:
    """Return where the registry tells of a package."""
    kind, _, package = name.removeprefix("pkg:").partition("/")
    base = registry(name)[1]
    return f"{base}/pypi/{quote(package, safe='')}/json" if kind == "pypi" else f"{base}/{quote(package, safe='@')}"


def instructions(name: str, token_id: str, token: str) -> str:
    """Return what has to be published."""
    return (
        f"Publish a version of {name} that has, in its README, this line by itself (a comment will do):\n\n"
        f"    <!-- {brand()}-verification: {token} -->\n\nor, among its project URLs (PyPI) or as its homepage (npm),"
        f" the address of your listing with the token as its fragment:\n\n    {absolute('/tools/…/')}#{token}\n\n"
        "Keep it there: it is looked for every week."
    )


def tokens(name: str, data: Mapping[str, Any]) -> list[str]:
    """Return the tokens that a registry's document of a package holds, in either form."""
    links, readme = _pypi(data) if name.startswith("pkg:pypi/") else _npm(data)
    word = re.escape(f"{brand()}-verification:")
    line = re.compile(rf"^[ \t]*(?:<!--[ \t]*)?{word}[ \t]*({TOKEN.pattern})[ \t]*(?:-->)?[ \t]*\r?$", re.MULTILINE)
    own = absolute("/")
    found = [link.rsplit("#", 1)[1] for link in links if ADDRESS.fullmatch(link) and link.startswith(own)]
    return [*found, *line.findall(readme[:README])][:MOST]


def judge(asked: Asked, data: Mapping[str, Any], context: Context) -> Outcome:
    """Return what a registry's document of a package shows."""
    found = tokens(asked.name, data)
    detail = {"package": asked.name, "tokens": [asking.shown(text) for text in found[:5]]}
    if any(map(asked.fits, found)):
        return context.say("found", where=asked.name, detail=detail)
    return context.say("other_token" if found else "missing", where=asked.name, detail=detail)


def probe(asked: Asked, context: Context) -> Outcome:
    """Ask the registry for the package."""
    setting, base = registry(asked.name)
    if not base:
        return context.say("no_registry", setting=setting)
    answer = context.fetch(address(asked.name), headers={"Accept": "application/json"})
    trouble = context.trouble(answer)
    if trouble is not None:
        return context.say("registry_trouble", reason=trouble.sentence, detail=asking.seen_at(answer))
    try:
        outcome = judge(asked, packages.read(answer), context)
    except packages.Missing:
        return context.say("no_package", name=asked.name, detail=asking.seen_at(answer))
    except BadDocument as error:
        return context.say("registry_trouble", reason=error.message, detail=asking.seen_at(answer))
    return asking.merged(outcome, asking.seen_at(answer))


def _pypi(data: Mapping[str, Any]) -> tuple[list[str], str]:
    info = data.get("info")
    info = info if isinstance(info, dict) else {}
    urls = info.get("project_urls")
    links = [info.get("home_page"), *(urls.values() if isinstance(urls, dict) else ())]
    return list(_texts(*links)), next(_texts(info.get("description")), "")


def _npm(data: Mapping[str, Any]) -> tuple[list[str], str]:
    """Read the document of all versions: its own fields are those of the latest one."""
    tags, versions = data.get("dist-tags"), data.get("versions")
    newest = tags.get("latest") if isinstance(tags, dict) else None
    latest = versions.get(newest) if isinstance(versions, dict) and isinstance(newest, str) else None
    latest = latest if isinstance(latest, dict) else {}
    readme = next(_texts(latest.get("readme"), data.get("readme")), "")
    return list(_texts(latest.get("homepage", data.get("homepage")))), readme


def _texts(*values: object) -> Iterator[str]:
    return (value for value in values if isinstance(value, str) and value)
