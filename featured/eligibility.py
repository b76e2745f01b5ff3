"""Who may have a slot: said before anybody pays, asked again when the money came, and every day while it runs."""

from __future__ import annotations

from urllib.parse import urlsplit

from catalog.models import Tool
from verification.domains import host_of, registrable
from verification.published.crawl import platform_of


def vendor_of(tool: Tool) -> str:
    """Return what one vendor is told by: the domain of the home page; where many have theirs, host and first folder."""
    host = platform_of(tool.homepage)
    if not host:
        return registrable(host_of(tool.homepage)) or tool.slug
    return f"{host}/{urlsplit(tool.homepage).path.strip('/').partition('/')[0].lower()}"
