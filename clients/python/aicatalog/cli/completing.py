"""What a shell offers for what is being written. Only an export is looked at: no key press asks a site."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from aicatalog import database
from aicatalog.naming import SLUG
from aicatalog.offline_search import SORTS
from aicatalog.source import address_of

MOST = 100
LONGEST = 1.0  # second that is looked for what to offer
SLUGS = "SELECT slug, substr(name, 1, 200) FROM tool WHERE slug >= ? AND slug < ? ORDER BY slug LIMIT ?"
CATEGORIES = "SELECT slug, substr(name, 1, 200) FROM category WHERE slug >= ? AND slug < ? ORDER BY slug LIMIT ?"
Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]

OFFLINE: dict[str, tuple[str, ...]] = {"sort": SORTS, "verified": ()}  # what an export does not refuse
# The values of closed lists that there are now; a site may know more, so commands take others as well.
VALUES = {
    "pricing": "free-open-source free free-tier free-trial pay-as-you-go paid contact-sales unknown",
    "kind": "app api platform mcp_server agent model library extension cli dataset",
    "source": "open_source source_available open_weights proprietary unknown",
    "access": "free free_tier trial paid_only contact_sales waitlist unknown",
    "model": "subscription per_seat usage credits one_time revenue_share negotiated donation byok",
    "interface": "rest graphql openai-compatible mcp-remote mcp-package sdk cli container webhook a2a web-app",
    "auth": "apiKey http oauth2 openIdConnect mutualTLS none unknown",
    "platform": "web api windows macos linux ios android browser-extension ide self-hosted cli",
    "input": "text code image video audio 3d tabular document web",
    "output": "text code image video audio 3d tabular document web",
    "has_api": "yes unknown",
    "has_mcp": "yes unknown",
    "self_hosted": "yes no unknown",
    "verified": "0 1 2 3 4 5",
    "sort": "relevance newest added verified name",
    "snippet": "curl python-httpx langchain llamaindex haystack litellm openai-sdk openai-responses anthropic vscode"
    " cursor claude-code mcp-json airflow github-actions terraform docker install list",
}


def values_of(name: str) -> Complete | None:
    """Return what completes the value of a filter, None where nothing does."""
    if name == "category":
        return lambda context, parameter, begun: _asked(context, CATEGORIES, begun)
    if name not in VALUES:
        return None
    return lambda context, parameter, begun: [
        CompletionItem(one) for one in _values(context, name) if one.startswith(begun)
    ]


def _values(context: click.Context, name: str) -> Sequence[str]:
    """Return the values of a list that the catalog which is asked takes."""
    if name in OFFLINE and "://" not in address_of(context.params.get("where")):
        return OFFLINE[name]
    return VALUES[name].split()


def slugs(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    """Return slugs that begin so, where an export is asked."""
    return _asked(context, SLUGS, begun)


def _asked(context: click.Context, statement: str, begun: str) -> list[CompletionItem]:
    folder = address_of(context.params.get("where"))
    path = Path(folder) / "catalog.sqlite"
    if "://" in folder or not path.is_file():
        return []
    try:
        with closing(database.opened(path, LONGEST)) as file:
            rows: list[Any] = file.execute(statement, [begun, begun + "\U0010ffff", MOST]).fetchall()
    except (sqlite3.Error, OSError):
        return []
    return [
        CompletionItem(slug, help=_told(str(name)))
        for slug, name in rows
        if isinstance(slug, str) and SLUG.fullmatch(slug)  # a shell would run what else an export may say
    ]


def _told(name: str) -> str:
    """Return a name as a shell shows it beside what it offers; click's script for fish would cut it at a comma."""
    return "".join(one if one.isprintable() else " " for one in name.replace(",", ";"))
