"""Which requests count, and where on this site they come from. Nothing of a request is kept but what this returns."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest

# Programs that say so (Cubot makes telephones). What calls itself a browser and is none cannot be told apart.
BOTS = re.compile(
    "(?<!cu)bot|crawl|spider|slurp|archiver|fetch|preview|scrap|monitor|uptime|lighthouse|headless|puppeteer"
    "|facebookexternalhit|embedly|feed|rss|curl|wget|python|httpx|aiohttp|okhttp|go-http|java/|jakarta|ruby|perl"
    "|php|axios|node|deno/|postman|chatgpt-user|claude|perplexity|bytespider|mediapartners|google-inspectiontool"
    "|googleother|yandex|baiduspider|censys|zgrab|whatsapp|phantomjs|undici|insomnia"
)
AHEAD = ("Sec-Purpose", "Purpose", "X-Moz", "X-Purpose")  # what browsers send when they fetch before anybody asked
FIELDS = 60  # parameters that an address of ours has at most; more is not read


def counts(request: HttpRequest) -> bool:
    """Say whether a request is a person's, as far as it says: no known robot, and no page fetched ahead."""
    headers = request.headers
    agent = request.META.get("HTTP_USER_AGENT", "")
    if not agent or BOTS.search(agent.lower()):
        return False
    return not any(name in headers for name in AHEAD)


def came_from(request: HttpRequest) -> tuple[str, dict[str, list[str]]]:
    """Return path and parameters of the page of this site whose link was followed; ("", {}) for all else."""
    referrer = request.META.get("HTTP_REFERER", "")
    if not referrer:
        return "", {}
    try:
        parts = urlsplit(referrer)
        if parts.scheme not in {"http", "https"} or parts.netloc.lower() != request.get_host().lower():
            return "", {}
        return parts.path, parse_qs(parts.query, max_num_fields=FIELDS)
    except ValueError:  # no address, or far too many parameters
        return "", {}


def is_list(path: str) -> bool:
    """Say whether a path is that of a list of tools: /tools/ or a category."""
    return path == "/tools/" or (path.startswith("/categories/") and path != "/categories/")


def from_this_site(request: HttpRequest) -> bool:
    """Say whether a page of this site sent a request: by Sec-Fetch-Site, or by Origin where a browser sends none."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    try:
        return urlsplit(request.headers.get("Origin", "")).netloc.lower() == request.get_host().lower()
    except ValueError:
        return False
