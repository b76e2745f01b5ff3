"""What makes two addresses or packages the same tool, for whoever looks for a listing twice."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from core import safehttp

TRACKING = {"ref", "gclid", "fbclid", "source", "via", "mc_cid", "mc_eid", "igshid"}
# the package of an SDK often serves several tools of one vendor; one of these is the tool
OWN_PACKAGE = {"mcp-package", "cli", "container"}


def plain(address: str) -> str:
    """Return an address without what makes no difference: scheme, www., tracking, a slash or index page at the end."""
    try:
        parts = urlsplit(safehttp.canonical(address))
    except safehttp.Refused:
        return address
    pairs = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True)
             if name.lower() not in TRACKING and not name.lower().startswith("utm_")]  # fmt: skip
    path = parts.path.rstrip("/")
    for ending in ("/index.html", "/index.htm", "/index.php"):
        path = path.removesuffix(ending)
    query = f"?{urlencode(sorted(pairs))}" if pairs else ""
    host = parts.netloc.removeprefix("www.")
    return f"{host}{path.lower() if host in {'github.com', 'gitlab.com'} else path}{query}"
