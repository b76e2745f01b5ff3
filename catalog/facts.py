"""A tool's facts in words, with who says each: the same rows for the tool page and the comparison."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices

from catalog import choices, launch, pricing
from catalog.index import UNKNOWN, has_api, self_hosted
from catalog.models import Fact, Interface, Tool

# superior letters, explained by a key on the page
MARKS = {"editor": "e", "list": "l", "docs": "v", "owner": "o", "submitter": "s"}
LINKS = (
    ("homepage", "Home"),
    ("docs_url", "Documents"),
    ("repo_url", "Code"),
    ("pricing_url", "Prices"),
    ("api_url", "API"),
    ("status_url", "Status"),
)


@dataclass(frozen=True)
class Row:
    """One fact: a label, its value in words ("" = not known), who says it."""

    name: str
    label: str
    value: str
    group: str
    fact: Fact | None = None
    note: str = ""

    @property
    def shown(self) -> str:
        """The value, or the words for its absence: no further category is a fact, anything else is not known."""
        return self.value or ("None" if self.name == "also" else "Not known")

    @property
    def mark(self) -> str:
        """The superior letter of its source."""
        return MARKS.get(self.fact.said_by, "") if self.fact else ""


def rows(tool: Tool, today: dt.date) -> list[Row]:
    """Return the facts of a tool in the order of the panel. Reads `facts`, `interfaces`, `plans`, `alsoin_set`."""
    said = {fact.field: fact for fact in tool.facts.all()}
    interfaces = list(tool.interfaces.all())
    kinds = {row.kind for row in interfaces}
    price = said.get("pricing")
    stale = price is not None and pricing.needs_recheck(price.said_on, today)
    what, cost, reach = "What it is", "What it costs", "How to reach it"
    return [
        Row("kind", "Kind", tool.get_kind_display(), what, said.get("kind")),
        Row("vendor", "Vendor", tool.vendor or tool.name, what, said.get("vendor") or said.get("homepage")),
        Row("category", "Job", tool.category.name, what, said.get("category")),
        Row("also", "Also in", ", ".join(row.category.name for row in _also(tool)), what, said.get("category")),
        Row("launched", "Launched", launch.shown(tool.launched), what, said.get("launched")),
        Row("price", "Price", _price(tool), cost, price, "price not re-checked" if stale else ""),
        Row("access", "Access", _known(tool.access, tool.get_access_display()), cost, price),
        Row("model", "Charged by", words(tool.price_model, choices.PriceModel), cost, price),
        Row("source", "Source", _known(tool.source, tool.get_source_display()), cost, price),
        Row("licence", "Licence", tool.licence, cost, said.get("licence")),
        Row("platforms", "Platforms", words(tool.platforms, choices.Platform), reach, said.get("platforms")),
        Row("input", "Input", words(tool.modality_in, choices.Modality), reach, said.get("modality")),
        Row("output", "Output", words(tool.modality_out, choices.Modality), reach, said.get("modality")),
        Row("api", "API", "Yes" if has_api(tool, kinds) else "", reach),
        Row("interfaces", "Interfaces", _interfaces(interfaces), reach),
        Row("auth", "Sign-in", words(_auth(interfaces), choices.Auth), reach),
        Row("self_hosted", "Self-hosted", _yes_no(self_hosted(tool, kinds)), reach, said.get("platforms")),
    ]


def words(values: Iterable[str], enum: type[TextChoices]) -> str:
    """Return values of a closed list as one line of words, in the order of the list: equal sets read alike."""
    picked = set(values)
    return ", ".join(str(label) for value, label in enum.choices if value in picked)


def _also(tool: Tool) -> list[Any]:
    return sorted(tool.alsoin_set.all(), key=lambda row: row.position)


def _price(tool: Tool) -> str:
    return "" if pricing.label(tool) == choices.PricingLabel.UNKNOWN else pricing.text(tool)


def _known(value: str, label: str) -> str:
    return "" if value == UNKNOWN else label


def _yes_no(value: str) -> str:
    return {"yes": "Yes", "no": "No"}.get(value, "")


def _interfaces(interfaces: Sequence[Interface]) -> str:
    return words((row.kind for row in interfaces), choices.InterfaceKind)


def _auth(interfaces: Sequence[Interface]) -> list[str]:
    return list(dict.fromkeys(row.auth for row in interfaces if row.auth))


def marks(tool: Tool) -> list[tuple[str, str]]:
    """Return the small marks of a card: only what is known to be there. Reads `interfaces`."""
    kinds = {row.kind for row in tool.interfaces.all()}
    found = []
    if has_api(tool, kinds):
        found.append(("API", "Has an API"))
    if tool.kind == "mcp_server" or kinds & {"mcp-remote", "mcp-package"}:
        found.append(("MCP", "Speaks MCP"))
    if "sdk" in kinds:
        found.append(("SDK", "Has an SDK"))
    if self_hosted(tool, kinds) == "yes":
        found.append(("Self-host", "Can be self-hosted"))
    return found


def links(tool: Tool) -> list[tuple[str, str]]:
    """Return (word, address) of the tool's own pages, each address once."""
    found: dict[str, str] = {}
    for field, word in LINKS:
        url = getattr(tool, field)
        if url:
            found.setdefault(url, word)
    return [(word, url) for url, word in found.items()]
