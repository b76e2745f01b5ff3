"""What a catalog answers, as typed dictionaries.

Fields may be added at any time, so pass over those that are not here. Whatever is not known is None or "unknown".
Answers of an export have the same fields; what it cannot know (health, levels, logos) is None or "unknown" there.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

Values = str | list[str]  # of a filter: one value, or several of which one has to fit


class Filters(TypedDict, total=False):
    """What a search can be narrowed by: the parameters of /api/v1/tools. Several values of one mean "or"."""

    category: Values  # slugs of both levels, or category/sub-category
    verified: Values  # "2": level 2 or higher; an export cannot answer it
    pricing: Values
    has_api: Values
    has_mcp: Values
    self_hosted: Values
    kind: Values
    source: Values
    licence: Values
    interface: Values
    auth: Values
    platform: Values
    input: Values
    output: Values
    access: Values
    model: Values
    launched_since: str  # YYYY-MM-DD
    sort: str


FILTERS = tuple(Filters.__annotations__)


class PriceFrom(TypedDict):
    """The lowest monthly price that was seen."""

    amount: str
    currency: str
    period: str


class Pricing(TypedDict):
    """What a tool costs."""

    label: str
    access: str
    model: list[str]
    source: str
    price_from: PriceFrom | None


class Standing(TypedDict):
    """What verification says."""

    level: int | None
    name: str
    since: str | None
    seen: str
    checked_at: str | None
    away: str


class ToolSummary(TypedDict):
    """A tool in a list."""

    slug: str
    name: str
    vendor: str | None
    tagline: str
    kind: str
    homepage: str
    category: str
    also_in: list[str]
    pricing: Pricing
    licence: str | None
    launched: str | None
    listed_on: str | None
    platforms: list[str]
    input: list[str]
    output: list[str]
    tags: list[str]
    interface_kinds: list[str]
    auth: list[str]
    has_api: str
    has_mcp: str
    self_hosted: str
    verification: Standing
    logo: str | None
    url: str
    changed_at: str | None


class Plan(TypedDict):
    """A price that somebody has seen."""

    name: str
    amount: str
    currency: str
    period: str
    unit: str | None
    seen_on: str
    stale: bool


class Works(TypedDict):
    """Whether an address answered when it was looked at."""

    state: str
    since: str | None
    looked_at: str | None


class Interface(TypedDict):
    """A way for a program to reach a tool."""

    id: str
    kind: str
    base_url: str | None
    url: str | None
    registry: str | None
    package: str | None
    image: str | None
    install: str | None
    docs: str | None
    openapi: str | None
    auth: str | None
    env: str | None
    said_by: str
    works: Works


class Fact(TypedDict):
    """Who says what a field states."""

    field: str
    said_by: str
    said_on: str
    evidence: str | None
    look_again_on: str


class Tool(ToolSummary):
    """One tool, with all that is needed to wire it in."""

    description: str
    links: dict[str, str | None]
    plans: list[Plan]
    interfaces: list[Interface]
    facts: list[Fact]
    status: str


class Change(TypedDict):
    """One thing that happened to the listing of a tool."""

    serial: int
    tool: str
    action: str  # created, updated, removed … as /api/v1/changes says
    at: str
    fields: dict[str, list[Any]]


class Snippet(TypedDict):
    """A text to paste to wire a tool in."""

    consumer: str
    title: str
    interface: str
    language: str
    code: str
    inputs: list[str]
    notes: list[str]


class Snippets(TypedDict):
    """Snippets of a tool, and the version of its manifest that they are made of."""

    version: int
    sha256: str
    results: list[Snippet]


class PinnedManifest(TypedDict):
    """Which manifest is the latest."""

    version: int
    sha256: str
    url: NotRequired[str]


class SeenTools(TypedDict):
    """The tools that verification saw last at an MCP interface.

    `each`: by name the SHA-256 of its input, output, words and hints, of those that it has; empty where not known.
    """

    sha256: str
    count: int
    seen_at: str | None
    each: dict[str, dict[str, str]]


class PinnedInterface(TypedDict):
    """An interface as it was seen last."""

    id: str
    kind: str
    state: str
    since: str | None
    tools: SeenTools | None


class Pin(TypedDict):
    """What a lockfile pins of a tool, and what a check compares."""

    asked: str
    slug: str
    status: str
    manifest: PinnedManifest | None
    away: str | None
    interfaces: list[PinnedInterface]


class Pins(TypedDict):
    """Pins in the order asked, and the slugs under which no tool is listed."""

    pins: list[Pin]
    missing: list[str]
    serial: int
    catalog: str  # the address that the site has for itself, which a lockfile is of


class ExportFile(TypedDict):
    """A file of an export."""

    name: str
    rows: int
    bytes: int
    sha256: str
    url: NotRequired[str]


class ExportManifest(TypedDict):
    """What manifest.json of an export says."""

    schema_version: str
    serial: int
    exported_at: str
    site: str
    licence: str
    files: list[ExportFile]
