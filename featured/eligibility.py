"""Who may have a slot: said before anybody pays, asked again when the money came, and every day while it runs."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlsplit

from catalog.choices import LISTED
from catalog.models import Tool
from verification.domains import host_of, registrable
from verification.models import DriftCase
from verification.ownership.owners import owners_of
from verification.published.crawl import platform_of


def vendor_of(tool: Tool) -> str:
    """Return what one vendor is told by: the domain of the home page; where many have theirs, host and first folder."""
    host = platform_of(tool.homepage)
    if not host:
        return registrable(host_of(tool.homepage)) or tool.slug
    return f"{host}/{urlsplit(tool.homepage).path.strip('/').partition('/')[0].lower()}"


def still(tool: Tool, at: dt.datetime | None = None) -> str:
    """Return why a tool may not be shown any more, "" when it may. Being away for a while is no reason."""
    if tool.status not in LISTED:
        return "The tool is not listed here any more."
    if not owners_of(tool, at).exists():
        return "Nobody proves any more that the tool is theirs."
    if DriftCase.objects.filter(tool=tool, state=DriftCase.State.OPEN).exists():
        return "The tool's site has changed so much that we look at whether it is still the same tool."
    return ""
